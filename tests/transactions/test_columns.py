"""What the metadata of models says, in types."""

import pytest
from django.core.exceptions import FieldDoesNotExist

from accounts.models import Account
from customers.models import Customer, CustomerSegment
from ocsportal.entities.models import ConfigurationItem, Entity
from ocsportal.transactions.columns import column, key_of, links_of, name_of, reverse, target, target_of

pytestmark = pytest.mark.once


def test_a_column_by_its_name() -> None:
    assert name_of(column(Account, "bill_cycle")) == "bill_cycle_id"
    assert column(Account(), "custom_name").attname == "custom_name"
    assert key_of(Account) == "id"
    with pytest.raises(FieldDoesNotExist):
        column(Account, "no_such_column")
    with pytest.raises(AssertionError, match=r"customers\.Customer\.accounts is no column"):
        column(Customer, "accounts")


def test_where_a_link_leads() -> None:
    link = column(Customer, "segment")

    assert target(link) is CustomerSegment
    assert target_of(link, ConfigurationItem) is CustomerSegment
    with pytest.raises(AssertionError, match="leads to no Entity"):
        target_of(link, Entity)
    with pytest.raises(AssertionError, match="leads nowhere"):
        target(column(Customer, "custom_name"))


def test_what_leads_from_a_model_and_back() -> None:
    model, link = reverse(Customer, "accounts")

    assert (model, link.name) == (Account, "customer")
    assert {each.name for each in links_of(Customer)} >= {"segment", "profile", "state_reason"}
    with pytest.raises(AssertionError, match="is no reverse relation"):
        reverse(Customer, "segment")
