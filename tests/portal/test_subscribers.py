"""Subscribers in the browser: verbs done, refused, forbidden, stale, sent twice; creating; pages and what they ask."""

from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from accounts.models import Account
from customers.models import Customer
from ocsportal.entities.identity import Ref
from ocsportal.entities.states import NewState
from ocsportal.people.groups import CONFIGURATION
from ocsportal.people.models import User
from ocsportal.transactions.models import BusinessTransaction
from subscribers import operations
from subscribers.admin.pages import SubscriberAdmin
from subscribers.models import ResourceType, Subscriber, SubscriberResource
from tests.conftest import make_user
from tests.portal.counting import unbounded
from tests.portal.test_verbs import browser
from tests.subscribers.conftest import MSISDN, OTHER, live, standing

pytestmark = pytest.mark.django_db
LIST, ADD = "/admin/subscribers/subscriber/", "/admin/subscribers/subscriber/add/"
REF = Ref(external_id="s-1")

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


@pytest.fixture
def account(change: Any) -> Account:
    from accounts.operations import create_account
    from customers.operations import create_customer

    create_customer(change(), external_id="cust-1", customer_profile="b2b", custom_name="Nordwind")
    customer = Ref(external_id="cust-1")
    create_account(change(), external_id="acc-1", account_profile="postpaid", customer=customer, custom_name="Fleet")
    return Account.objects.get()


@pytest.fixture
def make(change: Any, account: Account) -> Any:
    """Make a subscriber with a number, in a state."""

    def made(state: str = "ACTIVE", external_id: str = "s-1", number: str = MSISDN, **more: Any) -> Subscriber:
        first = "INACTIVE" if state == "INACTIVE" else "ACTIVE"
        operations.create_subscriber(
            change(),
            **{
                "account": Ref(ref_id=account.ref_id),
                "subscriber_profile": "mobile",
                "external_id": external_id,
                "primary_resource_type": "MSISDN",
                "primary_resource": number,
                "state": NewState(state=first, state_reason=f"dflt{first.capitalize()}"),
                **more,
            },
        )
        ref = Ref(external_id=external_id)
        late = change().at.replace(year=2099) if state == "PLANNED" else None
        if state in ("SUSPENDED", "PLANNED"):
            new = NewState(state="SUSPENDED", state_reason="fraud", state_valid_from=late, pending=bool(late))
            operations.update_subscriber_state(change(), subscriber=ref, state=new)
        if state == "WITH-SIM":
            sim = {"resource_type": "ICCID", "resource": "8949020000001234567"}
            operations.create_subscriber_resource(change(), subscriber=ref, **sim)
        if state == "BESIDE":
            made(external_id="s-9", number="491705550199")
        return Subscriber.objects.get(external_id=external_id)

    return made


def address(subscriber: Subscriber, slug: str) -> str:
    return reverse("admin:subscribers_subscriber_verb", args=[subscriber.pk, slug])


def page(subscriber: Subscriber) -> str:
    return reverse("admin:subscribers_subscriber_change", args=[subscriber.pk])


def form(subscriber: Subscriber, slug: str, **fields: str) -> dict[str, str]:
    which = {"swap-resource": 0, "end-resource": -1}
    old = {"old": list(subscriber.resources.order_by("pk"))[which[slug]].ref_id} if slug in which else {}
    return {"request_id": "form-1", "version": subscriber.etag, "reason": "caller asked", **old, **fields}


def test_every_verb_of_the_page_is_tried_here() -> None:
    assert {verb.slug for verb in SubscriberAdmin.verbs} == set(FILLED)


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
    assert "has changed it meanwhile" in answer.content.decode()
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
    assert "Care has changed it meanwhile" in answer.content.decode()
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


@pytest.fixture
def moved(make: Any, change: Any) -> list[Subscriber]:
    """A number that went from one who is gone to another, and one who has swapped a number."""
    make(custom_name="Jana")
    operations.update_subscriber_state(
        change(), subscriber=REF, state=NewState(state="DEACTIVATED", state_reason="portedOut")
    )
    make(external_id="s-2", custom_name="Ole")
    make(external_id="s-3", number="491709998877", custom_name="Zoë")
    operations.swap_subscriber_resource(
        change(),
        subscriber=Ref(external_id="s-3"),
        resource_type="MSISDN",
        swap_resource="491709998877",
        resource=OTHER,
    )
    return list(Subscriber.objects.order_by("pk"))


class TestSearch:
    @pytest.mark.parametrize(
        ("term", "found"),
        [
            ("491705550142", ["s-2", "s-1"]),
            ("+49 170 555 0142", ["s-2", "s-1"]),
            ("0049 170 5550142", ["s-2", "s-1"]),
            ("0170 5550142", ["s-2", "s-1"]),
            ("0142", ["s-2", "s-1"]),
            ("142", ["s-2", "s-1"]),
            ("+49 170 555", ["s-2", "s-3", "s-1"]),
            ("8877", ["s-3"]),
            ("ole", ["s-2"]),
            ("9999999", []),
        ],
    )
    def test_by_any_number(self, moved: list[Subscriber], care: User, term: str, found: list[str]) -> None:
        ids = {page(subscriber): subscriber.external_id for subscriber in moved}
        hits = browser(care).get("/", {"q": term, "part": "hits"}).context["results"]
        assert [ids[hit.url] for hit in hits] == found
        listed = browser(care).get(LIST, {"q": term}, follow=True).context
        if "cl" in listed:
            assert {row.external_id for row in listed["cl"].result_list} == set(found)
        else:
            assert listed["entity"].external_id == found[0]

    def test_former_holders_are_told_with_when(self, moved: list[Subscriber], care: User) -> None:
        hits = browser(care).get("/", {"q": MSISDN, "part": "hits"}).context["results"]
        assert [hit.how for hit in hits] == ["Phone number, exact", "former Phone number · today to today"]
        assert {hit.title for hit in hits} == {"+49 170 5550142"}
        body = browser(care).get(LIST, {"q": "8877"}).content.decode()
        assert "had +49 170 9998877 until today" in body

    def test_the_very_number_of_one_leads_straight_to_its_page(self, moved: list[Subscriber], care: User) -> None:
        assert browser(care).get("/", {"q": "+49 170 555 0143"})["Location"] == page(moved[2])
        assert browser(care).get(LIST, {"q": MSISDN})["Location"] == page(moved[1])
        for term in ("s-1", moved[0].ref_id):
            assert browser(care).get("/", {"q": term})["Location"] == page(moved[0])

    def test_of_those_who_may_not_read_nothing_is_told(self, moved: list[Subscriber]) -> None:
        carl = browser(make_user("carl", CONFIGURATION))
        assert carl.get("/", {"q": MSISDN, "part": "hits"}).context["results"].groups == []
        assert carl.get(LIST).status_code == 403
        assert carl.get(page(moved[0])).status_code == 403


class TestPage:
    def test_it_shows_resources_live_and_former_with_their_times(self, moved: list[Subscriber], care: User) -> None:
        answer = browser(care).get(page(moved[2]))
        resources = answer.context["below"][0]
        assert [(row.shown, row.valid_to is None) for row in resources["rows"]] == [
            ("+49 170 5550143", True), ("+49 170 9998877", False),
        ]  # fmt: skip
        assert [words for words, _ in answer.context["crumbs"]] == ["Subscribers", "Nordwind", "Fleet"]
        body = answer.content.decode()
        for words in ('<h1 class="number"><bdi>+49 170 5550143</bdi></h1>', "Zoë", "Resource swapped", "Phone number:"):
            assert words in body, words
        assert body.count("Swap</a>") == 1
        assert "primaryResource" not in body

    def test_who_may_only_look_is_offered_nothing(self, moved: list[Subscriber], auditor: User) -> None:
        context = browser(auditor).get(page(moved[2])).context
        assert (context["main"], context["verbs"], context["below"][0]["swap"], context["below"][0]["add"]) == (
            None, [], "", "",
        )  # fmt: skip

    def test_a_deactivated_one_offers_nothing_and_keeps_its_past(
        self, moved: list[Subscriber], back_office: User
    ) -> None:
        context = browser(back_office).get(page(moved[0])).context
        assert (context["main"], context["verbs"], context["below"][0]["add"]) == (None, [], "")
        assert [row.shown for row in context["below"][0]["rows"]] == ["+49 170 5550142"]

    def test_its_pages_change_nothing(self, moved: list[Subscriber], back_office: User) -> None:
        before = standing()
        client = browser(back_office)
        assert client.post(page(moved[2]), {"custom_name": "x"}).status_code == 405
        history = reverse("admin:subscribers_subscriber_history", args=[moved[2].pk])
        assert "Phone number" in client.get(history).content.decode()
        assert client.post(history).status_code == 405
        assert client.post(f"{LIST}{moved[2].pk}/delete/", {"post": "yes"}).status_code == 403
        assert standing() == before

    def test_an_account_and_a_customer_show_their_subscribers_the_gone_ones_last(
        self, moved: list[Subscriber], account: Account, care: User
    ) -> None:
        for address_ in (
            reverse("admin:accounts_account_change", args=[account.pk]),
            reverse("admin:customers_customer_change", args=[account.customer_id]),
        ):
            parts = browser(care).get(address_).context["below"]
            rows = next(part["rows"] for part in parts if part["title"] == "Subscribers")
            assert [row["entity"].external_id for row in rows] == ["s-2", "s-3", "s-1"]
            assert rows[0]["number"] == "+49 170 5550142"


def test_more_rows_take_no_more_queries(make: Any, account: Account, back_office: User) -> None:
    client = browser(back_office)
    addresses = [
        LIST, f"{LIST}?q=0000", "/?q=0000&part=hits", "/queues/pending/",
        reverse("admin:accounts_account_change", args=[account.pk]),
        reverse("admin:customers_customer_change", args=[account.customer_id]),
    ]  # fmt: skip

    def asked() -> dict[str, int]:
        counts = {}
        for path in addresses:
            with CaptureQueriesContext(connection) as queries:
                assert client.get(path).status_code == 200
            assert not path.startswith(LIST) or not unbounded(queries)
            counts[path] = len(queries)
        return counts

    for number in range(2):
        make("PLANNED", external_id=f"s-{number}", number=f"49170{number}0000")
    asked()
    few = asked()
    for number in range(2, 8):
        make("PLANNED", external_id=f"s-{number}", number=f"49170{number}0000")
    assert asked() == few
    assert max(few.values()) <= 25


class TestConfiguration:
    def test_a_pattern_that_can_not_be_used_is_refused(self) -> None:
        carl = browser(make_user("carl", CONFIGURATION))
        add = reverse("admin:subscribers_resourcetype_add")
        sent = {
            "code": "FAX", "name": "Fax", "description": "", "kind": "TEXT", "quarantine_days": "0",
            "audit_reason": "still asked for",
        }  # fmt: skip
        for pattern in ("(", "(a+)+"):
            answer = carl.post(add, {**sent, "pattern": pattern})
            assert answer.context["adminform"].form.errors["pattern"]
        assert not ResourceType.objects.filter(code="FAX").exists()
        assert carl.post(add, {**sent, "pattern": "[0-9]{5,15}"}).status_code == 302
        assert ResourceType.objects.get(code="FAX").history.count() == 1

    def test_a_second_primary_type_is_refused(self) -> None:
        carl = browser(make_user("carl", CONFIGURATION))
        sent = {"code": "FAX", "name": "Fax", "primary": "on", "pattern": "", "audit_reason": "why not"}
        answer = carl.post(reverse("admin:subscribers_resourcetype_add"), sent)
        assert answer.status_code == 200
        assert answer.context["adminform"].form.errors

    @pytest.mark.parametrize("model", ["subscribersegment", "subscriberprofile", "resourcetype"])
    def test_agents_look_but_do_not_change(self, model: str, care: User) -> None:
        assert browser(care).get(reverse(f"admin:subscribers_{model}_changelist")).status_code == 200
        assert browser(care).get(reverse(f"admin:subscribers_{model}_add")).status_code == 403
