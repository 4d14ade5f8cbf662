"""The cascade as hand-written SQL: one statement per level writes rows and history, one builds the answer.

It writes what the portal writes, digests included, into tables of the same columns. It locks nothing beforehand, looks
at no plan, knows that there are four levels, and leaves out what is not ACTIVE without asking who suspended it.
"""

import os
from typing import Any

import psycopg

from tests.bench.rivals.floor import base, forms
from tests.bench.shapes import LARGE, SMALL, customer
from tests.bench.stopwatch import measured

# Level by level: the floor's table, the portal's, and what of it is the customer's.
ACCOUNTS = "SELECT id FROM floor.account WHERE customer_id = %(customer)s"
LEVELS = {
    "customer": ("customers_customer", "id = %(customer)s"),
    "account": ("accounts_account", "customer_id = %(customer)s"),
    "subscriber": ("subscribers_subscriber", f"account_id IN ({ACCOUNTS})"),
    "subscription": (
        "offers_subscription",
        f"(customer_id = %(customer)s OR account_id IN ({ACCOUNTS}) "
        f"OR subscriber_id IN (SELECT id FROM floor.subscriber WHERE account_id IN ({ACCOUNTS})))",
    ),
}
OPEN = """
INSERT INTO floor.businesstransaction (operation, channel, actor_id, actor_name, on_behalf_of, reason, request_id,
  transaction_id, at, request_hash, notice, target_kind, target_ref_id, touched, digest)
VALUES ('UpdateCustomerState', 'REST', 1, 'bench', '', '', gen_random_uuid()::text, '', %(at)s, '', '', '', '', 0, '')
RETURNING id
"""
WRITE = """
WITH written AS (
  UPDATE floor.{table} SET state = 'SUSPENDED', state_reason_id = %(reason)s, changed_at = %(at)s, version = version + 1,
    state_valid_from = greatest(state_valid_from, %(at)s), state_imposed_by = {mark}
  WHERE {which} AND state = 'ACTIVE' RETURNING *)
INSERT INTO floor.historical{table} ({columns}, history_date, history_type, history_user_id, transaction_id, database_user,
  digest)
SELECT {columns}, %(at)s, '~', 1, %(transaction)s, session_user, encode(sha256(convert_to(ROW(
  {columns}, %(at)s::timestamptz, '~', %(transaction)s::bigint, session_user)::text, 'UTF8')), 'hex')
FROM written
"""
FORMS = (
    ("CustomerEx", forms.CUSTOMER, f"floor.customer c {forms.CUSTOMER_JOINS} WHERE c"),
    ("AccountEx", forms.ACCOUNT, f"floor.account a {forms.ACCOUNT_JOINS} WHERE a"),
    ("SubscriberEx", forms.SUBSCRIBER, f"floor.subscriber s {forms.SUBSCRIBER_JOINS} WHERE s"),
    ("OfferSubscriptionEx", forms.SUBSCRIPTION, f"floor.subscription u {forms.SUBSCRIPTION_JOINS} WHERE u"),
)
ITEMS = " UNION ALL ".join(
    f"SELECT {level} AS level, {joined[-1]}.id, {form} AS object, 'io.ocs.pbs.core.model.{kind}' AS kind "
    f"FROM {joined}.changed_at = %(at)s"
    for level, (kind, form, joined) in enumerate(FORMS)
)
CLOSE = f"""
UPDATE floor.businesstransaction SET (answer, touched, digest, target_kind, target_version) = (
  SELECT json_agg(json_build_object('name', 'UpdateCustomerState', 'seqno', seqno, 'object', object, 'objectType', kind))::text,
    count(*), encode(sha256(convert_to(json_agg(object)::text, 'UTF8')), 'hex'), 'customer', 2
  FROM (SELECT row_number() OVER (ORDER BY level, id) AS seqno, object, kind FROM ({ITEMS}) touched) numbered)
WHERE id = %(transaction)s RETURNING answer
"""


def prepare() -> None:
    """Copy the portal's customers with all that is below them."""
    with psycopg.connect(os.environ["DATABASE_URL"], autocommit=True) as database:
        for table, (source, which) in LEVELS.items():
            for size in (SMALL, LARGE):
                database.execute(
                    f"INSERT INTO floor.{table} SELECT * FROM {source} WHERE {which}",
                    {"customer": _key(database, size)},
                )
            database.execute(f"ANALYZE floor.{table}")


def suspend(size: int) -> float:
    """Suspend a customer with so many subordinates; return the seconds."""
    database = base.connection()
    _suspend(database, SMALL)  # Statements are prepared, columns known.
    _resume(database)
    with measured() as taken:
        answer = _suspend(database, size)
    assert answer.count('"objectType"') == size + 1
    _resume(database)
    return taken.seconds


def _suspend(database: psycopg.Connection[Any], size: int) -> str:
    reason = base.configured("entities_statereason", "dfltSuspended")["id"]
    with database.transaction():
        values: dict[str, Any] = {"at": base.now(), "reason": reason}
        values["transaction"] = base.key_of(database.execute(OPEN, values))
        row: Any = database.execute(
            "SELECT id, ref_id FROM floor.customer WHERE external_id = %s", [customer(size)]
        ).fetchone()
        values["customer"], values["mark"] = row[0], f"customer:{row[1]}"
        for table, (_, which) in LEVELS.items():
            columns = ", ".join(base.columns_of(table))
            mark = "''" if table == "customer" else "%(mark)s"
            database.execute(WRITE.format(table=table, columns=columns, which=which, mark=mark), values)
        row = database.execute(CLOSE, values).fetchone()
        database.execute(base.INSERT_OUTBOX, values)
    answer: str = row[0]
    return answer


def _resume(database: psycopg.Connection[Any]) -> None:
    for table in LEVELS:
        database.execute(f"UPDATE floor.{table} SET state = 'ACTIVE', state_imposed_by = '' WHERE state = 'SUSPENDED'")


def _key(database: psycopg.Connection[Any], size: int) -> int:
    return base.key_of(database.execute("SELECT id FROM customers_customer WHERE external_id = %s", [customer(size)]))
