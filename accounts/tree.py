"""Account trees: what is above an account, and the keys of what is below it, each with one query."""

from django.db import connection
from django.db.models import BooleanField, QuerySet
from django.db.models.expressions import RawSQL

from accounts.hierarchy import MAX_LEVELS
from accounts.models import Account
from ocsportal.entities.store.remembering import with_configuration

TABLE = Account._meta.db_table


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
