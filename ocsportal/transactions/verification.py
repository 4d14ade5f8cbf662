"""Prove the audit trail: rows equal their newest history, every change has a Business Transaction, nothing was altered.

Everything is asked in SQL, so that a million rows take seconds (docs/audit.md, proof).
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from django.db import DataError, connection, transaction

from ocsportal.transactions.checks import trigger_faults
from ocsportal.transactions.history import tracked_models
from ocsportal.transactions.triggers import erased, erasing, forms, proof
from ocsportal.transactions.triggers.generated import dialect
from ocsportal.transactions.triggers.tables import TrackedTable, tracked_table

MOST_NAMED = 20
# What to do about a finding (docs/audit.md, proof).
COMPARE = (
    "compare with a backup in which the proof held, find out who wrote here since, and put it right by an operation"
)
ASK = "ask the database's user, whom the row names, and compare with a backup; operations are the way to write"
FORMS = (
    "bring the rows of transactions_sealedform back from a backup; until then nothing says how this history was sealed"
)
MEND = "run manage.py install_triggers, and compare with a backup what was written meanwhile"
DROP = "drop it, unless it is yours and keeps no write from the portal's triggers"


@dataclass(frozen=True)
class Finding:
    """One kind of fault in one table, how often, and the keys of the first ones."""

    table: str
    fault: str
    count: int
    keys: tuple[Any, ...]
    remedy: str = ""

    def __str__(self) -> str:
        shown = ", ".join(str(key) for key in self.keys)
        more = ", …" if self.count > len(self.keys) else ""
        return f"{self.table}: {self.count} × {self.fault} ({shown}{more})\n  To do: {self.remedy or COMPARE}."


def findings() -> Iterator[Finding]:
    """Yield everything that is off; nothing when the audit trail holds."""
    for fault in trigger_faults():
        strange = fault.endswith("none of the portal's.")
        yield Finding("triggers", fault.rstrip("."), 1, ("see check",), DROP if strange else MEND)
    recorded = forms.recorded(connection)
    for model in tracked_models():
        table = tracked_table(model, model.history.model)  # type: ignore[attr-defined]
        yield from _table_findings(table, recorded.get(table.history, []))
    yield from _transaction_findings()
    yield from _erasure_findings()


def _table_findings(table: TrackedTable, known: list[forms.Form]) -> Iterator[Finding]:
    t, h, key = f'"{table.name}"', f'"{table.history}"', f'"{table.key}"'
    differs = dialect(connection).differs(table.of("t"), table.of("h"))
    # A row's newest version is the history row that carries its version number; the gap check below sees to it that
    # there is just one of each and none beyond.
    yield from _ask(
        table.name,
        "current row differs from its newest history row",
        f"SELECT t.{key} FROM {t} t LEFT JOIN {h} h ON h.{key} = t.{key} AND h.version = t.version "
        f"AND h.history_type <> '-' WHERE {differs}",
    )
    yield from _ask(
        table.name,
        "history has a gap, a doubled version or no beginning",
        f"SELECT {key} FROM {h} WHERE history_type <> '-' GROUP BY {key} "
        "HAVING min(version) <> 1 OR count(*) <> max(version) OR count(DISTINCT version) <> count(*) "
        "OR sum(CASE WHEN history_type = '+' THEN 1 ELSE 0 END) <> 1",
    )
    yield from _ask(
        table.name,
        "history goes on beyond the current row, or the row was removed without a trace",
        f"SELECT n.{key} FROM (SELECT {key}, max(version) AS newest FROM {h} GROUP BY {key}) n "
        f"LEFT JOIN {t} t ON t.{key} = n.{key} WHERE (t.{key} IS NULL AND NOT EXISTS "
        f"(SELECT 1 FROM {h} d WHERE d.{key} = n.{key} AND d.history_type = '-')) OR t.version <> n.newest",
    )
    yield from _ask(
        table.history,
        "history row without a Business Transaction: written outside of the portal",
        f"SELECT h.history_id FROM {h} h LEFT JOIN transactions_businesstransaction b ON b.id = h.transaction_id "
        "WHERE b.id IS NULL",
        ASK,
    )
    # These two are copied for the history's readers and lie outside of the digest.
    copies = dialect(connection).differs("h.history_user_id, h.history_change_reason", "b.actor_id, b.reason")
    yield from _ask(
        table.history,
        "history row that names another actor or reason than its Business Transaction",
        f"SELECT h.history_id FROM {h} h JOIN transactions_businesstransaction b ON b.id = h.transaction_id WHERE {copies}",
    )
    yield from _digest_findings(table, known)


def _digest_findings(table: TrackedTable, known: list[forms.Form]) -> Iterator[Finding]:
    with connection.cursor() as cursor:
        standing = {column.name for column in connection.introspection.get_table_description(cursor, table.history)}
    wrong = list(forms.faults_of(known, standing))
    if wrong or not known:
        # Without them nothing says what the rows were sealed with.
        yield Finding(
            table.history, wrong[0] if wrong else "no form is recorded", max(len(wrong), 1), tuple(wrong[1:]), FORMS
        )
        return
    table = forms.with_forms(table, known)
    query = proof.altered_query(connection, table.history, known)
    fault = "history row that was altered: its digest does not fit"
    try:
        with transaction.atomic():
            found = list(_ask(table.history, fault, query))
    except DataError:
        # A column has another type by now, and something in it can't have been of the former one.
        found = [
            Finding(table.history, "history row that was altered: it holds what was never sealed", 1, ("unknown",))
        ]
    yield from found
    for fault, query in erased.findings(connection, table, known):
        yield from _ask(table.history, fault, query)
    unsealed = proof.unsealed_query(connection, table.history, known)
    if unsealed:
        yield from _ask(
            table.history, "history row that was altered: it says something of a column that was not there", unsealed
        )


def _transaction_findings() -> Iterator[Finding]:
    name = "transactions_businesstransaction"
    yield from _ask(name, "Business Transaction that was never closed", f"SELECT id FROM {name} WHERE answer IS NULL")
    seal = dialect(connection).transaction_seal("b")
    yield from _ask(
        name,
        "Business Transaction that was altered: its digest does not fit",
        f"SELECT b.id FROM {name} b WHERE b.answer IS NOT NULL AND b.digest <> {seal}",
    )


def _erasure_findings() -> Iterator[Finding]:
    name, transactions = erasing.ERASURES, "transactions_businesstransaction"
    yield from _ask(
        name,
        "erasure that no Business Transaction of this customer made",
        f"SELECT e.transaction_id FROM {name} e LEFT JOIN {transactions} b ON b.id = e.transaction_id WHERE b.id IS NULL "
        f"OR b.operation <> '{erasing.OPERATION}' OR b.answer IS NULL "
        "OR coalesce(b.customers, '') <> '[' || e.customer_id || ']'",
    )
    yield from _ask(
        transactions,
        "Business Transaction that erased nobody's values, though it says so",
        f"SELECT b.id FROM {transactions} b LEFT JOIN {name} e ON e.transaction_id = b.id "
        f"WHERE b.operation = '{erasing.OPERATION}' AND e.customer_id IS NULL",
    )
    yield from _ask(
        transactions,
        "Business Transaction that says what erased it, though that erased nothing",
        f"SELECT b.id FROM {transactions} b WHERE b.erased_by IS NOT NULL AND NOT EXISTS "
        f"(SELECT 1 FROM {name} e WHERE e.transaction_id = b.erased_by)",
    )


def _ask(table: str, fault: str, query: str, remedy: str = COMPARE) -> Iterator[Finding]:
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT count(*) FROM ({query}) found")
        count = cursor.fetchone()[0]
        if count:
            cursor.execute(f"SELECT * FROM ({query}) found ORDER BY 1 LIMIT {MOST_NAMED}")
            yield Finding(table, fault, count, tuple(row[0] for row in cursor.fetchall()), remedy)
