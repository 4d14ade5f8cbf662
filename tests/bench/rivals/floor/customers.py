"""The floor's customers."""

from datetime import datetime
from typing import Any

from psycopg.types.json import Json

from ocsportal.entities.identity import make_ref_id
from tests.bench.rivals.floor import base

PLAIN = (
    "version, ref_id, external_id, custom_name, custom_attributes, state, state_valid_from, state_imposed_by, plan_status, "
    "plan_state, plan_subordinates, plan_by, last_plan_outcome, last_plan_state, last_plan_code, last_plan_message, created_at, "
    "changed_at, test_customer, contact_name, contact_email, "
    "contact_phone, contact_address_line1, contact_address_line2, contact_postal_code, contact_city, contact_country, "
    "contact_language, contact_tax_number, profile_id, segment_id, state_reason_id"
)
ROW = (
    "1, %(ref)s, %(external)s, %(name)s, %(attributes)s, %(state)s, %(at)s, '', '', '', false, '', '', '', '', '', %(at)s, %(at)s, "
    "false, %(name)s, %(email)s, %(phone)s, '', '', '', '', %(country)s, '', '', %(profile)s, %(segment)s, %(reason)s"
)
INSERT_CUSTOMER = f"INSERT INTO floor.customer ({PLAIN}, search_text) VALUES ({ROW}, %(search)s) RETURNING id"
INSERT_HISTORY = f"""
INSERT INTO floor.historicalcustomer (id, {PLAIN}, history_date, history_type, history_user_id, transaction_id, database_user,
  digest) VALUES (%(customer)s, {ROW}, %(at)s, '+', 1, %(transaction)s, 'bench', %(hash)s)
"""
READ = """
SELECT c.ref_id, c.external_id, c.custom_name, c.custom_attributes, c.contact_name, c.contact_email, c.contact_phone,
  c.contact_country, c.test_customer, c.state, c.state_valid_from, c.version,
  p.ref_id, p.code, p.name, s.ref_id, s.code, s.name, r.ref_id, r.code, r.name, c.created_at, c.changed_at
FROM customers_customer c LEFT JOIN customers_customerprofile p ON p.id = c.profile_id
LEFT JOIN customers_customersegment s ON s.id = c.segment_id JOIN entities_statereason r ON r.id = c.state_reason_id
WHERE c.external_id = %s
"""


def create_customer(environ: dict[str, Any]) -> str:
    """Insert the Business Transaction, the customer, its history and its place in the outbox; return the answer."""
    body = base.body_of(environ)
    database = base.connection()
    now = base.now()
    ref, customer = new_customer("b2b", now, body)
    with database.transaction():
        answer, values = base.recorded("CreateCustomer", body["requestId"], now, [("CustomerEx", "customer", ref)])
        insert_customer(customer, values)
        database.execute(base.INSERT_OUTBOX, values)
    return answer


def new_customer(profile: str, now: datetime, body: dict[str, Any]) -> tuple[dict[str, Any], dict[str, Any]]:
    """Return a customer's JSON form and the values of its columns."""
    profile_row = base.configured("customers_customerprofile", profile)
    segment = base.configured("customers_customersegment", profile)
    reason = base.configured("entities_statereason", "dfltActive")
    contact = body.get("contact", {})
    shown = {
        "refId": make_ref_id(),
        "externalId": body.get("externalId"),
        "customName": body.get("customName"),
        "customAttributes": body.get("customAttributes", {}),
        "customerProfile": base.item(profile_row),
        "customerSegment": base.item(segment),
        "contact": contact,
        "testCustomer": False,
        "state": base.state(reason, now),
        "plannedState": None,
        "lastPlan": None,
        **base.age(now),
    }
    columns = {
        "ref": shown["refId"], "external": shown["externalId"], "name": shown["customName"] or "",
        "attributes": Json(shown["customAttributes"]), "state": reason["state"], "at": now,
        "email": contact.get("email", ""), "phone": contact.get("phone", ""), "country": contact.get("country", ""),
        "search": f" {shown['customName'] or ''} ! {contact.get('name', '')} # {contact.get('email', '')} ".lower(),
        "profile": profile_row["id"], "segment": segment["id"], "reason": reason["id"],
    }  # fmt: skip
    return shown, columns


def insert_customer(customer: dict[str, Any], values: dict[str, Any]) -> int:
    """Insert a customer and its history; return its key."""
    database = base.connection()
    values = {**values, **customer}
    values["customer"] = base.key_of(database.execute(INSERT_CUSTOMER, values))
    database.execute(INSERT_HISTORY, values)
    key: int = values["customer"]
    return key


def read_customer(external_id: str) -> str:
    """Read one customer with its configuration in one statement."""
    row = base.connection().execute(READ, [external_id]).fetchone()
    assert row is not None
    contact = {
        name: value for name, value in zip(("name", "email", "phone", "country"), row[4:8], strict=True) if value
    }
    found = {
        "refId": row[0],
        "externalId": row[1],
        "customName": row[2] or None,
        "customAttributes": row[3],
        "customerProfile": _item(row[12:15]),
        "customerSegment": _item(row[15:18]),
        "contact": contact,
        "testCustomer": row[8],
        "state": {"state": row[9], "stateReason": _item(row[18:21]), "stateValidFrom": base.instant(row[10])},
        "plannedState": None,
        "lastPlan": None,
        "createdAt": base.instant(row[21]),
        "changedAt": base.instant(row[22]),
        "version": row[11],
    }
    return base.dumps(found)


def _item(row: tuple[Any, ...]) -> dict[str, str] | None:
    return {"refId": row[0], "code": row[1], "name": row[2]} if row[0] else None
