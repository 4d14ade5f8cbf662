"""The floor's subscriptions, with their balances and the first entries of the ledger."""

from decimal import Decimal
from typing import Any

from psycopg.types.json import Json

from ocsportal.entities.identity import make_ref_id
from tests.bench.rivals.floor import base

OWNER = "SELECT id, ref_id, external_id FROM customers_customer WHERE external_id = %s"
VERSION = "SELECT id, number FROM offers_offerversion WHERE offer_id = %s ORDER BY valid_from DESC, number DESC LIMIT 1"
SERVICES = """
SELECT s.id, s.ref_id, s.code, s.name, s.balance_deducted, o.values FROM offers_offerservice o
JOIN offers_service s ON s.id = o.service_id WHERE o.version_of_id = %s ORDER BY o.id
"""
INSERT_SUBSCRIPTION = """
INSERT INTO floor.subscription (ref_id, external_id, state, state_valid_from, state_reason_id, created_at, changed_at,
  customer_id, offer_id, offer_version_id)
VALUES (%(ref)s, %(external)s, %(state)s, %(at)s, %(reason)s, %(at)s, %(at)s, %(customer)s, %(offer)s, %(version)s)
RETURNING id
"""
BALANCE_COLUMNS = (
    "ref_id, subscription_id, service_id, units, granted, actual, deducted, valid_from, thresholds, changed_at, entries"
)
INSERT_BALANCES = """
INSERT INTO floor.balance ({columns}) VALUES {rows} RETURNING id
"""
INSERT_LEDGER = """
INSERT INTO floor.ledgerentry (balance_id, number, amount, before, after, operation, reason, actor_name, at, transaction_id)
SELECT id, 1, actual, 0, actual, 'Opening', '', 'bench', %(at)s, %(transaction)s FROM floor.balance WHERE id = ANY(%(keys)s)
"""


def create_subscription(environ: dict[str, Any]) -> str:
    """Insert subscription, balances and ledger, the history of each, and what records them; return the answer."""
    body = base.body_of(environ)
    database = base.connection()
    now = base.now()
    owner = database.execute(OWNER, [body["customer"]["externalId"]]).fetchone()
    assert owner is not None
    offer = base.configured("offers_offer", body["offer"])
    version, services = _terms(offer["id"])
    reason = base.configured("entities_statereason", body["state"]["stateReason"])
    subscription = {
        "refId": make_ref_id(), "externalId": body["externalId"], "customName": None, "customAttributes": {},
        "customer": {"refId": owner[1], "externalId": owner[2]}, "account": None, "subscriber": None,
        "offer": base.item(offer), "offerVersion": version[1], "priority": offer["priority"],
        "parentOfferSubscription": None, "offerAttributes": [], "state": base.state(reason, now), "plannedState": None,
        "lastPlan": None, **base.age(now),
    }  # fmt: skip
    balances = [_balance(subscription, service, now) for service in services]
    made = [("OfferSubscriptionEx", "subscription", subscription), *(("BalanceEx", "balance", one) for one in balances)]
    columns = {
        "ref": subscription["refId"], "external": body["externalId"], "state": reason["state"], "reason": reason["id"],
        "customer": owner[0], "offer": offer["id"], "version": version[0], "at": now,
    }  # fmt: skip
    with database.transaction():
        answer, values = base.recorded("CreateSubscriptionOnCustomer", body["requestId"], now, made)
        key = base.key_of(database.execute(INSERT_SUBSCRIPTION, columns))
        base.write_history("subscription", [key], values)
        keys = _insert_balances(key, balances, services, now)
        base.write_history("balance", keys, values)
        database.execute(INSERT_LEDGER, {**values, "keys": keys})
        database.execute(base.INSERT_OUTBOX, values)
    return answer


def _terms(offer: int) -> tuple[tuple[int, int], list[Any]]:
    """Return an offer's version and its balance services; read once, as all configuration is."""
    database = base.connection()
    if offer not in base.LOCAL.configuration:
        version: Any = database.execute(VERSION, [offer]).fetchone()
        base.LOCAL.configuration[offer] = version, database.execute(SERVICES, [version[0]]).fetchall()
    found: tuple[tuple[int, int], list[Any]] = base.LOCAL.configuration[offer]
    return found


def _balance(subscription: dict[str, Any], service: Any, now: Any) -> dict[str, Any]:
    _, ref_id, code, name, deducted, values = service
    granted = values["grantedBalance"]
    return {
        "refId": make_ref_id(), "subscription": {key: subscription[key] for key in ("refId", "externalId")},
        "service": {"refId": ref_id, "code": code, "name": name}, "unitsOfMeasurement": values["unitsOfMeasurement"],
        "currency": None, "grantedBalance": granted, "actualBalance": granted, "balanceDeducted": deducted,
        "validFrom": base.instant(now), "validTo": None, "thresholds": values["thresholds"], "rejectWhenExhausted": False,
        "changedAt": base.instant(now), "version": 1,
    }  # fmt: skip


def _insert_balances(subscription: int, balances: list[dict[str, Any]], services: list[Any], now: Any) -> list[int]:
    rows: list[Any] = []
    for balance, service in zip(balances, services, strict=True):
        granted = Decimal(balance["grantedBalance"])
        rows += [balance["refId"], subscription, service[0], balance["unitsOfMeasurement"], granted, granted,
                 service[4], now, Json(balance["thresholds"]), now, 1]  # fmt: skip
    places = f"({', '.join(['%s'] * 11)})"
    statement = INSERT_BALANCES.format(columns=BALANCE_COLUMNS, rows=", ".join([places] * len(balances)))
    return [row[0] for row in base.connection().execute(statement, rows).fetchall()]
