"""A lost SIM card is one form with one reason: suspended, swapped and resumed, or nothing is."""

from typing import Any

import pytest

from ocsportal.entities.identity import Ref
from ocsportal.entities.states import NewState
from ocsportal.people.models import User
from ocsportal.transactions.models import BusinessTransaction
from subscribers import operations
from subscribers.models import Subscriber
from tests.portal.offers import owners, page_of, subscribe, written
from tests.portal.test_verbs import browser

__all__ = ["owners"]
pytestmark = pytest.mark.django_db
OLD, NEW, IMSI = "8949020000001234567", "8949020000058785300", "262015586120447"
JANA = Ref(external_id="s-1")


@pytest.fixture
def jana(owners: dict[str, Any], change: Any) -> Subscriber:
    """Jana, with a SIM card, an offer, and somebody else's SIM card beside."""
    give(change, "s-1", "ICCID", OLD)
    subscribe(change, "sub-1", "subscriber")
    found: Subscriber = Subscriber.objects.get(external_id="s-1")
    return found


def give(change: Any, external_id: str, kind: str, value: str) -> None:
    operations.create_subscriber_resource(
        change(), subscriber=Ref(external_id=external_id), resource_type=kind, resource=value
    )


def send(user: User, subscriber: Subscriber, **fields: str) -> Any:
    client, address = browser(user), page_of(subscriber, "sim-lost")
    form = client.get(address).context["form"]
    filled = {
        "request_id": form["request_id"].value(), "version": form["version"].value(), "state_reason": "lostSim",
        "iccid": "8949-0200-0005-8785-300", "resume": "NOW", "reason": "caller verified by PIN", **fields,
    }  # fmt: skip
    return client.post(address, filled)


def done(before: int) -> list[tuple[str, str, str]]:
    rows = BusinessTransaction.objects.filter(pk__gt=before).order_by("pk")
    return [(row.operation, row.reason, row.actor_name) for row in rows]


def last() -> int:
    return BusinessTransaction.objects.latest("pk").pk


def test_one_form_one_reason_four_steps(jana: Subscriber, care: User) -> None:
    before = last()
    answer = send(care, jana, imsi="262 015 586 120 447")
    assert (answer.status_code, answer["Location"]) == (302, page_of(jana))
    names = [name for name, _, _ in done(before)]
    assert names == [
        "PlaceOrder", "UpdateSubscriberState", "SwapSubscriberResource", "CreateSubscriberResource",
        "UpdateSubscriberState",
    ]  # fmt: skip
    assert {(reason, who) for _, reason, who in done(before)} == {("caller verified by PIN", care.display_name)}
    assert BusinessTransaction.objects.filter(pk__gt=before).values("transaction_id").distinct().count() == 1
    jana.refresh_from_db()
    assert (jana.state, jana.live_resources) == ("ACTIVE", {"ICCID": NEW, "IMSI": IMSI})
    assert jana.subscriptions.get().state == "ACTIVE"


def test_not_yet_leaves_it_suspended_with_all_below(jana: Subscriber, care: User) -> None:
    assert send(care, jana, resume="NOT_YET").status_code == 302
    jana.refresh_from_db()
    assert (jana.state, jana.state_reason.code, jana.live_resources) == ("SUSPENDED", "lostSim", {"ICCID": NEW})
    assert jana.subscriptions.get().state == "SUSPENDED"


def test_who_is_suspended_already_stays_so_and_is_resumed(jana: Subscriber, change: Any, care: User) -> None:
    new = NewState(state="SUSPENDED", state_reason="lostSim")
    operations.update_subscriber_state(change(), subscriber=JANA, state=new, subordinate_updated=True)
    before = last()
    jana.refresh_from_db()
    body = browser(care).get(page_of(jana, "sim-lost")).content.decode()
    assert "Stays suspended" in body
    assert send(care, jana).status_code == 302
    assert [name for name, _, _ in done(before)] == ["PlaceOrder", "SwapSubscriberResource", "UpdateSubscriberState"]


def test_later_is_a_plan_for_who_may_plan(jana: Subscriber, back_office: User, care: User) -> None:
    assert send(back_office, jana, resume="LATER", resume_at="2099-05-01T08:00").status_code == 302
    jana.refresh_from_db()
    assert (jana.state, jana.plan_status, jana.plan_state) == ("SUSPENDED", "SCHEDULED", "ACTIVE")
    form = browser(care).get(page_of(jana, "sim-lost")).context["form"]
    assert "LATER" not in dict(form.fields["resume"].choices)
    assert "resume_at" not in form.fields


@pytest.mark.parametrize(
    ("fields", "at"),
    [
        ({"iccid": "8949020000009999999"}, "iccid"),
        ({"iccid": "12345"}, "iccid"),
        ({"imsi": "12"}, "imsi"),
        ({"resume": "LATER"}, "resume_at"),
        ({"resume": "LATER", "resume_at": "2001-01-01T08:00"}, "resume_at"),
        ({"resume": "NOW", "resume_at": "2099-01-01T08:00"}, "resume_at"),
        ({"resume": ""}, "resume"),
        ({"reason": ""}, "reason"),
        ({"state_reason": "nonsense"}, "state_reason"),
    ],
)
def test_what_is_refused_is_said_at_its_field_and_nothing_is_done(
    fields: dict[str, str], at: str, jana: Subscriber, change: Any, back_office: User
) -> None:
    operations.create_subscriber(
        change(), external_id="s-2", account=Ref(external_id="acc-1"), subscriber_profile="mobile",
        primary_resource_type="ICCID", primary_resource="8949020000009999999",
    )  # fmt: skip
    before, rows = written(), list(Subscriber.objects.order_by("pk").values())
    answer = send(back_office, jana, **fields)
    assert answer.status_code == 200
    assert list(answer.context["form"].errors) == [at]
    assert (written(), list(Subscriber.objects.order_by("pk").values())) == (before, rows)


def test_a_page_that_is_behind_is_refused_and_a_double_click_is_done_once(
    jana: Subscriber, change: Any, care: User
) -> None:
    client, address = browser(care), page_of(jana, "sim-lost")
    form = client.get(address).context["form"]
    filled = {name: form[name].value() for name in ("request_id", "version")} | {
        "state_reason": "lostSim", "iccid": NEW, "resume": "NOW", "reason": "lost",
    }  # fmt: skip
    assert client.post(address, filled).status_code == 302
    count = BusinessTransaction.objects.count()
    assert client.post(address, filled).status_code == 302
    assert BusinessTransaction.objects.count() == count
    answer = client.post(address, {**filled, "request_id": "another", "iccid": OLD})
    assert "has changed it in the meantime" in answer.content.decode()
    assert BusinessTransaction.objects.count() == count


def test_who_may_not_is_not_offered_it(jana: Subscriber, auditor: User, care: User) -> None:
    assert browser(auditor).get(page_of(jana, "sim-lost")).status_code == 403
    offered = [verb.slug for verb, _ in browser(care).get(page_of(jana)).context["verbs"]]
    assert "sim-lost" in offered
    assert "sim-lost" not in [verb.slug for verb, _ in browser(auditor).get(page_of(jana)).context["verbs"]]


def plan(change: Any, state: str, reason: str) -> None:
    new = NewState(state=state, state_reason=reason, state_valid_from=change().at.replace(year=2098))
    operations.update_subscriber_state(change(), subscriber=JANA, state=new, subordinate_updated=True)


def test_an_open_plan_is_named_and_asked_about(jana: Subscriber, change: Any, back_office: User, care: User) -> None:
    plan(change, "DEACTIVATED", "portedOut")
    jana.refresh_from_db()
    form = browser(back_office).get(page_of(jana, "sim-lost")).context["form"]
    assert dict(form.fields["pending_change"].choices).keys() == {"", "KEEP", "CANCEL"}
    assert "Deactivation scheduled" in form.notes()[0]
    before = written()
    assert list(send(back_office, jana).context["form"].errors) == ["pending_change"]
    # Who may not cancel may keep, and is told who may.
    others = browser(care).get(page_of(jana, "sim-lost")).context["form"]
    assert dict(others.fields["pending_change"].choices).keys() == {"", "KEEP"}
    assert others.notes()[0].endswith("Back Office and CRM can cancel it.")
    # There is no room for a second plan.
    later = {"resume": "LATER", "resume_at": "2099-05-01T08:00"}
    refused = send(back_office, jana, pending_change="KEEP", **later)
    assert list(refused.context["form"].errors) == ["pending_change"]
    assert written() == before
    assert send(care, jana, pending_change="KEEP").status_code == 302
    jana.refresh_from_db()
    assert (jana.state, jana.plan_status, jana.plan_state) == ("ACTIVE", "SCHEDULED", "DEACTIVATED")
    assert send(back_office, jana, iccid=OLD, pending_change="CANCEL").status_code == 302
    jana.refresh_from_db()
    assert (jana.state, jana.plan_status, jana.last_plan_outcome) == ("ACTIVE", "", "CANCELLED")


def test_the_list_of_what_will_happen_follows_what_is_chosen(jana: Subscriber, back_office: User) -> None:
    fields = {"preview": "1", "imsi": IMSI, "reason": ""}
    told = [(row.what, row.when) for row in send(back_office, jana, **fields).context["foreseen"]["rows"]]
    assert told == [
        ("Suspend, with 1 below", "now"), ("Swap the SIM card", "now"), ("Swap the IMSI", "now"),
        ("Resume, with 1 below", "right after"),
    ]  # fmt: skip
    answer = send(back_office, jana, preview="1", resume="NOT_YET", reason="")
    assert answer.context["foreseen"]["rows"][-1].what == "Stays suspended"
    assert answer.context["button"] == "Suspend, swap SIM"


def test_who_only_looks_is_not_told_what_is_missing_but_what_is_wrong(jana: Subscriber, back_office: User) -> None:
    looked = send(back_office, jana, preview="1", iccid="", resume="", imsi="12", reason="")
    assert list(looked.context["form"].errors) == ["imsi"]
