"""The kept cursor: one for each connection, answered in binary, with Django's errors and Django's log."""

import json

import pytest
from django.db import DataError, connection, transaction
from django.test.utils import CaptureQueriesContext

from ocsportal.transactions.prepared import prepared_cursor

pytestmark = [pytest.mark.django_db, pytest.mark.postgres]
VALUES = [{}, {"a": "ü", "b": {"c": [1, 2.5, None, True]}}, [], [{}], "text", 7, None, {"": ""}, {"\u2028": "😀"}]


@pytest.mark.parametrize("value", VALUES, ids=str)
def test_json_arrives_as_it_is(value: object) -> None:
    with prepared_cursor() as cursor:
        cursor.execute("SELECT %s::jsonb", [json.dumps(value)])
        assert cursor.fetchone() == (value,)


def test_what_is_empty_is_no_ones_else() -> None:
    with prepared_cursor() as cursor:
        cursor.execute("SELECT '{}'::jsonb UNION ALL SELECT '{}'::jsonb", [])
        (first,), (second,) = cursor.fetchall()
    first["a"] = 1
    assert second == {}


def test_is_the_same_for_all_statements_of_a_connection() -> None:
    with prepared_cursor() as first:
        first.execute("SELECT 1", [])
        assert first.fetchone() == (1,)
    assert prepared_cursor() is first
    first.execute("SELECT 2", [])
    assert first.fetchall() == [(2,)]


def test_is_another_one_after_a_connection_was_closed() -> None:
    first = prepared_cursor()
    raw = connection.connection
    raw.ocs_cursor = None
    assert prepared_cursor() is not first


def test_errors_are_djangos_and_it_goes_on() -> None:
    with pytest.raises(DataError), transaction.atomic(), prepared_cursor() as cursor:
        cursor.execute("SELECT 1 / %s::int", [0])
    with prepared_cursor() as cursor:
        cursor.execute("SELECT 3", [])
        assert cursor.fetchone() == (3,)


def test_statements_are_logged_and_wrappers_called() -> None:
    with CaptureQueriesContext(connection) as captured, prepared_cursor() as cursor:
        cursor.execute("SELECT %s::int + 1", [1])
        assert cursor.fetchone() == (2,)
    assert len(captured) == 1
    seen: list[str] = []

    def wrapper(execute, sql, params, many, context):  # type: ignore[no-untyped-def]
        seen.append(sql)
        return execute(sql, params, many, context)

    with connection.execute_wrapper(wrapper), prepared_cursor() as cursor:
        cursor.execute("SELECT 4", [])
        assert cursor.fetchone() == (4,)
    assert seen == ["SELECT 4"]
