"""Account trees as a page shows them: what is above, and what is below as far as there is room, each with one query."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from django.db import connection
from django.db.models import BooleanField, QuerySet
from django.db.models.expressions import RawSQL

from accounts.hierarchy import MAX_LEVELS, payer
from accounts.models import Account
from customers.models import Customer
from ocsportal.entities.store.remembering import with_configuration

TABLE = Account._meta.db_table


@dataclass(frozen=True)
class Branch:
    """An account in its tree: how far down, and who pays for it."""

    account: Account
    depth: int
    payer: Account | None


def above(account: Account) -> list[Account]:
    """Return the accounts above an account, the topmost first, with one query; asked again it is told from memory."""
    if account.parent_id is None:
        return []
    known: dict[int, list[Account]] = account.__dict__.setdefault("_above", {})
    if account.parent_id not in known:
        walk = f"""
            WITH RECURSIVE up(id, parent_id, depth) AS (
                SELECT id, parent_id, 1 FROM "{TABLE}" WHERE id = %s
                UNION ALL
                SELECT a.id, a.parent_id, up.depth + 1 FROM "{TABLE}" a JOIN up ON a.id = up.parent_id
                WHERE up.depth < %s
            )
            SELECT id FROM up
        """
        rows = _walked(with_configuration(Account.objects.all()), walk, [account.parent_id, MAX_LEVELS])
        found = {each.pk: each for each in rows}
        chain: list[Account] = []
        key: int | None = account.parent_id
        while key is not None and key in found:
            chain.insert(0, found.pop(key))
            key = chain[0].parent_id
        known[account.parent_id] = chain
    return known[account.parent_id]


def below(superior: Customer | Account, accounts: QuerySet[Account], limit: int) -> list[Account]:
    """Return up to `limit` accounts below a customer or an account, level by level: none without the one above it."""
    first = "customer_id = %s AND parent_id IS NULL" if isinstance(superior, Customer) else "parent_id = %s"
    children, given = f'JOIN "{TABLE}" a ON a.parent_id = down.id', []
    if connection.vendor == "postgresql":
        # Account by account, by the index: for what is below all of them at once it would rather read the whole table.
        each = f'SELECT id FROM "{TABLE}" b WHERE b.parent_id = down.id ORDER BY b.parent_id, b.id LIMIT %s'
        children, given = f"CROSS JOIN LATERAL ({each}) a", [limit]
    # Without an order the walk stops as soon as it has enough, however much there is.
    walk = f"""
        WITH RECURSIVE down(id, depth) AS (
            SELECT id, 1 FROM (SELECT id FROM "{TABLE}" WHERE {first} ORDER BY id LIMIT %s) roots
            UNION ALL
            SELECT a.id, down.depth + 1 FROM down {children} WHERE down.depth < %s
        )
        SELECT id FROM down LIMIT %s
    """
    return list(_walked(accounts, walk, [superior.pk, limit, *given, MAX_LEVELS, limit]).order_by("pk"))


def keys_from(account: Account) -> RawSQL:
    """Return the subquery of the keys of an account and all accounts below it."""
    walk = f"""
        WITH RECURSIVE down(id, depth) AS (
            SELECT CAST(%s AS bigint), 1
            UNION ALL
            SELECT a.id, down.depth + 1 FROM down JOIN "{TABLE}" a ON a.parent_id = down.id WHERE down.depth < %s
        )
        SELECT id FROM down
    """
    return RawSQL(walk, [account.pk, MAX_LEVELS])  # noqa: S611  # as below


def _walked(accounts: QuerySet[Account], walk: str, given: list[int]) -> QuerySet[Account]:
    """Return the accounts of the keys that a walk finds, which PostgreSQL is to find before it looks at accounts."""
    if connection.vendor == "postgresql":
        among = RawSQL(f'"{TABLE}"."id" = ANY(ARRAY({walk}))', given, output_field=BooleanField())  # noqa: S611  # nothing of it comes from outside
        return accounts.filter(among)
    return accounts.filter(pk__in=RawSQL(walk, given))  # noqa: S611  # as above


def branches(accounts: Sequence[Account], above: Sequence[Account] = ()) -> list[Branch]:
    """Return accounts in the order of their tree, each right after its parent or a sibling's tree."""
    known = {account.pk for account in accounts}
    children: dict[int | None, list[Account]] = {}
    for account in accounts:
        children.setdefault(account.parent_id if account.parent_id in known else None, []).append(account)
    return list(_grown(children, None, list(above), 0))


def _grown(
    children: dict[int | None, list[Account]], root: int | None, chain: list[Account], depth: int
) -> Iterable[Branch]:
    for account in children.get(root, []):
        down = [*chain, account]
        yield Branch(account, depth, payer(down))
        yield from _grown(children, account.pk, down, depth + 1)
