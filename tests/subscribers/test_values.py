"""A resource is one value however it is written: kept in one form, held by one, found by every spelling."""

from typing import Any

import pytest

from tests.client import RestClient, problem
from tests.subscribers.conftest import MSISDN, OTHER, REF, live, standing

pytestmark = pytest.mark.django_db
CREATE, SWAP, END = (f"/subscribers/resources/{verb}" for verb in ("create", "swap", "end"))
# Two spellings of one value, and how it is kept.
SPELLED = [
    ("ICCID", "8949 0200 0000 1234 567F", "8949-0200-0000-1234567", "8949020000001234567"),
    ("IMSI", "262 01 5550142001", "262-015550142001", "262015550142001"),
    ("ipV4", "::ffff:10.0.0.1", "10.0.0.1", "10.0.0.1"),
    ("ipV6", "2001:DB8:0:0::1", "[2001:0db8::0001]", "2001:db8::1"),
    ("email", "Jana@M\u00fcller.example", "jana@xn--mller-kva.example", "jana@xn--mller-kva.example"),
]
NUMBERS = ["+49 170 555-0142", "0049 (0)170 5550142", "tel:+49-170-5550142", MSISDN, "\u202a+49\u00a0170 5550142\u202c"]


@pytest.mark.parametrize(("code", "sent", "again", "kept"), SPELLED)
def test_kept_answered_and_held_in_one_form(
    api: RestClient, make: Any, code: str, sent: str, again: str, kept: str
) -> None:
    make(number=None)
    made = api.done(CREATE, **REF, resourceType=code, resource=sent)
    assert made["resource"] == kept
    assert live() == {code: kept}
    make("s-2", number=None)
    before = standing()
    other = {"subscriber": {"externalId": "s-2"}, "resourceType": code, "resource": again}
    problem(api.post(CREATE, **other), 400, "RESOURCE-NOT-UNIQUE", "resource")
    assert standing() == before
    for spelling in (sent, again, kept):
        for path in ("/customers", "/accounts", "/subscribers", "/resources"):
            assert len(api.get(path, resource=spelling).json()["items"]) == 1, (path, spelling)
        assert len(api.get("/subscribers", resource=spelling, type=code).json()["items"]) == 1
        assert api.get("/subscribers/read", resource=spelling).json()["externalId"] == "s-1"
    api.done(END, **REF, resourceType=code, resource=again)
    assert live() == {}


@pytest.mark.parametrize("spelling", NUMBERS)
def test_a_number_is_created_swapped_and_found_however_it_is_written(api: RestClient, make: Any, spelling: str) -> None:
    assert make(number=spelling)["primaryResource"] == MSISDN
    found = api.get("/subscribers/read", resource=spelling, resourceType="MSISDN").json()
    assert found["liveResources"] == {"MSISDN": MSISDN}
    number = {"resourceType": "MSISDN", "swapResource": spelling}
    problem(api.post(SWAP, **REF, **number, resource=spelling), 400, "RESOURCE-NOT-UNIQUE", "resource")
    assert api.done(SWAP, **REF, **number, resource="+49 (0)170 5550143")["resource"] == OTHER
    # Who had it is in the list of resources; who has it now is nobody.
    assert [row["resource"] for row in api.get("/resources", resource=spelling).json()["items"]] == [MSISDN]
    problem(api.get("/subscribers/read", resource=spelling), 404, "ENTITY-NOT-FOUND", "resource")


def test_rest_guesses_no_country(api: RestClient, make: Any) -> None:
    make()
    words = "Not a phone number: no country code begins with 0; write + or 00 and the country code first."
    answer = api.post(SWAP, **REF, resourceType="MSISDN", swapResource=MSISDN, resource="0170 5550143")
    assert problem(answer, 400, "REQUEST-VALIDATION", "resource")["detail"] == words
    for path in ("/customers", "/accounts", "/subscribers", "/resources"):
        assert api.get(path, resource="01705550142").json()["items"] == []
    problem(api.get("/subscribers/read", resource="01705550142"), 404, "ENTITY-NOT-FOUND", "resource")


def test_a_spelling_means_no_value_of_another_kind(api: RestClient, make: Any) -> None:
    make()
    make("s-2", number=None, primaryResourceType="IMSI", primaryResource="491705550142001")
    assert [row["externalId"] for row in api.get("/subscribers", resource="+491705550142").json()["items"]] == ["s-1"]
    assert [row["externalId"] for row in api.get("/subscribers", resource="+491705550142001").json()["items"]] == []
    assert api.get("/subscribers/read", resource="491705550142001").json()["externalId"] == "s-2"


class TestReadByResource:
    def test_with_an_id_both_must_name_the_same(self, api: RestClient, make: Any) -> None:
        made = make()
        make("s-2", number=OTHER)
        read = "/subscribers/read"
        assert api.get(read, resource=MSISDN, refId=made["refId"]).json()["externalId"] == "s-1"
        problem(api.get(read, resource=MSISDN, externalId="s-2"), 404, "ENTITY-NOT-FOUND", "resource")

    def test_of_two_types_the_type_must_be_said(self, api: RestClient, make: Any) -> None:
        make(number="491234567890123")
        make("s-2", number=None, primaryResourceType="IMSI", primaryResource="491234567890123")
        read, value = "/subscribers/read", "491234567890123"
        problem(api.get(read, resource=value), 400, "REQUEST-VALIDATION", "resourceType")
        assert api.get(read, resource=value, resourceType="IMSI").json()["externalId"] == "s-2"

    def test_what_it_needs(self, api: RestClient, make: Any) -> None:
        read = "/subscribers/read"
        problem(api.get(read), 400, "REQUEST-VALIDATION", "refId")
        problem(api.get(read, refId="x", resourceType="IMSI"), 400, "REQUEST-VALIDATION", "resource")
        problem(api.get(read, resource=MSISDN, resourceType="FAX"), 400, "CONFIG-NOT-FOUND", "resourceType")
