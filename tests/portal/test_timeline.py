"""The timeline of an entity's page tells briefly what the page of all versions tells in full."""

from datetime import UTC, datetime
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from customers import operations
from customers.models import Customer
from ocsportal.entities.identity import Ref
from ocsportal.entities.states import NewState
from tests.conftest import make_user

pytestmark = pytest.mark.django_db
LATE = datetime(2099, 1, 1, tzinfo=UTC)


def test_what_is_kept_of_an_ended_plan_stands_among_all_versions_only(client: Client, change: Any) -> None:
    operations.create_customer(change(), external_id="c", customer_profile="b2c", custom_name="Nordwind")
    new = NewState(state="SUSPENDED", state_reason="fraud", state_valid_from=LATE, pending=True)
    operations.update_customer_state(change(), customer=Ref(external_id="c"), state=new)
    operations.cancel_customer_state(change(), customer=Ref(external_id="c"), state="SUSPENDED")
    client.force_login(make_user("alma", "Auditor"))
    key = Customer.objects.get().pk

    page = client.get(reverse("admin:customers_customer_change", args=[key])).content.decode()
    assert "Planned state" in page
    assert "Last plan" not in page
    versions = client.get(reverse("admin:customers_customer_history", args=[key])).content.decode()
    assert "Last plan outcome" in versions
