"""The floor: a bare WSGI function and raw psycopg. No key, no permission, no validation, no idempotency, no framework.

It makes the rows that the portal makes for the same work, in tables of the same columns and indexes, and answers with
a body of the same content. Statements are prepared, connections are kept, every write is one real commit.
"""

from collections.abc import Callable, Iterable
from typing import Any

from tests.bench.rivals.floor import balances, customers, subscribers, subscriptions, trees

ROUTES: dict[str, Callable[[dict[str, Any]], str]] = {
    "/v1/casm/customers/create": customers.create_customer,
    "/v1/casm/customers/read": trees.read_customer,
    "/v1/casm/customers/create-subscription": subscriptions.create_subscription,
    "/v1/casm/subscribers/create": subscribers.create_subscriber,
    "/v1/casm/subscriptions/update-balance": balances.adjust_balance,
}


def application(environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
    """Answer one request."""
    body = ROUTES[environ["PATH_INFO"]](environ).encode()
    start_response("200 OK", [("Content-Type", "application/json"), ("Content-Length", str(len(body)))])
    return [body]
