"""Several small questions in one statement, for screens that show a number of each."""

from collections.abc import Sequence

from django.db import connection
from django.db.models import Model, QuerySet

from ocsportal.transactions.columns import Parameter


def how_many(asked: Sequence[QuerySet[Model]], most: int) -> list[int]:
    """Return how many rows each query has, counting up to `most` of each, in one statement.

    A query's own order is kept: where a partial index has it, the database walks that, whatever it believes of the
    rows.
    """
    if not asked:
        return []
    parts: list[str] = []
    parameters: list[Parameter] = []
    for rows in asked:
        sql, given = _ordered(rows).values("pk")[:most].query.sql_with_params()
        parts.append(f"(SELECT COUNT(*) FROM ({sql}) few)")
        parameters += given
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT {', '.join(parts)}", parameters)
        row = cursor.fetchone()
    return list(row)


def first_of(asked: Sequence[tuple[QuerySet[Model], str]], limit: int) -> list[list[tuple[int, int]]]:
    """Return the first rows of each query, no more than its column and their keys, in one statement.

    The column's values are the database's own, to be compared with each other only.
    """
    found: list[list[tuple[int, int]]] = [[] for _ in asked]
    parts: list[str] = []
    parameters: list[Parameter] = []
    for place, (rows, column) in enumerate(asked):
        sql, given = rows.values_list(column, "pk")[:limit].query.sql_with_params()
        parts.append(f"SELECT {place}, few.* FROM ({sql}) few")
        parameters += given
    if parts:
        with connection.cursor() as cursor:
            cursor.execute(" UNION ALL ".join(parts), parameters)
            for place, value, key in cursor.fetchall():
                found[place].append((value, key))
    return found


def _ordered(rows: QuerySet[Model]) -> QuerySet[Model]:
    return rows if rows.query.order_by else rows.order_by()
