"""The world of the subscriptions' tests, ready to use."""

from typing import Any

import pytest

from tests.client import RestClient
from tests.offers.world import world
from tests.rest.conftest import client_of, fresh_cache

__all__ = ["client_of", "fresh_cache"]


@pytest.fixture
def owned(api: RestClient) -> Any:
    """REST, with the customer cust-1, its account acc-1 and the subscriber s-1 in place."""
    world(api)
    return api
