"""Twins: who may be the same is told, to programs in a header and to people before they make another; never refused."""

import json
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from customers.models import Customer
from ocsportal.people.models import User
from tests.client import RestClient, problem
from tests.portal.test_verbs import browser

pytestmark = pytest.mark.django_db
CREATE, ADD = "/customers/create", "/admin/customers/customer/add/"
FIRST = {
    "name": "Nordwind GmbH", "email": "office@nordwind.example", "phone": "+49 30 5550100", "postalCode": "10115",
    "taxNumber": "DE 123",
}  # fmt: skip
SHARED = [
    ({"email": "Office@Nordwind.Example"}, "e-mail address"), ({"phone": "0049 (0)30 5550100"}, "phone number"),
    ({"taxNumber": "DE 123"}, "tax number"), ({"name": "NORDWIND gmbh", "postalCode": "10115"}, "name and postal code"),
]  # fmt: skip
OTHERS = [
    {}, {"name": "Nordwind GmbH"}, {"postalCode": "10115"}, {"name": "Nordwind GmbH", "postalCode": "20457"},
    {"email": "office2@nordwind.example"}, {"phone": "+49 30 5550101"}, {"taxNumber": "DE 124"},
]  # fmt: skip


@pytest.fixture
def first(api: RestClient) -> dict[str, Any]:
    return api.done(CREATE, customerProfile="b2b", externalId="first", customName="Nordwind", contact=FIRST)


def create(api: RestClient, **more: Any) -> Any:
    return api.post(CREATE, customerProfile="b2b", **more)


@pytest.mark.parametrize(("contact", "words"), SHARED)
def test_rest_says_who_may_be_the_same(api: RestClient, first: dict[str, Any], contact: Any, words: str) -> None:
    with CaptureQueriesContext(connection) as queries:
        answer = create(api, requestId="once", contact=contact)
    assert answer.status_code == 200, answer.content
    assert answer["X-Ocs-Io-Notice"] == f"POSSIBLE-DUPLICATE {first['refId']}"
    assert not [q for q in queries if "UPPER" in q["sql"] and not q["sql"].startswith("INSERT")]
    again = create(api, requestId="once", contact=contact)
    assert (again["X-Ocs-Io-Notice"], again["Idempotent-Replay"]) == (answer["X-Ocs-Io-Notice"], "true")
    second = json.loads(answer.content)[0]["object"]["refId"]
    for one, other in ((first["refId"], second), (second, first["refId"])):
        assert [row["refId"] for row in api.get("/customers", duplicatesOf=one).json()["items"]] == [other]


@pytest.mark.parametrize("contact", OTHERS)
def test_others_are_nobody_s_twins(api: RestClient, first: dict[str, Any], contact: Any) -> None:
    answer = create(api, contact=contact)
    assert not answer.has_header("X-Ocs-Io-Notice")
    assert api.get("/customers", duplicatesOf=first["refId"]).json()["items"] == []


def test_no_more_than_five_are_told_each_once_and_none_that_is_gone(api: RestClient, first: dict[str, Any]) -> None:
    gone = {"state": "DEACTIVATED", "stateReason": "dfltDeactivated"}
    api.done("/customers/update-state", customer={"refId": first["refId"]}, state=gone)
    made = [json.loads(create(api, contact=FIRST).content)[0]["object"]["refId"] for _ in range(7)]
    told = create(api, contact=FIRST)["X-Ocs-Io-Notice"].split()
    assert told[0] == "POSSIBLE-DUPLICATE"
    assert len(told[1:]) == len(set(told[1:])) == 5
    assert set(told[1:]) <= set(made)
    assert len(api.get("/customers", duplicatesOf=made[0]).json()["items"]) == 7


def test_duplicates_of_nobody(api: RestClient, first: dict[str, Any]) -> None:
    assert api.get("/customers", duplicatesOf="AAAAAAAAAAAAAA").json()["items"] == []
    problem(api.get("/customers", duplicatesOf="x" * 15), 400, "REQUEST-VALIDATION", "duplicatesOf")


@pytest.mark.parametrize(("contact", "words"), SHARED)
def test_the_portal_says_so_and_makes_another_when_told(
    api: RestClient, first: dict[str, Any], back_office: User, contact: Any, words: str
) -> None:
    names = {"name": "contact_name", "email": "contact_email", "phone": "contact_phone", "taxNumber": "contact_tax_number",
             "postalCode": "contact_postal_code"}  # fmt: skip
    sent = {"request_id": "form-1", "reason": "walked in", "customer_profile": "b2b"}
    sent |= {names[part]: value for part, value in contact.items()}
    agent = browser(back_office)
    stands = Customer.objects.get()
    answer = agent.post(ADD, sent)
    page = answer.content.decode()
    assert f"A customer with this {words} already exists: <a href=" in page
    assert f'/admin/customers/customer/{stands.pk}/change/">open it</a>, or create another.' in page
    assert answer.context["form"].errors == {"make_another": ["Open the existing one, or tick the box."]}
    assert Customer.objects.count() == 1
    answer = agent.post(ADD, {**sent, "make_another": "on"}, follow=True)
    assert [str(message) for message in answer.context["messages"]] == ["The customer was created."]
    assert Customer.objects.count() == 2


def test_nothing_is_asked_where_nobody_is_alike(first: Any, api: RestClient, back_office: User) -> None:
    sent = {"request_id": "form-1", "reason": "walked in", "customer_profile": "b2b", "contact_email": "x@y.example"}
    assert browser(back_office).post(ADD, sent).status_code == 302


@pytest.mark.postgres
def test_each_part_has_an_index(first: Any) -> None:
    from customers.twins import _asked

    parts, values = _asked(Customer.objects.get(), 5)
    assert len(parts) == 4
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL enable_seqscan = off")
        cursor.execute(f"EXPLAIN {' UNION ALL '.join(f'SELECT * FROM {part} p' for part in parts)}", values)
        plan = "\n".join(row[0] for row in cursor.fetchall())
    for index in ("customer_contact_email_upper", "customer_phone", "customer_tax_number", "customer_name_there"):
        assert index in plan, plan
