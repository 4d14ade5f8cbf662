"""Nothing of the library shows through; what groups may do is said by task; whom a form is about is found by typing."""

import re
from typing import Any

import pytest
from django.contrib import admin
from django.contrib.auth.models import Group, Permission
from django.test import Client
from django.urls import reverse
from playwright.sync_api import Page

from customers import operations
from ocsportal.backoffice.tracked import TrackedAdmin
from ocsportal.people import groups, tasks
from ocsportal.people.models import User
from ocsportal.people.tasks import TASKS, by_task, task_of
from ocsportal.transactions.models import BusinessTransaction
from ocsportal.transactions.operation import OPERATIONS
from tests.conftest import make_user
from tests.portal.accounts import company
from tests.portal.test_browser import page
from tests.portal.test_session_browser import log_in
from tests.portal.test_verbs import browser

pytestmark = pytest.mark.django_db
__all__ = ["company", "page"]
FOREIGN = (
    "---------",
    "successfully",
    "Please correct",
    "related-widget-wrapper",
    'rows="10"',
    "You may edit it again",
)
TRACKED = [page for page in admin.site._registry.values() if isinstance(page, TrackedAdmin)]


def person(group: str) -> Client:
    return browser(make_user("somebody", group))


class TestForms:
    def test_each_is_looked_at(self) -> None:
        assert len(TRACKED) >= 17

    @pytest.mark.parametrize("page", TRACKED, ids=lambda page: page.opts.model_name)
    def test_nothing_of_the_library_shows_through(self, page: TrackedAdmin) -> None:
        names = (page.opts.app_label, page.opts.model_name)
        group = groups.ADMINISTRATOR if names[0] in ("people", "auth") else groups.CONFIGURATION
        client = person(group)
        wanted = reverse("admin:{}_{}_add".format(*names))
        for answer in (client.get(wanted), client.post(wanted, {"audit_reason": ""})):
            words = answer.content.decode()
            assert answer.status_code == 200
            assert [one for one in FOREIGN if one in words] == []
        first = page.model._default_manager.order_by("pk").first()
        if first is not None:
            words = client.get(reverse("admin:{}_{}_change".format(*names), args=[first.pk])).content.decode()
            assert [one for one in FOREIGN if one in words] == []

    def test_what_was_saved_is_said_in_our_words(self) -> None:
        client = person(groups.CONFIGURATION)
        sent = {"code": "gold", "name": "Gold", "audit_reason": "new"}
        answer = client.post(reverse("admin:customers_customersegment_add"), sent, follow=True)
        assert "Customer segment Gold is there now." in answer.content.decode()
        assert "successfully" not in answer.content.decode()
        key = re.search(r"customersegment/(\d+)/change", answer.content.decode())
        assert key is not None


class TestTasks:
    def test_every_operation_is_a_part_of_one_that_has_a_name(self) -> None:
        for entry in OPERATIONS.values():
            mine = [task.slug for task in TASKS if task.needs(entry.permission)]
            assert mine[0] != "rest", entry.name
            assert mine == [mine[0], "rest"], entry.name
            for extra in entry.also:
                assert task_of_name(f"{entry.model._meta.app_label}.{extra.codename}") != "rest", extra.codename

    def test_none_is_empty(self) -> None:
        rows = Permission.objects.select_related("content_type").exclude(content_type__model__startswith="historical")
        assert [part.task.slug for part in by_task(rows, [])] == [task.slug for task in TASKS]
        assert all(task_of(row) for row in rows)

    def test_ticking_one_gives_its_permissions_and_unticking_takes_them(self) -> None:
        client = person(groups.ADMINISTRATOR)
        group = Group.objects.get(name=groups.CARE)
        had = set(group.permissions.values_list("codename", flat=True))
        wanted = {f"{word}_{level}_state" for word in ("confirm", "cancel", "dismiss")
                  for level in ("customer", "account", "subscriber", "subscription")}  # fmt: skip
        assert not had & wanted
        saved = save(client, group, ticked=["decide"])
        assert saved.status_code == 302, saved.content.decode()[-2000:]
        assert names_of(group) == had | wanted
        assert BusinessTransaction.objects.latest("pk").operation == "ChangeGroup"
        save(client, group, unticked=["decide"])
        assert names_of(group) == had

    def test_one_of_which_a_part_is_held_stays_as_it_is(self) -> None:
        client = person(groups.ADMINISTRATOR)
        group = Group.objects.get(name=groups.CARE)
        group.permissions.add(Permission.objects.get(codename="confirm_customer_state"))
        had = names_of(group)
        assert "in part: 1 of 12" in client.get(reverse("admin:auth_group_change", args=[group.pk])).content.decode()
        save(client, group, name="Care")
        assert names_of(group) == had
        assert Group.objects.get(pk=group.pk).name == "Care"

    def test_one_by_one(self) -> None:
        client = person(groups.ADMINISTRATOR)
        group = Group.objects.get(name=groups.CARE)
        had = names_of(group)
        save(client, group, without=["update_customer_custom_name"])
        assert names_of(group) == had - {"update_customer_custom_name"}

    def test_who_only_looks_is_told_by_task_too(self) -> None:
        group = Group.objects.get(name=groups.CARE)
        words = person(groups.AUDITOR).get(reverse("admin:auth_group_change", args=[group.pk])).content.decode()
        assert "Suspend, resume and activate" in words
        assert "Deactivate for good" not in words


def task_of_name(permission: str) -> str:
    return next(task.slug for task in tasks.TASKS if task.needs(permission))


def names_of(group: Group) -> set[str]:
    return set(Group.objects.get(pk=group.pk).permissions.values_list("codename", flat=True))


def save(client: Client, group: Group, ticked: Any = (), unticked: Any = (), without: Any = (), name: str = "") -> Any:
    """Send the form of a group as its page has it, but for what is named."""
    where = reverse("admin:auth_group_change", args=[group.pk])
    words = client.get(where).content.decode()
    boxes = re.findall(r'name="(task|permissions)"\s+value="([^"]+)"\s+(?:data-task\s+)?(checked)?', words)
    keys = {str(row.pk) for row in Permission.objects.filter(codename__in=without)}
    seen = re.search(r'name="_seen" value="([^"]*)"', words)
    tasks_on = {value for kind, value, on in boxes if kind == "task" and on} | set(ticked)
    sent = {
        "name": name or group.name,
        "audit_reason": "asked for",
        "_seen": seen[1] if seen else "",
        "had": re.findall(r'name="had" value="([^"]+)"', words),
        "task": sorted(tasks_on - set(unticked)),
        "permissions": [value for kind, value, on in boxes if kind == "permissions" and on and value not in keys],
    }
    return client.post(where, sent)


class TestMenu:
    @pytest.mark.parametrize("group", groups.GROUPS)
    def test_set_up_is_for_who_may_set_up(self, group: str) -> None:
        menu = [section.title for section in person(group).get("/").context["portal_menu"]]
        assert ("Set up" in menu) is (group == groups.CONFIGURATION)

    def test_who_decides_nothing_sees_at_home_what_they_worked_on(self, change: Any) -> None:
        maria = make_user("maria", groups.CARE)
        client = browser(maria)
        assert "Find who is calling" in client.get("/").content.decode()
        operations.create_customer(change(), external_id="cust-1", customer_profile="b2b", custom_name="Nordwind")
        made = client.get("/admin/customers/customer/?q=cust-1", follow=True)
        where = made.request["PATH_INFO"].replace("change", "custom-name")
        version = re.search(r'name="version" value="([^"]*)"', client.get(where).content.decode())
        assert version is not None
        client.post(where, {"request_id": "r", "version": version[1], "reason": "x", "custom_name": "Südwind"})
        home = client.get("/")
        assert [(str(one.entity), one.deed) for one in home.context["touched"]] == [("Südwind", "Custom name changed")]
        assert "Pending decisions" not in home.content.decode()


class TestFoundByTyping:
    def test_customers_and_accounts_are_found_by_a_part_of_the_name(self, company: Any, back_office: User) -> None:
        client = browser(back_office)
        found = client.get(reverse("picks", args=["customer"]), {"q": "ordwin"}).json()["picks"]
        assert [(one["value"], one["title"]) for one in found] == [("cust-1", "Nordwind")]
        found = client.get(reverse("picks", args=["account"]), {"q": "erlin"}).json()["picks"]
        assert [(one["value"], one["title"], one["where"]) for one in found] == [
            ("acc-2", "Berlin depot", "Nordwind · acc-2")
        ]

    def test_a_parent_is_found_among_the_customers_own(self, company: Any, back_office: User) -> None:
        client = browser(back_office)
        whose = company.customer.ref_id
        for term, values in (("ermany", ["acc-1"]), ("Berlin", ["acc-2"]), ("Elsewhere", []), ("acc-3", ["acc-3"])):
            found = client.get(reverse("picks", args=["account"]), {"q": term, "whose": whose}).json()["picks"]
            assert {one["value"] for one in found} >= set(values), term
            assert "other-1" not in {one["value"] for one in found}

    @pytest.mark.parametrize(("kind", "group", "status"), [("customer", groups.CARE, 200), ("customer", groups.ADMINISTRATOR, 404),
                                                         ("nothing", groups.CARE, 404)])  # fmt: skip
    def test_only_for_who_may_read_them(self, kind: str, group: str, status: int) -> None:
        assert person(group).get(reverse("picks", args=[kind]), {"q": "x\x00"}).status_code == status

    def test_the_fields_say_where_to_ask(self, company: Any, back_office: User) -> None:
        words = browser(back_office).get(reverse("admin:accounts_account_add")).content.decode()
        assert 'data-picks="/picks/customer/"' in words
        assert 'data-picks="/picks/account/"' in words


@pytest.mark.once
@pytest.mark.browser
@pytest.mark.django_db(transaction=True)
class TestKeyboard:
    def test_from_page_load_to_a_verb_it_is_six_tabs_at_most(self, page: Page, live_server: Any, change: Any) -> None:
        make_user("bruno", groups.BACK_OFFICE)
        operations.create_customer(change(), external_id="cust-1", customer_profile="b2b", custom_name="Nordwind")
        log_in(page, live_server.url, "bruno")
        page.goto(f"{live_server.url}/admin/customers/customer/?q=cust-1")
        tabs = 0
        for _ in range(2):
            page.keyboard.press("Tab")
            tabs += 1
        assert page.evaluate("document.activeElement.textContent") == "Skip to what can be done"
        page.keyboard.press("Enter")
        while not page.evaluate("document.activeElement.closest('.does a[data-verb]') !== null"):
            page.keyboard.press("Tab")
            tabs += 1
            assert tabs <= 6
        page.keyboard.press("Enter")
        page.wait_for_selector("dialog[open]")

    def test_a_customer_is_picked_by_keys(self, page: Page, live_server: Any, change: Any) -> None:
        make_user("bruno", groups.BACK_OFFICE)
        operations.create_customer(change(), external_id="cust-1", customer_profile="b2b", custom_name="Nordwind")
        log_in(page, live_server.url, "bruno", reverse("admin:accounts_account_add"))
        field = page.locator("[name=customer]")
        field.press_sequentially("ordw")
        page.wait_for_selector(".picks .marked")
        page.keyboard.press("Enter")
        assert field.input_value() == "cust-1"
        assert "Nordwind" in (page.locator(".picked").first.text_content() or "")
        assert page.complaints == []  # type: ignore[attr-defined]
