"""What people type: understood and told, of whatever script and length, cut by nobody."""

from typing import Any

import pytest
from django.contrib.messages import get_messages
from django.urls import reverse

from customers.models import Customer, CustomerSegment
from customers.operations import create_customer
from ocsportal.people.groups import CONFIGURATION
from ocsportal.people.models import User
from tests.conftest import make_user
from tests.portal.test_verbs import browser

pytestmark = pytest.mark.django_db
ARABIC = "شركة الشحن 7"
STACKED = "e" + "\u0301" * 200


@pytest.fixture
def customer(change: Any) -> Customer:
    create_customer(change(), external_id="cust-1", customer_profile="b2b", custom_name="Nordwind")
    return Customer.objects.get()


def send(user: User, customer: Customer, slug: str, **fields: str) -> Any:
    sent = {"request_id": "form-1", "version": customer.etag, "reason": "caller asked", **fields}
    return browser(user).post(f"/admin/customers/customer/{customer.pk}/{slug}/", sent)


@pytest.mark.parametrize(
    ("slug", "field", "typed", "kept", "told"),
    [
        ("external-id", "external_id", " A-1\u200b ", "A-1", "Left out: U+200B at 5 (zero width space), blanks at the ends."),
        ("external-id", "external_id", "Mu\u0308ller", "M\u00fcller", ""),
        ("custom-name", "custom_name", "Nord\u202ewind", "Nordwind", "Left out: U+202E at 5 (right-to-left override)."),
        ("custom-name", "custom_name", "کتاب\u200cها", "کتاب\u200cها", ""),
    ],
)  # fmt: skip
def test_what_nobody_sees_is_left_out_with_a_word(
    customer: Customer, back_office: User, slug: str, field: str, typed: str, kept: str, told: str
) -> None:
    answer = send(back_office, customer, slug, **{field: typed})
    assert answer.status_code == 302, answer.context["form"].errors
    assert getattr(Customer.objects.get(), field) == kept
    words = [str(message) for message in get_messages(answer.wsgi_request)][1:]
    assert [message.partition(": ")[2] for message in words] == ([told] if told else [])


@pytest.mark.parametrize(
    ("slug", "field", "typed", "words"),
    [
        ("external-id", "external_id", "A\x07-1", "Not an ID: U+0007 at 2 (control) must be left out."),
        ("custom-name", "custom_name", "x" * 258, "Has 258 characters, 3 too many; at most 255 are allowed."),
        ("attributes", "custom_attributes", "a\x07 = 1", "Line 1: Not an ID: U+0007 at 2 (control) must be left out."),
        ("attributes", "custom_attributes", "a = 1\nb = " + "x" * 1002, "Line 2: Has 1002 characters, 2 too many;"),
    ],
)
def test_refused_in_words_and_nothing_is_cut(
    customer: Customer, back_office: User, slug: str, field: str, typed: str, words: str
) -> None:
    answer = send(back_office, customer, slug, **{field: typed})
    assert answer.context["form"].errors[field][0].startswith(words)
    assert "maxlength" not in answer.content.decode()
    assert Customer.objects.get().version == customer.version


def test_attributes_are_composed_and_one_key_is_one(customer: Customer, back_office: User) -> None:
    assert send(back_office, customer, "attributes", custom_attributes="u\u0308 = e\u0301").status_code == 302
    assert Customer.objects.get().custom_attributes == {"\u00fc": "\u00e9"}
    answer = send(back_office, Customer.objects.get(), "attributes", custom_attributes="u\u0308 = 1\n\u00fc = 2")
    assert answer.context["form"].errors["custom_attributes"] == ["\u00fc appears twice."]


@pytest.mark.parametrize("name", [ARABIC, STACKED, "x" * 255, "עברית <b>"])
def test_every_page_keeps_what_was_typed_apart(change: Any, care: User, name: str) -> None:
    create_customer(change(), external_id="c-9", customer_profile="b2b", custom_name=name)
    row = Customer.objects.get()
    agent = browser(care)
    shown = row.custom_name.replace("<", "&lt;").replace(">", "&gt;")
    page = agent.get(reverse("admin:customers_customer_change", args=[row.pk])).content.decode()
    assert f"<h1><bdi>{shown}</bdi></h1>" in page
    assert f"<ins><bdi>{shown}</bdi></ins>" in page
    form = " ".join(agent.get(f"/admin/customers/customer/{row.pk}/custom-name/").content.decode().split())
    assert 'name="custom_name" dir="auto"' in form
    assert "maxlength" not in form
    assert f"<b><bdi>{shown}</bdi></b>" in agent.get(
        "/", {"q": row.custom_name[:100]}, follow=True
    ).content.decode() or (f"<h1><bdi>{shown}</bdi></h1>" in agent.get("/", {"q": "c-9"}, follow=True).content.decode())


@pytest.mark.parametrize(
    ("field", "value", "words"),
    [
        ("code", "a b", "Not a code: U+0020 at 2 (space); letters A to Z, digits, “.”, “_” and “-” are allowed."),
        ("code", "x" * 61, "Ensure this value has at most 60 characters (it has 61)."),
        ("name", "Gold\u202e", "Contains U+202E at 5 (right-to-left override), which nobody sees."),
    ],
)
def test_configuration_has_plain_codes_and_names_that_are_seen(field: str, value: str, words: str) -> None:
    carl = browser(make_user("carl", CONFIGURATION))
    sent = {"code": "gold", "name": "Gold", "description": "", "audit_reason": "new tariff"}
    add = reverse("admin:customers_customersegment_add")
    answer = carl.post(add, {**sent, field: value})
    assert answer.context["adminform"].form.errors[field] == [words]
    assert "maxlength" not in answer.content.decode()
    assert carl.post(add, {**sent, "name": "Go\u0308ld"}).status_code == 302
    assert CustomerSegment.objects.get(code="gold").name == "G\u00f6ld"
