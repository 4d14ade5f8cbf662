"""Each kind of forgery, by each kind of forger, with real SQL: what is refused, what is found and by what, and what is not."""

import json
from collections.abc import Callable, Iterator
from datetime import timedelta
from typing import Any

import pytest
from django.contrib.auth.models import Group, Permission
from django.db import DatabaseError, connection, transaction

from balances.models import AdjustmentLimit, LedgerEntry
from customers.models import CustomerSegment
from ocsportal.people.models import ApiKey, User
from ocsportal.transactions import chain, journal, macs, seals, verification
from ocsportal.transactions.change import present
from ocsportal.transactions.finding import Finding, interpreted
from ocsportal.transactions.models import BusinessTransaction, Edition, JournalEntry, Seal, SealedForm, Witness
from ocsportal.transactions.triggers import forms
from ocsportal.transactions.triggers.generated import dialect
from ocsportal.transactions.triggers.tables import tracked_table
from tests.transactions.forger import ALL, KEYED, OWNER, SUPERUSER, WRITER, Forger, T, salted
from tests.transactions.racing import World
from tests.transactions.rows import MODELS, inside, sql, taken_back

# Nothing of it shows in another engine's SQL but the triggers, which are tried apart.
pytestmark = [pytest.mark.django_db, pytest.mark.once]
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


@pytest.fixture
def heads(change: Any, crm: Any) -> list[chain.Head]:
    """Something to forge: a segment in three versions, a ledger, a limit; sealed in two blocks, of which the heads are kept."""
    World(change).customer()
    world = World(change)
    world.subscription("customer", "c", "o")
    assert world.adjust("o", "-1")() == "done"
    inside(lambda: CustomerSegment.objects.create(code="one", name="One"))
    inside(lambda: CustomerSegment.objects.filter(code="one").update(name="Two"))
    inside(lambda: CustomerSegment.objects.filter(code="one").update(name="Three"))
    inside(lambda: CustomerSegment.objects.create(code="alone", name="Alone"))
    inside(lambda: AdjustmentLimit.objects.create(group=Group.objects.get(name="Customer Care"), unit="EUR", per_day=5))
    journal.give_all()
    seals.seal_due(present(), all_of_it=True)
    inside(lambda: CustomerSegment.objects.create(code="last", name="Last"))
    journal.give_all()
    seals.seal_due(present(), all_of_it=True)
    kept = "\n".join(json.dumps(seals.told(seal)) for seal in Seal.objects.all())
    return chain.read_heads(kept)


def of(code: str, version: int = 1) -> BusinessTransaction:
    found: BusinessTransaction = CustomerSegment.history.get(code=code, version=version).transaction
    return found


# The past


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


# Something new


@forgery(MAC, NOTHING, MAC, MAC, NOTHING)
def in_somebodys_name(forger: Forger) -> None:
    """Put in a Business Transaction of Jana's, and write under it, as the portal does."""
    jana, salt, number = User.objects.get(username="care"), macs.new_salt(), macs.current_number()
    told = {
        "operation": "UpdateSegment", "channel": "PORTAL", "actor_id": jana.pk, "actor_name": "Care", "on_behalf_of": "",
        "request_id": "forged", "transaction_id": "forged", "at": present(), "request_hash": "x",
        "reason_digest": macs.text_digest(salt, ""),
    }  # fmt: skip
    here = "pg_current_xact_id()::text::bigint" if connection.vendor == "postgresql" else "ocs_opened()"
    more = {
        "reason": "",
        "notice": "",
        "target_kind": "",
        "target_ref_id": "",
        "touched": 0,
        "digest": "",
        "salt": salt,
    }
    row = {**told, **more, "key_number": number}
    sql(
        f"INSERT INTO {T} ({', '.join(row)}, opened_in) VALUES ({', '.join(['%s'] * len(row))}, {here})",
        *(str(value) if key == "at" and connection.vendor == "sqlite" else value for key, value in row.items()),
    )
    entry = BusinessTransaction.objects.latest("pk")
    with _under(entry.pk):
        sql(f"UPDATE {S} SET name = 'Forged' WHERE code = 'one'")
    closes = (macs.text_digest(salt, "[]"), "", "", "", None, 0, None)
    key = macs.key_for((entry.pk, *told.values(), *closes), number) if forger.has_key else "0" * 64
    sql(f"UPDATE {T} SET answer = '[]', answer_digest = %s, mac = %s WHERE id = %s", closes[0], key, entry.pk)
    if forger.who not in (WRITER, KEYED):
        # What the triggers do for others, he has to do himself.
        sql("INSERT INTO transactions_outboxmessage (transaction_id) VALUES (%s)", entry.pk)
        names = '"id", "version", "code", "name", "description", "ref_id"'
        sql(f"UPDATE {S} SET version = version + 1 WHERE code = 'one'")
        sql(
            f"INSERT INTO {H} ({names}, history_date, history_type, history_user_id, history_change_reason, transaction_id, "
            f"database_user, digest) SELECT {names}, %s, '~', %s, '', %s, 'portal', '' FROM {S} WHERE code = 'one'",
            present(), jana.pk, entry.pk,
        )  # fmt: skip


@forgery(REFUSED, REFUSED)
def under_a_closed_business_transaction(forger: Forger) -> None:
    with _under(of("one", 2).pk):
        sql(f"UPDATE {S} SET name = 'Forged' WHERE code = 'one'")


@forgery(OUTSIDE, OUTSIDE, OUTSIDE, OUTSIDE, OUTSIDE)
def laundered(forger: Forger) -> None:
    """Change a row, and have the portal itself write it next: row and newest history agree again."""
    sql(f"UPDATE {S} SET name = 'Forged' WHERE code = 'one'")


# The ledger


def _entry() -> LedgerEntry:
    return LedgerEntry.objects.latest("pk")


@forgery(*PAST)
def an_amount_of_the_ledger(forger: Forger) -> None:
    sql(f"UPDATE {LEDGER} SET before = before + 1, after = after + 1 WHERE id = %s", _entry().pk)


@forgery(*PAST)
def who_moved_it(forger: Forger) -> None:
    sql(f"UPDATE {LEDGER} SET actor_name = 'Jana' WHERE id = %s", _entry().pk)


@forgery(*PAST)
def why_it_was_moved(forger: Forger) -> None:
    entry = _entry()
    told = macs.text_digest(entry.salt or "", "goodwill")
    sql(f"UPDATE {LEDGER} SET reason = 'goodwill', reason_digest = %s WHERE id = %s", told, entry.pk)


@forgery(*PAST)
def an_entry_less(forger: Forger) -> None:
    sql(f"DELETE FROM {LEDGER} WHERE id = %s", _entry().pk)


# Rights and secrets


@forgery(*RIGHTS)
def a_membership(forger: Forger) -> None:
    _join()


@forgery(REFUSED, REFUSED, MAC, MAC, HEAD)
def a_membership_with_its_witness(forger: Forger) -> None:
    told, user = of("one", 2).pk, "portal"
    row = f"{User.objects.get(username='care').pk}:{Group.objects.get(name='Administrator').pk}"
    sql(
        'INSERT INTO transactions_witness ("table", "row", kind, content, at, transaction_id, database_user) '
        f"VALUES ('{LINKS}', %s, '+', '', %s, %s, %s)", row, present(), told, user,
    )  # fmt: skip
    _join()


def _join() -> None:
    care, group = User.objects.get(username="care").pk, Group.objects.get(name="Administrator").pk
    sql(f"INSERT INTO {LINKS} (user_id, group_id) VALUES (%s, %s)", care, group)


@forgery(*RIGHTS)
def a_membership_less(forger: Forger) -> None:
    sql(f"DELETE FROM {LINKS} WHERE user_id = %s", User.objects.get(username="auditor").pk)


@forgery(*RIGHTS)
def a_permission(forger: Forger) -> None:
    group, may = Group.objects.get(name="Customer Care").pk, Permission.objects.get(codename="change_user").pk
    sql("INSERT INTO auth_group_permissions (group_id, permission_id) VALUES (%s, %s)", group, may)


@forgery(*RIGHTS)
def a_permission_of_ones_own(forger: Forger) -> None:
    care, may = User.objects.get(username="care").pk, Permission.objects.get(codename="change_user").pk
    sql("INSERT INTO people_user_user_permissions (user_id, permission_id) VALUES (%s, %s)", care, may)


@forgery(*RIGHTS)
def the_name_of_a_group(forger: Forger) -> None:
    sql("UPDATE auth_group SET name = 'Harmless' WHERE name = 'Administrator'")


@forgery(*RIGHTS)
def a_password(forger: Forger) -> None:
    sql("UPDATE people_user SET password = 'md5$x$0123' WHERE username = 'backoffice'")


@forgery(*RIGHTS)
def a_key(forger: Forger) -> None:
    sql("UPDATE people_apikey SET key_hash = 'forged' WHERE id = %s", ApiKey.objects.latest("pk").pk)


@forgery(OUTSIDE, OUTSIDE, CURRENT, CURRENT, CURRENT)
def a_superuser(forger: Forger) -> None:
    sql("UPDATE people_user SET is_superuser = %s WHERE username = 'care'", True)


@forgery(OUTSIDE, OUTSIDE, CURRENT, CURRENT, CURRENT)
def a_limit(forger: Forger) -> None:
    sql("UPDATE balances_adjustmentlimit SET per_day = 1000000 WHERE unit = 'EUR'")


@forgery("edition that was set back", "edition that was set back", WITNESS, WITNESS, WITNESS)
def the_edition(forger: Forger) -> None:
    """Set the edition back, so that processes go on with rights that they remember."""
    former = Witness.objects.filter(table="transactions_edition").exclude(content=Edition.objects.get().token)
    sql("UPDATE transactions_edition SET token = %s", former.filter(kind__in="+~").latest("pk").content)


class _under:
    """Tell the triggers that a Business Transaction is under way."""

    def __init__(self, entry: int) -> None:
        self.entry = entry

    def __enter__(self) -> None:
        if connection.vendor == "postgresql":
            sql("SELECT set_config('ocs.transaction', %s, true)", str(self.entry))
        else:
            connection.ocs_transaction = self.entry  # type: ignore[attr-defined]

    def __exit__(self, *_: object) -> None:
        if connection.vendor == "sqlite":
            connection.ocs_transaction = None  # type: ignore[attr-defined]


def findings(heads: list[chain.Head]) -> Iterator[Finding]:
    """Yield what is off with what there was to forge; the other tables are none the worse for it."""
    with interpreted():
        yield from _findings(heads)


def _findings(heads: list[chain.Head]) -> Iterator[Finding]:
    known = forms.recorded(connection)
    yield from chain.chain_findings(heads)
    for label in (LABEL, "people.User", "people.ApiKey", "balances.AdjustmentLimit"):
        table = tracked_table(MODELS[label], MODELS[label].history.model)
        yield from verification._table_findings(table, known[table.history])
    yield from verification.transaction_findings(verification.sources())
    yield from verification.texts_findings()
    yield from verification.witness_findings()


@pytest.mark.parametrize("name", FORGERIES)
def test_each_forger_is_refused_or_found(name: str, heads: list[chain.Head]) -> None:
    forge, expected = FORGERIES[name]
    wrong = []
    for who, said in zip(WHO, expected, strict=False):
        with taken_back():
            try:
                with transaction.atomic(), interpreted(), Forger(who).at_work():
                    forge(Forger(who))
                    Forger(who).cover(LABEL)
            except DatabaseError as error:
                if said != REFUSED or "append-only" not in str(error):
                    wrong.append(f"{who}: {error}")
                continue
            if forge is laundered:
                inside(lambda: CustomerSegment.objects.filter(code="one").update(description="by the portal"))
            with_heads = {finding.fault for finding in findings(heads)}
            found = {fault for fault in with_heads if HEAD not in fault}
        if said == NOTHING:
            fits = not with_heads
        elif said == HEAD:
            fits = not found and any(HEAD in fault for fault in with_heads)
        else:
            fits = any(said in fault for fault in found)
        if not fits:
            wrong.append(f"{who}: {said}, but {sorted(found)}; by heads {sorted(with_heads - found)}")
    assert not wrong, "\n".join(wrong)


def test_there_are_forgeries_enough(heads: list[chain.Head]) -> None:
    assert sum(len(expected) for _, expected in FORGERIES.values()) >= 150
    assert list(verification.findings(heads)) == []
