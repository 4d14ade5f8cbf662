"""A kind of planned change costs one declaration: here a name that is to change, in columns that are free by chance.

Worker, next write, reads, menu, home, queues and the entity's page do with it what they do with states and bill cycles.
"""

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any, ClassVar

import pytest
from django.db.models import F, Q
from django.utils import timezone

from customers import operations
from customers.models import Customer
from ocsportal.care.queues import numbers
from ocsportal.entities.identity import Ref
from ocsportal.entities.life import due, plans
from ocsportal.entities.life.waiting import SCHEDULED, Decision, Queue, Waiting
from ocsportal.entities.models import Entity
from ocsportal.people.models import User
from ocsportal.registries import Entries
from ocsportal.transactions import door
from ocsportal.transactions.models import BusinessTransaction
from ocsportal.transactions.system import system_change
from ocsportal.transactions.touched import Touched
from tests.client import RestClient
from tests.portal.test_verbs import browser
from tests.portal.waiting import shown

pytestmark = pytest.mark.django_db
NAMES = Queue("names", "Planned names", "Names to come", "Each gets its new name by itself.")
DECIDE = Decision("Rename now", "custom-name", "Update{}CustomName")
TOY = Q(last_plan_code="TOY")


def waiting_in(queue: Queue) -> Waiting:
    return Waiting(queue, TOY, lambda customer: customer.last_plan_code == "TOY", (DECIDE,))


class Renaming(plans.PlannedChange):
    """A planned name of a customer."""

    subject: ClassVar[str] = "Name"
    model: ClassVar[type[Entity]] = Customer
    columns: ClassVar[Mapping[str, Any]] = {
        "last_plan_code": "", "last_plan_valid_from": None, "last_plan_message": "", "last_plan_state": "",
    }  # fmt: skip
    instant: ClassVar[str] = "last_plan_valid_from"
    by: ClassVar[str] = "last_plan_state"
    scheduled: ClassVar[Q] = TOY
    reason: ClassVar[str] = "Planned name in force"
    waiting: ClassVar[tuple[Waiting, ...]] = (waiting_in(SCHEDULED), waiting_in(NAMES))

    def waits(self, entity: Any) -> bool:
        return bool(entity.last_plan_code == "TOY")

    def planned(self, entity: Any) -> str:
        return str(entity.last_plan_message)

    def why(self, entity: Any) -> str:
        return f"now {entity.custom_name}"

    def taken(self, at: datetime) -> dict[str, Any]:
        return {**self.columns, "custom_name": F("last_plan_message")}

    def declined(self, refusal: Any, at: datetime) -> dict[str, Any]:
        return dict(self.columns)


@pytest.fixture
def third(monkeypatch: pytest.MonkeyPatch) -> None:
    """Declare the kind, and forget it afterwards."""
    monkeypatch.setattr(plans, "KINDS", Entries(plans.KINDS))
    monkeypatch.setattr(Customer, "cleared", {})
    plans.declared(Renaming)


def planned(api: RestClient, name: str, at: datetime) -> Customer:
    """Make a customer that is going to have another name."""
    api.done("/customers/create", externalId=name, customerProfile="b2c", customName="Before")

    def work() -> Touched:
        found = Customer.objects.filter(external_id=name)
        found.update(
            last_plan_code="TOY", last_plan_valid_from=at, last_plan_message=f"After {name}", last_plan_state="Ada"
        )
        return Touched([])

    door.record("PlanName", system_change("tests"), None, work)
    return Customer.objects.get(external_id=name)


def made() -> list[tuple[str, str, str, int]]:
    """Return what was done by the schedule."""
    done = BusinessTransaction.objects.filter(channel="SCHEDULE").order_by("pk")
    return list(done.values_list("operation", "on_behalf_of", "reason", "touched"))


def test_the_worker_brings_it_into_force(third: None, api: RestClient) -> None:
    now = timezone.now()
    for name, at in (("a", now - timedelta(1)), ("b", now - timedelta(2)), ("c", now + timedelta(1))):
        planned(api, name, at)
    assert due.bring_due_into_force(timezone.now()) == 2
    names = dict(Customer.objects.values_list("external_id", "custom_name"))
    assert names == {"a": "After a", "b": "After b", "c": "Before"}
    assert made() == [("PlannedNameInForce", "Ada", "Planned name in force", 2)]
    assert set(Customer.objects.filter(last_plan_code="TOY").values_list("external_id", flat=True)) == {"c"}


def test_the_next_write_settles_it_and_a_read_shows_it(third: None, api: RestClient, change: Any) -> None:
    before = planned(api, "a", timezone.now() - timedelta(1))
    read = api.get("/customers/read", externalId="a").json()
    assert (read["customName"], read["version"]) == ("After a", before.version + 1)
    operations.update_customer_custom_attributes(change(), customer=Ref(external_id="a"), custom_attributes={"k": "v"})
    after = Customer.objects.get()
    assert (after.custom_name, after.custom_attributes, after.version) == ("After a", {"k": "v"}, before.version + 2)
    assert made() == [("PlannedNameInForce", "Ada", "Planned name in force", 1)]


def test_a_deactivation_ends_it(third: None) -> None:
    assert Customer.cleared == Renaming.columns


def test_menu_home_queues_and_page_show_it(third: None, api: RestClient, back_office: User) -> None:
    at = timezone.now() + timedelta(days=400)
    customer = planned(api, "a", at)
    client = browser(back_office)
    page = client.get("/queues/names/")
    words = page.content.decode()
    assert "<h1>Names to come</h1>" in words
    assert "Each gets its new name by itself." in words
    rail = {item.label: item.count for section in page.context["portal_menu"] for item in section.items}
    assert (rail["Planned names"], rail["Scheduled"], rail["Planned bill cycles"]) == ("1", "1", "")
    (entry,) = shown(page)
    address = f"/admin/customers/customer/{customer.pk}/custom-name/"
    assert (entry.entity, entry.why, entry.by, entry.at) == (customer, "now Before", "Ada", at)
    assert entry.planned == '<span class="badge planned">After a</span>'
    assert [(one.decision.word, one.address) for one in entry.decisions] == [("Rename now", address)]
    assert shown(client.get("/queues/scheduled/")) == [entry]
    assert client.get("/").context["scheduled"] == [entry]
    own = client.get(f"/admin/customers/customer/{customer.pk}/change/")
    (plan,) = own.context["plans"]
    assert plan["words"].startswith("After a from ")
    assert plan["words"].endswith(", set by Ada")
    assert [(word, where) for word, _, where in plan["decisions"]] == [("Rename now", address)]
    assert [verb.slug for verb, _ in own.context["verbs"] if verb.slug == "custom-name"] == []


def test_home_counts_it_among_what_is_left_for_today(third: None, api: RestClient) -> None:
    now = timezone.now()
    midnight = timezone.localtime(now).replace(hour=23, minute=59, second=59)
    before = numbers.today(now)
    planned(api, "a", midnight)
    planned(api, "b", midnight + timedelta(days=1))
    assert numbers.today(now) == (before[0] + 1, before[1])


def test_who_may_not_decide_is_told_who_may(third: None, api: RestClient, auditor: User) -> None:
    customer = planned(api, "a", timezone.now() + timedelta(1))
    page = browser(auditor).get(f"/admin/customers/customer/{customer.pk}/change/")
    (plan,) = page.context["plans"]
    assert plan["decisions"] == []
    assert plan["deciders"] in page.content.decode()
    assert "Customer Care" in plan["deciders"]
