"""What stood before types had kinds: the migration brings it into one form, and leaves alone what it can't tell apart."""

import importlib
import logging
from types import SimpleNamespace
from typing import Any

import pytest
from django.apps import apps
from django.db import connection

from ocsportal.transactions.models import BusinessTransaction
from ocsportal.transactions.verification import findings
from subscribers.models import ResourceType, Subscriber, SubscriberResource
from tests.client import RestClient
from tests.subscribers.conftest import live
from tests.subscribers.test_resources import change_type

pytestmark = pytest.mark.django_db
migration = importlib.import_module("subscribers.migrations.0008_canonical_values")
CREATE, END = "/subscribers/resources/create", "/subscribers/resources/end"


def give(api: RestClient, holder: str, code: str, value: str) -> None:
    api.done(CREATE, subscriber={"externalId": holder}, resourceType=code, resource=value)


def migrate() -> None:
    migration.bring_into_canonical_form(apps, SimpleNamespace(connection=connection))


@pytest.fixture
def before(api: RestClient, make: Any) -> None:
    """Types as they were: texts with the patterns of the reference data, and nothing yet that keeps a kind in use."""
    with connection.cursor() as cursor:
        on = " ON subscribers_resourcetype" if connection.vendor == "postgresql" else ""
        cursor.execute(f"DROP TRIGGER in_use_update_subscribers_resourcetype{on}")
    for code, pattern in migration.PATTERNS.items():
        change_type(code, kind="TEXT", pattern=pattern)
    make("s-1")
    make("s-2", number="491705550143")
    make("s-3", number="491705550144")


def test_values_and_what_subscribers_say_of_them(api: RestClient, before: None, caplog: Any) -> None:
    give(api, "s-1", "email", "Jana@Nordwind.Example")
    give(api, "s-1", "ipV6", "2001:DB8::1")
    give(api, "s-2", "ipV6", "2001:0db8:0::1")
    give(api, "s-3", "ipV6", "2001:db8:0::2")
    give(api, "s-3", "email", "Old@X.example")
    api.done(END, subscriber={"externalId": "s-3"}, resourceType="email", resource="Old@X.example")
    with caplog.at_level(logging.WARNING, "ocsportal.upgrade"):
        migrate()
    kinds = dict(ResourceType.objects.values_list("code", "kind"))
    assert kinds == migration.KINDS
    assert set(ResourceType.objects.values_list("pattern", flat=True)) == {""}
    # Two live ones mean the same: both stay, and are named.
    assert live("s-1") == {"MSISDN": "491705550142", "email": "jana@nordwind.example", "ipV6": "2001:DB8::1"}
    assert live("s-2")["ipV6"] == "2001:0db8:0::1"
    assert live("s-3") == {"MSISDN": "491705550144", "ipV6": "2001:db8::2"}
    assert SubscriberResource.objects.exclude(valid_to=None).get().value == "old@x.example"
    stay = SubscriberResource.objects.filter(value__in=["2001:DB8::1", "2001:0db8:0::1"])
    assert all(row.ref_id in caplog.text for row in stay)
    assert "jana" not in caplog.text
    # As they stand they can be found and swapped.
    assert len(api.get("/subscribers", resource="2001:DB8::1").json()["items"]) == 1
    swap = {"resourceType": "ipV6", "swapResource": "2001:DB8::1", "resource": "2001:DB8::9"}
    assert (
        api.done("/subscribers/resources/swap", subscriber={"externalId": "s-1"}, **swap)["resource"] == "2001:db8::9"
    )


def test_it_is_one_business_transaction_and_the_proof_holds(api: RestClient, before: None) -> None:
    give(api, "s-1", "email", "Jana@Nordwind.Example")
    count = BusinessTransaction.objects.count()
    migrate()
    entry = BusinessTransaction.objects.latest("pk")
    assert (BusinessTransaction.objects.count(), entry.operation) == (count + 1, "CanonicaliseResources")
    # Six types, the resource and its subscriber.
    assert entry.touched == 8
    subscriber = Subscriber.objects.get(external_id="s-1")
    newest = subscriber.history.latest("history_id")
    assert (newest.transaction_id, newest.version) == (entry.pk, subscriber.version)
    # The one trigger that the types as they were had not yet; and it has no key, which there was none of when it ran.
    found = {finding.fault.split()[0] for finding in findings()}
    assert found - {"Business"} == {"in_use_update_subscribers_resourcetype"}
    # A second time there is nothing to do, as on a new installation.
    migrate()
    assert BusinessTransaction.objects.count() == count + 1


@pytest.mark.parametrize(("pattern", "kind"), [("49[0-9]+", "PHONE"), ("43[0-9]+", "TEXT")])
def test_a_type_with_a_pattern_of_its_own_gets_its_kind_when_all_fits(before: None, pattern: str, kind: str) -> None:
    change_type("MSISDN", pattern=pattern)
    migrate()
    found = ResourceType.objects.get(code="MSISDN")
    assert (found.kind, found.pattern) == (kind, pattern)
