"""What a refused request must leave as it was."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from accounts.models import Account
from customers.models import Customer
from ocsportal.transactions.models import BusinessTransaction, OutboxMessage


def standing() -> tuple[Any, ...]:
    """Everything that a refused request must leave as it was."""
    return (
        list(Customer.objects.order_by("pk").values()),
        list(Account.objects.order_by("pk").values()),
        Customer.history.count(),
        Account.history.count(),
        BusinessTransaction.objects.count(),
        OutboxMessage.objects.count(),
    )


@contextmanager
def unchanged() -> Iterator[None]:
    """Demand that nothing is changed."""
    before = standing()
    yield
    assert standing() == before


def ref(external_id: str) -> dict[str, str]:
    """Return a reference by external ID."""
    return {"externalId": external_id}
