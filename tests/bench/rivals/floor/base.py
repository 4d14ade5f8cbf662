"""What the floor's works share: a kept connection, the configuration, the Business Transaction, history, plain JSON."""

import hashlib
import json
import os
import threading
from datetime import UTC, datetime
from typing import Any
from zoneinfo import ZoneInfo

import psycopg
from psycopg.rows import dict_row

ZONE = ZoneInfo("Europe/Berlin")
LOCAL = threading.local()

INSERT_TRANSACTION = """
INSERT INTO floor.businesstransaction (operation, channel, actor_id, actor_name, on_behalf_of, reason, request_id,
  transaction_id, at, request_hash, answer, notice, target_kind, target_ref_id, target_version, touched, digest)
VALUES (%(operation)s, 'REST', 1, 'bench', '', '', %(request)s, %(request)s, %(at)s, %(hash)s, %(answer)s, '',
  %(kind)s, %(ref)s, %(version)s, %(touched)s, %(hash)s) RETURNING id
"""
INSERT_OUTBOX = "INSERT INTO floor.outboxmessage (transaction_id) VALUES (%(transaction)s)"
# What a history row says beside the entity's columns.
STAMP = ("history_date", "history_type", "history_user_id", "transaction_id", "database_user", "digest")
COLUMNS = """
SELECT column_name FROM information_schema.columns WHERE table_schema = 'floor' AND table_name = %s ORDER BY 1
"""


# What a write made: its type in the answer, its table, its JSON form.
Made = tuple[str, str, dict[str, Any]]


def connection() -> psycopg.Connection[Any]:
    """Return this thread's connection, which is kept for good."""
    if not hasattr(LOCAL, "connection"):
        LOCAL.connection = psycopg.connect(
            os.environ["DATABASE_URL"], autocommit=True, prepare_threshold=0, options="-c TimeZone=Europe/Berlin"
        )
        LOCAL.configuration, LOCAL.histories = {}, {}
    found: psycopg.Connection[Any] = LOCAL.connection
    return found


def configured(table: str, code: str) -> dict[str, Any]:
    """Return an item of the portal's configuration; read once, since a floor does not ask whether it has changed."""
    database = connection()
    found: dict[str, Any] | None = LOCAL.configuration.get((table, code))
    if found is None:
        with database.cursor(row_factory=dict_row) as cursor:
            found = cursor.execute(f"SELECT * FROM {table} WHERE code = %s", [code]).fetchone()
        assert found is not None
        LOCAL.configuration[table, code] = found
    return found


def columns_of(table: str) -> list[str]:
    """Return the columns that a table of the floor shares with its history."""
    database = connection()
    if table not in LOCAL.histories:
        kept = [row[0] for row in database.execute(COLUMNS, [f"historical{table}"]).fetchall()]
        own = {row[0] for row in database.execute(COLUMNS, [table]).fetchall()}
        LOCAL.histories[table] = [name for name in kept if name in own]
    found: list[str] = LOCAL.histories[table]
    return found


def write_history(table: str, keys: list[int], values: dict[str, Any], kind: str = "+") -> None:
    """Copy rows into their history, all of one table with one statement."""
    copied = ", ".join(columns_of(table))
    connection().execute(
        f"INSERT INTO floor.historical{table} ({copied}, {', '.join(STAMP)}) SELECT {copied}, %(at)s, '{kind}', 1, "
        f"%(transaction)s, 'bench', %(hash)s FROM floor.{table} WHERE id = ANY(%(keys)s)",
        {**values, "keys": keys},
    )


def recorded(operation: str, request: str, at: datetime, made: list[Made]) -> tuple[str, dict[str, Any]]:
    """Insert the Business Transaction with its answer; return the answer, and the values that further rows need."""
    items = [
        {"name": operation, "seqno": number, "object": body, "objectType": f"io.ocs.pbs.core.model.{object_type}"}
        for number, (object_type, _, body) in enumerate(made, start=1)
    ]
    answer = dumps(items)
    values = {
        "operation": operation, "request": request, "at": at, "answer": answer, "kind": made[0][1],
        "hash": hashlib.sha256(answer.encode()).hexdigest(), "ref": made[0][2]["refId"], "version": 1,
        "touched": len(made),
    }  # fmt: skip
    values["transaction"] = key_of(connection().execute(INSERT_TRANSACTION, values))
    return answer, values


def body_of(environ: dict[str, Any]) -> dict[str, Any]:
    """Return a request's body."""
    found: dict[str, Any] = json.loads(environ["wsgi.input"].read(int(environ["CONTENT_LENGTH"])))
    return found


def dumps(value: Any) -> str:
    """Return JSON as the portal writes it."""
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"))


def item(row: dict[str, Any] | None) -> dict[str, str] | None:
    """Return an item of configuration as answers show it."""
    return {"refId": row["ref_id"], "code": row["code"], "name": row["name"]} if row else None


def state(reason: dict[str, Any], since: datetime) -> dict[str, Any]:
    """Return a state as answers show it."""
    return {"state": reason["state"], "stateReason": item(reason), "stateValidFrom": instant(since)}


def age(now: datetime) -> dict[str, Any]:
    """Return what answers show of when an entity was made."""
    return {"createdAt": instant(now), "changedAt": instant(now), "version": 1}


def instant(moment: datetime) -> str:
    """Return an instant as answers show it."""
    return moment.astimezone(ZONE).isoformat(timespec="milliseconds")


def now() -> datetime:
    """Return the present instant."""
    return datetime.now(UTC)


def key_of(cursor: psycopg.Cursor[Any]) -> int:
    """Return the key that a statement returns."""
    row = cursor.fetchone()
    assert row is not None
    found: int = row[0]
    return found
