"""Contacts are understood: whatever is pasted is kept in one form or refused in words, in REST, forms, search and lists."""

from typing import Any

import pytest

from customers.models import Customer
from ocsportal.care.search import find
from ocsportal.people.models import User
from tests.client import RestClient, problem
from tests.portal.test_verbs import browser

pytestmark = pytest.mark.django_db
CREATE, CONTACT = "/customers/create", "/customers/update-contact"
REF = {"customer": {"externalId": "cust-1"}}

# What is sent, and what is kept.
TAKEN = [
    ("country", "IRL", "IE"), ("country", "AUT", "AT"), ("country", "CHN", "CN"), ("country", "DE", "DE"),
    ("phone", "+1 (202) 555-0123", "+12025550123"), ("phone", "+49 (0)170 5550142", "+491705550142"),
    ("phone", "0049 170 555 0142", "+491705550142"), ("phone", "tel:+49-170-5550142", "+491705550142"),
    ("phone", "+39 06 6982 1234", "+390669821234"), ("phone", "\u202a+49\u00a0170\u00a05550142\u202c", "+491705550142"),
    ("email", "Jana.Nordwind@Nordwind.Example", "jana.nordwind@nordwind.example"),
    ("email", "info@m\u00fcller.example", "info@xn--mller-kva.example"),
    ("name", "<script>alert('x')</script>", "<script>alert('x')</script>"),
    ("name", "Robert'); DROP TABLE customers_customer;--", "Robert'); DROP TABLE customers_customer;--"),
    ("language", "de-at", "de-AT"), ("name", "Rene\u0301 Fa\u00e7ade", "Ren\u00e9 Fa\u00e7ade"),
]  # fmt: skip
REFUSED = [
    ("country", "Ireland"), ("country", "XX"), ("country", "IRLAND"), ("phone", "0170 5550142"), ("phone", "+49 0170 5550142"),
    ("phone", "+49 170"), ("phone", "call me"), ("email", "jana@"), ("email", "ja\u200bna@nordwind.example"),
    ("language", "Deutsch"),
    ("name", "bell\x07"), ("addressLine1", "a\u2028b"), ("name", "\x00"),
    ("name", "Nord\u202ewind"), ("postalCode", "1" * 21), ("city", "x" * 101),
]  # fmt: skip


@pytest.fixture(autouse=True)
def _customer(api: RestClient) -> None:
    api.done(CREATE, externalId="cust-1", customerProfile="b2b")


@pytest.mark.parametrize(("part", "sent", "kept"), TAKEN)
def test_kept_in_one_form(api: RestClient, part: str, sent: str, kept: str) -> None:
    assert api.done(CONTACT, **REF, contact={part: sent})["contact"] == {part: kept}
    # What is answered may be sent again.
    assert api.done(CONTACT, **REF, contact={part: kept})["contact"] == {part: kept}


@pytest.mark.parametrize(("part", "sent"), REFUSED)
def test_refused_at_the_part_and_unchanged(api: RestClient, part: str, sent: str) -> None:
    before = list(Customer.objects.values())
    body = problem(api.post(CONTACT, **REF, contact={part: sent}), 400, "REQUEST-VALIDATION")
    assert body["parameter"] == f"contact.{part}"
    assert list(Customer.objects.values()) == before


def fields(customer: Customer, **contact: str) -> dict[str, str]:
    """Return a filled form for another contact."""
    return {"request_id": "form-1", "version": customer.etag, "reason": "caller asked", **contact}


def address(customer: Customer) -> str:
    return f"/admin/customers/customer/{customer.pk}/contact/"


@pytest.mark.parametrize(
    ("part", "typed", "kept"),
    [
        ("phone", "0170 555 01 42", "+491705550142"), ("phone", "+43 664 555 0102", "+436645550102"),
        ("country", "Ireland", "IE"), ("country", "irl", "IE"), ("language", "German", "de"),
        ("email", " Jana@Nordwind.Example ", "jana@nordwind.example"),
    ],
)  # fmt: skip
def test_the_portal_understands_what_people_type(back_office: User, part: str, typed: str, kept: str) -> None:
    customer = Customer.objects.get()
    answer = browser(back_office).post(address(customer), fields(customer, **{f"contact_{part}": typed}))
    assert answer.status_code == 302, answer.context["form"].errors
    assert getattr(Customer.objects.get(), f"contact_{part}") == kept


def test_nothing_is_cut_and_the_form_says_what_is_too_long(back_office: User) -> None:
    customer = Customer.objects.get()
    agent = browser(back_office)
    assert "maxlength" not in agent.get(address(customer)).content.decode().split('name="reason"')[0]
    answer = agent.post(address(customer), fields(customer, contact_country="IRLX", contact_city="x" * 101))
    assert set(answer.context["form"].errors) == {"contact_country", "contact_city"}
    assert 'value="IRLX"' in answer.content.decode()
    assert Customer.objects.get().contact_country == ""


@pytest.mark.parametrize("typed", ["+49 170 555-0142", "0170 5550142", "00491705550142", "491705550142"])
def test_found_by_any_spelling_of_the_number(api: RestClient, back_office: User, typed: str) -> None:
    api.done(CONTACT, **REF, contact={"phone": "+49 (0)170 5550142"})
    assert find(back_office, typed).opens, typed


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ({"phone": "+49 170 555-0142"}, 1), ({"phone": "00491705550142"}, 1), ({"phone": "491705550142"}, 1),
        ({"phone": "01705550142"}, 0), ({"phone": "nonsense"}, 0), ({"email": "JANA@M\u00dcLLER.example"}, 1),
        ({"email": "jana@xn--mller-kva.example"}, 1), ({"email": "jana"}, 0),
    ],
)  # fmt: skip
def test_lists_are_narrowed_by_any_spelling(api: RestClient, query: dict[str, Any], found: int) -> None:
    api.done(CONTACT, **REF, contact={"phone": "+49 (0)170 5550142", "email": "jana@m\u00fcller.example"})
    assert len(api.get("/customers", **query).json()["items"]) == found
