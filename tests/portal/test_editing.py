"""Edit: several fields in one form, only what was changed is written, and two people change different fields without harm."""

import json
from typing import Any

import pytest

from accounts.models import Account
from customers import operations
from customers.models import Customer
from ocsportal.backoffice.editing import EditForm
from ocsportal.entities.identity import Ref
from ocsportal.people.models import User
from ocsportal.transactions.models import BusinessTransaction
from tests.portal.offers import owners, page_of, written
from tests.portal.test_sim_lost import done, last
from tests.portal.test_verbs import browser

__all__ = ["owners"]
pytestmark = pytest.mark.django_db
NORDWIND = Ref(external_id="cust-1")


@pytest.fixture
def customer(owners: dict[str, Any], change: Any) -> Customer:
    """Nordwind, with a contact and two attributes."""
    contact = {"email": "info@nordwind.example", "city": "Bremen", "phone": "+49301234567"}
    operations.update_customer_contact(change(), customer=NORDWIND, contact=contact)
    operations.update_customer_custom_attributes(
        change(), customer=NORDWIND, custom_attributes={"tier": "gold", "desk": "12"}
    )
    return Customer.objects.get(external_id="cust-1")


def drawn(user: User, entity: Any) -> dict[str, str]:
    """Return what a browser would send of the form as it is drawn."""
    form = browser(user).get(page_of(entity, "edit")).context["form"]
    sent = {name for name, field in form.fields.items() if not field.disabled} - {"reason"}
    return {name: form[name].value() or "" for name in sent}


def send(user: User, entity: Any, filled: dict[str, str]) -> Any:
    return browser(user).post(page_of(entity, "edit"), {"reason": "caller asked", **filled})


def test_one_form_one_reason_only_what_was_changed(customer: Customer, back_office: User) -> None:
    before, filled = last(), drawn(back_office, customer)
    filled |= {
        "custom_name": "Nordwind SE", "customer_segment": "vip", "contact_city": "Hamburg", "reason": "they moved",
        "custom_attributes": "tier = platinum\nsince = 2026",
    }  # fmt: skip
    answer = send(back_office, customer, filled)
    assert (answer.status_code, answer["Location"]) == (302, page_of(customer))
    rows = done(before)
    assert [name for name, _, _ in rows] == [
        "PlaceOrder", "UpdateCustomerCustomName", "UpdateCustomerSegment", "UpdateCustomerContact",
        "UpdateCustomerCustomAttributes",
    ]  # fmt: skip
    assert {reason for _, reason, _ in rows} == {"they moved"}
    assert BusinessTransaction.objects.filter(pk__gt=before).values("transaction_id").distinct().count() == 1
    customer.refresh_from_db()
    assert (customer.custom_name, customer.segment.code, customer.contact_city) == ("Nordwind SE", "vip", "Hamburg")
    assert (customer.contact_email, customer.contact_phone) == ("info@nordwind.example", "+49301234567")
    assert customer.custom_attributes == {"tier": "platinum", "since": "2026"}


def test_one_field_is_one_operation(customer: Customer, care: User) -> None:
    before = last()
    assert send(care, customer, drawn(care, customer) | {"custom_name": "Nord"}).status_code == 302
    assert [name for name, _, _ in done(before)] == ["PlaceOrder", "UpdateCustomerCustomName"]


def test_an_account_with_tax_and_preferences(owners: dict[str, Any], back_office: User) -> None:
    account: Account = owners["account"]
    before, filled = last(), drawn(back_office, account)
    filled |= {"tax_exemption": "yes", "preference_invoice_delivery": "EMAIL", "preference_itemized_bill": "no"}
    assert send(back_office, account, filled).status_code == 302
    assert [name for name, _, _ in done(before)][1:] == ["UpdateAccountTaxExemption", "UpdateAccountPreferences"]
    account.refresh_from_db()
    assert (account.tax_exemption, account.preference_invoice_delivery) == (True, "EMAIL")
    assert account.preference_itemized_bill is False
    # The residence alone leaves the exemption as it stands.
    assert send(back_office, account, drawn(back_office, account) | {"tax_residence": "CH"}).status_code == 302
    account.refresh_from_db()
    assert (account.tax_exemption, account.tax_residence) == (True, "CH")


@pytest.mark.parametrize("kind", ["subscriber"])
def test_every_level_is_edited(kind: str, owners: dict[str, Any], care: User) -> None:
    entity = owners[kind]
    filled = drawn(care, entity) | {"custom_name": "Other", f"{kind}_segment": "premium"}
    assert send(care, entity, filled).status_code == 302
    entity.refresh_from_db()
    assert (entity.custom_name, entity.segment.code) == ("Other", "premium")


def test_nothing_changed_is_said_and_nothing_done(customer: Customer, back_office: User) -> None:
    before = written()
    answer = send(back_office, customer, drawn(back_office, customer))
    assert answer.context["form"].non_field_errors() == ["Nothing was changed."]
    assert written() == before


@pytest.mark.parametrize(
    ("fields", "at"),
    [
        ({"contact_email": "nope"}, "contact_email"),
        ({"custom_attributes": "no equals sign"}, "custom_attributes"),
        ({"customer_segment": "nonsense"}, "customer_segment"),
        ({"custom_name": ""}, "custom_name"),
        ({"custom_name": "x", "reason": ""}, "reason"),
    ],
)
def test_refused_is_said_at_its_field_and_nothing_is_done(
    fields: dict[str, str], at: str, customer: Customer, back_office: User
) -> None:
    before, stood = written(), Customer.objects.values().get()
    answer = send(back_office, customer, drawn(back_office, customer) | fields)
    assert list(answer.context["form"].errors) == [at]
    assert (written(), Customer.objects.values().get()) == (before, stood)


def test_different_fields_by_two_people_do_not_conflict(customer: Customer, back_office: User, care: User) -> None:
    mine = drawn(back_office, customer)
    theirs = drawn(care, customer)
    changed = theirs | {"custom_name": "Theirs", "custom_attributes": "tier = gold\ndesk = 99"}
    assert send(care, customer, changed).status_code == 302
    answer = send(back_office, customer, mine | {"contact_city": "Kiel", "custom_attributes": "tier = lead\ndesk = 12"})
    assert answer.status_code == 302
    customer.refresh_from_db()
    assert (customer.custom_name, customer.contact_city) == ("Theirs", "Kiel")
    assert customer.custom_attributes == {"tier": "lead", "desk": "99"}


def test_the_same_field_conflicts_and_the_page_says_what_changed(
    customer: Customer, back_office: User, care: User
) -> None:
    mine, theirs = drawn(back_office, customer), drawn(care, customer)
    assert send(care, customer, theirs | {"custom_name": "Theirs", "customer_segment": "vip"}).status_code == 302
    before = written()
    answer = send(back_office, customer, mine | {"custom_name": "Mine", "contact_city": "Kiel"})
    assert answer.status_code == 200
    form = answer.context["form"]
    assert [(one.field, one.old, one.new) for one in form.meanwhile] == [
        ("Name", "Nordwind GmbH", "Theirs"), ("Segment", "Business", "VIP"),
    ]  # fmt: skip
    assert list(form.errors) == ["custom_name"]
    assert f"{care.display_name} has changed this in the meantime, to Theirs." in form.errors["custom_name"][0]
    assert written() == before
    # What was typed stays, what was left alone is shown as it stands now; sent once more, it applies.
    again = {name: form[name].value() or "" for name in mine}
    assert (again["custom_name"], again["customer_segment"], again["contact_city"]) == ("Mine", "vip", "Kiel")
    assert send(back_office, customer, again).status_code == 302
    customer.refresh_from_db()
    assert (customer.custom_name, customer.segment.code, customer.contact_city) == ("Mine", "vip", "Kiel")


def test_a_double_click_is_done_once(customer: Customer, back_office: User) -> None:
    filled = drawn(back_office, customer) | {"custom_name": "Once", "contact_city": "Kiel"}
    assert send(back_office, customer, filled).status_code == 302
    count = BusinessTransaction.objects.count()
    assert send(back_office, customer, filled).status_code == 302
    assert BusinessTransaction.objects.count() == count


def test_what_one_may_not_change_says_who_can(customer: Customer, care: User) -> None:
    form = browser(care).get(page_of(customer, "edit")).context["form"]
    assert form.fields["contact_email"].disabled
    assert form.fields["contact_email"].help_text == "Back Office and CRM can change it."
    assert not form.fields["custom_name"].disabled
    # What is sent all the same is no change.
    answer = send(care, customer, drawn(care, customer) | {"contact_email": "evil@example.com"})
    assert answer.context["form"].non_field_errors() == ["Nothing was changed."]


def test_what_stands_and_breaks_a_newer_rule_does_not_hinder(customer: Customer, back_office: User) -> None:
    filled = drawn(back_office, customer)
    stood = json.loads(filled["stood"]) | {"contact_phone": "call Jana"}
    filled |= {"stood": json.dumps(stood), "contact_phone": "call Jana", "custom_name": "Renamed"}
    assert send(back_office, customer, filled).status_code == 302
    customer.refresh_from_db()
    assert (customer.custom_name, customer.contact_phone) == ("Renamed", "+49301234567")


@pytest.mark.parametrize("stood", ["", "[]", "{", "[" * 5000, '{"custom_name": 1, "custom_attributes": "x"}'])
def test_a_form_that_tells_nonsense_of_what_stood_is_taken_as_of_now(
    stood: str, customer: Customer, back_office: User
) -> None:
    filled = drawn(back_office, customer) | {"stood": stood, "custom_name": "Renamed"}
    assert send(back_office, customer, filled).status_code == 302
    customer.refresh_from_db()
    assert customer.custom_name == "Renamed"


def test_looking_tells_what_will_happen_and_changes_nothing(customer: Customer, back_office: User) -> None:
    before = written()
    filled = drawn(back_office, customer) | {"custom_name": "Nord", "preview": "1", "custom_attributes": "tier = gold"}
    rows = send(back_office, customer, filled).context["foreseen"]["rows"]
    assert [(row.what, row.old, row.new) for row in rows] == [("Name", "Nordwind GmbH", "Nord"), ("desk", "12", "–")]
    assert written() == before


def test_who_may_nothing_of_it_may_not_open_it(customer: Customer, auditor: User) -> None:
    assert browser(auditor).get(page_of(customer, "edit")).status_code == 403


@pytest.mark.parametrize(("theirs", "status"), [("customer_segment", 302), ("custom_name", 200)])
def test_a_write_that_comes_in_between_is_compared_with_too(
    theirs: str, status: int, customer: Customer, change: Any, back_office: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    writes = {
        "customer_segment": (operations.update_customer_segment, {"customer_segment": "vip"}),
        "custom_name": (operations.update_customer_custom_name, {"custom_name": "Theirs"}),
    }
    steps, came = EditForm.steps, []

    def meddling(form: EditForm) -> Any:
        if not came:
            came.append(theirs)
            write, fields = writes[theirs]
            write(change(), customer=NORDWIND, **fields)
        return steps(form)

    filled = drawn(back_office, customer) | {"custom_name": "Mine"}
    monkeypatch.setattr(EditForm, "steps", meddling)
    answer = send(back_office, customer, filled)
    assert answer.status_code == status
    customer.refresh_from_db()
    if status == 302:
        assert (customer.custom_name, customer.segment.code) == ("Mine", "vip")
    else:
        assert list(answer.context["form"].errors) == ["custom_name"]
        assert customer.custom_name == "Theirs"
