"""Several small questions in one statement, for screens that show a number of each."""

from collections.abc import Sequence
from typing import Any

from django.db import connection
from django.db.models import QuerySet


def how_many(asked: Sequence[QuerySet[Any]], most: int) -> list[int]:
    """Return how many rows each query has, counting up to `most` of each, in one statement."""
    if not asked:
        return []
    parts: list[str] = []
    parameters: list[Any] = []
    for rows in asked:
        sql, given = rows.order_by().values("pk")[:most].query.sql_with_params()
        parts.append(f"(SELECT COUNT(*) FROM ({sql}) few)")
        parameters += given
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT {', '.join(parts)}", parameters)
        row: Any = cursor.fetchone()
    return list(row)
