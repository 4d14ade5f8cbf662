"""Subscribers in the browser: verbs done, refused, forbidden, stale, sent twice; creating."""

from typing import Any

import pytest
from django.urls import reverse

from accounts.models import Account
from customers.models import Customer
from ocsportal.people.models import User
from ocsportal.transactions.models import BusinessTransaction
from subscribers import operations
from subscribers.admin.pages import SubscriberAdmin
from subscribers.models import ResourceType, Subscriber, SubscriberResource
from tests.portal.subscribers import ADD, LIST, REF, address, an_account, makes, page  # noqa: F401 (fixtures)
from tests.portal.test_verbs import browser
from tests.portal.waiting import DECIDED
from tests.subscribers.conftest import MSISDN, OTHER, live, standing

pytestmark = pytest.mark.django_db

# What an agent fills in beside the reason, and the state of the subscriber that the verb fits.
FILLED = {
    "suspend": ({"state_reason": "lostSim"}, "ACTIVE"),
    "resume": ({"state_reason": "dfltActive"}, "SUSPENDED"),
    "activate": ({"state_reason": "dfltActive"}, "INACTIVE"),
    "change-reason": ({"state_reason": "lostSim"}, "SUSPENDED"),
    "deactivate": ({"state_reason": "portedOut"}, "ACTIVE"),
    "confirm-plan": ({}, "PLANNED"),
    "cancel-plan": ({}, "PLANNED"),
    "custom-name": ({"custom_name": "Renamed"}, "ACTIVE"),
    "segment": ({"subscriber_segment": "premium"}, "ACTIVE"),
    "attributes": ({"custom_attributes": "a = 1"}, "ACTIVE"),
    "external-id": ({"external_id": "other"}, "ACTIVE"),
    "add-resource": ({"resource_type": "ICCID", "resource": "8949 0200 0000 1234 567"}, "ACTIVE"),
    "swap-resource": ({"resource": "+49 170 555-0143"}, "ACTIVE"),
    "end-resource": ({}, "WITH-SIM"),
    "exchange-resources": ({"other_subscriber": "+49 170 555 0199", "resource_type": "MSISDN"}, "BESIDE"),
}
CARE_MAY_NOT = ("deactivate", "confirm-plan", "cancel-plan", "external-id")
WRONG = {
    "suspend": {"state_reason": "portedOut"},
    "segment": {"subscriber_segment": "b2b"},
    "external-id": {"external_id": "taken"},
    "add-resource": {"resource_type": "IMSI", "resource": "12"},
    "swap-resource": {"resource": "+49 0170 555 0143"},
}


def form(subscriber: Subscriber, slug: str, **fields: str) -> dict[str, str]:
    which = {"swap-resource": 0, "end-resource": -1}
    old = {"old": list(subscriber.resources.order_by("pk"))[which[slug]].ref_id} if slug in which else {}
    return {"request_id": "form-1", "version": subscriber.etag, "reason": "caller asked", **old, **fields}


def test_every_verb_of_the_page_is_tried_here() -> None:
    # Several operations in one: test_sim_lost.py, test_editing.py, test_moving_out.py.
    elsewhere = {"sim-lost", "edit", "move-out"} | DECIDED
    assert {verb.slug for verb in SubscriberAdmin.verbs} - elsewhere == set(FILLED)


@pytest.mark.parametrize("slug", FILLED)
def test_done(slug: str, make: Any, back_office: User) -> None:
    fields, state = FILLED[slug]
    subscriber = make(state)
    agent = browser(back_office)
    before = standing()
    assert agent.get(address(subscriber, slug)).status_code == 200
    assert standing() == before
    transactions = BusinessTransaction.objects.count()
    answer = agent.post(address(subscriber, slug), form(subscriber, slug, **fields), follow=True)
    assert answer.redirect_chain == [(page(subscriber), 302)], answer.content.decode()[-3000:]
    assert "below" not in str(next(iter(answer.context["messages"])))
    assert BusinessTransaction.objects.count() == transactions + 1
    entry = BusinessTransaction.objects.latest("pk")
    assert (entry.channel, entry.reason, entry.actor_id) == ("PORTAL", "caller asked", back_office.pk)
    newest = subscriber.history.latest("history_id")
    assert (newest.transaction_id, newest.version) == (entry.pk, subscriber.version + 1)


def test_grouping_is_taken_out_of_what_is_typed(make: Any, care: User) -> None:
    for slug in ("swap-resource", "add-resource"):
        subscriber = Subscriber.objects.filter(external_id="s-1").first() or make()
        sent = form(subscriber, slug, **FILLED[slug][0], request_id=slug)
        assert browser(care).post(address(subscriber, slug), sent).status_code == 302
    assert live() == {"MSISDN": OTHER, "ICCID": "8949020000001234567"}


@pytest.mark.parametrize("slug", FILLED)
def test_without_a_reason_nothing_happens(slug: str, make: Any, back_office: User) -> None:
    fields, state = FILLED[slug]
    subscriber = make(state)
    before = standing()
    answer = browser(back_office).post(address(subscriber, slug), form(subscriber, slug, **fields, reason=""))
    assert answer.context["form"].errors["reason"]
    assert standing() == before


@pytest.mark.parametrize("slug", WRONG)
def test_refused_is_said_at_the_field(slug: str, make: Any, back_office: User) -> None:
    subscriber = make()
    make(external_id="taken", number="491700000001")
    before = standing()
    answer = browser(back_office).post(address(subscriber, slug), form(subscriber, slug, **WRONG[slug]))
    assert answer.status_code == 200
    assert set(answer.context["form"].errors) <= set(WRONG[slug])
    assert answer.context["form"].errors
    assert standing() == before


def test_a_number_that_another_has_is_said_at_the_field(make: Any, care: User) -> None:
    subscriber = make()
    make(external_id="s-2", number=OTHER)
    before = standing()
    sent = form(subscriber, "swap-resource", resource="+49 170 5550143")
    answer = browser(care).post(address(subscriber, "swap-resource"), sent)
    assert answer.context["form"].errors["resource"] == ["Another subscriber has the Phone number +49 170 5550143."]
    assert standing() == before


@pytest.mark.parametrize("slug", FILLED)
def test_who_may(slug: str, make: Any, auditor: User, care: User) -> None:
    fields, state = FILLED[slug]
    subscriber = make(state)
    before = standing()
    assert browser(auditor).get(address(subscriber, slug)).status_code == 403
    sent = form(subscriber, slug, **fields)
    assert browser(auditor).post(address(subscriber, slug), sent).status_code == 403
    assert standing() == before
    answer = browser(care).post(address(subscriber, slug), sent)
    if slug in CARE_MAY_NOT:
        assert answer.status_code == 403
        assert standing() == before
    else:
        assert answer.status_code == 302


@pytest.mark.parametrize("slug", FILLED)
def test_stale(slug: str, make: Any, back_office: User, change: Any) -> None:
    fields, state = FILLED[slug]
    subscriber = make(state)
    sent = form(subscriber, slug, **fields)
    operations.update_subscriber_custom_attributes(change(), subscriber=REF, custom_attributes={"z": "1"})
    before = standing()
    answer = browser(back_office).post(address(subscriber, slug), sent)
    assert "has changed it in the meantime" in answer.content.decode()
    assert standing() == before


@pytest.mark.parametrize("slug", ["swap-resource", "add-resource"])
def test_sent_twice_is_done_once(slug: str, make: Any, care: User) -> None:
    subscriber = make()
    sent = form(subscriber, slug, **FILLED[slug][0])
    agent = browser(care)
    assert [agent.post(address(subscriber, slug), sent).status_code for _ in range(2)] == [302, 302]
    assert Subscriber.history.count() == 2
    assert SubscriberResource.objects.count() == 2


def test_two_agents_swap_the_same_number(make: Any, care: User, back_office: User) -> None:
    subscriber = make()
    first = form(subscriber, "swap-resource", resource=OTHER)
    second = {**first, "request_id": "form-2", "resource": "491700000002"}
    assert browser(care).post(address(subscriber, "swap-resource"), first).status_code == 302
    before = standing()
    answer = browser(back_office).post(address(subscriber, "swap-resource"), second)
    assert "Care has changed it in the meantime" in answer.content.decode()
    assert standing() == before


class TestForms:
    def test_swap_offers_the_live_ones_and_chooses_what_the_link_named(
        self, make: Any, care: User, change: Any
    ) -> None:
        subscriber = make()
        operations.create_subscriber_resource(
            change(), subscriber=REF, resource_type="IMSI", resource="262015550142001"
        )
        operations.swap_subscriber_resource(
            change(), subscriber=REF, resource_type="MSISDN", swap_resource=MSISDN, resource=OTHER
        )
        shown = browser(care).get(address(subscriber, "swap-resource")).context["form"]
        assert [label for _, label in shown.fields["old"].choices] == [
            "Phone number +49 170 5550143", "IMSI 262 01 5550142001",
        ]  # fmt: skip
        imsi = SubscriberResource.objects.get(resource_type__code="IMSI")
        assert shown["old"].value() != imsi.ref_id
        linked = browser(care).get(address(subscriber, "swap-resource"), {"resource": imsi.ref_id}).context["form"]
        assert linked["old"].value() == imsi.ref_id

    def test_add_offers_the_types_that_are_free(self, make: Any, care: User) -> None:
        shown = browser(care).get(address(make(), "add-resource")).context["form"]
        every = set(ResourceType.objects.values_list("code", flat=True))
        assert {code for code, _ in shown.fields["resource_type"].choices} == {"", *every} - {"MSISDN"}


class TestCreating:
    SENT = {"request_id": "n-1", "reason": "walked in", "subscriber_profile": "mobile", "custom_name": "Driver 3",
            "primary_resource_type": "MSISDN", "primary_resource": "+49 170 555 0142"}  # fmt: skip

    @pytest.mark.parametrize("how", ["acc-1", "Fleet", "REF", "+49 170 555 0143"])
    def test_under_an_account_by_whatever_names_it(
        self, how: str, make: Any, account: Account, back_office: User
    ) -> None:
        make(external_id="s-0", number=OTHER)
        sent = {**self.SENT, "account": account.ref_id if how == "REF" else how}
        answer = browser(back_office).post(ADD, sent)
        made = Subscriber.objects.latest("pk")
        assert answer["Location"] == page(made)
        assert (made.account, made.primary_resource, made.custom_name) == (account, MSISDN, "Driver 3")

    def test_from_an_accounts_page(self, account: Account, back_office: User) -> None:
        client = browser(back_office)
        body = client.get(reverse("admin:accounts_account_change", args=[account.pk])).content.decode()
        assert f"{ADD}?account={account.ref_id}" in body
        shown = client.get(ADD, {"account": account.ref_id}).context["form"]
        assert (shown["account"].value(), shown["subscriber_profile"].value()) == ("acc-1", "mobile")
        assert shown["primary_resource_type"].value() == "MSISDN"

    def test_from_a_customers_page(self, account: Account, back_office: User) -> None:
        client = browser(back_office)
        customer = account.customer
        body = client.get(reverse("admin:customers_customer_change", args=[customer.pk])).content.decode()
        assert f"{ADD}?customer={customer.ref_id}" in body
        assert client.get(ADD, {"customer": customer.ref_id}).context["form"]["account"].value() == "acc-1"

    def test_without_an_account_its_profile_makes_one(self, back_office: User) -> None:
        client = browser(back_office)
        assert client.get(ADD).context["form"]["subscriber_profile"].value() == "prepaidMobile"
        client.post(ADD, {**self.SENT, "subscriber_profile": "prepaidMobile"})
        assert (Subscriber.objects.count(), Account.objects.count(), Customer.objects.count()) == (1, 1, 1)

    @pytest.mark.parametrize(
        ("fields", "wrong"),
        [
            ({}, "account"),
            ({"account": "nobody"}, "account"),
            ({"account": "acc-1", "primary_resource": "0170"}, "primary_resource"),
            ({"account": "acc-1", "primary_resource": "+49 170 5550143"}, "primary_resource"),
            ({"account": "acc-1", "external_id": "s-0"}, "external_id"),
            ({"account": "acc-1", "subscriber_profile": ""}, "state"),
        ],
    )
    def test_refused(self, make: Any, back_office: User, fields: dict[str, str], wrong: str) -> None:
        make(external_id="s-0", number=OTHER)
        before = standing()
        answer = browser(back_office).post(ADD, {**self.SENT, **fields})
        assert answer.status_code == 200
        assert wrong in answer.context["form"].errors
        assert standing() == before

    def test_forbidden(self, account: Account, auditor: User, care: User) -> None:
        for user in (auditor, care):
            assert browser(user).get(ADD).status_code == 403
            assert browser(user).post(ADD, {**self.SENT, "account": "acc-1"}).status_code == 403
        assert Subscriber.objects.count() == 0
