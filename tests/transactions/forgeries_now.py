"""Forgeries of what stands, and of something new: transactions in another's name, the ledger, rights and secrets."""

from django.contrib.auth.models import Group, Permission
from django.db import connection

from balances.models import LedgerEntry
from ocsportal.people.models import ApiKey, User
from ocsportal.transactions import macs
from ocsportal.transactions.change import present
from ocsportal.transactions.models import BusinessTransaction, Edition, Witness
from tests.transactions.forger import KEYED, WRITER, Forger, T
from tests.transactions.forgeries import (
    CURRENT,
    HEAD,
    LEDGER,
    LINKS,
    MAC,
    NOTHING,
    OUTSIDE,
    PAST,
    REFUSED,
    RIGHTS,
    WITNESS,
    H,
    S,
    forgery,
    of,
)  # fmt: skip
from tests.transactions.rows import sql


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


@forgery(*PAST)
def an_entry_that_changed_hands(forger: Forger) -> None:
    sql(f"UPDATE {LEDGER} SET transaction_id = %s WHERE id = %s", of("one", 2).pk, _entry().pk)


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
