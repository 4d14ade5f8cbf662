"""The table of kinds in all four places: over REST, in the portal's form, in the search, in a filter of REST.

One world for each kind; every input of tests/values/cases.py goes through it, with the outcome that its row says.
"""

import json
from collections.abc import Iterable, Iterator
from typing import Any

import pytest

from customers.models import Customer
from ocsportal.care import search
from ocsportal.people.models import User
from subscribers.models import Subscriber
from tests.client import RestClient
from tests.portal.test_verbs import browser
from tests.values import cases

pytestmark = pytest.mark.django_db

EARLIER = ("Ensure this field has no more than 255 characters.", "This field is required.")
REF = {"externalId": "home"}
CONTACT = {"email": cases.EMAIL, "phone": cases.PHONE}
# What nobody is searched or listed by.
ELSEWHERE = {"country": cases.COUNTRY, "language": cases.LANGUAGE}
RESOURCES = {
    "MSISDN": cases.MSISDN, "IMSI": cases.IMSI, "ICCID": cases.ICCID, "ipV4": cases.IPV4, "ipV6": cases.IPV6, "email": cases.EMAIL,
}  # fmt: skip


class Outcome(str):
    """What comes of a text: what is kept of it, or a part of the words by which it is refused."""

    @property
    def kept(self) -> str | None:
        """What is kept, None where it is refused."""
        return None if self.startswith("!") else str(self)

    def told(self, words: Iterable[str]) -> bool:
        """Whether what was said is what should be."""
        # What is too long for any value, or empty, is refused before it is looked at as one of a kind.
        return any(self[1:] in said or said in EARLIER for said in words)


def rows(table: list[tuple[str, ...]]) -> Iterator[tuple[str, Outcome, Outcome]]:
    """Yield each text with what comes of it when read strictly and leniently."""
    for text, strict, *lenient in table:
        yield text, Outcome(strict), Outcome(lenient[0] if lenient else strict)


def refused(answer: Any, wanted: Outcome) -> bool:
    """Whether a program is told in the right words; an empty text clears what is optional, and is refused by no kind."""
    problem = json.loads(answer.content)
    return wanted.told([problem["detail"], *(fault["message"] for fault in problem.get("errors", []))])


@pytest.fixture
def world(api: RestClient) -> None:
    api.done("/customers/create", externalId="home", customerProfile="b2b", customName="Home")
    api.done("/accounts/create", externalId="home", accountProfile="postpaid", customer=REF)
    api.done("/subscribers/create", externalId="home", subscriberProfile="mobile", account=REF)


def found(api: RestClient, path: str, **query: str) -> bool:
    """Whether a filter finds somebody; one that refuses a text finds nobody."""
    answer = api.get(path, **query)
    return answer.status_code == 200 and bool(answer.json()["items"])


def test_there_are_enough_of_them() -> None:
    used = [*CONTACT.values(), *RESOURCES.values(), cases.ID, cases.NAME]
    assert sum(len(table) for table in used) >= 250
    assert sum(len(table) for table in [*used, *ELSEWHERE.values()]) >= 350


@pytest.mark.parametrize("part", [*CONTACT, *ELSEWHERE])
def test_contacts(world: None, api: RestClient, back_office: User, part: str) -> None:
    wrong = []
    agent = browser(back_office)
    for number, (text, strict, lenient) in enumerate(rows((CONTACT | ELSEWHERE)[part])):
        answer = api.post("/customers/update-contact", customer=REF, contact={part: text})
        kept = Customer.objects.get().__dict__[f"contact_{part}"] if answer.status_code == 200 else None
        if (kept or None) != strict.kept or (answer.status_code != 200 and not refused(answer, strict)):
            wrong.append(f"REST {text!r}: {kept!r} {answer.content!r}")
        customer = Customer.objects.get()
        sent = {"request_id": f"f{part}{number}", "version": customer.etag, "reason": "x", f"contact_{part}": text}
        answer = agent.post(f"/admin/customers/customer/{customer.pk}/contact/", sent)
        kept = Customer.objects.get().__dict__[f"contact_{part}"] if answer.status_code == 302 else None
        told = answer.status_code == 302 or lenient.told(answer.context["form"].errors[f"contact_{part}"])
        if (kept or None) != lenient.kept or not told:
            wrong.append(f"form {text!r}: {kept!r}")
        if part in ELSEWHERE:
            continue
        if lenient.kept is None:
            # Nobody has what nobody can have.
            if text.strip() and found(api, "/customers", **{part: text.strip()}):
                wrong.append(f"filter {text!r}")
            continue
        if not any(hit.title == "Home" for hit in search.find(back_office, text)):
            wrong.append(f"search {text!r}")
        # A query's blanks at its ends are nobody's.
        if text == text.strip() and found(api, "/customers", **{part: text}) != (strict.kept is not None):
            wrong.append(f"filter {text!r}")
    assert not wrong, "\n".join(wrong)


@pytest.mark.parametrize("code", RESOURCES)
def test_resources(world: None, api: RestClient, back_office: User, code: str) -> None:
    wrong = []
    agent = browser(back_office)
    for number, (text, strict, lenient) in enumerate(rows(RESOURCES[code])):
        given = {"subscriber": REF, "resourceType": code}
        answer = api.post("/subscribers/resources/create", **given, resource=text)
        kept = Subscriber.objects.get().live_resources.get(code)
        if kept != strict.kept or (answer.status_code != 200 and not refused(answer, strict)):
            wrong.append(f"REST {text!r}: {kept!r} {answer.content!r}")
        if kept:
            _end(api, code, kept)
        subscriber = Subscriber.objects.get()
        sent = {"request_id": f"f{code}{number}", "version": subscriber.etag, "reason": "x", "resource_type": code,
                "resource": text}  # fmt: skip
        agent.post(f"/admin/subscribers/subscriber/{subscriber.pk}/add-resource/", sent)
        if (kept := Subscriber.objects.get().live_resources.get(code)) != lenient.kept:
            wrong.append(f"form {text!r}: {kept!r}")
        if lenient.kept is None or kept is None:
            if text.strip() and found(api, "/resources", resource=text.strip()):
                wrong.append(f"filter {text!r}")
            continue
        if not any("exact" in hit.how for hit in search.find(back_office, text)):
            wrong.append(f"search {text!r}")
        for path in ("/customers", "/accounts", "/subscribers", "/resources"):
            if strict.kept is not None and not found(api, path, resource=text):
                wrong.append(f"filter {path} {text!r}")
        _end(api, code, kept)
    assert not wrong, "\n".join(wrong)


def _end(api: RestClient, code: str, value: str) -> None:
    Subscriber.objects.update(primary_resource_type=None)
    api.done("/subscribers/resources/end", subscriber=REF, resourceType=code, resource=value)


@pytest.mark.parametrize(
    ("field", "slug", "column"),
    [("externalId", "external-id", "external_id"), ("customName", "custom-name", "custom_name")],
)
def test_ids_and_names(world: None, api: RestClient, back_office: User, field: str, slug: str, column: str) -> None:
    wrong = []
    agent = browser(back_office)
    ref = {"customer": {"refId": Customer.objects.get().ref_id}}
    write, query = {
        "externalId": ("update-external-id", "externalId"),
        "customName": ("update-custom-name", "customNameContains"),
    }[field]
    for number, (text, strict, lenient) in enumerate(rows(cases.ID if field == "externalId" else cases.NAME)):
        answer = api.post(f"/customers/{write}", **ref, **{field: text})
        kept = getattr(Customer.objects.get(), column) if answer.status_code == 200 else None
        if kept != strict.kept or (answer.status_code != 200 and not refused(answer, strict)):
            wrong.append(f"REST {text!r}: {kept!r} {answer.content!r}")
        customer = Customer.objects.get()
        if "\ud800" in text:
            continue  # no browser can send it
        sent = {"request_id": f"f{field}{number}", "version": customer.etag, "reason": "x", column: text}
        answer = agent.post(f"/admin/customers/customer/{customer.pk}/{slug}/", sent)
        kept = getattr(Customer.objects.get(), column) if answer.status_code == 302 else None
        told = answer.status_code == 302 or lenient.told(answer.context["form"].errors[column])
        if kept != lenient.kept or not told:
            wrong.append(f"form {text!r}: {kept!r}")
        if lenient.kept is None:
            continue
        if field == "externalId" and not search.find(back_office, text):
            wrong.append(f"search {text!r}")
        if strict.kept is not None and len(text) <= 255 and not found(api, "/customers", **{query: text.strip()}):
            wrong.append(f"filter {text!r}")
    assert not wrong, "\n".join(wrong)
