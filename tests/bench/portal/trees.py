"""The portal's customers with accounts and subscriptions to read."""

from django.db import connection

from tests.bench.portal.data import recorded
from tests.bench.portal.entities import new_accounts, new_customers, new_subscriptions
from tests.bench.shapes import ACCOUNTS_PER_TREE, SUBSCRIPTIONS_PER_TREE, TREES


def prepare() -> None:
    """Make customers, each with accounts and subscriptions of its own, and subscriptions on the accounts."""

    def make() -> None:
        customers = new_customers([f"tree-{number}" for number in range(TREES)])
        accounts = new_accounts([customer for customer in customers for _ in range(ACCOUNTS_PER_TREE)])
        owners = [("customer", customer) for customer in customers for _ in range(SUBSCRIPTIONS_PER_TREE)]
        new_subscriptions([*owners, *(("account", account) for account in accounts)])

    recorded(make)
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE")
