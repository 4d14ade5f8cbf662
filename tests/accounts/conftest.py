"""Customers and accounts to work on, and what a refused request must leave as it was."""

from typing import Any

import pytest

from accounts.operations import create_account
from customers.operations import create_customer
from ocsportal.entities.identity import Ref
from tests.accounts.billed import BEGIN, Billed
from tests.accounts.world import ref
from tests.client import RestClient

ACTIVE = {"state": "ACTIVE", "stateReason": "dfltActive"}
GONE = {"state": "DEACTIVATED", "stateReason": "dfltDeactivated"}


class Accounts:
    """Makes accounts over REST, each known by its external ID."""

    def __init__(self, api: RestClient) -> None:
        self.api = api

    def payer(self, name: str, parent: str | None = None, **given: Any) -> dict[str, Any]:
        """Make an account that pays itself."""
        return self.make(name, parent, accountProfile="postpaid", **given)

    def technical(self, name: str, parent: str | None = None, **given: Any) -> dict[str, Any]:
        """Make an account that does not pay."""
        return self.make(name, parent, accountProfile="department", **given)

    def make(self, name: str, parent: str | None, **given: Any) -> dict[str, Any]:
        """Make an account of cust-1, below another one or at the top."""
        given.setdefault("customer", ref("cust-1"))
        return self.api.done(
            "/accounts/create", externalId=name, **({"parent": ref(parent)} if parent else {}), **given
        )

    def chain(self, length: int, prefix: str = "level") -> list[str]:
        """Make accounts below each other; return their names from the top."""
        names = [f"{prefix}{number}" for number in range(1, length + 1)]
        for name, parent in zip(names, [None, *names[:-1]], strict=True):
            self.payer(name, parent)
        return names

    def move(self, name: str, parent: str | None) -> Any:
        """Order another parent."""
        return self.api.post("/accounts/update-parent", account=ref(name), parent=ref(parent) if parent else None)

    def end(self, name: str, **given: Any) -> None:
        """Deactivate an account."""
        self.api.done("/accounts/update-state", account=ref(name), state=GONE, **given)


@pytest.fixture
def customer(api: RestClient) -> dict[str, Any]:
    """The customer cust-1."""
    return api.done("/customers/create", externalId="cust-1", customerProfile="b2b")


@pytest.fixture
def make(api: RestClient, customer: dict[str, Any]) -> Accounts:
    """A maker of accounts of cust-1."""
    return Accounts(api)


@pytest.fixture
def account(make: Accounts) -> dict[str, Any]:
    """The account acc-1 of cust-1: postpaid, monthly1, EUR."""
    return make.payer("acc-1", customName="Fleet")


@pytest.fixture
def billed(change: Any) -> Billed:
    """The account acc-1 that began on 10 February 2026 with the cycle monthly1."""
    create_customer(change(at=BEGIN), external_id="cust-1", customer_profile="b2b")
    create_account(
        change(at=BEGIN), external_id="acc-1", account_profile="postpaid", customer=Ref(external_id="cust-1")
    )
    return Billed(change)
