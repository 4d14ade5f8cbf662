"""The SQL about history rows that an erasure emptied: what is entered of them, and whether it was one.

A row whose digest covered its values loses it, and is entered in `transactions_erasedrow` with the digest of what is left
(docs/adr/0029-personal-values-can-be-taken-out.md).
"""

from collections.abc import Iterator
from typing import Any

from ocsportal.transactions.triggers import forms, proof
from ocsportal.transactions.triggers.erasing import ERASURES, LEFT, ROWS, TRANSACTIONS, equals, happened_to
from ocsportal.transactions.triggers.generated import dialect
from ocsportal.transactions.triggers.tables import SEALED, TrackedTable

ENTRY = '"transaction_id", "table", "key", "form", "digest"'


def enter_query(connection: Any, table: TrackedTable, known: list[forms.Form], which: str) -> str:
    """Return the statement that enters the rows which lose their digest, of those on a condition.

    These are those whose digest covers what is taken out now, and those that don't fit, which get none. It takes, for each form,
    the Business Transaction and the values of the condition.
    """
    parts = [_entering(connection, table, known, stretch, which) for stretch in forms.stretches(known)]
    return f"INSERT INTO {ROWS} ({ENTRY}) {' UNION ALL '.join(parts)}"


def _entering(connection: Any, table: TrackedTable, known: list[forms.Form], stretch: forms.Stretch, which: str) -> str:
    altered = proof.altered(dialect(connection), stretch, known)
    gone = {name for name, _ in table.erasable} - stretch.personal
    loses = any(name in gone for name, _, _ in stretch.columns)
    digest = _left(connection, stretch, forms.erasable(known), "k.id")
    return (
        f"SELECT k.id, '{table.history}', h.history_id, '{known[-1].mark}', CASE WHEN {altered} THEN '' ELSE {digest} END "
        f'FROM (SELECT CAST(%s AS bigint) AS id) k CROSS JOIN "{table.history}" h WHERE {proof.within(stretch)} '
        f"AND {which} AND h.digest <> ''{'' if loses else f' AND ({altered})'}"
    )


def _left(connection: Any, stretch: forms.Stretch, gone: dict[str, str], transaction: str) -> str:
    """Return the expression for the digest of what is left of a row, bound to the erasure."""
    speak = dialect(connection)
    values = [transaction, f"'{stretch.mark}'", *(["h.personal_digest"] if stretch.personal else [])]
    for name, sealed, present in stretch.columns:
        if name not in gone:
            value = f'h."{name}"'
            values.append(speak.cast(value, sealed, present) or value)
    return str(speak.seal(", ".join([*values, *(f'h."{column}"' for column in SEALED)])))


def emptied(table: TrackedTable, known: list[forms.Form]) -> list[str]:
    """Return the condition that a row `h` says of itself that it was erased, if rows of its history can be."""
    if not (table.erasable and table.whose):
        return []
    split = ((stretch, "h.salt IS NULL") for stretch in forms.stretches(known) if stretch.personal)
    return [" OR ".join(filter(None, ["h.digest = ''", proof.by_stretch(split)]))]


def conditions(connection: Any, table: TrackedTable, known: list[forms.Form]) -> Iterator[tuple[str, str]]:
    """Yield what can be wrong with rows `h` that are empty as if by an erasure, each with its condition."""
    if not table.whose:
        return
    (said,) = emptied(table, known)
    yield (
        "history row whose personal values are gone, though no erasure took them out",
        f"({said}) AND NOT EXISTS (SELECT 1 FROM {ERASURES} e WHERE e.customer_id = {table.whose('h')})",
    )
    empty = " AND ".join(f'h."{name}" {equals(word, connection.vendor)}' for name, word in table.erasable)
    yield "history row that says something personal, though it was erased", f"({said}) AND NOT ({empty})"
    unfit = ((stretch, _unfit(connection, table, known, stretch)) for stretch in forms.stretches(known))
    yield "history row that was altered, before it was erased or since", f"h.digest = '' AND {proof.by_stretch(unfit)}"


def _unfit(connection: Any, table: TrackedTable, known: list[forms.Form], stretch: forms.Stretch) -> str:
    cases = "".join(
        f" WHEN '{form.mark}' THEN {_left(connection, stretch, forms.renamed(known, number), 'r.transaction_id')}"
        for number, form in enumerate(known, start=1)
        if form.bound
    )
    fits = f"r.digest = CASE r.form{cases} END" if cases else "1 = 0"
    # The newest one counts. Asked so, and not by its number, it can be asked by workers.
    entry = f"\"table\" = '{table.history}' AND {{}}.key = h.history_id"
    later = f"SELECT 1 FROM {ROWS} x WHERE x.{entry.format('x')} AND x.id > r.id"
    return f"NOT EXISTS (SELECT 1 FROM {ROWS} r WHERE r.{entry.format('r')} AND NOT EXISTS ({later}) AND {fits})"


def enter_transactions_query(connection: Any, which: str) -> str:
    """Return the statement that enters Business Transactions from before there was a key, of those on a condition.

    It takes the erasure, and the values of the condition.
    """
    fits = f"b.digest = {dialect(connection).former_seal('b')}"
    return (
        f"INSERT INTO {ROWS} ({ENTRY}) SELECT k.id, '{TRANSACTIONS}', b.id, '', "
        f"CASE WHEN {fits} THEN {_left_of_transaction(connection, 'k.id')} ELSE '' END "
        f"FROM (SELECT CAST(%s AS bigint) AS id) k CROSS JOIN {TRANSACTIONS} b "
        f"WHERE {which} AND b.mac IS NULL AND b.erased_by IS NULL"
    )


def _left_of_transaction(connection: Any, erasure: str) -> str:
    values = ", ".join(f"b.{column}" for column in LEFT)
    return str(dialect(connection).seal(f"{erasure}, {values}"))


def unfit_transactions(connection: Any, border: int) -> str:
    """Return the query for the erased ones up to the last from before there was a key whose entry does not fit."""
    newest = f"SELECT max(x.id) FROM {ROWS} x WHERE x.\"table\" = '{TRANSACTIONS}' AND x.key = b.id"
    fits = f"r.digest = {_left_of_transaction(connection, 'r.transaction_id')}"
    return (
        f"SELECT b.id FROM {TRANSACTIONS} b LEFT JOIN {ROWS} r ON r.id = ({newest}) "
        f"WHERE b.id <= {border} AND b.erased_by IS NOT NULL AND coalesce(NOT ({fits}), 1 = 1)"
    )


def by_an_erasure(alias: str) -> str:
    """Return the condition that the erasure which a Business Transaction names took its texts out."""
    return (
        f"{alias}.reason = '' AND EXISTS (SELECT 1 FROM {ERASURES} e WHERE e.transaction_id = {alias}.erased_by "
        f"AND {happened_to(alias, 'e.customer_id')})"
    )
