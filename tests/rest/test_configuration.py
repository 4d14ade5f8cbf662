"""The configuration as REST tells it: each kind, completely, in constant statements, under one tag."""

import json
from typing import Any

import pytest
from django.apps import apps
from django.db import connection
from django.test.utils import CaptureQueriesContext

from customers.models import CustomerSegment
from ocsportal.entities.models import ConfigurationItem
from ocsportal.people.keys import make_client
from ocsportal.rest.configuration import KINDS
from ocsportal.transactions import edition
from ocsportal.transactions.system import system_change
from offers.models import Offer, OfferService
from tests.client import CASM, RestClient, problem

pytestmark = pytest.mark.django_db
PATH = "/configuration"


def items(api: RestClient, kind: str) -> list[dict[str, Any]]:
    """Return the items of a kind."""
    answer = api.get(f"{PATH}/{kind}")
    assert answer.status_code == 200, answer.content
    found: list[dict[str, Any]] = json.loads(answer.content)["items"]
    return found


def one(api: RestClient, kind: str, code: str) -> dict[str, Any]:
    """Return one item."""
    answer = api.get(f"{PATH}/{kind}/{code}")
    assert answer.status_code == 200, answer.content
    found: dict[str, Any] = json.loads(answer.content)
    return found


def test_every_kind_is_told_with_its_number(api: RestClient) -> None:
    told = json.loads(api.get(PATH).content)["items"]
    assert [entry["kind"] for entry in told] == sorted(KINDS)
    assert {entry["kind"]: entry["count"] for entry in told} == {
        name: kind.model._default_manager.count() for name, kind in KINDS.items()
    }
    # What is configured and can be named by a code is a kind.
    assert {kind.model for kind in KINDS.values()} == {
        model for model in apps.get_models() if issubclass(model, ConfigurationItem)
    }


@pytest.mark.parametrize("kind", sorted(KINDS))
def test_each_item_is_told_alike_alone_and_in_the_list(api: RestClient, kind: str) -> None:
    found = items(api, kind)
    assert found
    assert [item["code"] for item in found] == sorted(item["code"] for item in found)
    assert list(found[0])[:4] == ["refId", "code", "name", "description"]
    assert one(api, kind, found[0]["code"]) == found[0]


@pytest.mark.parametrize(
    ("kind", "keys"),
    [
        ("customer-segments", []),
        ("customer-profiles", ["segment", "state", "stateReason"]),
        ("state-reasons", ["state", "charged"]),
        ("account-types", ["paymentResponsible"]),
        ("resource-types", ["kind", "primary", "pattern", "quarantineDays"]),
        ("currencies", ["digits", "primary"]),
        ("subscriber-profiles", ["segment", "state", "stateReason", "accountProfile"]),
        ("services", ["type", "balanceDeducted"]),
        ("products", ["services"]),
        ("offers", ["product", "individual", "priority", "versions", "attributes"]),
    ],
)
def test_what_a_kind_has_beside_its_name(api: RestClient, kind: str, keys: list[str]) -> None:
    assert list(items(api, kind)[0])[4:] == [*keys, "version"]


def test_references_look_as_everywhere(api: RestClient) -> None:
    profile = one(api, "customer-profiles", "b2b")
    assert set(profile["stateReason"]) == {"refId", "code", "name"}


def test_an_offer_tells_its_versions_and_values(api: RestClient) -> None:
    link = OfferService.objects.select_related("version_of__offer", "service").first()
    assert link is not None
    offer = one(api, "offers", link.version_of.offer.code)
    version = next(entry for entry in offer["versions"] if entry["number"] == link.version_of.number)
    assert set(version) == {"number", "validFrom", "validTo", "currency", "services"}
    told = next(entry for entry in version["services"] if entry["service"]["code"] == link.service.code)
    assert (told["type"], told["values"]) == (link.service.type, link.values)
    assert offer["attributes"] == []


def test_an_individual_offer_tells_what_a_subscription_gives(api: RestClient) -> None:
    code = Offer.objects.filter(individual=True, product__product_services__service__type="PERCENTAGE_DISCOUNT")[0].code
    attributes = {entry["attribute"]: entry for entry in one(api, "offers", code)["attributes"]}
    assert list(attributes) == ["percentage", "chargeMin", "chargeMax"]
    percentage = attributes["percentage"]
    assert (percentage["mandatory"], percentage["moreThan"], percentage["least"], percentage["most"]) == (
        True, "0", None, "100",
    )  # fmt: skip


@pytest.mark.parametrize("kind", ["", *sorted(KINDS)])
def test_statements_do_not_grow(api: RestClient, kind: str) -> None:
    path = f"{PATH}/{kind}".rstrip("/")
    api.get(path)
    with CaptureQueriesContext(connection) as captured:
        api.get(path)
    assert len(captured) <= (7 if kind == "offers" else 4), [query["sql"] for query in captured]


def test_unknown_kind_and_code_are_not_found(api: RestClient) -> None:
    assert "customer-segments" in problem(api.get(f"{PATH}/planets"), 404, "NOT-FOUND")["detail"]
    problem(api.get(f"{PATH}/planets/mars"), 404, "NOT-FOUND")
    problem(api.get(f"{PATH}/customer-segments/mars"), 404, "CONFIG-NOT-FOUND", "code")


def test_parameters_are_refused(api: RestClient) -> None:
    problem(api.get(PATH, planet="mars"), 400, "REQUEST-VALIDATION", "planet")


def test_unchanged_until_anything_is_changed(api: RestClient) -> None:
    path = f"{PATH}/account-types"

    def ask(tag: str) -> Any:
        return api.http.get(CASM + path, headers={**api.headers, "If-None-Match": tag})

    tag = api.get(path)["ETag"]
    assert (ask(tag).status_code, ask(tag).content) == (304, b"")
    assert edition.read() not in tag
    CustomerSegment.objects.create(code="new", name="New")
    assert ask(tag).status_code == 200
    assert ask(tag)["ETag"] != tag


@pytest.mark.parametrize(
    ("group", "status"), [("Customer Care", 200), ("Auditor", 200), ("Configuration", 200), ("Administrator", 403)]
)
def test_whoever_reads_anything_may_read_it(db: None, group: str, status: int) -> None:
    user, key = make_client("client", group, system_change("tests"))
    assert RestClient(user.application_id or "", key).get(PATH).status_code == status


def test_strangers_may_not(api: RestClient) -> None:
    api.headers["X-Ocs-Io-API-Key"] = "wrong"
    assert api.get(PATH).status_code == 401
