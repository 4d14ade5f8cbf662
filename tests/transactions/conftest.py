"""What the tests of the door share: counts of everything a write could leave behind."""

from typing import Any

import pytest

from tests.client import RestClient


@pytest.fixture
def customer(api: RestClient) -> dict[str, Any]:
    """A customer named cust-1."""
    return api.done("/customers/create", externalId="cust-1", customerProfile="b2c", customName="Jana")
