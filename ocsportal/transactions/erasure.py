"""Take the personal values of a customer's tree out of histories and Business Transactions (docs/privacy.md).

Within the open Business Transaction of an erasure, and in a number of statements that does not grow with the tree: the
triggers let through what belongs to it, and nothing else (docs/adr/0029-personal-values-can-be-taken-out.md).
"""

import json
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping

from django.db import connection

from ocsportal.registries import Entries
from ocsportal.transactions import recording
from ocsportal.transactions.change import keyed_hash
from ocsportal.transactions.columns import Parameter
from ocsportal.transactions.history import Tracked, history_of, tracked_models
from ocsportal.transactions.models import BusinessTransaction, Erasure
from ocsportal.transactions.redaction import redacted
from ocsportal.transactions.trees import links
from ocsportal.transactions.triggers import erased, erasing, forms
from ocsportal.transactions.triggers.generated import dialect
from ocsportal.transactions.triggers.tables import ERASED, tracked_table

# Keys of the rows of a tree, by model.
Keys = Mapping[type[Tracked], Collection[int]]
# How many answers are held in memory at once.
CHUNK = 2_000
TAKE_OUT = (
    "UPDATE transactions_businesstransaction AS b "
    "SET answer = {}, reason = '', salt = NULL, erased_by = %s, request_hash = {} "
)
OUT_OF = {
    "postgresql": TAKE_OUT.format("v.answer", "v.hash")
    + "FROM unnest(%s::bigint[], %s::text[], %s::text[]) AS v(id, answer, hash) WHERE b.id = v.id",
    "sqlite": TAKE_OUT.format("json_extract(v.value, '$[1]')", "json_extract(v.value, '$[2]')")
    + "FROM json_each(%s) AS v WHERE b.id = json_extract(v.value, '$[0]')",
}
# What else has something to take out of a tree: given its keys, it does, and says of what and how much.
Further = Callable[[Keys], tuple[str, int]]
FURTHER: Entries[Further] = Entries()


def models_in_trees() -> list[type[Tracked]]:
    """Return the tracked models whose rows are in the trees of customers."""
    return [model for model in tracked_models() if model.tree_top or links(model)]


def erase(customer: int, keys: Keys, names: Collection[str]) -> dict[str, int | str]:
    """Take everything out of a tree but its present rows, which are the caller's; return how much of what.

    `keys` are those of all rows in the tree, `names` the refIds by which answers tell of them.
    """
    under_way = recording.current()
    assert under_way is not None
    Erasure.objects.create(transaction_id=under_way, customer_id=customer)
    transactions = transactions_of(customer, keys) - {under_way}
    told = _take_out_of_transactions(under_way, transactions, names)
    versions = sum(_take_out_of_history(under_way, model, keys[model]) for model in models_in_trees())
    _take_reasons_out_of_other_trees(transactions)
    counted: dict[str, int | str] = {
        "businessTransactions": told,
        "versions": versions,
        **dict(work(keys) for work in FURTHER),
    }
    seal = sealed_entries(under_way).get(under_way)
    return counted | ({"entered": seal} if seal else {})


def sealed_entries(erasure: int | None = None) -> dict[int, str]:
    """Return the digest over the rows that an erasure entered, or each, by erasure; its answer says it too."""
    root = dialect(connection).root("r.id", "r.\"table\" || ':' || r.key || ':' || r.form || ':' || r.digest || ';'")
    which = "" if erasure is None else f"WHERE r.transaction_id = {int(erasure)} "
    with connection.cursor() as cursor:
        cursor.execute(
            f"SELECT r.transaction_id, {root} FROM transactions_erasedrow r {which}GROUP BY r.transaction_id"
        )
        return dict(cursor.fetchall())


def transactions_of(customer: int, keys: Keys) -> set[int]:
    """Return the keys of the Business Transactions that happened in a tree: told by its histories, and by the journal."""
    query, values = _transactions_query(customer, keys)
    with connection.cursor() as cursor:
        cursor.execute(query, values)
        return {row[0] for row in cursor.fetchall() if row[0] is not None}


def _transactions_query(customer: int, keys: Keys) -> tuple[str, list[Parameter]]:
    histories = [
        f'SELECT transaction_id FROM "{history_of(model)._meta.db_table}" WHERE id IN ({_listed()})'
        for model in models_in_trees()
    ]
    waiting = (
        "SELECT o.transaction_id FROM transactions_outboxmessage o JOIN transactions_businesstransaction b "
        f"ON b.id = o.transaction_id WHERE {erasing.happened_to('b', '%s')} AND b.customers IS NOT NULL"
    )
    entered = "SELECT transaction_id FROM transactions_customerentry WHERE customer_id = %s"
    # As text in the expression, and as a number in the column.
    values: list[Parameter] = [*(_list(keys[model]) for model in models_in_trees()), customer, str(customer)]
    return " UNION ".join([*histories, entered, waiting]), values


def counts(customer: int, keys: Keys) -> list[tuple[str, int]]:
    """Count, in one statement, what an erasure would take values out of: rows by model, versions, answers and reasons."""
    parts: list[str] = []
    values: list[Parameter] = []
    for model in models_in_trees():
        table = tracked_table(model, history_of(model))
        listed = _list(keys[model])
        if table.personal:
            empty = " AND ".join(
                f't."{name}" {erasing.equals(word, connection.vendor)}' for name, word in table.personal
            )
            parts.append(f'SELECT count(*) FROM "{table.name}" t WHERE t.id IN ({_listed()}) AND NOT ({empty})')
            values.append(listed)
    rows = len(parts)
    histories = [history_of(model)._meta.db_table for model in models_in_trees()]
    parts += [f'SELECT count(*) FROM "{name}" h WHERE h.id IN ({_listed()})' for name in histories]
    told, asked = _transactions_query(customer, keys)
    values += [*(_list(keys[model]) for model in models_in_trees()), *asked]
    with connection.cursor() as cursor:
        cursor.execute(
            f"SELECT {', '.join(f'({part})' for part in [*parts, f'SELECT count(*) FROM ({told}) b'])}", values
        )
        found = cursor.fetchone()
    personal = [
        str(model._meta.verbose_name_plural)
        for model in models_in_trees()
        if tracked_table(model, history_of(model)).personal
    ]
    return [*zip(personal, found[:rows], strict=True), ("versions", sum(found[rows:-1])), ("answers", found[-1])]


def _take_out_of_history(under_way: int, model: type[Tracked], keys: Collection[int]) -> int:
    """Empty the versions of some rows; return how many."""
    table = tracked_table(model, history_of(model))
    known = forms.recorded(connection)[table.history]
    table = forms.with_forms(table, known)
    reason = "(SELECT b.reason FROM transactions_businesstransaction b WHERE b.id = h.transaction_id)"
    columns = [f"history_change_reason = coalesce({reason}, h.history_change_reason)"]
    if table.erasable:
        entered = 'SELECT 1 FROM transactions_erasedrow r WHERE r."table" = %s AND r.key = h.history_id AND r.transaction_id = %s'
        columns += [f'"{name}" = {ERASED[word]}' for name, word in table.erasable]
        columns += ["salt = NULL", f"digest = CASE WHEN EXISTS ({entered}) THEN '' ELSE h.digest END"]
    listed = _list(keys)
    with connection.cursor() as cursor:
        if table.erasable:
            query = erased.enter_query(connection, table, known, f"h.id IN ({_listed()})")
            cursor.execute(query, [under_way, listed] * len(known))
        # What the erasure itself wrote is empty already.
        own: list[Parameter] = [table.history, under_way] if table.erasable else []
        values = [*own, listed, under_way]
        cursor.execute(
            f'UPDATE "{table.history}" AS h SET {", ".join(columns)} WHERE h.id IN ({_listed()}) '
            "AND coalesce(h.transaction_id, 0) <> %s",
            values,
        )
        return int(cursor.rowcount)


def _take_reasons_out_of_other_trees(transactions: Iterable[int]) -> None:
    """Take the copies of reasons out of versions elsewhere, which the same Business Transactions made."""
    told = "SELECT b.id FROM transactions_businesstransaction b WHERE b.id IN ({}) AND b.reason = '' AND b.customers LIKE '%%,%%'"
    with connection.cursor() as cursor:
        cursor.execute(told.format(_listed()), [_list(transactions)])
        several = [row[0] for row in cursor.fetchall()]
        for model in models_in_trees() if several else ():
            history = history_of(model)._meta.db_table
            change = f"UPDATE \"{history}\" SET history_change_reason = '' WHERE transaction_id IN ({_listed()})"
            cursor.execute(f"{change} AND history_change_reason <> ''", [_list(several)])


def _take_out_of_transactions(under_way: int, transactions: Iterable[int], names: Collection[str]) -> int:
    """Take answers and reasons out of Business Transactions; return of how many."""
    return sum(_redact(under_way, chunk, names) for chunk in _chunks(sorted(transactions)))


def _redact(under_way: int, transactions: list[int], names: Collection[str]) -> int:
    listed, vendor = _list(transactions), connection.vendor
    rows = BusinessTransaction.objects.filter(pk__in=transactions, answer__isnull=False)
    # What does not say in whose tree it happened is left, unless it is from before that was said.
    rows = rows.exclude(customers=None, mac__isnull=False)
    told = [
        (key, _redacted(answer, customers, names), keyed_hash(known) if mac is None else known)
        for key, answer, customers, known, mac in rows.values_list("pk", "answer", "customers", "request_hash", "mac")
    ]
    given: list[Parameter]
    with connection.cursor() as cursor:
        cursor.execute(erased.enter_transactions_query(connection, f"b.id IN ({_listed()})"), [under_way, listed])
        if vendor == "sqlite":
            given = [json.dumps(told)]
        else:
            given = [[row[0] for row in told], [row[1] for row in told], [row[2] for row in told]]
        cursor.execute(OUT_OF[vendor], [under_way, *given])
    return len(told)


def _redacted(answer: str | None, customers: str | None, names: Collection[str]) -> str:
    """Return an answer without what is personal of the tree; what happened in other trees too keeps what is theirs."""
    alone = customers is not None and len(json.loads(customers)) == 1
    return redacted(answer or "[]", None if alone else names)


def _chunks(keys: list[int]) -> Iterator[list[int]]:
    for start in range(0, len(keys), CHUNK):
        yield keys[start : start + CHUNK]


def _listed() -> str:
    return "SELECT value FROM json_each(%s)" if connection.vendor == "sqlite" else "SELECT unnest(%s::bigint[])"


def _list(keys: Iterable[int]) -> str:
    numbers = ",".join(map(str, keys))
    return f"[{numbers}]" if connection.vendor == "sqlite" else f"{{{numbers}}}"
