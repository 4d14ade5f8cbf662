"""The pages: who may see which, what they say, and that none of them counts or changes anything it should not."""

from typing import Any

import pytest
from django.contrib import admin
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from customers import operations
from customers.models import Customer, CustomerSegment
from ocsportal.entities.identity import Ref
from ocsportal.people.groups import ADMINISTRATOR, CONFIGURATION
from ocsportal.people.models import ApiKey, User
from ocsportal.transactions.models import BusinessTransaction
from tests.client import RestClient, problem
from tests.conftest import make_user
from tests.customers.test_rest import standing
from tests.portal.counting import unbounded
from tests.portal.test_verbs import browser

pytestmark = pytest.mark.django_db
LIST = "/admin/customers/customer/"


@pytest.fixture
def customers(change: Any) -> list[Customer]:
    for number in range(1, 4):
        operations.create_customer(
            change(),
            external_id=f"cust-{number}",
            customer_profile="b2b",
            custom_name=f"Firma {number}",
            contact={"email": f"f{number}@x.example", "phone": f"+4930555010{number}"},
        )
    return list(Customer.objects.order_by("pk"))


@pytest.mark.parametrize("path", ["/", LIST, "/queues/pending/", "/admin/", "/admin/transactions/businesstransaction/"])
def test_strangers_are_sent_to_the_login(path: str) -> None:
    answer = Client().get(path)
    assert answer.status_code == 302
    assert answer["Location"].startswith("/admin/login/")


def test_every_registered_page_opens_under_the_policy() -> None:
    root = make_user("root")
    User.objects.filter(pk=root.pk).update(is_superuser=True)
    client = browser(User.objects.get(pk=root.pk))
    for model in admin.site._registry:
        address = reverse(f"admin:{model._meta.app_label}_{model._meta.model_name}_changelist")
        answer = client.get(address)
        assert answer.status_code == 200, address
        assert answer["Content-Security-Policy"].startswith("default-src 'self'")
        assert "unsafe" not in answer["Content-Security-Policy"]
        body = answer.content.decode()
        assert " style=" not in body, address
        assert "onclick" not in body, address


def test_the_list_counts_nothing_and_pages_by_key(
    customers: list[Customer], back_office: User, monkeypatch: Any
) -> None:
    from customers.admin import CustomerAdmin

    monkeypatch.setattr(CustomerAdmin, "list_per_page", 2)
    client = browser(back_office)
    with CaptureQueriesContext(
        connection,
    ) as queries:
        first = client.get(LIST)
    assert not unbounded(queries)
    assert [row.external_id for row in first.context["cl"].result_list] == ["cust-3", "cust-2"]
    older = client.get(LIST + first.context["cl"].older)
    assert [row.external_id for row in older.context["cl"].result_list] == ["cust-1"]
    assert older.context["cl"].older is None
    newer = client.get(LIST + older.context["cl"].newer)
    assert [row.external_id for row in newer.context["cl"].result_list] == ["cust-3", "cust-2"]


def test_an_exact_id_leads_straight_to_the_page(customers: list[Customer], auditor: User) -> None:
    client = browser(auditor)
    target = reverse("admin:customers_customer_change", args=[customers[1].pk])
    for term in ("cust-2", customers[1].ref_id):
        assert client.get(LIST, {"q": term})["Location"] == target
        assert client.get("/", {"q": term})["Location"] == target


@pytest.mark.parametrize(
    ("term", "found"),
    [("firma", 3), ("FIRMA 2", 1), ("f3@X.example", 1), ("+49 30 555 0101", 1), ("nobody", 0)],
)
def test_search(customers: list[Customer], care: User, term: str, found: int) -> None:
    client = browser(care)
    assert len(client.get(LIST, {"q": term}).context["cl"].result_list) == found
    hits = client.get("/", {"q": term, "part": "hits"})
    assert len(list(hits.context["results"])) == found


def test_the_page_is_for_reading(customers: list[Customer], back_office: User) -> None:
    address = reverse("admin:customers_customer_change", args=[customers[0].pk])
    client = browser(back_office)
    before = standing()
    assert client.get(address).status_code == 200
    assert client.post(address, {"custom_name": "x"}).status_code == 405
    assert (
        client.post(reverse("admin:customers_customer_delete", args=[customers[0].pk]), {"post": "yes"}).status_code
        == 403
    )
    assert client.post(LIST, {"action": "delete_selected", "_selected_action": [customers[0].pk]}).status_code in (
        302,
        403,
        200,
    )
    assert standing() == before


def test_history_tells_who_when_why_and_what(customers: list[Customer], auditor: User, change: Any) -> None:
    operations.update_customer_custom_name(
        change(reason="married"), customer=Ref(external_id="cust-1"), custom_name="Firma Eins"
    )
    address = reverse("admin:customers_customer_history", args=[customers[0].pk])
    client = browser(auditor)
    before = standing()
    body = client.get(address).content.decode()
    for words in ("Firma 1", "Firma Eins", "married", "Backoffice", "portal", "version 2", "Name changed"):
        assert words in body, words
    assert client.post(address, {"custom_name": "x"}).status_code == 405
    assert standing() == before


@pytest.mark.parametrize("path", [LIST, "/queues/pending/", "/admin/transactions/businesstransaction/"])
def test_forbidden_to_who_only_configures(path: str) -> None:
    assert browser(make_user("carl", CONFIGURATION)).get(path).status_code == 403


def test_home_counts_what_waits(customers: list[Customer], back_office: User, change: Any) -> None:
    from ocsportal.entities.states import NewState

    late = change().at.replace(year=2099)
    new = NewState(state="SUSPENDED", state_reason="fraud", state_valid_from=late, pending=True)
    operations.update_customer_state(change(), customer=Ref(external_id="cust-1"), state=new)
    page = browser(back_office).get("/")
    assert [entry.entity.external_id for entry in page.context["pending"]] == ["cust-1"]
    assert page.context["overdue"] == ""
    queue = browser(back_office).get("/queues/pending/")
    assert "Confirm" in queue.content.decode()


def test_configuration_is_saved_under_one_transaction_with_its_reason() -> None:
    carl = make_user("carl", CONFIGURATION)
    client = browser(carl)
    add = reverse("admin:customers_customersegment_add")
    before = BusinessTransaction.objects.count()
    refused = client.post(add, {"code": "gold", "name": "Gold", "description": ""})
    assert refused.status_code == 200
    assert not CustomerSegment.objects.filter(code="gold").exists()
    assert BusinessTransaction.objects.count() == before
    assert (
        client.post(add, {"code": "gold", "name": "Gold", "description": "", "audit_reason": "new"}).status_code == 302
    )
    made = CustomerSegment.objects.get(code="gold")
    change = reverse("admin:customers_customersegment_change", args=[made.pk])
    client.post(change, {"code": "silver", "name": "Golden", "description": "", "audit_reason": "marketing"})
    made.refresh_from_db()
    assert (made.code, made.name, made.version) == ("gold", "Golden", 2)
    names = list(BusinessTransaction.objects.order_by("-pk").values_list("operation", "reason", "actor_id")[:2])
    assert names == [("ChangeCustomerSegment", "marketing", carl.pk), ("AddCustomerSegment", "new", carl.pk)]
    assert made.history.count() == 2
    history = client.get(reverse("admin:customers_customersegment_history", args=[made.pk]))
    assert "Golden" in history.content.decode()
    assert client.post(reverse("admin:customers_customersegment_history", args=[made.pk])).status_code == 405
    assert (
        client.post(reverse("admin:customers_customersegment_delete", args=[made.pk]), {"post": "yes"}).status_code
        == 403
    )


def test_agents_see_configuration_but_do_not_change_it(care: User) -> None:
    segment = CustomerSegment.objects.get(code="b2b")
    address = reverse("admin:customers_customersegment_change", args=[segment.pk])
    assert browser(care).get(address).status_code == 200
    assert browser(care).post(address, {"name": "x", "audit_reason": "y"}).status_code == 403
    segment.refresh_from_db()
    assert segment.name == "Business"


class TestPeople:
    def test_an_administrator_makes_a_client_sees_the_key_once_and_revokes_it(self) -> None:
        client = browser(make_user("ada", ADMINISTRATOR))
        from django.contrib.auth.models import Group

        group = Group.objects.get(name="CRM")
        page = client.post(
            reverse("admin:people_apikey_add"), {"name": "crm9", "group": group.pk, "days": 30, "reason": "new CRM"}
        )
        plain, user = page.context["plain"], page.context["client"]
        api = RestClient(user.application_id, plain)
        assert api.get("/customers").status_code == 200
        key = ApiKey.objects.get(client=user)
        assert plain not in str(ApiKey.objects.values().get(pk=key.pk))
        assert plain not in client.get(reverse("admin:people_apikey_change", args=[key.pk])).content.decode()
        answer = client.post(reverse("admin:people_apikey_revoke", args=[key.pk]), {"reason": "leaked"})
        assert answer.status_code == 302
        problem(api.get("/customers"), 401, "AUTHENTICATION-FAILED")

    def test_others_may_not(self, back_office: User) -> None:
        client = browser(back_office)
        assert client.get(reverse("admin:people_apikey_add")).status_code == 403
        assert client.get(reverse("admin:people_user_changelist")).status_code == 403

    def test_an_administrator_can_make_nobody_a_superuser(self) -> None:
        client = browser(make_user("ada", ADMINISTRATOR))
        other = make_user("eve")
        address = reverse("admin:people_user_change", args=[other.pk])
        fields = {"username": "eve", "is_active": "on", "is_superuser": "on", "audit_reason": "promotion"}
        assert client.post(address, fields).status_code == 302
        other.refresh_from_db()
        assert not other.is_superuser
        entry = BusinessTransaction.objects.latest("pk")
        assert (entry.operation, entry.reason) == ("ChangeUser", "promotion")
        assert client.post(reverse("admin:people_user_delete", args=[other.pk]), {"post": "yes"}).status_code == 403

    def test_adding_a_person(self) -> None:
        client = browser(make_user("ada", ADMINISTRATOR))
        add = reverse("admin:people_user_add")
        assert client.get(add).status_code == 200
        fields = {
            "username": "nora", "usable_password": "true", "password1": "calm-instrument-9", "password2": "calm-instrument-9",
            "is_staff": "on", "audit_reason": "joined",
        }  # fmt: skip
        assert client.post(add, fields).status_code == 302
        nora = User.objects.get(username="nora")
        assert [(row.version, row.transaction.operation, row.transaction.reason) for row in nora.history.all()] == [
            (1, "AddUser", "joined")
        ]

    def test_a_changed_password_is_told_without_the_password(self, care: User) -> None:
        client = browser(care)
        fields = {
            "old_password": "correct-horse-battery",
            "new_password1": "calm-instrument-9",
            "new_password2": "calm-instrument-9",
        }
        assert client.post(reverse("admin:password_change"), fields).status_code == 302
        entry = BusinessTransaction.objects.latest("pk")
        assert (entry.operation, entry.actor_id, entry.answer) == ("ChangePassword", care.pk, "[]")
        care.refresh_from_db()
        assert care.check_password("calm-instrument-9")


def test_the_menu_goes_from_the_customer_down(back_office: User) -> None:
    sections = browser(back_office).get("/").context["portal_menu"]
    first = [item.label for item in sections[0].items]
    assert first == ["Home", "Customers", "Accounts", "Subscribers", "Subscriptions", "Balances"]
