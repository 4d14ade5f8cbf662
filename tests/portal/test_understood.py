"""What was understood is said beside the field: while one types by script, without one once the form was sent."""

from typing import Any

import pytest

from customers.models import Customer
from customers.operations import create_customer
from ocsportal.people.models import User
from tests.conftest import make_user
from tests.portal.test_verbs import browser

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize(
    ("kind", "text", "understood", "refused"),
    [
        ("PHONE", "0170 3182255", "Understood as +49 170 3182255, Germany, mobile", ""),
        ("PHONE", "+49 0170 3182255", "", "Not a phone number: +49 numbers don't keep the 0 after the country code; "
         "write +49 170 3182255."),
        ("ICCID", "8949020000012345678", "Understood as 8949 0200 0001 2345 678. The check digit is 8 and should be 0.", ""),
        ("COUNTRY", "irl", "Understood as Ireland, IE", ""), ("LANGUAGE", "Deutsch", "Understood as de, German", ""),
        ("EMAIL", "A@B\u00fccher.de", "Understood as a@b\u00fccher.de", ""),
        ("IPV6", "2001:DB8:0::1", "Understood as 2001:db8::1", ""),
        ("PHONE", "  ", "", ""), ("TEXT", "x", "", ""), ("", "x", "", ""),
    ],
)  # fmt: skip
def test_what_is_said(care: User, kind: str, text: str, understood: str, refused: str) -> None:
    answer = browser(care).get("/understood", {"kind": kind, "text": text})
    assert answer.json() == {"understood": understood, "refused": refused}


def test_only_to_who_is_logged_in_and_only_by_get(client: Any, care: User) -> None:
    assert client.get("/understood", {"kind": "PHONE", "text": "1"}).status_code == 302
    assert browser(care).post("/understood").status_code == 405
    outsider = make_user("outsider")
    outsider.is_staff = False
    outsider.save()
    assert browser(outsider).get("/understood", {"kind": "PHONE", "text": "1"}).status_code == 403


def test_without_a_script_it_is_said_once_the_form_was_sent(change: Any, back_office: User) -> None:
    create_customer(change(), external_id="cust-1", customer_profile="b2b", custom_name="Nordwind")
    customer = Customer.objects.get()
    address = f"/admin/customers/customer/{customer.pk}/contact/"
    agent = browser(back_office)
    page = " ".join(agent.get(address).content.decode().split())
    assert 'data-kind="PHONE"' in page
    assert page.count('data-understood="/understood" aria-live="polite"></div>') >= 4
    sent = {"request_id": "form-1", "version": customer.etag, "reason": "", "contact_phone": "0170 318 22 55"}
    page = agent.post(address, sent).content.decode()
    assert "<bdi>Understood as +49 170 3182255, Germany, mobile</bdi>" in page
