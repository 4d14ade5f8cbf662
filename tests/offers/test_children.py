"""A subscription takes its children along when it is deactivated, however that came about and whoever has them."""

from datetime import datetime, timedelta
from typing import Any

import pytest

from accounts.models import Account
from ocsportal.entities.life import cascade
from ocsportal.entities.life.due import bring_due_into_force
from ocsportal.entities.models import StateReason
from ocsportal.transactions.models import BusinessTransaction
from offers.models import Subscription
from tests.client import RestClient, problem
from tests.offers.test_standing import LATER, SUSPENDED
from tests.offers.world import ACTIVE, ENDED, account, nothing_changed, refused, subscribed

pytestmark = pytest.mark.django_db

FAMILY = ("top", "middle", "bottom")
TOP = {"subscription": {"externalId": "top"}}
UPDATE = "/subscriptions/update-state"


@pytest.fixture
def family(owned: RestClient) -> RestClient:
    """top on acc-1, middle on acc-2, bottom on the customer, each the parent of the next; and single."""
    account(owned, "acc-2")
    subscribed(owned, "account", externalId="single")
    subscribed(owned, "account", externalId="top")
    subscribed(owned, "account", "acc-2", externalId="middle", parentOfferSubscription={"externalId": "top"})
    subscribed(owned, "customer", externalId="bottom", parentOfferSubscription={"externalId": "middle"})
    return owned


def states() -> dict[str, str]:
    return dict(Subscription.objects.order_by("pk").values_list("external_id", "state"))


def go(api: RestClient, name: str, state: dict[str, Any]) -> list[str]:
    """Order a state; return who was touched, in order."""
    answer = api.post(UPDATE, subscription={"externalId": name}, state=state)
    assert answer.status_code == 200, answer.content
    return [item["object"]["externalId"] for item in answer.json()]


def test_by_itself(family: RestClient) -> None:
    assert go(family, "top", {"state": "DEACTIVATED", "stateReason": "portedOut"}) == ["top", "middle", "bottom"]
    assert states() == {"single": "ACTIVE", **dict.fromkeys(FAMILY, "DEACTIVATED")}
    rows = Subscription.objects.exclude(external_id="single")
    assert set(rows.values_list("state_reason__code", flat=True)) == {"portedOut"}
    assert len(set(rows.values_list("state_valid_from", flat=True))) == 1
    assert set(rows.values_list("version", flat=True)) == {2}
    newest = Subscription.history.filter(version=2)
    assert {row.transaction_id for row in newest} == {BusinessTransaction.objects.latest("pk").pk}


def test_only_what_is_below(family: RestClient) -> None:
    assert go(family, "middle", ENDED) == ["middle", "bottom"]
    assert states()["top"] == "ACTIVE"
    # What is deactivated already stays as it was.
    assert go(family, "top", ENDED) == ["top"]


def test_neither_suspended_nor_resumed_with_it(family: RestClient) -> None:
    assert go(family, "top", SUSPENDED) == ["top"]
    assert states() == {"single": "ACTIVE", "top": "SUSPENDED", "middle": "ACTIVE", "bottom": "ACTIVE"}
    assert go(family, "middle", SUSPENDED) == ["middle"]
    assert go(family, "top", ACTIVE) == ["top"]
    assert states()["middle"] == "SUSPENDED"


def test_in_whatever_state_they_are(family: RestClient) -> None:
    go(family, "middle", SUSPENDED)
    family.done(
        UPDATE, subscription={"externalId": "bottom"}, state={**SUSPENDED, "stateValidFrom": LATER, "pending": True}
    )
    go(family, "top", ENDED)
    assert states() == {"single": "ACTIVE", **dict.fromkeys(FAMILY, "DEACTIVATED")}
    bottom = Subscription.objects.get(external_id="bottom")
    assert (bottom.plan_status, bottom.plan_state, bottom.plan_valid_from) == ("", "", None)


def test_by_plan(family: RestClient) -> None:
    family.done(UPDATE, **TOP, state={**ENDED, "stateValidFrom": LATER})
    assert states()["bottom"] == "ACTIVE"
    at = datetime.fromisoformat(LATER)
    assert bring_due_into_force(at + timedelta(hours=5)) == 1
    assert states() == {"single": "ACTIVE", **dict.fromkeys(FAMILY, "DEACTIVATED")}
    rows = Subscription.objects.exclude(external_id="single")
    assert set(rows.values_list("state_valid_from", flat=True)) == {at}


def test_a_childs_own_plan_that_is_due_comes_first(family: RestClient, change: Any) -> None:
    from ocsportal.entities.identity import Ref
    from ocsportal.entities.states import NewState
    from offers import operations

    begin = datetime.fromisoformat(LATER)
    family.done(UPDATE, subscription={"externalId": "middle"}, state={**SUSPENDED, "stateValidFrom": LATER})
    operations.update_subscription_state(
        change(at=begin + timedelta(days=1)),
        subscription=Ref(external_id="top"),
        state=NewState(state="DEACTIVATED", state_reason="dfltDeactivated"),
    )
    steps = Subscription.history.filter(external_id="middle").order_by("history_id")
    assert [(row.state, row.state_valid_from) for row in steps][-2:] == [
        ("SUSPENDED", begin),
        ("DEACTIVATED", begin + timedelta(days=1)),
    ]


def test_by_a_cascade_from_above(family: RestClient) -> None:
    # acc-1 has top; the children are of acc-2 and of the customer, neither of which is below it.
    answer = family.post(
        "/accounts/update-state", account={"externalId": "acc-1"}, state=ENDED, subordinateUpdated=True
    ).json()
    assert states() == dict.fromkeys(("single", *FAMILY), "DEACTIVATED")
    touched = [item["object"].get("externalId", "s-1") for item in answer]
    assert touched == ["acc-1", "s-1", "single", "top", "middle", "bottom"]
    assert Account.objects.get(external_id="acc-2").state == "ACTIVE"


def test_a_cascade_that_suspends_reaches_no_child_of_others(family: RestClient) -> None:
    family.done("/accounts/update-state", account={"externalId": "acc-1"}, state=SUSPENDED, subordinateUpdated=True)
    assert states() == {"single": "SUSPENDED", "top": "SUSPENDED", "middle": "ACTIVE", "bottom": "ACTIVE"}


def test_what_a_cascade_would_touch_is_counted_with_them(family: RestClient) -> None:
    found = Account.objects.get(external_id="acc-1")
    reason = StateReason.objects.get(code="dfltDeactivated")
    ending = cascade.Imposed(found, "ACTIVE", "DEACTIVATED", reason, found.state_valid_from)
    assert cascade.affected(ending)[Subscription] == {"touched": 4}
    suspending = cascade.Imposed(found, "ACTIVE", "SUSPENDED", reason, found.state_valid_from)
    assert cascade.affected(suspending)[Subscription] == {"touched": 2}


def test_children_of_a_deactivated_one_take_no_write(family: RestClient) -> None:
    go(family, "top", ENDED)
    for name in FAMILY:
        parameter = "subscription" if name == "top" else "parentOfferSubscription"
        ref = {"subscription": {"externalId": name}}
        refused(family, "/subscriptions/update-custom-name", "CASM-STATE-DEACTIVATED", parameter, **ref, customName="x")


def test_care_may_not(family: RestClient, client_of: Any) -> None:
    care = client_of("Customer Care")
    with nothing_changed():
        problem(care.post(UPDATE, **TOP, state=ENDED), 403, "PERMISSION-DENIED")
