"""What was written outlives the session, kept in the browser only: it comes back after the login, and is only shown."""

import re
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from customers.models import Customer
from ocsportal.entities.models import StateReason
from ocsportal.people.models import User
from ocsportal.transactions.models import BusinessTransaction
from tests.conftest import make_user
from tests.portal.test_verbs import address, browser, form, make
from tests.portal.waiting import customer, planned, value

pytestmark = pytest.mark.django_db
__all__ = ["make"]
LOGIN = reverse("admin:login")
PASSWORD = "correct-horse-battery"
WRITTEN = "the caller spelled it for me"


def hidden(page: str) -> dict[str, str]:
    """Return what a page carries along in hidden fields."""
    found = re.findall(r'<input type="hidden" name="([^"]+)" value="([^"]*)"', page)
    return {name: text for name, text in found if name != "csrfmiddlewaretoken"}


def test_it_comes_back_after_the_login_and_is_sent_once(make: Any, back_office: User) -> None:
    found = make()
    agent, where = Client(), address(found, "custom-name")
    sent = form(found, custom_name="Übrigens & Söhne", reason=WRITTEN)
    asked = agent.post(where, sent)
    assert asked.status_code == 403
    assert "What you wrote comes back" in asked.content.decode()
    kept = hidden(asked.content.decode())
    assert kept["kept:reason"] == WRITTEN
    # A wrong password loses nothing.
    wrong = agent.post(LOGIN, {**kept, "username": back_office.username, "password": "wrong", "next": where})
    kept = hidden(wrong.content.decode())
    assert kept["kept:reason"] == WRITTEN
    again = agent.post(LOGIN, {**kept, "username": back_office.username, "password": PASSWORD, "next": where})
    assert again.status_code == 200
    assert "You are logged in again" in again.content.decode()
    assert PASSWORD not in again.content.decode()
    carried = hidden(again.content.decode())
    assert carried["reason"] == WRITTEN
    assert carried["_kept"] == "1"
    before = BusinessTransaction.objects.count()
    shown = agent.post(where, carried)
    page = shown.content.decode()
    assert f'value="{WRITTEN}"' in page
    assert "Nothing was done yet" in page
    assert BusinessTransaction.objects.count() == before
    agent.post(where, {name: text for name, text in carried.items() if name != "_kept"} | {"custom_name": "Übrigens"})
    assert Customer.objects.get().custom_name == "Übrigens"
    assert BusinessTransaction.objects.count() == before + 1


def test_a_form_of_configuration_comes_back_too() -> None:
    carl = make_user("carl", "Configuration")
    reason = StateReason.objects.get(code="fraud")
    where = reverse("admin:entities_statereason_change", args=[reason.pk])
    sent = {"name": "Fraud, proven", "description": WRITTEN, "audit_reason": "x", "state": "SUSPENDED"}
    asked = Client().post(where, sent)
    assert hidden(asked.content.decode())["kept:description"] == WRITTEN
    before = BusinessTransaction.objects.count()
    shown = browser(carl).post(where, {**sent, "_kept": "1"})
    assert WRITTEN in shown.content.decode()
    assert "Nothing was done yet" in shown.content.decode()
    reason.refresh_from_db()
    assert reason.name != "Fraud, proven"
    assert BusinessTransaction.objects.count() == before


def test_what_was_ticked_in_a_queue_comes_back(change: Any, back_office: User) -> None:
    one = planned(change, "One")
    where = reverse("queue", args=["pending"])
    sent = {"decide": "confirm", "row": [value(one)], "reason": WRITTEN, "sure": "1", "request_id": "q-1"}
    kept = hidden(Client().post(where, sent).content.decode())
    assert (kept["kept:row"], kept["kept:reason"]) == (value(one), WRITTEN)
    shown = browser(back_office).post(where, {**sent, "_kept": "1"})
    assert f'value="{WRITTEN}"' in shown.content.decode()
    assert customer("One").plan_status == "PENDING"


class TestToken:
    def test_one_of_an_earlier_session_loses_nothing(self, make: Any, back_office: User) -> None:
        found = make()
        agent = Client(enforce_csrf_checks=True)
        agent.force_login(back_office, backend="ocsportal.people.permissions.OneQueryBackend")
        answer = agent.post(address(found, "custom-name"), form(found, custom_name="Other", reason=WRITTEN))
        assert answer.status_code == 403
        page = answer.content.decode()
        assert "This form was open for too long" in page
        assert "<style" not in page
        carried = hidden(page)
        assert (carried["reason"], carried["custom_name"], carried["_kept"]) == (WRITTEN, "Other", "1")
        token = re.search(r'name="csrfmiddlewaretoken" value="([^"]+)"', page)
        assert token is not None
        shown = agent.post(address(found, "custom-name"), {**carried, "csrfmiddlewaretoken": token[1]})
        assert f'value="{WRITTEN}"' in shown.content.decode()
        assert Customer.objects.get().custom_name == "Jana"

    def test_nor_without_a_session(self, make: Any) -> None:
        found = make()
        answer = Client(enforce_csrf_checks=True).post(address(found, "custom-name"), form(found, reason=WRITTEN))
        assert answer.status_code == 403
        assert hidden(answer.content.decode())["kept:reason"] == WRITTEN

    def test_of_the_login_itself_asks_once_more(self) -> None:
        sent = {"username": "maria", "password": PASSWORD, "kept:reason": WRITTEN, "next": "/"}
        answer = Client(enforce_csrf_checks=True).post(LOGIN, sent)
        page = answer.content.decode()
        assert answer.status_code == 403
        assert hidden(page)["kept:reason"] == WRITTEN
        assert 'value="maria"' in page
        assert PASSWORD not in page

    def test_what_is_kept_leads_to_no_other_site(self, back_office: User) -> None:
        sent = {
            "username": back_office.username,
            "password": PASSWORD,
            "kept:a": "b",
            "next": "https://elsewhere.example/",
        }
        answer = Client().post(LOGIN, sent)
        assert b"elsewhere.example" not in answer.content
        assert answer.status_code == 302


def test_passwords_are_never_carried_along() -> None:
    sent = {"old_password": PASSWORD, "new_password1": PASSWORD, "reason": WRITTEN}
    page = Client().post(reverse("admin:password_change"), sent).content.decode()
    assert PASSWORD not in page
    assert hidden(page)["kept:reason"] == WRITTEN


def test_a_script_is_told_who_is_logged_in_and_where_a_form_leads(make: Any, back_office: User) -> None:
    found = make()
    assert Client().get("/session").json()["user"] == ""
    agent = browser(back_office)
    assert agent.get("/session").json()["user"] == back_office.username
    assert "no-store" in agent.get("/session")["Cache-Control"]
    answer = agent.post(
        address(found, "custom-name"), form(found, custom_name="Other"), headers={"X-Requested-With": "fetch"}
    )
    assert (answer.status_code, answer["X-Location"]) == (
        200,
        reverse("admin:customers_customer_change", args=[found.pk]),
    )
