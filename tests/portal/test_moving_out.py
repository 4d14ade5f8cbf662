"""Move out: one form plans the end of an entity with everything below; many below take their number typed in."""

from typing import Any

import pytest

from customers import operations
from customers.models import Customer
from ocsportal.entities.identity import Ref
from ocsportal.entities.states import NewState
from ocsportal.people.models import User
from subscribers import operations as subscriber_operations
from subscribers.models import Subscriber
from tests.portal.offers import owners, page_of, subscribe, written
from tests.portal.test_sim_lost import done, last
from tests.portal.test_verbs import browser

__all__ = ["owners"]
pytestmark = pytest.mark.django_db
DAY = "2099-05-01T08:00"


@pytest.fixture
def customer(owners: dict[str, Any], change: Any) -> Customer:
    """Nordwind with an account, a subscriber and two subscriptions: four below."""
    subscribe(change)
    subscribe(change, "sub-2", "subscriber")
    found: Customer = owners["customer"]
    return found


def send(user: User, entity: Any, slug: str = "move-out", **fields: str) -> Any:
    client, address = browser(user), page_of(entity, slug)
    form = client.get(address).context["form"]
    filled = {name: form[name].value() for name in ("request_id", "version")}
    at = {"valid_from": DAY} if slug == "move-out" else {"subordinates": "on"}
    return client.post(address, {**filled, "state_reason": "customerRequest", "reason": "moves", **at, **fields})


@pytest.fixture
def reason() -> str:
    """The code of a reason to deactivate."""
    return "dfltDeactivated"


def many(change: Any, number: int) -> None:
    for _ in range(number):
        subscriber_operations.create_subscriber(change(), account=Ref(external_id="acc-1"), subscriber_profile="mobile")


def test_one_form_plans_it_with_all_below(customer: Customer, back_office: User, reason: str) -> None:
    before = last()
    answer = send(back_office, customer, state_reason=reason)
    assert (answer.status_code, answer["Location"]) == (302, page_of(customer))
    assert [name for name, _, _ in done(before)] == ["PlaceOrder", "UpdateCustomerState"]
    customer.refresh_from_db()
    assert (customer.state, customer.plan_status, customer.plan_state) == ("ACTIVE", "SCHEDULED", "DEACTIVATED")
    assert customer.plan_subordinates


def test_the_list_of_what_will_happen(customer: Customer, back_office: User) -> None:
    rows = browser(back_office).get(page_of(customer, "move-out")).context["foreseen"]["rows"]
    assert [(row.what, row.when) for row in rows] == [
        ("Deactivate Nordwind GmbH", "when you say"), ("Deactivate 1 account below", "when you say"),
        ("Deactivate 1 subscriber below", "when you say"), ("Deactivate 2 subscriptions below", "when you say"),
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("fields", "at"),
    [
        ({"valid_from": ""}, "valid_from"),
        ({"valid_from": "2001-01-01T08:00"}, "valid_from"),
        ({"state_reason": "fraud"}, "state_reason"),
        ({"reason": ""}, "reason"),
    ],
)
def test_refused_is_said_at_its_field(
    fields: dict[str, str], at: str, customer: Customer, back_office: User, reason: str
) -> None:
    before = written()
    answer = send(back_office, customer, **{"state_reason": reason, **fields})
    assert list(answer.context["form"].errors) == [at]
    assert written() == before


@pytest.mark.parametrize("slug", ["move-out", "deactivate"])
def test_more_than_twenty_below_take_their_number(
    slug: str, customer: Customer, change: Any, back_office: User, reason: str
) -> None:
    many(change, 16)
    assert "typed_number" not in browser(back_office).get(page_of(customer, slug)).context["form"].fields
    many(change, 1)
    before = written()
    for typed in ("", "20", "twenty-one"):
        answer = send(back_office, customer, slug, state_reason=reason, typed_number=typed)
        assert list(answer.context["form"].errors) == ["typed_number"]
        assert written() == before
    assert send(back_office, customer, slug, state_reason=reason, typed_number="21").status_code == 302
    customer.refresh_from_db()
    assert (customer.plan_state or customer.state) == "DEACTIVATED"


def test_without_what_is_below_no_number_is_needed_but_it_is_refused(
    customer: Customer, change: Any, back_office: User, reason: str
) -> None:
    many(change, 17)
    answer = send(back_office, customer, "deactivate", state_reason=reason, subordinates="")
    assert list(answer.context["form"].errors) == ["subordinates"]


def test_an_open_plan_is_named_and_asked_about(customer: Customer, change: Any, back_office: User, reason: str) -> None:
    late = change().at.replace(year=2098)
    new = NewState(state="SUSPENDED", state_reason="fraud", state_valid_from=late, pending=True)
    operations.update_customer_state(change(), customer=Ref(external_id="cust-1"), state=new)
    form = browser(back_office).get(page_of(customer, "move-out")).context["form"]
    # There is room for one plan only.
    assert dict(form.fields["pending_change"].choices).keys() == {"", "CANCEL"}
    assert next(iter(form.fields)) == "pending_change"
    assert "Suspension pending" in form.notes()[0]
    assert list(send(back_office, customer, state_reason=reason).context["form"].errors) == ["pending_change"]
    assert send(back_office, customer, state_reason=reason, pending_change="CANCEL").status_code == 302
    customer.refresh_from_db()
    assert (customer.plan_state, customer.last_plan_state, customer.last_plan_outcome) == (
        "DEACTIVATED", "SUSPENDED", "CANCELLED",
    )  # fmt: skip


def test_who_may_not_plan_is_not_offered_it(customer: Customer, care: User) -> None:
    assert browser(care).get(page_of(customer, "move-out")).status_code == 403


def test_the_agents_last_reason_comes_first_and_none_is_chosen(
    customer: Customer, change: Any, back_office: User, reason: str
) -> None:
    subscriber = Subscriber.objects.get()
    assert send(back_office, subscriber, "suspend", state_reason="fraud", reason="calls abroad").status_code == 302
    form = browser(back_office).get(page_of(customer, "suspend")).context["form"]
    choices = [code for code, _ in form.fields["state_reason"].choices]
    assert choices[:2] == ["", "fraud"]
    assert sorted(choices[2:]) == sorted(code for code in choices if code not in ("", "fraud"))
    assert not form["state_reason"].value()
    assert form.fields["reason"].suggestions[0] == ("calls abroad", "")
