"""The customers' verb pages: shown, done, refused, forbidden, stale, sent twice; a refused one changes nothing."""

from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.urls import reverse

from customers import operations
from customers.admin import CustomerAdmin
from customers.models import Customer
from ocsportal.entities.identity import Ref
from ocsportal.entities.models import StateReason
from ocsportal.entities.states import NewState
from ocsportal.people.groups import GROUPS
from ocsportal.people.models import User
from ocsportal.transactions.models import BusinessTransaction
from tests.asleep import triggers_asleep
from tests.conftest import make_user
from tests.customers.test_rest import standing

pytestmark = pytest.mark.django_db

# What an agent fills in beside the reason, and the state of the customer that the verb fits.
FILLED = {
    "suspend": ({"state_reason": "fraud"}, "ACTIVE"),
    "resume": ({"state_reason": "dfltActive"}, "SUSPENDED"),
    "activate": ({"state_reason": "dfltActive"}, "INACTIVE"),
    "change-reason": ({"state_reason": "lostSim"}, "SUSPENDED"),
    "deactivate": ({"state_reason": "portedOut"}, "ACTIVE"),
    "confirm-plan": ({}, "PLANNED"),
    "cancel-plan": ({}, "PLANNED"),
    "move-plan": ({"valid_from": "2098-05-01T00:00"}, "PLANNED"),
    "try-plan-again": ({}, "REFUSED"),
    "plan-anew": ({"valid_from": "2098-05-01T00:00"}, "REFUSED"),
    "dismiss-plan": ({}, "REFUSED"),
    "custom-name": ({"custom_name": "Renamed"}, "ACTIVE"),
    "contact": ({"contact_city": "Brno", "contact_phone": "+420 543 001 001"}, "ACTIVE"),
    "segment": ({"customer_segment": "vip"}, "ACTIVE"),
    "attributes": ({"custom_attributes": "a = 1\nb = x = y"}, "ACTIVE"),
    "external-id": ({"external_id": "other"}, "ACTIVE"),
}
CARE_MAY_NOT = (
    "deactivate", "confirm-plan", "cancel-plan", "move-plan", "plan-anew", "dismiss-plan", "contact", "external-id",
)  # fmt: skip
WRONG = {
    "suspend": {"state_reason": "portedOut"},
    "custom-name": {"custom_name": ""},
    "contact": {"contact_email": "nope"},
    "segment": {"customer_segment": "nope"},
    "attributes": {"custom_attributes": "no equals sign"},
    "external-id": {"external_id": "taken"},
}


@pytest.fixture
def make(change: Any) -> Any:
    """Make a customer in a state."""

    def made(state: str = "ACTIVE") -> Customer:
        first = "INACTIVE" if state == "INACTIVE" else "ACTIVE"
        operations.create_customer(
            change(),
            external_id="cust-1",
            custom_name="Jana",
            state=NewState(state=first, state_reason=f"dflt{first.capitalize()}"),
        )
        ref = Ref(external_id="cust-1")
        if state == "SUSPENDED":
            operations.update_customer_state(
                change(), customer=ref, state=NewState(state="SUSPENDED", state_reason="fraud")
            )
        if state in ("PLANNED", "REFUSED"):
            late = change().at.replace(year=2099)
            new = NewState(state="SUSPENDED", state_reason="fraud", state_valid_from=late, pending=True)
            operations.update_customer_state(change(), customer=ref, state=new)
        if state == "REFUSED":
            with triggers_asleep(connection):
                Customer.objects.update(plan_status="REFUSED", last_plan_code="OTHER", last_plan_message="no more")
        return Customer.objects.get(external_id="cust-1")

    return made


def browser(user: User) -> Client:
    client = Client()
    client.force_login(user, backend="ocsportal.people.permissions.OneQueryBackend")
    return client


def address(customer: Customer, slug: str) -> str:
    return reverse("admin:customers_customer_verb", args=[customer.pk, slug])


def form(customer: Customer, **fields: str) -> dict[str, str]:
    return {"request_id": "form-1", "version": customer.etag, "reason": "caller asked", **fields}


def test_every_verb_of_the_page_is_tried_here() -> None:
    # Notes change nothing of the customer: tests/customers/test_notes.py. Erasing: tests/portal/test_erasing.py. Several
    # operations in one: test_editing.py, test_moving_out.py.
    macros = {"edit", "move-out"}
    assert {verb.slug for verb in CustomerAdmin.verbs} == {*FILLED, *macros, "note", "close-note", "erase"}


@pytest.mark.parametrize("slug", FILLED)
def test_done(slug: str, make: Any, back_office: User) -> None:
    fields, state = FILLED[slug]
    customer = make(state)
    agent = browser(back_office)
    page = agent.get(address(customer, slug))
    assert page.status_code == 200
    assert b'name="reason"' in page.content
    before = BusinessTransaction.objects.count()
    answer = agent.post(address(customer, slug), form(customer, **fields))
    assert answer.status_code == 302, answer.content.decode()[-3000:]
    assert answer["Location"] == reverse("admin:customers_customer_change", args=[customer.pk])
    assert BusinessTransaction.objects.count() == before + 1
    entry = BusinessTransaction.objects.latest("pk")
    assert (entry.channel, entry.reason, entry.actor_id) == ("PORTAL", "caller asked", back_office.pk)
    newest = Customer.history.latest("history_id")
    assert (newest.transaction_id, newest.version) == (entry.pk, customer.version + 1)


@pytest.mark.parametrize("slug", FILLED)
def test_get_changes_nothing(slug: str, make: Any, back_office: User) -> None:
    customer = make(FILLED[slug][1])
    before = standing()
    browser(back_office).get(address(customer, slug))
    assert standing() == before


@pytest.mark.parametrize("slug", FILLED)
def test_without_a_reason_nothing_happens(slug: str, make: Any, back_office: User) -> None:
    fields, state = FILLED[slug]
    customer = make(state)
    before = standing()
    answer = browser(back_office).post(address(customer, slug), form(customer, **fields, reason=""))
    assert answer.status_code == 200
    assert answer.context["form"].errors["reason"]
    assert standing() == before


@pytest.mark.parametrize("slug", WRONG)
def test_refused_is_said_at_the_field(slug: str, make: Any, back_office: User, change: Any) -> None:
    customer = make()
    operations.create_customer(change(), external_id="taken", customer_profile="b2b")
    before = standing()
    answer = browser(back_office).post(address(customer, slug), form(customer, **WRONG[slug]))
    assert answer.status_code == 200
    assert set(answer.context["form"].errors) == set(WRONG[slug])
    assert standing() == before


@pytest.mark.parametrize("slug", FILLED)
def test_auditors_may_do_nothing(slug: str, make: Any, auditor: User) -> None:
    fields, state = FILLED[slug]
    customer = make(state)
    before = standing()
    assert browser(auditor).get(address(customer, slug)).status_code == 403
    assert browser(auditor).post(address(customer, slug), form(customer, **fields)).status_code == 403
    assert standing() == before


@pytest.mark.parametrize("slug", FILLED)
def test_care_may_do_its_part(slug: str, make: Any, care: User) -> None:
    fields, state = FILLED[slug]
    customer = make(state)
    before = standing()
    answer = browser(care).post(address(customer, slug), form(customer, **fields))
    if slug in CARE_MAY_NOT:
        assert answer.status_code == 403
        assert standing() == before
    else:
        assert answer.status_code == 302


def test_care_can_neither_plan_nor_sneak_a_plan_in(make: Any, care: User) -> None:
    customer = make()
    before = standing()
    agent = browser(care)
    assert "pending" not in agent.get(address(customer, "suspend")).context["form"].fields
    answer = agent.post(
        address(customer, "suspend"), form(customer, state_reason="fraud", valid_from="2099-01-01T00:00")
    )
    assert answer.status_code == 403
    shown = answer.context["form"]
    assert shown.errors == {"valid_from": ["You don't have permission to do this. Back Office and CRM can do it."]}
    assert (shown.data["reason"], shown.data["valid_from"]) == ("caller asked", "2099-01-01T00:00")
    assert "Back Office and CRM can plan it for the future." in answer.content.decode()
    assert standing() == before


def test_a_right_lost_meanwhile_loses_no_input(make: Any, auditor: User) -> None:
    customer = make()
    answer = browser(auditor).post(address(customer, "custom-name"), form(customer, custom_name="Typed"))
    assert answer.status_code == 403
    assert answer.context["form"].data["custom_name"] == "Typed"
    assert answer.context["form"].non_field_errors() == [
        "You don't have permission to do this. Back Office, CRM and Customer Care can do it."
    ]
    assert Customer.objects.get().custom_name == "Jana"


@pytest.mark.parametrize("group", GROUPS)
def test_what_is_offered_opens_and_what_is_not_says_so_on_its_form(group: str, make: Any) -> None:
    customer, user = make(), make_user("one of them", group)
    agent, before = browser(user), standing()
    page = reverse("admin:customers_customer_change", args=[customer.pk])
    sees = agent.get(page).status_code == 200
    fitting = [verb for verb in CustomerAdmin.verbs if verb.fits(customer)]
    assert len(fitting) == 11
    for verb in fitting:
        may = verb.operation.allowed(user, **verb.fields())
        assert verb.offered(user, customer) is may
        assert agent.get(address(customer, verb.slug)).status_code == (200 if may else 403)
        if not sees:
            assert agent.post(address(customer, verb.slug), {}).status_code == 403
            continue
        # Nothing is filled in; what lacks the right says that first.
        for sent in ({}, {"preview": "1"}):
            answer = agent.post(address(customer, verb.slug), sent)
            assert answer.status_code == (200 if may else 403)
            assert bool(answer.context["form"].non_field_errors()) is not may
    assert standing() == before


@pytest.mark.parametrize("slug", ["suspend", "change-reason", "deactivate", "segment"])
def test_nothing_is_chosen_beforehand(slug: str, make: Any, back_office: User) -> None:
    shown = browser(back_office).get(address(make(), slug)).context["form"]
    selects = [field for field in shown.visible_fields() if getattr(field.field, "choices", None)]
    assert len(selects) == 1
    assert [(field.value(), next(iter(field.field.choices))[0]) for field in selects] == [(None, "")]


def test_where_no_script_runs_an_enter_only_checks(make: Any, back_office: User) -> None:
    customer = make()
    agent = browser(back_office)
    page = agent.get(address(customer, "deactivate")).content.decode()
    first = page.index('<button class="chip" type="submit" name="preview"', page.index("<form method"))
    assert first < page.index('type="submit"', page.index("<footer>"))
    before = standing()
    sent = form(customer, state_reason="portedOut", preview="1")
    answer = agent.post(address(customer, "deactivate"), sent)
    assert answer.status_code == 200
    assert answer.context["form"].errors == {}
    assert standing() == before


@pytest.mark.parametrize(("way", "left"), [("KEEP", True), ("CANCEL", False)])
def test_an_open_plan_is_named_and_asked_about(make: Any, back_office: User, way: str, left: bool) -> None:
    customer = make("PLANNED")
    agent = browser(back_office)
    page = agent.get(address(customer, "change-reason"))
    assert "Suspension pending for" in page.content.decode()
    assert [code for code, _ in page.context["form"].fields["pending_change"].choices] == ["", "KEEP", "CANCEL"]
    before = standing()
    StateReason.objects.get_or_create(code="awake", defaults={"name": "Awake", "state": "ACTIVE"})
    sent = form(customer, state_reason="awake")
    assert agent.post(address(customer, "change-reason"), sent).context["form"].errors["pending_change"]
    assert standing() == before
    assert agent.post(address(customer, "change-reason"), {**sent, "pending_change": way}).status_code == 302
    found = Customer.objects.get()
    assert (found.state_reason.code, found.has_plan) == ("awake", left)


def test_who_may_not_cancel_is_told_who_may(make: Any, care: User) -> None:
    customer = make("PLANNED")
    agent = browser(care)
    page = agent.get(reverse("admin:customers_customer_change", args=[customer.pk]))
    assert page.context["main"][0].slug == "suspend"
    assert "Back Office and CRM can decide." in page.content.decode()
    shown = agent.get(address(customer, "suspend"))
    assert [code for code, _ in shown.context["form"].fields["pending_change"].choices] == ["", "KEEP"]
    assert "Back Office and CRM can cancel it." in shown.content.decode()
    sneaked = agent.post(address(customer, "suspend"), form(customer, state_reason="fraud", pending_change="CANCEL"))
    assert set(sneaked.context["form"].errors) == {"pending_change"}
    assert Customer.objects.get().plan_status == "PENDING"


@pytest.mark.parametrize("slug", FILLED)
def test_stale(slug: str, make: Any, back_office: User, change: Any) -> None:
    fields, state = FILLED[slug]
    customer = make(state)
    operations.update_customer_custom_attributes(
        change(), customer=Ref(external_id="cust-1"), custom_attributes={"z": "1"}
    )
    before = standing()
    answer = browser(back_office).post(address(customer, slug), form(customer, **fields))
    assert answer.status_code == 200
    assert "has changed it in the meantime" in answer.content.decode()
    assert answer.context["form"].data["version"] == Customer.objects.get().etag
    # Field by field.
    meanwhile = answer.context["form"].meanwhile
    assert [(one.field, one.old, one.new) for one in meanwhile] == [("Attributes", "–", "z: 1")]
    assert standing() == before


def test_sent_twice_is_done_once(make: Any, back_office: User) -> None:
    customer = make()
    agent = browser(back_office)
    sent = form(customer, state_reason="fraud")
    assert [agent.post(address(customer, "suspend"), sent).status_code for _ in range(2)] == [302, 302]
    assert BusinessTransaction.objects.filter(operation="UpdateCustomerState").count() == 1
    assert Customer.history.count() == 2


def test_creating(back_office: User, auditor: User) -> None:
    add = reverse("admin:customers_customer_add")
    sent = {
        "request_id": "n-1",
        "reason": "walked in",
        "customer_profile": "b2c",
        "custom_name": "Ole",
        "contact_country": "DE",
    }
    assert browser(auditor).get(add).status_code == 403
    lost = browser(auditor).post(add, sent)
    assert lost.status_code == 403
    assert lost.context["form"].data["custom_name"] == "Ole"
    assert lost.context["form"].non_field_errors() == [
        "You don't have permission to do this. Back Office and CRM can do it."
    ]
    assert Customer.objects.count() == 0
    agent = browser(back_office)
    assert agent.get(add).status_code == 200
    answer = agent.post(add, sent)
    made = Customer.objects.get()
    assert answer["Location"] == reverse("admin:customers_customer_change", args=[made.pk])
    assert (made.custom_name, made.contact_country, made.segment.code) == ("Ole", "DE", "b2c")
    refused = agent.post(add, {**sent, "request_id": "n-2", "customer_profile": ""})
    assert set(refused.context["form"].errors) == {"state", "state_reason"}
    assert Customer.objects.count() == 1


def test_buttons_follow_the_table_and_the_permissions(make: Any, back_office: User, care: User, auditor: User) -> None:
    customer = make("SUSPENDED")
    page = reverse("admin:customers_customer_change", args=[customer.pk])

    def offered(user: User) -> set[str]:
        context = browser(user).get(page).context
        main = [context["main"]] if context["main"] else []
        return {verb.slug for verb, _ in [*main, *context["verbs"], *context["plan_verbs"]]}

    assert offered(back_office) == {
        "resume", "change-reason", "deactivate", "custom-name", "contact", "segment", "attributes", "external-id", "note",
        "edit", "move-out",
    }  # fmt: skip
    assert offered(care) == {"resume", "change-reason", "custom-name", "segment", "attributes", "note", "edit"}
    assert offered(auditor) == set()


def test_a_deactivated_customer_offers_nothing(make: Any, back_office: User, change: Any) -> None:
    customer = make()
    operations.update_customer_state(
        change(), customer=Ref(external_id="cust-1"), state=NewState(state="DEACTIVATED", state_reason="portedOut")
    )
    context = browser(back_office).get(reverse("admin:customers_customer_change", args=[customer.pk])).context
    assert (context["main"], context["verbs"], context["plan_verbs"]) == (None, [], [])
