"""The floor's read of a customer, alone or with its accounts and subscriptions: one statement, which builds the JSON."""

from typing import Any
from urllib.parse import parse_qsl

from tests.bench.rivals.floor import base, forms
from tests.bench.rivals.floor.customers import read_customer as read_alone

# The parts are hung on as text, which is what the answer is.
READ = f"""
SELECT ({forms.CUSTOMER})::text,
  (SELECT coalesce(json_agg({forms.ACCOUNT} ORDER BY a.id), '[]')::text FROM accounts_account a {forms.ACCOUNT_JOINS}
    WHERE a.customer_id = c.id),
  (SELECT coalesce(json_agg({forms.SUBSCRIPTION} ORDER BY u.id), '[]')::text
    FROM offers_subscription u {forms.SUBSCRIPTION_JOINS} WHERE u.customer_id = c.id)
FROM customers_customer c {forms.CUSTOMER_JOINS} WHERE c.external_id = %s
"""


def read_customer(environ: dict[str, Any]) -> str:
    """Read a customer, with its parts if asked."""
    asked = dict(parse_qsl(environ["QUERY_STRING"]))
    if "accounts" not in asked:
        return read_alone(asked["externalId"])
    row: Any = base.connection().execute(READ, [asked["externalId"]]).fetchone()
    customer, accounts, offers = row
    return f'{customer[:-1]},"accounts":{accounts},"offers":{offers}}}'
