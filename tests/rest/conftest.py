"""Clients of every group, and a customer to ask about."""

from collections.abc import Callable
from typing import Any

import pytest
from django.core.cache import cache

from ocsportal.people.keys import make_client
from ocsportal.transactions.system import system_change
from tests.client import RestClient

ClientOf = Callable[..., RestClient]


@pytest.fixture
def client_of(db: None) -> ClientOf:
    """A maker of API clients of a group."""

    def make(group: str, name: str | None = None) -> RestClient:
        user, key = make_client(name or f"client-{group.replace(' ', '-')}", group, system_change("tests"))
        return RestClient(user.application_id or "", key)

    return make


@pytest.fixture
def customer(api: RestClient) -> dict[str, Any]:
    """A customer named cust-1."""
    return api.done("/customers/create", externalId="cust-1", customerProfile="b2c", customName="Jana")


@pytest.fixture
def fresh_cache() -> Any:
    """Have nothing counted yet, and leave nothing counted."""
    cache.clear()
    yield
    cache.clear()
