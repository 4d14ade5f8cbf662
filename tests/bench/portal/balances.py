"""The portal's balances: subscriptions with the two balances of the data bundle, and what proves that none is wrong."""

from django.core.management import call_command
from django.db.models import Sum

from balances.models import Balance
from balances.operations import open_balances
from customers.models import Customer
from ocsportal.transactions.system import system_change
from tests.bench.portal.data import recorded
from tests.bench.portal.entities import new_accounts, new_subscribers, new_subscriptions
from tests.bench.shapes import PURSE_COUNT, PURSES

FIRST_NUMBER = 491600000000


def prepare() -> None:
    """Subscribe subscribers to the data bundle, each on an account of its own: three levels stand above a balance's own."""

    def make() -> None:
        accounts = new_accounts(list(Customer.objects.order_by("pk")[:PURSE_COUNT]))
        owners = new_subscribers(accounts, FIRST_NUMBER)
        for subscription in new_subscriptions([("subscriber", owner) for owner in owners], PURSES):
            rows = subscription.offer_version.services.select_related("service")
            open_balances(system_change("bench"), subscription, [(row.service, row.values) for row in rows])

    recorded(make)


def total() -> int:
    """Return the sum of the balances; raise CommandError when one of them is not the sum of its entries."""
    call_command("verify_ledger")
    found = Balance.objects.filter(subscription__external_id__startswith=PURSES).aggregate(total=Sum("actual"))
    return int(found["total"])
