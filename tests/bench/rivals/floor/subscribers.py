"""The floor's subscribers, with the account and the customer that their profile makes."""

from typing import Any

from psycopg.types.json import Json

from ocsportal.entities.identity import make_ref_id
from tests.bench.rivals.floor import base
from tests.bench.rivals.floor.customers import insert_customer, new_customer

INSERT_ACCOUNT = """
INSERT INTO floor.account (ref_id, state, state_valid_from, state_reason_id, created_at, changed_at, customer_id, profile_id,
  account_type_id, currency_id, bill_cycle_id, cycle_valid_from)
VALUES (%(ref)s, %(state)s, %(at)s, %(reason)s, %(at)s, %(at)s, %(customer)s, %(profile)s, %(type)s, %(currency)s, %(cycle)s,
  %(at)s) RETURNING id
"""
INSERT_SUBSCRIBER = """
INSERT INTO floor.subscriber (ref_id, external_id, custom_name, state, state_valid_from, state_reason_id, created_at,
  changed_at, account_id, profile_id, segment_id, primary_resource_type_id, live_resources)
VALUES (%(ref)s, %(external)s, %(name)s, %(state)s, %(at)s, %(reason)s, %(at)s, %(at)s, %(account)s, %(profile)s, %(segment)s,
  %(type)s, %(live)s) RETURNING id
"""
INSERT_RESOURCE = """
INSERT INTO floor.subscriberresource (ref_id, subscriber_id, resource_type_id, value, valid_from)
VALUES (%(ref)s, %(subscriber)s, %(type)s, %(value)s, %(at)s) RETURNING id
"""


def create_subscriber(environ: dict[str, Any]) -> str:
    """Insert customer, account, subscriber and resource, the history of each, and what records them; return the answer."""
    body = base.body_of(environ)
    database = base.connection()
    now = base.now()
    customer, columns = new_customer("b2c", now, {})
    account, account_columns = _account(customer["refId"], now)
    subscriber, subscriber_columns = _subscriber(body, account["refId"], customer["refId"], now)
    resource, resource_columns = _resource(body, subscriber, now)
    made = [
        ("SubscriberEx", "subscriber", subscriber),
        ("SubscriberResourceEx", "subscriberresource", resource),
        ("AccountEx", "account", account),
        ("CustomerEx", "customer", customer),
    ]
    with database.transaction():
        answer, values = base.recorded("CreateSubscriber", body["requestId"], now, made)
        key = insert_customer(columns, values)
        for table, statement, own, above in (
            ("account", INSERT_ACCOUNT, account_columns, "customer"),
            ("subscriber", INSERT_SUBSCRIBER, subscriber_columns, "account"),
            ("subscriberresource", INSERT_RESOURCE, resource_columns, "subscriber"),
        ):
            key = base.key_of(database.execute(statement, {**own, above: key, "at": now}))
            base.write_history(table, [key], values)
        database.execute(base.INSERT_OUTBOX, values)
    return answer


def _account(customer: str, now: Any) -> tuple[dict[str, Any], dict[str, Any]]:
    profile = base.configured("accounts_accountprofile", "prepaid")
    kind = base.configured("accounts_accounttype", "payer")
    currency = base.configured("accounts_currency", "EUR")
    cycle = base.configured("accounts_billcycle", "monthly1")
    reason = base.configured("entities_statereason", "dfltActive")
    shown = {
        "refId": make_ref_id(), "externalId": None, "customName": None, "customAttributes": {},
        "accountProfile": base.item(profile), "accountType": base.item(kind),
        "paymentResponsible": kind["payment_responsible"], "customer": {"refId": customer, "externalId": None},
        "parent": None, "accountSegment": None, "currency": base.item(currency), "billCycle": base.item(cycle),
        "billingDay": None, "billingMonth": None, "billingYear": None, "plannedBillCycle": None,
        "taxExemption": False, "taxResidence": None, "preferences": {}, "testAccount": False,
        "state": base.state(reason, now), "plannedState": None, "lastPlan": None, **base.age(now),
    }  # fmt: skip
    columns = {
        "ref": shown["refId"], "state": reason["state"], "reason": reason["id"], "profile": profile["id"],
        "type": kind["id"], "currency": currency["id"], "cycle": cycle["id"],
    }  # fmt: skip
    return shown, columns


def _subscriber(body: dict[str, Any], account: str, customer: str, now: Any) -> tuple[dict[str, Any], dict[str, Any]]:
    profile = base.configured("subscribers_subscriberprofile", body["subscriberProfile"])
    segment = base.configured("subscribers_subscribersegment", "standard")
    kind = base.configured("subscribers_resourcetype", body["primaryResourceType"])
    reason = base.configured("entities_statereason", "dfltActive")
    live = {kind["code"]: body["primaryResource"]}
    shown = {
        "refId": make_ref_id(), "externalId": body["externalId"], "customName": body["customName"], "customAttributes": {},
        "subscriberProfile": base.item(profile), "account": {"refId": account, "externalId": None},
        "customer": {"refId": customer, "externalId": None}, "primaryResourceType": base.item(kind),
        "primaryResource": body["primaryResource"], "liveResources": live, "subscriberSegment": base.item(segment),
        "state": base.state(reason, now), "plannedState": None, "lastPlan": None, **base.age(now),
    }  # fmt: skip
    columns = {
        "ref": shown["refId"], "external": body["externalId"], "name": body["customName"], "state": reason["state"],
        "reason": reason["id"], "profile": profile["id"], "segment": segment["id"], "type": kind["id"], "live": Json(live),
    }  # fmt: skip
    return shown, columns


def _resource(body: dict[str, Any], subscriber: dict[str, Any], now: Any) -> tuple[dict[str, Any], dict[str, Any]]:
    kind = base.configured("subscribers_resourcetype", body["primaryResourceType"])
    shown = {
        "refId": make_ref_id(), "subscriber": {name: subscriber[name] for name in ("refId", "externalId")},
        "resourceType": base.item(kind), "resource": body["primaryResource"], "validFrom": base.instant(now),
        "validTo": None,
    }  # fmt: skip
    return shown, {"ref": shown["refId"], "type": kind["id"], "value": body["primaryResource"]}
