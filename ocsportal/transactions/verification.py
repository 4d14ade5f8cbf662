"""Prove the audit trail: rows equal their newest history, every change has a Business Transaction, nothing was altered.

Everything is asked in SQL, so that a million rows take seconds (docs/audit.md, proof).
"""

import json
from collections.abc import Iterator, Sequence

from django.db import DataError, connection, transaction

from ocsportal.transactions import erasure
from ocsportal.transactions.bound import fresh, transaction_findings
from ocsportal.transactions.chain import Head, chain_findings
from ocsportal.transactions.checks import trigger_faults
from ocsportal.transactions.finding import COMPARE, Finding, ask, collect, interpreted
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
MEND = "run manage.py install_triggers, and compare with a backup what was written meanwhile"
DROP = "drop it, unless it is yours and keeps no write from the portal's triggers"


def findings(heads: Sequence[Head] = (), after: int = 0) -> Iterator[Finding]:
    """Yield everything that is off; nothing when the audit trail holds, and agrees with heads that were kept elsewhere.

    Histories and Business Transactions of positions up to `after` are left out, since they were proven before.
    """
    with interpreted():
        yield from _findings(heads, after)


def _findings(heads: Sequence[Head], after: int) -> Iterator[Finding]:
    for fault in trigger_faults():
        strange = fault.endswith("none of the portal's.")
        yield Finding("triggers", fault.rstrip("."), 1, ("see check",), DROP if strange else MEND)
    yield from chain_findings(heads, after)
    recorded = forms.recorded(connection)
    for model in tracked_models():
        table = tracked_table(model, model.history.model)  # type: ignore[attr-defined]
        yield from _table_findings(table, recorded.get(table.history, []), after)
    yield from transaction_findings(sources(), after)
    yield from texts_findings()
    yield from witness_findings()
    yield from _erasure_findings()


def sources() -> dict[str, str]:
    """Return the tables whose rows are written under Business Transactions and bound to them, with the digest of a row."""
    histories = {model.history.model._meta.db_table: "digest" for model in tracked_models()}  # type: ignore[attr-defined]
    return {**histories, **sealing.digests(connection)}


def _table_findings(table: TrackedTable, known: list[forms.Form], after: int = 0) -> Iterator[Finding]:
    t, h, key = f'"{table.name}"', f'"{table.history}"', f'"{table.key}"'
    differs = dialect(connection).differs(table.of("t"), table.of("h"))
    # A row's newest version is the history row that carries its version number; the gap check below sees to it that
    # there is just one of each and none beyond. All rows are looked at, however old their newest version is.
    yield from ask(
        table.name,
        "current row differs from its newest history row",
        f"SELECT t.{key} FROM {t} t LEFT JOIN {h} h ON h.{key} = t.{key} AND h.version = t.version "
        f"AND h.history_type <> '-' WHERE {differs}",
    )
    touched = f"{key} IN (SELECT {key} FROM {h} WHERE {fresh('transaction_id', after)})" if after else "TRUE"
    yield from ask(
        table.name,
        "history has a gap, a doubled version or no beginning",
        f"SELECT {key} FROM {h} WHERE history_type <> '-' AND {touched} GROUP BY {key} "
        "HAVING min(version) <> 1 OR count(*) <> max(version) OR count(DISTINCT version) <> count(*) "
        "OR sum(CASE WHEN history_type = '+' THEN 1 ELSE 0 END) <> 1",
    )
    yield from ask(
        table.name,
        "history goes on beyond the current row, or the row was removed without a trace",
        f"SELECT n.{key} FROM (SELECT {key}, max(version) AS newest FROM {h} WHERE {touched} GROUP BY {key}) n "
        f"LEFT JOIN {t} t ON t.{key} = n.{key} WHERE (t.{key} IS NULL AND NOT EXISTS "
        f"(SELECT 1 FROM {h} d WHERE d.{key} = n.{key} AND d.history_type = '-')) OR t.version <> n.newest",
    )
    yield from ask(
        table.history,
        "history row without a Business Transaction: written outside of the portal",
        f"SELECT h.history_id FROM {h} h LEFT JOIN transactions_businesstransaction b ON b.id = h.transaction_id "
        f"WHERE b.id IS NULL AND {fresh('h.transaction_id', after)}",
        ASK,
    )
    # These two are copied for the history's readers and lie outside of the digest.
    copies = dialect(connection).differs("h.history_user_id, h.history_change_reason", "b.actor_id, b.reason")
    yield from ask(
        table.history,
        "history row that names another actor or reason than its Business Transaction",
        f"SELECT h.history_id FROM {h} h JOIN transactions_businesstransaction b ON b.id = h.transaction_id "
        f"WHERE {fresh('h.transaction_id', after)} AND ({copies})",
    )
    yield from _digest_findings(table, known, after)


def _digest_findings(table: TrackedTable, known: list[forms.Form], after: int) -> Iterator[Finding]:
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
    query = proof.altered_query(connection, table.history, known, fresh("h.transaction_id", after))
    fault = "history row that was altered: its digest does not fit"
    try:
        with transaction.atomic():
            found = list(ask(table.history, fault, query))
    except DataError:
        # A column has another type by now, and something in it can't have been of the former one.
        found = [
            Finding(table.history, "history row that was altered: it holds what was never sealed", 1, ("unknown",))
        ]
    yield from found
    for fault, query in erased.findings(connection, table, known):
        yield from ask(table.history, fault, query)
    unsealed = "" if after else proof.unsealed_query(connection, table.history, known)
    if unsealed:
        yield from ask(
            table.history, "history row that was altered: it says something of a column that was not there", unsealed
        )


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
