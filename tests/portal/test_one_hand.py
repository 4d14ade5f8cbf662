"""The whole portal in one hand: what each user is offered leads somewhere, and Django's own pages say what ours do."""

import re
from datetime import timedelta
from typing import Any

import pytest
from django.contrib.auth.models import Group, Permission
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from balances.models import AdjustmentLimit
from customers import operations as customer_operations
from ocsportal.backoffice.words import version_words
from ocsportal.entities.identity import Ref
from ocsportal.entities.states import NewState
from ocsportal.people.groups import ADMINISTRATOR, CARE, CONFIGURATION
from ocsportal.people.models import User
from ocsportal.transactions.models import BusinessTransaction
from tests.conftest import make_user
from tests.portal.offers import limit, owners, subscribe
from tests.portal.test_verbs import browser

pytestmark = pytest.mark.django_db
__all__ = ["owners"]

LINK = re.compile(r'<a [^>]*href="(/[^"#]*)"')


def links(client: Client, address: str) -> set[str]:
    """Return where a page leads."""
    return {found.replace("&amp;", "&") for found in LINK.findall(client.get(address).content.decode())}


@pytest.mark.parametrize("group", [CONFIGURATION, ADMINISTRATOR])
def test_who_reads_no_level_is_led_to_what_there_is(group: str) -> None:
    client = browser(make_user("someone", group))
    body = client.get("/").content.decode()
    assert 'role="search"' not in body
    ways = links(client, "/")
    assert ways == links(client, "/admin/")
    assert len(ways) > 3
    assert {client.get(way).status_code for way in ways} == {200}
    assert client.get("/admin/accounts/").status_code in (302, 404)


@pytest.mark.parametrize(("who", "way"), [("care", False), ("auditor", True)])
def test_a_limit_leads_to_its_group_only_who_may_see_it(who: str, way: bool, request: Any) -> None:
    limit("EUR", "10", None)
    client = browser(request.getfixturevalue(who))
    address = reverse("admin:balances_adjustmentlimit_change", args=[AdjustmentLimit.objects.get().pk])
    group = reverse("admin:auth_group_change", args=[Group.objects.get(name=CARE).pk])
    assert CARE in client.get(address).content.decode()
    assert (group in links(client, address)) is way


def test_the_login_leads_home_or_where_one_was_going(care: User) -> None:
    for asked, target in (("", "/"), ("?next=/queues/pending/", "/queues/pending/")):
        client = Client()
        page = client.get(f"/admin/login/{asked}")
        assert f'name="next" value="{target}"' in page.content.decode()
        words = {"username": "care", "password": "correct-horse-battery"}
        assert client.post(f"/admin/login/{asked}", words)["Location"] == target


class TestPeople:
    def test_a_person_s_page_shows_nothing_of_the_password(self, care: User) -> None:
        body = browser(make_user("ada", ADMINISTRATOR)).get(reverse("admin:people_user_change", args=[care.pk]))
        for secret in ("algorithm", "salt", care.password[-8:]):
            assert secret not in body.content.decode(), secret

    def test_a_group_s_history_says_what_was_given_and_taken(self) -> None:
        client = browser(make_user("ada", ADMINISTRATOR))
        group = Group.objects.get(name=CONFIGURATION)
        address = reverse("admin:auth_group_change", args=[group.pk])
        held = set(group.permissions.values_list("pk", flat=True))
        given = Permission.objects.get(codename="read_customer")
        taken = min(held)
        for wanted, reason in ((held | {given.pk}, "asked for"), (held - {taken}, "no more")):
            fields = {"name": group.name, "permissions": [str(key) for key in wanted], "audit_reason": reason}
            assert client.post(address, fields).status_code == 302
        assert set(group.permissions.values_list("pk", flat=True)) == held - {taken}
        told = client.get(reverse("admin:auth_group_history", args=[group.pk])).context["entries"]
        assert [(entry.version, entry.reason) for entry in told] == [(2, "no more"), (1, "asked for")]
        older = client.get(reverse("admin:auth_group_history", args=[group.pk]), {"before": "2"}).context["entries"]
        assert [entry.reason for entry in older] == ["asked for"]
        lost = Permission.objects.get(pk=taken)
        assert told[0].changes == [
            ("removed", name, None)
            for name in sorted(["customers.read_customer", f"{lost.content_type.app_label}.{lost.codename}"])
        ]


class TestWords:
    def test_a_queue_says_of_which_customer(self, owners: dict[str, Any], change: Any, auditor: User) -> None:
        late = change().at + timedelta(days=400)
        new = NewState(state="SUSPENDED", state_reason="fraud", state_valid_from=late, pending=True)
        subscription = subscribe(change, kind="subscriber")
        from offers.operations import update_subscription_state

        update_subscription_state(change(), subscription=Ref(ref_id=subscription.ref_id), state=new)
        body = browser(auditor).get("/queues/pending/").content.decode()
        assert "subscription of Nordwind GmbH" in body

    @pytest.mark.parametrize(
        ("changes", "words"),
        [
            ([("state", "SUSPENDED", "ACTIVE")], "Resumed"),
            ([("state", "INACTIVE", "ACTIVE")], "Activated"),
            ([("state", "ACTIVE", "DEACTIVATED")], "Deactivated"),
            ([("plannedState.state", None, "SUSPENDED")], "Suspension planned"),
        ],
    )
    def test_a_version_is_told_as_a_deed(self, changes: Any, words: str) -> None:
        assert version_words("UpdateCustomerState", changes) == words

    def test_a_pending_plan_past_its_date_is_overdue(self, owners: dict[str, Any], change: Any, care: User) -> None:
        soon = timezone.now() + timedelta(hours=1)
        new = NewState(state="SUSPENDED", state_reason="fraud", state_valid_from=soon, pending=True)
        customer_operations.update_customer_state(change(), customer=Ref(external_id="cust-1"), state=new)
        client, address = browser(care), reverse("admin:customers_customer_change", args=[owners["customer"].pk])
        assert "Suspension pending for" in client.get(address).content.decode()
        assert "overdue" not in client.get(address).content.decode()
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(timezone, "now", lambda: soon + timedelta(minutes=1))
            assert ", overdue, set by" in client.get(address).content.decode()


class TestVerbs:
    def test_what_is_below_is_counted_in_words_and_on_the_button(
        self, owners: dict[str, Any], change: Any, care: User
    ) -> None:
        subscribe(change)
        address = reverse("admin:customers_customer_verb", args=[owners["customer"].pk, "suspend"])
        page = browser(care).get(address)
        assert page.context["counted"]["columns"] == ["will be suspended"]
        assert [row["numbers"] for row in page.context["counted"]["rows"]] == [[1], [1], [1]]
        assert 'data-below="Suspend Nordwind GmbH and 3 below"' in page.content.decode()

    def test_child_subscriptions_are_counted_where_they_end_too(
        self, owners: dict[str, Any], change: Any, back_office: User
    ) -> None:
        above = subscribe(change)
        subscribe(change, "sub-2", parent_offer_subscription=Ref(external_id="sub-1"))
        page = browser(back_office).get(reverse("admin:offers_subscription_verb", args=[above.pk, "deactivate"]))
        assert page.context["counted"]["reached"] == 1
        assert 'name="subordinates"' not in page.content.decode()

    def test_a_refused_form_leads_to_what_is_wrong(self, owners: dict[str, Any], care: User) -> None:
        address = reverse("admin:customers_customer_verb", args=[owners["customer"].pk, "custom-name"])
        before = BusinessTransaction.objects.count()
        fields = {"custom_name": "Südwind", "reason": "", "request_id": "r-1", "version": owners["customer"].etag}
        body = browser(care).post(address, fields).content.decode()
        (wrong,) = re.findall(r"<input[^>]*aria-invalid[^>]*>", body)
        assert 'name="reason"' in wrong
        assert " autofocus" in wrong
        assert 'aria-describedby="id_reason_errors"' in wrong
        assert 'value="Südwind"' in body
        assert BusinessTransaction.objects.count() == before
