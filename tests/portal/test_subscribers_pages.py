"""Subscribers in the browser: how they are found, what their pages show and ask, how they are configured."""

from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from accounts.models import Account
from ocsportal.entities.identity import Ref
from ocsportal.entities.states import NewState
from ocsportal.people.groups import CONFIGURATION
from ocsportal.people.models import User
from subscribers import operations
from subscribers.models import ResourceType, Subscriber
from tests.conftest import make_user
from tests.portal.counting import unbounded
from tests.portal.subscribers import ADD, LIST, REF, address, an_account, makes, page  # noqa: F401 (fixtures)
from tests.portal.test_verbs import browser
from tests.subscribers.conftest import MSISDN, OTHER, standing

pytestmark = pytest.mark.django_db


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

    def test_an_account_and_a_customer_show_their_subscribers_and_the_gone_ones_when_asked(
        self, moved: list[Subscriber], account: Account, care: User
    ) -> None:
        for address_ in (
            reverse("admin:accounts_account_change", args=[account.pk]),
            reverse("admin:customers_customer_change", args=[account.customer_id]),
        ):
            for query, shown in (("", moved[1:]), ("?gone=1", moved)):
                rows = (
                    browser(care).get(address_ + query).context["below"][-2 if "customers" in address_ else -1]["rows"]
                )
                subscribers = [row for row in rows if row.get("kind") == "subscriber"]
                assert [row["key"] for row in subscribers] == [f"subscriber-{each.pk}" for each in shown]
            assert "+49 170 5550142" in [row["title"] for row in subscribers]


def test_more_rows_take_no_more_queries(make: Any, account: Account, back_office: User) -> None:
    client = browser(back_office)
    addresses = [
        LIST, f"{LIST}?q=0000", "/?q=0000&part=hits", "/queues/pending/",
        reverse("admin:accounts_account_change", args=[account.pk]), f"/tree/customer-{account.customer_id}/",
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
