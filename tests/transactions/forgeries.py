"""Forgeries of the past, each with what is told of it for each kind of forger; forgeries_now.py has the others."""

from collections.abc import Callable
from datetime import timedelta

from django.db import connection

from customers.models import CustomerSegment
from ocsportal.transactions import journal
from ocsportal.transactions.models import BusinessTransaction, JournalEntry, Seal, SealedForm, Witness
from ocsportal.transactions.triggers import forms
from ocsportal.transactions.triggers.generated import dialect
from tests.transactions.forger import ALL, KEYED, OWNER, SUPERUSER, WRITER, Forger, T, salted
from tests.transactions.rows import sql

S, H, LABEL = "customers_customersegment", "customers_historicalcustomersegment", "customers.CustomerSegment"
LEDGER, LINKS = "balances_ledgerentry", "people_user_groups"

# What is told of it.
REFUSED, NOTHING = "refused", "nothing"
MAC = "its MAC does not fit"
SIGNATURE = "its signature does not fit"
OUTSIDE = "without a Business Transaction"
WITNESS = "is not as its newest witness says"
CURRENT = "current row differs"
# By nothing but a head that was kept elsewhere.
HEAD = "head that was kept elsewhere"
WHO = (WRITER, KEYED, OWNER, SUPERUSER, ALL)
PAST = (REFUSED, REFUSED, MAC, MAC, HEAD)
RIGHTS = (OUTSIDE, OUTSIDE, WITNESS, WITNESS, WITNESS)
FORGERIES: dict[str, tuple[Callable[[Forger], None], tuple[str, ...]]] = {}


def forgery(*expected: str) -> Callable[[Callable[[Forger], None]], Callable[[Forger], None]]:
    """Enter a forgery, with what is told of it for each kind of forger in turn."""

    def enter(forge: Callable[[Forger], None]) -> Callable[[Forger], None]:
        FORGERIES[forge.__name__] = forge, expected
        return forge

    return enter


def of(code: str, version: int = 1) -> BusinessTransaction:
    found: BusinessTransaction = CustomerSegment.history.get(code=code, version=version).transaction
    return found


@forgery(OUTSIDE, OUTSIDE, CURRENT, CURRENT, CURRENT)
def a_row(forger: Forger) -> None:
    sql(f"UPDATE {S} SET name = 'Forged' WHERE code = 'one'")


@forgery(*PAST)
def a_row_with_its_history(forger: Forger) -> None:
    sql(f"UPDATE {H} SET name = 'Forged' WHERE code = 'one' AND version = 3")
    sql(f"UPDATE {S} SET name = 'Forged' WHERE code = 'one'")


@forgery(*PAST)
def a_former_version(forger: Forger) -> None:
    sql(f"UPDATE {H} SET name = 'Forged' WHERE code = 'one' AND version = 1")


@forgery(*PAST)
def the_moment_of_a_version(forger: Forger) -> None:
    sql(f"UPDATE {H} SET history_date = '2020-01-01T00:00:00Z' WHERE code = 'one' AND version = 2")


@forgery(*PAST)
def the_newest_version_taken_back(forger: Forger) -> None:
    sql(f"DELETE FROM {H} WHERE code = 'one' AND version = 3")
    sql(f"UPDATE {S} SET name = 'Two', version = 2 WHERE code = 'one'")


@forgery(*PAST)
def a_version_under_another_business_transaction(forger: Forger) -> None:
    sql(f"UPDATE {H} SET transaction_id = %s WHERE code = 'one' AND version = 2", of("one", 3).pk)


@forgery(*PAST)
def who_did_it(forger: Forger) -> None:
    sql(f"UPDATE {T} SET actor_name = 'Jana' WHERE id = %s", of("one", 2).pk)


@forgery(*PAST)
def on_whose_behalf(forger: Forger) -> None:
    sql(f"UPDATE {T} SET on_behalf_of = 'Jana' WHERE id = %s", of("one", 2).pk)


@forgery(*PAST)
def by_which_channel(forger: Forger) -> None:
    sql(f"UPDATE {T} SET channel = 'REST' WHERE id = %s", of("one", 2).pk)


@forgery(*PAST)
def what_was_done(forger: Forger) -> None:
    sql(f"UPDATE {T} SET operation = 'Harmless' WHERE id = %s", of("one", 2).pk)


@forgery(*PAST)
def when(forger: Forger) -> None:
    sql(f"UPDATE {T} SET at = '2020-01-01T00:00:00Z' WHERE id = %s", of("one", 2).pk)


@forgery(*PAST)
def why(forger: Forger) -> None:
    salted(of("one", 2), reason="as ordered by the board")
    sql(f"UPDATE {H} SET history_change_reason = 'as ordered by the board' WHERE code = 'one' AND version = 2")


@forgery(*PAST)
def what_was_answered(forger: Forger) -> None:
    salted(of("one", 2), answer='[{"forged":true}]')


@forgery(*PAST)
def which_request(forger: Forger) -> None:
    sql(f"UPDATE {T} SET request_hash = 'forged' WHERE id = %s", of("one", 2).pk)


@forgery(REFUSED, REFUSED, SIGNATURE, SIGNATURE, HEAD)
def a_change_that_never_was(forger: Forger) -> None:
    """Remove a Business Transaction with all that it wrote, and close the ranks behind it."""
    entry = of("alone")
    place = JournalEntry.objects.get(transaction=entry).position
    sql(f"DELETE FROM {H} WHERE code = 'alone'")
    sql(f"DELETE FROM {S} WHERE code = 'alone'")
    sql("DELETE FROM transactions_witness WHERE transaction_id = %s", entry.pk)
    sql("DELETE FROM transactions_journalentry WHERE position = %s", place)
    sql(f"DELETE FROM {T} WHERE id = %s", entry.pk)
    sql(
        "UPDATE transactions_edition SET token = %s",
        Witness.objects.filter(table="transactions_edition").latest("pk").content,
    )
    for position in range(place + 1, journal.latest() + 1):
        sql("UPDATE transactions_journalentry SET position = %s WHERE position = %s", position - 1, position)
    sql("UPDATE transactions_seal SET first = first - 1 WHERE first > %s", place)
    sql("UPDATE transactions_seal SET last = last - 1 WHERE last >= %s", place)


@forgery(REFUSED, REFUSED, HEAD, HEAD, HEAD)
def the_end_cut_off(forger: Forger) -> None:
    """Remove what the last block sealed, the seal included: what is left is whole, and nobody needs a key for it."""
    entry = of("last")
    former = Witness.objects.filter(table="transactions_edition").exclude(transaction=entry).latest("pk")
    sql(f"DELETE FROM {H} WHERE code = 'last'")
    sql(f"DELETE FROM {S} WHERE code = 'last'")
    sql("DELETE FROM transactions_witness WHERE transaction_id = %s", entry.pk)
    sql("DELETE FROM transactions_journalentry WHERE transaction_id = %s", entry.pk)
    sql("DELETE FROM transactions_seal WHERE number = 2")
    sql(f"DELETE FROM {T} WHERE id = %s", entry.pk)
    sql("UPDATE transactions_edition SET token = %s", former.content)


@forgery(REFUSED, REFUSED, SIGNATURE, SIGNATURE, HEAD)
def the_order_of_things(forger: Forger) -> None:
    first, second = (JournalEntry.objects.get(transaction=of("one", version)).position for version in (2, 3))
    for former, position in ((first, -1), (second, first), (-1, second)):
        sql("UPDATE transactions_journalentry SET position = %s WHERE position = %s", position, former)


@forgery(REFUSED, REFUSED, SIGNATURE, SIGNATURE, HEAD)
def another_chain(forger: Forger) -> None:
    """Put seals in the place of the seals, as in a database that was filled anew."""
    for seal in Seal.objects.all():
        sql("UPDATE transactions_seal SET at = %s WHERE number = %s", seal.at - timedelta(days=1), seal.number)


@forgery(REFUSED, REFUSED, SIGNATURE, SIGNATURE, HEAD)
def as_if_there_had_been_no_key(forger: Forger) -> None:
    """Say that all is from before there was a key, with digests that anybody can compute."""
    known = SealedForm.objects.get(history=T)
    newest = BusinessTransaction.objects.latest("pk").pk
    form = forms.Form(T, newest, (), {}, True, "")
    sql(
        "UPDATE transactions_sealedform SET after = %s, digest = %s WHERE id = %s",
        newest,
        form.sealed_after(""),
        known.pk,
    )
    sql(f"UPDATE {T} SET actor_name = 'Jana' WHERE id = %s", of("one", 2).pk)
    given = ("salt", "reason_digest", "answer_digest", "opened_in", "rows_count", "rows_digest", "key_number", "mac")
    sql(f"UPDATE {T} SET {', '.join(f'{column} = NULL' for column in given)}")
    sql(f"UPDATE {T} SET digest = {dialect(connection).former_seal(T)}")


@forgery(*PAST)
def what_it_was_about(forger: Forger) -> None:
    sql(f"UPDATE {T} SET target_ref_id = 'another' WHERE id = %s", of("one", 2).pk)


@forgery(*PAST)
def in_whose_tree(forger: Forger) -> None:
    sql(f"UPDATE {T} SET customers = '[1]' WHERE id = %s", of("one", 2).pk)


@forgery(*PAST)
def how_much_it_touched(forger: Forger) -> None:
    sql(f"UPDATE {T} SET touched = touched + 1 WHERE id = %s", of("one", 2).pk)
