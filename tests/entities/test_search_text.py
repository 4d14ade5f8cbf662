"""The text that an entity is searched by follows from its columns, whatever writes them, and is no part of its history."""

from typing import Any

import pytest
from django.db import connection

from accounts import operations as accounts
from customers import operations as customers
from customers.models import Customer
from ocsportal.entities.identity import Ref
from ocsportal.entities.models import entity_models
from ocsportal.entities.search.field import COLUMN, sources, text_of
from ocsportal.entities.search.filling import fill
from ocsportal.entities.states import NewState
from tests.client import RestClient
from tests.world import world

pytestmark = pytest.mark.django_db

REF = {"customer": Ref(external_id="c-1")}


@pytest.fixture
def customer(change: Any) -> None:
    customers.create_customer(
        change(),
        external_id="c-1",
        customer_profile="b2b",
        custom_name="Anna Müller",
        custom_attributes={"tier": "Gold"},
        contact={"name": "Brandt GmbH", "email": "a@bücher.example", "phone": "+493055501", "city": "Köln"},
    )


def text() -> str | None:
    return Customer.objects.get(external_id="c-1").search_text


def test_it_has_the_names_first_then_all_else(customer: None) -> None:
    assert text() == (
        " anna muller + mueller ! brandt gmbh # a@xn bcher kva.example 493055501 gold a@bucher.example a@buecher.example "
        "koln koeln "
    )


def test_each_write_keeps_it(customer: None, change: Any) -> None:
    for write, given, starts in (
        (customers.update_customer_custom_name, {"custom_name": "Ole"}, " ole ! brandt gmbh # a@"),
        (customers.update_customer_custom_attributes, {"custom_attributes": {"tier": "Tin"}}, " ole ! brandt gmbh # a@"),
        (customers.update_customer_contact, {"contact": {"name": "Ørsted", "city": "Århus"}}, " ole ! orsted + oersted # "),
    ):  # fmt: skip
        write(change(), **REF, **given)
        assert text().startswith(starts)
    assert text() == " ole ! orsted + oersted # tin arhus aarhus "
    customers.update_customer(change(), **REF, custom_attributes=None, contact={}, custom_name="–")
    assert text() is None


def test_what_changes_none_of_them_does_not_write_it(customer: None, change: Any) -> None:
    Customer.objects.update(search_text="left alone")
    customers.update_customer_external_id(change(), **REF, external_id="c-1")
    customers.update_customer_state(change(), **REF, state=NewState(state="SUSPENDED", state_reason="fraud"))
    assert text() == "left alone"


def test_after_every_operation_it_says_what_the_row_says(api: RestClient) -> None:
    for path, body in world():
        api.done(path, **body)
    for model in entity_models():
        assert sources(model) >= {"custom_name", "custom_attributes"}
        rows = list(model._default_manager.all())
        assert rows
        for row in rows:
            assert row.search_text == text_of(row.__dict__.__getitem__, model.searched_name, model.searched)


class TestHistory:
    def test_keeps_none_of_it(self, customer: None) -> None:
        for model in entity_models():
            assert COLUMN not in {field.name for field in model.history.model._meta.fields}  # type: ignore[attr-defined]

    def test_filling_writes_what_differs_and_no_version(self, customer: None) -> None:
        Customer.objects.update(search_text=None)
        before = text_of(Customer.objects.get().__dict__.__getitem__, Customer.searched_name, Customer.searched)
        assert Customer.objects.get().version == 1
        given = (connection, "customers_customer", Customer.searched_name, Customer.searched)
        assert (fill(*given), fill(*given)) == (1, 0)
        assert text() == before
        assert Customer.objects.get().version == 1
        assert Customer.history.count() == 1


def test_an_account_is_searched_by_where_its_bills_go(customer: None, change: Any) -> None:
    accounts.create_account(
        change(), account_profile="postpaid", **REF, preferences={"invoice_email": "bills@depot.example"}
    )
    account = Customer.objects.get().accounts.get()
    assert account.search_text == " bills@depot.example "


def test_a_long_text_is_searched_by_its_beginning_and_ends_with_a_word(customer: None, change: Any) -> None:
    words = {f"k{number}": f"{'x' * 200} {'y' * 200} {number:04}" for number in range(100)}
    customers.update_customer_custom_attributes(change(), **REF, custom_attributes=words)
    found = text() or ""
    assert len(found) < 4200
    assert found.endswith(" ")
    assert "y" * 56 not in found
