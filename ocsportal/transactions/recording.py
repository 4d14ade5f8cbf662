"""Open and close a Business Transaction, and tell the triggers which one is under way.

Two statements in SQL, since this is on every write's path: the INSERT returns its ID and hands it to the triggers in
one go, and waits for a request of the same ID that is still at work instead of failing on it.
"""

from typing import TYPE_CHECKING

from django.db import connection

from ocsportal.transactions import edition, macs
from ocsportal.transactions.change import Change, present, to_millisecond
from ocsportal.transactions.errors import RequestIdConflict
from ocsportal.transactions.journal import ASLEEP, CHANNEL
from ocsportal.transactions.macs import Opened
from ocsportal.transactions.models import BusinessTransaction
from ocsportal.transactions.prepared import prepared_cursor
from ocsportal.transactions.sqlite import to_text

if TYPE_CHECKING:
    from ocsportal.transactions.touched import Outcome

COLUMNS = (
    "operation", "channel", "actor_id", "actor_name", "on_behalf_of", "reason", "request_id", "transaction_id", "at",
    "request_hash", "notice", "target_kind", "target_ref_id", "touched", "digest", "salt", "reason_digest", "key_number",
)  # fmt: skip
# Which database transaction it is opened in, PostgreSQL knows, and SQLite asks the connection.
INSERT = (
    f"INSERT INTO transactions_businesstransaction ({', '.join(COLUMNS)}, opened_in) "
    f"VALUES ({', '.join(['%s'] * len(COLUMNS))}, {{opened_in}}) "
    f"ON CONFLICT (actor_id, request_id) DO NOTHING RETURNING id, {edition.CURRENT}"
)
# The time comes last: by then the database transaction has a number, by which others see that it is open (settled.py).
ANNOUNCE = ", set_config('ocs.transaction', id::text, true), set_config('ocs.recorded_at', %s, true), clock_timestamp()"
# A sequencer that sleeps holds the lock, and is woken when this is committed; one that is awake looks again in a moment
# anyway (ocsportal/transactions/sequencer.py).
WAKE = f"CASE WHEN pg_try_advisory_xact_lock_shared({ASLEEP}) THEN '' ELSE pg_notify('{CHANNEL}', '')::text END"
FORGET = f" RETURNING set_config('ocs.transaction', '', true), {WAKE}"
CLOSE = (
    "UPDATE transactions_businesstransaction SET answer = %s, notice = %s, target_kind = %s, target_ref_id = %s, "
    "target_version = %s, touched = %s, customers = %s, answer_digest = %s, mac = %s WHERE id = %s"
)
# The trigger puts the MAC in the place of the key that makes it.
OPEN = {
    "sqlite": INSERT.format(opened_in="ocs_opened()"),
    "postgresql": INSERT.format(opened_in="pg_current_xact_id()::text::bigint") + ANNOUNCE,
}


def open_transaction(operation: str, change: Change) -> Opened | None:
    """Insert the Business Transaction and announce it to the triggers; return it, or None when the request is known.

    Raise OutOfDate when the actor was remembered, and what the actor may do could have changed since.
    """
    actor, recorded, salt = change.actor, change.recorded_at, macs.new_salt()
    told = (
        operation, change.channel, actor.pk, actor.display_name[:150], change.on_behalf_of, change.request_id,
        change.transaction_id or change.request_id, change.at, change.fingerprint(operation), macs.text_digest(salt, change.reason),
    )  # fmt: skip
    values: list[object] = [
        *told[:5], change.reason, *told[5:9], "", "", "", 0, "", salt, told[9], macs.current_number(),
    ]  # fmt: skip
    # Without preparing, each write would have the insert, its unique key and the announcement planned anew. Inserted
    # first, and not when the work is done: only so does a repeated request wait for the first one instead of doing the
    # work twice.
    with prepared_cursor() as cursor:
        if connection.vendor == "sqlite":
            values[8] = to_text(change.at)
            cursor.execute(OPEN["sqlite"], values)
        else:
            cursor.execute(OPEN["postgresql"], [*values, recorded.isoformat() if recorded else ""])
        row = cursor.fetchone()
    if row is None:
        return None
    stands = row[1] or ""
    if change.remembered_at is not None and change.remembered_at != stands:
        raise edition.OutOfDate
    edition.enter(stands)
    enter(row[0], to_text(recorded) if recorded else None)
    opened = present() if connection.vendor == "sqlite" else to_millisecond(row[-1])
    connection.ocs_opened_at = opened  # type: ignore[attr-defined]
    return Opened(row[0], salt, (row[0], *told))


def close_transaction(entry: Opened, outcome: "Outcome", kind: str, customers: str | None) -> None:
    """Store the answer; from now on the Business Transaction can't be changed any more.

    `customers` are the keys of those in whose trees it happened, as a list in JSON.
    """
    told = (
        macs.text_digest(entry.salt, outcome.answer), outcome.notice, kind, outcome.target_ref_id, outcome.version,
        outcome.touched, customers,
    )  # fmt: skip
    key = macs.key_for((*entry.known, *told), macs.current_number())
    # By key alone, since nobody else can know it yet. The announcement is taken back in the same statement: left
    # standing, it would stamp what comes next on this connection with a Business Transaction that is closed.
    with prepared_cursor() as cursor:
        cursor.execute(
            CLOSE if connection.vendor == "sqlite" else CLOSE + FORGET,
            [outcome.answer, *told[1:], told[0], key, entry.id],
        )


def stored(operation: str, change: Change) -> BusinessTransaction:
    """Return the Business Transaction that answered this request; raise RequestIdConflict when it was another one.

    Raise OutOfDate as open_transaction does.
    """
    if change.remembered_at is not None and change.remembered_at != edition.read():
        raise edition.OutOfDate
    entry = BusinessTransaction.objects.defer(None).get(actor_id=change.actor.pk, request_id=change.request_id)
    if entry.operation != operation or not change.fits(operation, entry.request_hash):
        raise RequestIdConflict
    return entry


def enter(entry: int | None, recorded_at: str | None = None) -> None:
    """Remember on this thread's connection which Business Transaction is under way; SQLite's triggers ask for it."""
    connection.ocs_transaction = entry  # type: ignore[attr-defined]
    connection.ocs_recorded_at = recorded_at  # type: ignore[attr-defined]


def current() -> int | None:
    """Return the ID of the Business Transaction under way, None outside of the door."""
    return getattr(connection, "ocs_transaction", None)


def resume(entry: int | None) -> None:
    """Announce a Business Transaction to the triggers again, after a nested one."""
    connection.ocs_transaction = entry  # type: ignore[attr-defined]
    if connection.vendor != "sqlite":
        with connection.cursor() as cursor:
            cursor.execute("SELECT set_config('ocs.transaction', %s, true)", [str(entry or "")])


def leave() -> None:
    """Forget the Business Transaction, so that nothing after it is counted as its doing.

    PostgreSQL has forgotten it already: when it was closed, or when the database transaction was rolled back.
    """
    enter(None)
    connection.ocs_opened_at = None  # type: ignore[attr-defined]
    connection.ocs_opened = None  # type: ignore[attr-defined]
    edition.enter("")
