"""Configuration written over REST: by the rules of the portal's pages, once, with what is wrong at its field."""

from typing import Any

import pytest

from accounts.models import AccountProfile, BillCycle, Currency
from customers.models import CustomerSegment
from ocsportal.people import groups
from ocsportal.rest.configuration import KINDS
from ocsportal.transactions import journal
from ocsportal.transactions.models import BusinessTransaction
from offers.models import Offer, OfferVersion, Product
from tests.client import RestClient, problem
from tests.offers.conftest import owned
from tests.offers.world import subscribed
from tests.rest.conftest import ClientOf, client_of

__all__ = ["client_of", "owned"]

pytestmark = pytest.mark.django_db
SEGMENTS = "/configuration/customer-segments"
# What a new item of each kind needs beside a code and a name.
NEEDED: dict[str, dict[str, Any]] = {
    "state-reasons": {"state": "SUSPENDED"},
    "customer-profiles": {"stateReason": "dfltActive"},
    "account-profiles": {"accountType": "payer", "stateReason": "dfltActive"},
    "subscriber-profiles": {"stateReason": "dfltActive"},
    "bill-cycles": {"billingDay": 3},
    "services": {"type": "BALANCE"},
    "offers": {"product": "dataBundle"},
}


@pytest.fixture
def client(client_of: ClientOf) -> RestClient:
    """A client of the group Configuration."""
    return client_of(groups.CONFIGURATION)


class TestCreate:
    @pytest.mark.parametrize("kind", sorted(KINDS))
    def test_of_every_kind(self, client: RestClient, kind: str) -> None:
        needed = NEEDED.get(kind, {})
        if "product" in needed:
            needed = {"product": Product.objects.values_list("code", flat=True)[0]}
        made = client.done(f"/configuration/{kind}/create", code="new-one", name="New one", **needed)
        told = client.get(f"/configuration/{kind}/new-one").json()
        assert {name: told[name] for name in made} == made
        assert (made["code"], made["name"], made["version"]) == ("new-one", "New one", 1)

    def test_goes_by_the_door_and_once(self, client: RestClient) -> None:
        headers = {"X-Ocs-Io-Reason": "campaign"}
        body = {"requestId": "r-1", "code": "gold", "name": "Gold", "description": "The best"}
        first = client.post(f"{SEGMENTS}/create", headers, **body)
        again = client.post(f"{SEGMENTS}/create", headers, **body)
        assert (first.status_code, first.content) == (200, again.content)
        assert (again["Idempotent-Replay"], first["ETag"]) == ("true", f'"{first.json()[0]["object"]["refId"]}-1"')
        assert CustomerSegment.objects.filter(code="gold").count() == 1
        entry = BusinessTransaction.objects.get(request_id="r-1")
        assert (entry.operation, entry.channel, entry.reason) == ("AddCustomerSegment", "REST", "campaign")
        assert CustomerSegment.history.get(code="gold").transaction_id == entry.pk
        problem(client.post(f"{SEGMENTS}/create", **{**body, "name": "Other"}), 409, "REQUEST-ID-CONFLICT")
        other = client.post("/configuration/account-segments/create", **body)
        problem(other, 409, "REQUEST-ID-CONFLICT")

    def test_is_taken_at_once(self, client: RestClient, api: RestClient) -> None:
        client.done(f"{SEGMENTS}/create", code="gold", name="Gold")
        made = api.done("/customers/create", customerProfile="b2c", customerSegment="gold")
        assert made["customerSegment"]["code"] == "gold"

    def test_is_told_in_the_feed(self, client: RestClient, api: RestClient) -> None:
        journal.give_all()
        start = journal.latest()
        client.done(f"{SEGMENTS}/create", code="gold", name="Gold")
        client.done(f"{SEGMENTS}/update", code="gold", name="Golden")
        journal.give_all()
        made, changed = api.get("/changes", after=str(start), entity="customerSegment").json()["items"]
        assert (made["name"], made["object"]["code"]) == ("AddCustomerSegment", "gold")
        assert changed["changes"] == [{"field": "name", "old": "Gold", "new": "Golden"}]


class TestUpdate:
    def test_changes_what_is_given(self, client: RestClient) -> None:
        before = client.get(f"{SEGMENTS}/vip").json()
        after = client.done(f"{SEGMENTS}/update", code="vip", name="Very important")
        assert after == {**before, "name": "Very important", "version": before["version"] + 1}

    def test_null_takes_away(self, client: RestClient) -> None:
        client.done("/configuration/account-profiles/update", code="postpaid", segment=None, description="For all")
        client.done("/configuration/account-profiles/update", code="postpaid", description=None)
        profile = AccountProfile.objects.get(code="postpaid")
        assert (profile.segment, profile.description) == (None, "")

    def test_of_the_version_that_was_read(self, client: RestClient) -> None:
        found = client.get(f"{SEGMENTS}/vip").json()
        stale = {"If-Match": f'"{found["refId"]}-{found["version"] + 1}"'}
        problem(client.post(f"{SEGMENTS}/update", stale, code="vip", name="X"), 412, "PRECONDITION-FAILED")
        assert CustomerSegment.objects.get(code="vip").name == found["name"]
        fresh = {"If-Match": f'"{found["refId"]}-{found["version"]}"'}
        assert client.post(f"{SEGMENTS}/update", fresh, code="vip", name="X").status_code == 200


class TestRefused:
    @pytest.mark.parametrize(
        ("path", "body", "code", "parameter"),
        [
            ("customer-segments/create", {"code": "vip", "name": "Again"}, "REQUEST-VALIDATION", "code"),
            ("customer-segments/create", {"code": "a b", "name": "Blank"}, "REQUEST-VALIDATION", "code"),
            ("customer-segments/create", {"code": "gold"}, "REQUEST-VALIDATION", "name"),
            ("customer-segments/create", {"code": 1, "name": "One"}, "REQUEST-VALIDATION", "code"),
            ("customer-segments/create", {"code": "x", "name": "X", "colour": "red"}, "REQUEST-VALIDATION", "colour"),
            ("customer-segments/create", {"code": "x", "name": "X", "refId": "abc"}, "REQUEST-VALIDATION", "refId"),
            ("customer-segments/update", {"code": "vipp", "name": "X"}, "CONFIG-NOT-FOUND", "code"),
            ("customer-segments/update", {"code": "vip"}, "REQUEST-VALIDATION", None),
            ("customer-segments/update", {"code": "vip", "name": None}, "REQUEST-VALIDATION", "name"),
            ("customer-segments/update", {"name": "X"}, "REQUEST-VALIDATION", "code"),
            ("state-reasons/create", {"code": "x", "name": "X", "state": "GONE"}, "REQUEST-VALIDATION", "state"),
            ("state-reasons/create", {"code": "x", "name": "X"}, "REQUEST-VALIDATION", "state"),
            (
                "customer-profiles/create",
                {"code": "x", "name": "X", "stateReason": "fraud"}, "REQUEST-VALIDATION", "stateReason",
            ),
            ("customer-profiles/create", {"code": "x", "name": "X", "stateReason": "no"}, "CONFIG-NOT-FOUND", "stateReason"),
            ("bill-cycles/create", {"code": "x", "name": "X", "billingDay": 31}, "REQUEST-VALIDATION", "billingDay"),
            ("bill-cycles/create", {"code": "x", "name": "X", "duration": 99999}, "REQUEST-VALIDATION", "duration"),
            ("currencies/create", {"code": "XXX", "name": "X", "primary": True}, "REQUEST-VALIDATION", "primary"),
            ("currencies/create", {"code": "XXX", "name": "X", "digits": 7}, "REQUEST-VALIDATION", None),
            ("resource-types/create", {"code": "x", "name": "X", "pattern": "("}, "REQUEST-VALIDATION", "pattern"),
            ("products/update", {"code": "dataBundle", "services": ["nope"]}, "CONFIG-NOT-FOUND", None),
        ],
    )  # fmt: skip
    def test_what_is_wrong(self, client: RestClient, path: str, body: Any, code: str, parameter: str | None) -> None:
        counts = [kind.model._default_manager.count() for kind in KINDS.values()]
        entries = BusinessTransaction.objects.count()
        problem(client.post(f"/configuration/{path}", **body), 400, code, parameter)
        assert [kind.model._default_manager.count() for kind in KINDS.values()] == counts
        assert BusinessTransaction.objects.count() == entries

    def test_an_unknown_code_is_told_what_is_like_it(self, client: RestClient) -> None:
        words = problem(client.post(f"{SEGMENTS}/update", code="vipp", name="X"), 400, "CONFIG-NOT-FOUND")["detail"]
        assert "Known: vip, " in words

    def test_what_is_in_use_stays(self, client: RestClient, owned: RestClient) -> None:
        answer = client.post("/configuration/currencies/update", code="EUR", digits=3)
        problem(answer, 400, "REQUEST-VALIDATION", "digits")
        assert Currency.objects.get(code="EUR").digits == 2
        answer = client.post("/configuration/bill-cycles/update", code="monthly1", billingDay=2)
        problem(answer, 400, "REQUEST-VALIDATION", "billingDay")
        assert BillCycle.objects.get(code="monthly1").billing_day == 1

    def test_an_unknown_kind(self, client: RestClient) -> None:
        answer = client.post("/configuration/customer-segment/create", code="x", name="X")
        assert "customer-segments" in problem(answer, 404, "NOT-FOUND")["detail"]

    @pytest.mark.parametrize("verb", ["create", "update"])
    @pytest.mark.parametrize("group", [group for group in groups.GROUPS if group != groups.CONFIGURATION])
    def test_by_permission(self, client_of: ClientOf, group: str, verb: str) -> None:
        answer = client_of(group).post(f"{SEGMENTS}/{verb}", code="vip", name="X")
        permission = "customers.add_customersegment" if verb == "create" else "customers.change_customersegment"
        assert permission in problem(answer, 403, "PERMISSION-DENIED")["detail"]
        assert CustomerSegment.objects.get(code="vip").name != "X"

    def test_who_writes_configuration_may_read_it(self, client: RestClient, client_of: ClientOf) -> None:
        assert client.get(SEGMENTS).status_code == 200
        problem(client_of(groups.ADMINISTRATOR).get(SEGMENTS), 403, "PERMISSION-DENIED")


class TestCatalogue:
    def test_from_service_to_subscription(self, client: RestClient, owned: RestClient) -> None:
        client.done("/configuration/services/create", code="sms", name="SMS", type="BALANCE")
        client.done("/configuration/products/create", code="smsPack", name="SMS pack", services=["sms"])
        client.done("/configuration/offers/create", code="sms100", name="100 SMS", product="smsPack")
        version = {"values": {"sms": {"grantedBalance": "100", "unitsOfMeasurement": "EVENT"}}}
        client.done("/configuration/offers/update", code="sms100", version=version)
        told = client.get("/configuration/offers/sms100").json()
        assert [(one["number"], one["services"][0]["values"]["grantedBalance"]) for one in told["versions"]] == [
            (1, "100")
        ]
        made = subscribed(owned, "subscriber", "s-1", externalId="sub-sms", offer="sms100")
        assert made["offerVersion"] == 1

    def test_a_version_that_is_made_with_its_offer_and_ended(self, client: RestClient) -> None:
        offer = Offer.objects.filter(individual=False, product__product_services__service__type="BALANCE").first()
        assert offer is not None
        values = {
            row.service.code: row.values for row in offer.versions.latest("number").services.select_related("service")
        }
        body = {"code": "copy", "name": "Copy", "product": offer.product.code, "version": {"values": values}}
        client.done("/configuration/offers/create", **body)
        end = {"number": 1, "validTo": "2999-01-01T00:00:00Z"}
        client.done("/configuration/offers/update", code="copy", version=end)
        assert OfferVersion.objects.get(offer__code="copy").valid_to is not None

    @pytest.mark.parametrize(
        ("version", "parameter"),
        [
            ({"values": {"nope": {}}}, "version.values.nope"),
            ({"values": {}}, "version.values.sms.grantedBalance"),
            ({"values": {"sms": {"grantedBalance": "x"}}}, "version.values.sms.grantedBalance"),
            ({"values": {"sms": {"grantedBalance": "1", "colour": "red"}}}, "version.values.sms.colour"),
            ({"values": {"sms": 1}}, "version.values"),
            ({"currency": "ABC", "values": {"sms": {"grantedBalance": "1"}}}, "version.currency"),
            (
                {"validTo": "2000-01-01T00:00:00Z", "values": {"sms": {"grantedBalance": "1"}}}, "version.validTo",
            ),
            ({"number": 7, "validTo": None}, "version.number"),
            ({"number": 0}, "version.number"),
            ({"colour": "red"}, "version.colour"),
        ],
    )  # fmt: skip
    def test_a_version_that_is_wrong(self, client: RestClient, version: Any, parameter: str) -> None:
        client.done("/configuration/services/create", code="sms", name="SMS", type="BALANCE")
        client.done("/configuration/products/create", code="smsPack", name="SMS pack", services=["sms"])
        client.done("/configuration/offers/create", code="sms100", name="100 SMS", product="smsPack")
        answer = client.post("/configuration/offers/update", code="sms100", version=version)
        assert answer.status_code == 400, answer.content
        assert parameter in [error["parameter"] for error in answer.json()["errors"]]
        assert not OfferVersion.objects.filter(offer__code="sms100").exists()

    def test_money_needs_its_currency(self, client: RestClient) -> None:
        client.done("/configuration/services/create", code="fee", name="Fee", type="ONE_TIME_FEE")
        client.done("/configuration/products/create", code="feeOnly", name="Fee", services=["fee"])
        client.done("/configuration/offers/create", code="feeOffer", name="Fee", product="feeOnly")
        version = {"values": {"fee": {"charge": "5.00"}}}
        answer = client.post("/configuration/offers/update", code="feeOffer", version=version)
        problem(answer, 400, "REQUEST-VALIDATION", "version.currency")
        client.done("/configuration/offers/update", code="feeOffer", version={**version, "currency": "EUR"})
