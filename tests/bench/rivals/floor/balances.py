"""The floor's adjustments: one UPDATE that reads and writes the value at once, so that none can be lost."""

import os
from decimal import Decimal
from typing import Any

import psycopg

from tests.bench.rivals.floor import base
from tests.bench.shapes import PURSES

ADJUST = """
UPDATE floor.balance b SET actual = b.actual + %(by)s, entries = b.entries + 1, version = b.version + 1, changed_at = %(at)s
FROM offers_subscription s, offers_service v
WHERE s.external_id = %(subscription)s AND b.subscription_id = s.id AND v.id = b.service_id AND v.code = %(service)s
RETURNING b.id, b.ref_id, b.units, b.granted, b.actual, b.deducted, b.valid_from, b.thresholds, b.entries, b.version,
  s.ref_id, s.external_id, v.ref_id, v.code, v.name, b.changed_at
"""
INSERT_LEDGER = """
INSERT INTO floor.ledgerentry (balance_id, number, amount, before, after, operation, reason, actor_name, at, transaction_id)
VALUES (%(balance)s, %(number)s, %(by)s, %(after)s - %(by)s, %(after)s, %(operation)s, %(why)s, 'bench', %(at)s,
  %(transaction)s)
"""
COPY = (
    "INSERT INTO floor.balance SELECT b.* FROM balances_balance b JOIN offers_subscription s ON s.id = b.subscription_id "
    "WHERE s.external_id LIKE %s",
    "INSERT INTO floor.ledgerentry SELECT l.* FROM balances_ledgerentry l JOIN balances_balance b ON b.id = l.balance_id "
    "JOIN offers_subscription s ON s.id = b.subscription_id WHERE s.external_id LIKE %s",
)
TOTAL = """
SELECT sum(b.actual), count(*) FILTER (WHERE b.actual <> l.total OR b.entries <> l.entries)
FROM floor.balance b JOIN offers_subscription s ON s.id = b.subscription_id
JOIN (SELECT balance_id, sum(amount) AS total, count(*) AS entries FROM floor.ledgerentry GROUP BY 1) l
  ON l.balance_id = b.id
WHERE s.external_id LIKE %s
"""


def prepare() -> None:
    """Copy the portal's balances."""
    with psycopg.connect(os.environ["DATABASE_URL"]) as database:
        for statement in COPY:
            database.execute(statement, [f"{PURSES}%"])


def total() -> int:
    """Return the sum of the balances; raise when one of them is not the sum of its entries."""
    with psycopg.connect(os.environ["DATABASE_URL"]) as database:
        found: Any = database.execute(TOTAL, [f"{PURSES}%"]).fetchone()
    assert found[1] == 0, f"{found[1]} balances are not the sum of their entries."
    return int(found[0])


def adjust_balance(environ: dict[str, Any]) -> str:
    """Adjust a balance and insert its ledger entry, its history, and what records them; return the answer."""
    body = base.body_of(environ)
    database = base.connection()
    now = base.now()
    asked = {"by": Decimal(body["adjustment"]), "at": now, "service": body["service"],
             "subscription": body["subscription"]["externalId"]}  # fmt: skip
    with database.transaction():
        row: Any = database.execute(ADJUST, asked).fetchone()
        made = [("BalanceEx", "balance", _balance(row))]
        answer, values = base.recorded("UpdateSubscriptionBalance", body["requestId"], now, made)
        entry = {"balance": row[0], "number": row[8], "after": row[4], "why": body["reason"]}
        database.execute(INSERT_LEDGER, {**values, **asked, **entry})
        base.write_history("balance", [row[0]], values, "~")
        database.execute(base.INSERT_OUTBOX, values)
    return answer


def _balance(row: Any) -> dict[str, Any]:
    return {
        "refId": row[1], "subscription": {"refId": row[10], "externalId": row[11]},
        "service": {"refId": row[12], "code": row[13], "name": row[14]}, "unitsOfMeasurement": row[2], "currency": None,
        "grantedBalance": f"{row[3].normalize():f}", "actualBalance": f"{row[4].normalize():f}", "balanceDeducted": row[5],
        "validFrom": base.instant(row[6]), "validTo": None, "thresholds": row[7], "rejectWhenExhausted": False,
        "changedAt": base.instant(row[15]), "version": row[9],
    }  # fmt: skip
