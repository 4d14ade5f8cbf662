"""Prove the audit trail: rows equal their newest history, every change has a Business Transaction, nothing was altered.

Everything is asked in SQL, so that a million rows take seconds (docs/audit.md, proof).
"""

import json
import secrets
from collections.abc import Iterator, Sequence

from django.db import DataError, connection, transaction

from ocsportal.transactions import erasure
from ocsportal.transactions.bound import fresh, transaction_findings
from ocsportal.transactions.chain import Head, chain_findings
from ocsportal.transactions.checks import trigger_faults
from ocsportal.transactions.finding import BY_INDEX, COMPARE, Finding, Question, ask, ask_at_once, collect, prepared
from ocsportal.transactions.history import tracked_models
from ocsportal.transactions.models import BusinessTransaction
from ocsportal.transactions.triggers import erased, erasing, forms, proof, sealing
from ocsportal.transactions.triggers.generated import dialect
from ocsportal.transactions.triggers.tables import TrackedTable, tracked_table
from ocsportal.transactions.witnessed import texts_findings, witness_findings

# What to do about a finding (docs/audit.md, proof).
ASK = "ask the database's user, whom the row names, and compare with a backup; operations are the way to write"
FORMS = (
    "bring the rows of transactions_sealedform back from a backup; until then nothing says how this history was sealed"
)
EMPTIED = "history row that says of itself that it was erased"
ALTERED = "history row that was altered: its digest does not fit"
NEVER_SEALED = "history row that was altered: it holds what was never sealed"
UNSEALED = "history row that was altered: it says something of a column that was not there"
MEND = "run manage.py install_triggers, and compare with a backup what was written meanwhile"
DROP = "drop it, unless it is yours and keeps no write from the portal's triggers"


def findings(heads: Sequence[Head] = (), after: int = 0) -> Iterator[Finding]:
    """Yield everything that is off; nothing when the audit trail holds, and agrees with heads that were kept elsewhere.

    Histories and Business Transactions of positions up to `after` are left out, since they were proven before.
    """
    with prepared():
        yield from _findings(heads, after)


def _findings(heads: Sequence[Head], after: int) -> Iterator[Finding]:
    for fault in trigger_faults():
        strange = fault.endswith("none of the portal's.")
        yield Finding("triggers", fault.rstrip("."), 1, ("see check",), DROP if strange else MEND)
    yield from chain_findings(heads, after)
    recorded = forms.recorded(connection)
    for model in tracked_models():
        table = tracked_table(model, model.history.model)  # type: ignore[attr-defined]
        yield from table_findings(table, recorded.get(table.history, []), after)
    yield from transaction_findings(sources(), after)
    yield from texts_findings()
    yield from witness_findings()
    yield from _erasure_findings()


def sources() -> dict[str, str]:
    """Return the tables whose rows are written under Business Transactions and bound to them, with the digest of a row."""
    histories = {model.history.model._meta.db_table: "digest" for model in tracked_models()}  # type: ignore[attr-defined]
    return {**histories, **sealing.digests(connection)}


def table_findings(table: TrackedTable, known: list[forms.Form], after: int = 0) -> Iterator[Finding]:
    """Yield what is off with a tracked table and its history: each is read once, and joined once."""
    yield from _differing(table)
    yield from _versions(table, after)
    yield from _history_findings(table, known, after)


def _differing(table: TrackedTable) -> Iterator[Finding]:
    """Yield the rows that are not what their newest history says.

    That is the one which carries their version number; _versions sees to it that there is just one of each and none
    beyond. All rows are looked at, however old their newest version is.
    """
    key = f'"{table.key}"'
    differs = dialect(connection).differs(table.of("t"), table.of("h"))
    with prepared(BY_INDEX):
        yield from ask_at_once(
            table.name,
            f"t.{key}",
            f'"{table.name}" t LEFT JOIN "{table.history}" h ON h.{key} = t.{key} AND h.version = t.version '
            "AND h.history_type <> '-'",
            [Question("current row differs from its newest history row", differs)],
        )


def _versions(table: TrackedTable, after: int) -> Iterator[Finding]:
    """Yield the rows whose versions don't count from 1 to the present one, each once."""
    query = None if after else proof.counted_at_once(connection, table, secrets.randbits(62))
    if query:
        with connection.cursor() as cursor:
            cursor.execute(query)
            if cursor.fetchone()[0]:
                return
    yield from _versions_one_by_one(table, after)


def _versions_one_by_one(table: TrackedTable, after: int) -> Iterator[Finding]:
    key, h = f'"{table.key}"', f'"{table.history}"'
    touched = f" WHERE {key} IN (SELECT {key} FROM {h} WHERE {fresh('transaction_id', after)})" if after else ""
    kept = "FILTER (WHERE history_type <> '-')"
    counted = (
        f"SELECT {key}, min(version) {kept} AS first, max(version) {kept} AS last, count(*) {kept} AS kept, "
        f"count(DISTINCT version) {kept} AS each, count(*) FILTER (WHERE history_type = '+') AS begun, "
        "count(*) FILTER (WHERE history_type = '+' AND version = 1) AS first_begun, "
        f"max(version) AS newest, count(*) FILTER (WHERE history_type = '-') AS gone FROM {h}{touched} GROUP BY {key}"
    )
    yield from ask_at_once(
        table.name,
        f"n.{key}",
        f'({counted}) n LEFT JOIN "{table.name}" t ON t.{key} = n.{key}',
        [
            Question(
                "history has a gap, a doubled version or no beginning",
                "coalesce(n.first, 0) <> 1 OR n.kept <> n.last OR n.each <> n.kept OR n.begun <> 1 OR n.first_begun <> 1",
            ),
            Question(
                "history goes on beyond the current row, or the row was removed without a trace",
                f"n.gone <> (CASE WHEN t.{key} IS NULL THEN 1 ELSE 0 END) OR t.version <> n.newest",
            ),
        ],
    )


def _history_findings(table: TrackedTable, known: list[forms.Form], after: int) -> Iterator[Finding]:
    """Yield what is off with the rows of a history.

    The first pass asks only what PostgreSQL lets workers answer: nothing that looks elsewhere for a row.
    """
    faults = list(_form_faults(table, known))
    yield from faults
    table = table if faults else forms.with_forms(table, known)
    digests = [] if faults else [Question(ALTERED, proof.altered_condition(connection, known))]
    emptied = [] if faults else [Question(EMPTIED, condition) for condition in erased.emptied(table, known)]
    try:
        with transaction.atomic():
            found = list(_ask_rows(table.history, [*_origin_questions(), *emptied, *digests], after))
    except DataError:
        # A column has another type by now, and something in it can't have been of the former one.
        never = Finding(table.history, NEVER_SEALED, 1, ("unknown",))
        found = [*_ask_rows(table.history, [*_origin_questions(), *emptied], after), never]
    yield from (finding for finding in found if finding.fault != EMPTIED)
    # What an erasure may have emptied since it was proven is looked at however old it is.
    if emptied and (after or any(finding.fault == EMPTIED for finding in found)):
        conditions = erased.conditions(connection, table, known)
        yield from _ask_rows(table.history, [Question(fault, condition) for fault, condition in conditions])
    if not (after or faults) and (condition := proof.unsealed_condition(connection, table.history, known)):
        yield from _ask_rows(table.history, [Question(UNSEALED, condition)])


def _ask_rows(history: str, questions: Sequence[Question], after: int = 0) -> Iterator[Finding]:
    """Ask the rows of a history, each with its Business Transaction."""
    source = f'"{history}" h LEFT JOIN {erasing.TRANSACTIONS} b ON b.id = h.transaction_id'
    return ask_at_once(history, "h.history_id", source, questions, fresh("h.transaction_id", after))


def _origin_questions() -> Iterator[Question]:
    yield Question("history row without a Business Transaction: written outside of the portal", "b.id IS NULL", ASK)
    # These two are copied for the history's readers and lie outside of the digest.
    copies = dialect(connection).differs("h.history_user_id, h.history_change_reason", "b.actor_id, b.reason")
    yield Question(
        "history row that names another actor or reason than its Business Transaction",
        f"b.id IS NOT NULL AND ({copies})",
    )


def _form_faults(table: TrackedTable, known: list[forms.Form]) -> Iterator[Finding]:
    """Yield what is wrong with the forms of a table: without them nothing says what the rows were sealed with."""
    with connection.cursor() as cursor:
        standing = {column.name for column in connection.introspection.get_table_description(cursor, table.history)}
    wrong = list(forms.faults_of(known, standing)) if known else ["no form is recorded"]
    if wrong:
        yield Finding(table.history, wrong[0], len(wrong), tuple(wrong[1:]), FORMS)


def _erasure_findings() -> Iterator[Finding]:
    name, transactions = erasing.ERASURES, "transactions_businesstransaction"
    yield from ask(
        name,
        "erasure that no Business Transaction of this customer made",
        f"SELECT e.transaction_id FROM {name} e LEFT JOIN {transactions} b ON b.id = e.transaction_id WHERE b.id IS NULL "
        f"OR b.operation <> '{erasing.OPERATION}' OR b.answer IS NULL "
        "OR coalesce(b.customers, '') <> '[' || e.customer_id || ']'",
    )
    yield from ask(
        transactions,
        "Business Transaction that erased nobody's values, though it says so",
        f"SELECT b.id FROM {transactions} b LEFT JOIN {name} e ON e.transaction_id = b.id "
        f"WHERE b.operation = '{erasing.OPERATION}' AND e.customer_id IS NULL",
    )
    yield from collect(erasing.ROWS, _unsealed_entries())


def _unsealed_entries() -> Iterator[tuple[str, str, int]]:
    """Yield the erasures whose entries of rows are not those that their answers seal."""
    entered = erasure.sealed_entries()
    answers = BusinessTransaction.objects.filter(operation=erasing.OPERATION).values_list("pk", "answer")
    said = {
        key: next((item["object"].get("entered") for item in json.loads(answer or "[]")[-1:]), None)
        for key, answer in answers
    }
    for key in sorted(entered.keys() | said.keys()):
        if entered.get(key) != said.get(key):
            yield "rows entered as erased that the erasure did not enter, or not so", COMPARE, key
