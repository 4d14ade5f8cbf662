"""Subscriptions: their list, page, history and verbs; and their part of their owners' pages."""

from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from ocsportal.entities.identity import Ref
from ocsportal.entities.states import NewState
from ocsportal.people.groups import CONFIGURATION
from ocsportal.people.models import User
from ocsportal.transactions.models import BusinessTransaction
from offers import operations
from offers.admin.subscriptions import SubscriptionAdmin
from offers.models import Subscription
from tests.conftest import make_user
from tests.portal.offers import ADD, adjust, balance, individual, owners, page_of, subscribe, written
from tests.portal.test_verbs import browser
from tests.portal.waiting import DECIDED

__all__ = ["owners"]
pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("owners")]
LIST = "/admin/offers/subscription/"

# What an agent fills in beside the reason, and the state of the subscription that the verb fits.
FILLED = {
    "suspend": ({"state_reason": "fraud"}, "ACTIVE"),
    "resume": ({"state_reason": "dfltActive"}, "SUSPENDED"),
    "activate": ({"state_reason": "dfltActive"}, "INACTIVE"),
    "change-reason": ({"state_reason": "lostSim"}, "SUSPENDED"),
    "deactivate": ({"state_reason": "portedOut"}, "ACTIVE"),
    "confirm-plan": ({}, "PLANNED"),
    "cancel-plan": ({}, "PLANNED"),
    "custom-name": ({"custom_name": "Renamed"}, "ACTIVE"),
    "attributes": ({"custom_attributes": "a = 1"}, "ACTIVE"),
    "external-id": ({"external_id": "other"}, "ACTIVE"),
}
CARE_MAY_NOT = ("deactivate", "confirm-plan", "cancel-plan", "external-id")
WRONG = {
    "suspend": {"state_reason": "portedOut"},
    "custom-name": {"custom_name": ""},
    "attributes": {"custom_attributes": "no equals sign"},
    "external-id": {"external_id": "taken"},
}


def brought(change: Any, state: str) -> Subscription:
    """Make a subscription in a state."""
    first = NewState(state="INACTIVE", state_reason="dfltInactive") if state == "INACTIVE" else None
    made = subscribe(change, **({"state": first} if first else {}))
    new = {
        "SUSPENDED": NewState(state="SUSPENDED", state_reason="fraud"),
        "PLANNED": NewState(
            state="SUSPENDED",
            state_reason="fraud",
            state_valid_from=change().at.replace(year=2099),
            pending=True,
        ),
    }.get(state)
    if new:
        operations.update_subscription_state(change(), subscription=Ref(external_id="sub-1"), state=new)
    made.refresh_from_db()
    return made


def form(subscription: Subscription, **fields: str) -> dict[str, str]:
    return {"request_id": "form-1", "version": subscription.etag, "reason": "caller asked", **fields}


def test_every_verb_of_the_page_is_tried() -> None:
    assert {verb.slug for verb in SubscriptionAdmin.verbs} == {*FILLED, *DECIDED, "adjust-balances", "edit"}


@pytest.mark.parametrize("slug", FILLED)
def test_done(slug: str, change: Any, back_office: User) -> None:
    fields, state = FILLED[slug]
    subscription = brought(change, state)
    agent = browser(back_office)
    before = written()
    assert agent.get(page_of(subscription, slug)).status_code == 200
    assert written() == before
    answer = agent.post(page_of(subscription, slug), form(subscription, **fields))
    assert answer.status_code == 302, answer.content.decode()[-3000:]
    entry = BusinessTransaction.objects.latest("pk")
    assert (entry.channel, entry.reason) == ("PORTAL", "caller asked")
    assert Subscription.objects.get().version == subscription.version + 1


@pytest.mark.parametrize("slug", WRONG)
def test_refused_is_said_at_the_field(slug: str, change: Any, back_office: User) -> None:
    subscription = brought(change, "ACTIVE")
    subscribe(change, "taken")
    before = written()
    answer = browser(back_office).post(page_of(subscription, slug), form(subscription, **WRONG[slug]))
    assert set(answer.context["form"].errors) == set(WRONG[slug])
    assert written() == before


@pytest.mark.parametrize("slug", FILLED)
def test_forbidden_and_stale(slug: str, change: Any, auditor: User, care: User, back_office: User) -> None:
    fields, state = FILLED[slug]
    subscription = brought(change, state)
    sent = form(subscription, **fields)
    before = written()
    for user in (auditor, *([care] if slug in CARE_MAY_NOT else [])):
        assert browser(user).get(page_of(subscription, slug)).status_code == 403
        assert browser(user).post(page_of(subscription, slug), sent).status_code == 403
    assert written() == before
    operations.update_subscription_custom_attributes(
        change(), subscription=Ref(external_id="sub-1"), custom_attributes={"z": "1"}
    )
    before = written()
    stale = browser(back_office).post(page_of(subscription, slug), sent)
    assert "has changed it in the meantime" in stale.content.decode()
    assert written() == before


def test_the_page_tells_owner_values_balances_children_and_plan(change: Any, back_office: User) -> None:
    parent = brought(change, "PLANNED")
    subscribe(change, "child", offer="welcomeDiscount", parent_offer_subscription=Ref(external_id="sub-1"))
    adjust(change, "sub-1", "data", "-8500")
    page = browser(back_office).get(page_of(parent))
    body = page.content.decode()
    for words in ("Germany", "dataBundle10, version 1", "granted 300 min", "past 80 %", "Child subscriptions",
                  "Welcome discount", "Suspension pending"):  # fmt: skip
        assert words in body, words
    assert "1\u202f740 of 10\u202f240 MB left" in body
    assert [part["title"] for part in page.context["below"]] == ["Balances", "Child subscriptions"]
    assert browser(back_office).post(page_of(parent), {"custom_name": "x"}).status_code == 405


def test_individual_values_are_told_in_words(change: Any, back_office: User) -> None:
    made = individual(change, "indRecurrentFee", charge="9.90", chargeAt="BILL_CYCLE_START", everyX=1, taxIncluded=True)
    [title, rows], *_ = browser(back_office).get(page_of(made)).context["parts"]
    assert title == "Recurrent fee, as agreed"
    assert rows == [("Charge", "9.90 EUR"), ("Charge at", "Bill cycle start"), ("Every", "1"), ("Tax included", "yes")]


@pytest.mark.parametrize("kind", ["customer", "account"])
def test_owners_show_their_subscriptions(kind: str, change: Any, owners: Any, care: User, auditor: User) -> None:
    subscribe(change, "sub-1", kind)
    page = browser(care).get(page_of(owners[kind]))
    part = next(part for part in page.context["below"] if "numbers" in part)
    (row,) = (row for row in part["rows"] if row.get("kind") == "subscription")
    assert (row["title"], row["deep"], row["also"]) == ("Data bundle 10 GB", 0, ["dataBundle10"])
    assert [shown["drawn"].words for shown in row["beside"]] == [
        "10\u202f240 of 10\u202f240 MB left", "300 of 300 min left",
    ]  # fmt: skip
    assert page.context["makes"][0]["url"] == f"{ADD}?{kind}={owners[kind].ref_id}"
    assert browser(auditor).get(page_of(owners[kind])).context["makes"] == []


@pytest.mark.parametrize("where", ["list", "owner", "page"])
def test_queries_do_not_grow_with_subscriptions(where: str, change: Any, owners: Any, back_office: User) -> None:
    first = subscribe(change, "sub-1")
    address = {"list": LIST, "owner": page_of(owners["account"]), "page": page_of(first)}[where]
    agent = browser(back_office)

    def counted() -> int:
        with CaptureQueriesContext(connection) as queries:
            assert agent.get(address).status_code == 200
        return len(queries)

    subscribe(change, "child-0", parent_offer_subscription=Ref(external_id="sub-1"))
    counted()
    few = counted()
    for number in range(1, 6):
        subscribe(change, f"child-{number}", parent_offer_subscription=Ref(external_id="sub-1"))
        adjust(change, "sub-1", "data", "-1")
    assert counted() == few


def test_found_by_id(change: Any, care: User) -> None:
    made = subscribe(change)
    agent = browser(care)
    for term in ("sub-1", made.ref_id):
        assert agent.get("/", {"q": term})["Location"] == page_of(made)
        assert agent.get(LIST, {"q": term})["Location"] == page_of(made)
    data = balance()
    assert agent.get("/", {"q": data.ref_id})["Location"] == page_of(data)
    assert len(agent.get(LIST, {"q": "dataBundle10"}).context["cl"].result_list) == 1


def test_who_only_configures_sees_none(change: Any) -> None:
    made = subscribe(change)
    carl = browser(make_user("carl", CONFIGURATION))
    for address in (LIST, page_of(made), page_of(balance()), "/admin/balances/balance/", ADD):
        assert carl.get(address).status_code == 403, address
    hits = carl.get("/", {"q": "sub-1", "part": "hits"}).context["results"]
    assert list(hits) == []
