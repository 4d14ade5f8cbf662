"""What the tests of the door share: a customer, and what races are run on."""

from collections.abc import Iterator
from typing import Any

import pytest
from django.core.management import call_command

from tests.client import RestClient
from tests.transactions.racing import World, deadlocks


@pytest.fixture
def customer(api: RestClient) -> dict[str, Any]:
    """A customer named cust-1."""
    return api.done("/customers/create", externalId="cust-1", customerProfile="b2c", customName="Jana")


@pytest.fixture
def no_deadlock(transactional_db: None) -> Iterator[None]:
    """Demand that the server broke no deadlock, which the door would have hidden, and that the audit trail holds."""
    before = deadlocks()
    yield
    assert deadlocks() == before
    call_command("verify_audit")


@pytest.fixture
def world(change: Any) -> World:
    """A customer to race on."""
    made = World(change)
    made.customer()
    return made
