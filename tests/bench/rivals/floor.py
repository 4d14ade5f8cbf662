"""The floor: a bare WSGI function and raw psycopg. No key, no permission, no validation, no idempotency, no framework.

It makes the rows that the portal makes for the same work, in tables of the same columns and indexes, and answers with
a body of the same content. Statements are prepared, connections are kept, every write is one real commit.
"""

import hashlib
import json
import os
import threading
from collections.abc import Callable, Iterable
from datetime import UTC, datetime
from typing import Any
from urllib.parse import parse_qsl
from zoneinfo import ZoneInfo

import psycopg
from psycopg.types.json import Json

from ocsportal.entities.identity import make_ref_id

ZONE = ZoneInfo("Europe/Berlin")
LOCAL = threading.local()

# The configuration is read once: a floor does not ask whether it has changed.
PROFILE = """
SELECT p.id, p.ref_id, p.code, p.name, s.id, s.ref_id, s.code, s.name, r.id, r.ref_id, r.code, r.name, p.state
FROM customers_customerprofile p JOIN customers_customersegment s ON s.id = p.segment_id
JOIN entities_statereason r ON r.id = p.state_reason_id WHERE p.code = 'b2b'
"""
PLAIN = (
    "version, ref_id, external_id, custom_name, custom_attributes, state, state_valid_from, state_imposed_by, plan_status, "
    "plan_state, plan_subordinates, plan_by, plan_note, created_at, changed_at, test_customer, contact_name, contact_email, "
    "contact_phone, contact_address_line1, contact_address_line2, contact_postal_code, contact_city, contact_country, "
    "contact_language, contact_tax_number, profile_id, segment_id, state_reason_id"
)
ROW = (
    "1, %(ref)s, %(external)s, %(name)s, %(attributes)s, %(state)s, %(at)s, '', '', '', false, '', '', %(at)s, %(at)s, false, "
    "%(name)s, %(email)s, %(phone)s, '', '', '', '', %(country)s, '', '', %(profile)s, %(segment)s, %(reason)s"
)
INSERT_TRANSACTION = """
INSERT INTO floor.businesstransaction (operation, channel, actor_id, actor_name, on_behalf_of, reason, request_id,
  transaction_id, at, request_hash, answer, notice, target_kind, target_ref_id, target_version, touched, digest)
VALUES ('CreateCustomer', 'REST', 1, 'bench', '', '', %(request)s, %(request)s, %(at)s, %(hash)s, %(answer)s, '',
  'customer', %(ref)s, 1, 1, %(hash)s) RETURNING id
"""
INSERT_CUSTOMER = f"INSERT INTO floor.customer ({PLAIN}) VALUES ({ROW}) RETURNING id"
INSERT_HISTORY = f"""
INSERT INTO floor.historicalcustomer (id, {PLAIN}, history_date, history_type, history_user_id, transaction_id, database_user,
  digest) VALUES (%(customer)s, {ROW}, %(at)s, '+', 1, %(transaction)s, 'bench', %(hash)s)
"""
INSERT_OUTBOX = "INSERT INTO floor.outboxmessage (transaction_id) VALUES (%(transaction)s)"
READ = """
SELECT c.ref_id, c.external_id, c.custom_name, c.custom_attributes, c.contact_name, c.contact_email, c.contact_phone,
  c.contact_country, c.test_customer, c.state, c.state_valid_from, c.version,
  p.ref_id, p.code, p.name, s.ref_id, s.code, s.name, r.ref_id, r.code, r.name
FROM customers_customer c LEFT JOIN customers_customerprofile p ON p.id = c.profile_id
LEFT JOIN customers_customersegment s ON s.id = c.segment_id JOIN entities_statereason r ON r.id = c.state_reason_id
WHERE c.external_id = %s
"""


def connection() -> psycopg.Connection[Any]:
    """Return this thread's connection, which is kept for good."""
    if not hasattr(LOCAL, "connection"):
        LOCAL.connection = psycopg.connect(os.environ["DATABASE_URL"], autocommit=True, prepare_threshold=0)
        LOCAL.profile = LOCAL.connection.execute(PROFILE).fetchone()
    found: psycopg.Connection[Any] = LOCAL.connection
    return found


def create_customer(environ: dict[str, Any]) -> str:
    """Insert the Business Transaction, the customer, its history and its place in the outbox; return the answer."""
    body = json.loads(environ["wsgi.input"].read(int(environ["CONTENT_LENGTH"])))
    database = connection()
    profile = LOCAL.profile
    now = datetime.now(UTC)
    contact = body["contact"]
    ref = make_ref_id()
    customer = {
        "refId": ref,
        "externalId": body["externalId"],
        "customName": body["customName"],
        "customAttributes": body["customAttributes"],
        "customerProfile": _item(*profile[1:4]),
        "customerSegment": _item(*profile[5:8]),
        "contact": contact,
        "testCustomer": False,
        "state": _state(profile[12], profile[9:12], now),
        "plannedState": None,
    }
    item = {"name": "CreateCustomer", "seqno": 1, "object": customer, "objectType": "io.ocs.pbs.core.model.CustomerEx"}
    answer = json.dumps([item], ensure_ascii=False, separators=(",", ":"))
    values = {
        "request": body["requestId"], "ref": ref, "external": body["externalId"], "name": body["customName"],
        "attributes": Json(body["customAttributes"]), "state": profile[12], "at": now, "answer": answer,
        "hash": hashlib.sha256(answer.encode()).hexdigest(), "email": contact["email"], "phone": contact["phone"],
        "country": contact["country"], "profile": profile[0], "segment": profile[4], "reason": profile[8],
    }  # fmt: skip
    with database.transaction():
        values["transaction"] = _id(database.execute(INSERT_TRANSACTION, values))
        values["customer"] = _id(database.execute(INSERT_CUSTOMER, values))
        database.execute(INSERT_HISTORY, values)
        database.execute(INSERT_OUTBOX, values)
    return answer


def read_customer(environ: dict[str, Any]) -> str:
    """Read one customer with its configuration in one statement."""
    external_id = dict(parse_qsl(environ["QUERY_STRING"]))["externalId"]
    row = connection().execute(READ, [external_id]).fetchone()
    assert row is not None
    contact = {
        name: value for name, value in zip(("name", "email", "phone", "country"), row[4:8], strict=True) if value
    }
    found = {
        "refId": row[0],
        "externalId": row[1],
        "customName": row[2] or None,
        "customAttributes": row[3],
        "customerProfile": _item(*row[12:15]) if row[12] else None,
        "customerSegment": _item(*row[15:18]) if row[15] else None,
        "contact": contact,
        "testCustomer": row[8],
        "state": _state(row[9], row[18:21], row[10]),
        "plannedState": None,
    }
    return json.dumps(found, ensure_ascii=False, separators=(",", ":"))


def _item(ref_id: str, code: str, name: str) -> dict[str, str]:
    return {"refId": ref_id, "code": code, "name": name}


def _state(state: str, reason: tuple[str, str, str], since: datetime) -> dict[str, Any]:
    since = since.astimezone(ZONE)
    return {"state": state, "stateReason": _item(*reason), "stateValidFrom": since.isoformat(timespec="milliseconds")}


def _id(cursor: psycopg.Cursor[Any]) -> int:
    row = cursor.fetchone()
    assert row is not None
    found: int = row[0]
    return found


ROUTES: dict[str, Callable[[dict[str, Any]], str]] = {
    "/v1/casm/customers/create": create_customer,
    "/v1/casm/customers/read": read_customer,
}


def application(environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
    """Answer one request."""
    body = ROUTES[environ["PATH_INFO"]](environ).encode()
    start_response("200 OK", [("Content-Type", "application/json"), ("Content-Length", str(len(body)))])
    return [body]
