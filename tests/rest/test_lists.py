"""Lists: every filter finds just what it says, whatever is unknown, repeated or malformed is refused, nothing is counted."""

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from customers.api.filters import CustomerFilters
from customers.models import Customer
from tests.client import RestClient, problem

pytestmark = pytest.mark.django_db

ANNA = {
    "externalId": "anna",
    "customerProfile": "b2c",
    "customName": "Anna Müller",
    "customAttributes": {"tier": "gold", "1": "one", 'odd "key"': "a:b", "urn:x": "y:z"},
    "contact": {"name": "Anna Müller-Lüdenscheidt", "email": "Anna@Mail.example", "phone": "+4930555010"},
}
BOHR = {
    "externalId": "bohr",
    "customerProfile": "b2b",
    "customName": "Bohr 100% GmbH",
    "customAttributes": {"tier": "golden"},
    "testCustomer": True,
    "contact": {"name": "Bohr GmbH", "email": "info@bohr.example", "phone": "+49305550101"},
}
CARO = {
    "externalId": "caro_x",
    "customerProfile": "b2c",
    "customerSegment": "vip",
    "customName": "Caro",
    "state": {"state": "INACTIVE", "stateReason": "dfltInactive"},
}
DIRK = {"customerProfile": "b2c", "customName": "dirk müller"}

FILTERS = [
    ({"state": "INACTIVE"}, "C"),
    ({"state": "ACTIVE"}, "ABd"),
    ({"state": "SUSPENDED"}, ""),
    ({"segment": "vip"}, "C"),
    ({"segment": "b2c"}, "Ad"),
    ({"segment": "nope"}, ""),
    ({"externalId": "anna"}, "A"),
    ({"externalId": "ann"}, ""),
    ({"externalId": "ANNA"}, ""),
    ({"externalId": " anna"}, ""),
    ({"customNameContains": "bohr"}, "B"),
    ({"customNameContains": "r"}, ""),
    ({"customNameContains": "C"}, "C"),
    ({"customNameContains": "mü"}, "Ad"),
    ({"customNameContains": "0%"}, ""),
    ({"customNameContains": "0% g"}, "B"),
    ({"customNameContains": "_"}, ""),
    ({"name": "müller"}, "A"),
    ({"name": "gmbh"}, "B"),
    ({"email": "anna@mail.example"}, "A"),
    ({"email": "anna@mail"}, ""),
    ({"phone": "+4930555010"}, "A"),
    ({"phone": "+49 30 555-0101"}, "B"),
    ({"phone": " 4930555010"}, "A"),
    ({"attribute": "tier:gold"}, "A"),
    ({"attribute": "tier:golden"}, "B"),
    ({"attribute": "tier:"}, ""),
    ({"attribute": "1:one"}, "A"),
    ({"attribute": 'odd "key":a:b'}, "A"),
    ({"attribute": "urn:x:y:z"}, "A"),
    ({"attribute": "urn:x"}, ""),
    ({"attribute": "nope:gold"}, ""),
    ({"plan": "pending"}, ""),  # with plans in tests/rest/test_plans.py
    ({"test": "true"}, "B"),
    ({"test": "false"}, "ACd"),
    ({"changedSince": "2020-01-01T00:00:00Z"}, "ABCd"),
    ({"changedSince": "2099-01-01T00:00:00+02:00"}, ""),
    ({"state": "ACTIVE", "segment": "b2c", "name": "anna"}, "A"),
]

# Several values by comma, and what fits none of them.
SEVERAL = [
    ({"state": "ACTIVE,INACTIVE"}, "ABCd"),
    ({"state": "SUSPENDED, INACTIVE"}, "C"),
    ({"-state": "ACTIVE"}, "C"),
    ({"-state": "SUSPENDED,INACTIVE"}, "ABd"),
    ({"-state": "ACTIVE,INACTIVE,SUSPENDED,DEACTIVATED"}, ""),
    ({"segment": "vip,b2c"}, "ACd"),
    ({"segment": "vip,nope"}, "C"),
    ({"segment": "nope,neither"}, ""),
    ({"-segment": "b2c"}, "BC"),
    ({"-segment": "nope"}, "ABCd"),
    ({"plan": "pending,refused"}, ""),
    ({"-plan": "pending,overdue"}, "ABCd"),
    ({"-test": "true"}, "ACd"),
    ({"-name": "gmbh"}, "ACd"),
    ({"-customNameContains": "mü"}, "BC"),
    ({"-externalId": "anna"}, "BCd"),
    ({"-attribute": "tier:gold"}, "BCd"),
    ({"-email": "nobody@mail.example"}, "ABCd"),
    ({"-changedSince": "2099-01-01T00:00:00Z"}, "ABCd"),
    ({"-changedSince": "2020-01-01T00:00:00Z"}, ""),
    ({"-state": "INACTIVE", "-segment": "b2c", "state": "ACTIVE,SUSPENDED"}, "B"),
    # A name or an external ID may have commas of its own.
    ({"customNameContains": "Anna,Caro"}, ""),
]


@pytest.fixture
def four(api: RestClient) -> None:
    """Four customers whose names begin with A, B, C and d."""
    for body in (ANNA, BOHR, CARO, DIRK):
        api.done("/customers/create", **body)


def initials(api: RestClient, **parameters: str) -> str:
    """Return the initials of the customers that a list answers with, in its order."""
    answer = api.get("/customers", **parameters)
    assert answer.status_code == 200, answer.content
    return "".join(item["customName"][0] for item in answer.json()["items"])


@pytest.mark.usefixtures("four")
class TestFilters:
    @pytest.mark.parametrize(("parameters", "found"), FILTERS, ids=str)
    def test_finds(self, api: RestClient, parameters: dict[str, str], found: str) -> None:
        assert initials(api, **parameters) == found

    @pytest.mark.parametrize(("parameters", "found"), SEVERAL, ids=str)
    def test_finds_several_and_others(self, api: RestClient, parameters: dict[str, str], found: str) -> None:
        assert initials(api, **parameters) == found

    @pytest.mark.parametrize(
        ("parameters", "parameter"),
        [
            ({"state": "ACTIVE,PLANET"}, "state"),
            ({"state": "ACTIVE,"}, "state"),
            ({"-state": "PLANET"}, "-state"),
            ({"-planet": "MARS"}, "-planet"),
            ({"-plan": "late"}, "-plan"),
            ({"segment": ",".join(["vip"] * 51)}, "segment"),
            ({"segment": "vip," + "x" * 61}, "segment"),
            ({"-test": "perhaps"}, "-test"),
            ({"--state": "ACTIVE"}, "--state"),
            ({"-ordering": "created"}, "-ordering"),
        ],
        ids=str,
    )
    def test_bad_ones_among_several(self, api: RestClient, parameters: dict[str, str], parameter: str) -> None:
        problem(api.get("/customers", **parameters), 400, "REQUEST-VALIDATION", parameter)

    def test_several_references(self, api: RestClient) -> None:
        for name in ("anna", "bohr", "caro_x"):
            api.done(
                "/accounts/create", externalId=f"a-{name}", customer={"externalId": name}, accountProfile="prepaid"
            )
        keys = dict(Customer.objects.filter(external_id__isnull=False).values_list("external_id", "ref_id"))

        def accounts(**parameters: str) -> list[str]:
            return [item["externalId"] for item in api.get("/accounts", **parameters).json()["items"]]

        assert accounts(customer=f"{keys['anna']},{keys['caro_x']},AAAAAAAAAAAAAA") == ["a-anna", "a-caro_x"]
        assert accounts(**{"-customer": keys["anna"]}) == ["a-bohr", "a-caro_x"]

    def test_by_reference(self, api: RestClient) -> None:
        assert initials(api, customer=Customer.objects.get(external_id="bohr").ref_id) == "B"
        assert initials(api, customer="AAAAAAAAAAAAAA") == ""

    def test_changed_since_includes_the_very_instant(self, api: RestClient) -> None:
        moment = Customer.objects.get(external_id="caro_x").changed_at.isoformat()
        assert "C" in initials(api, changedSince=moment)

    def test_changed_since_sees_changes(self, api: RestClient) -> None:
        made = api.done("/customers/update-custom-name", customer={"externalId": "anna"}, customName="Anna B.")
        moment = Customer.objects.get(ref_id=made["refId"]).changed_at.isoformat()
        assert initials(api, changedSince=moment) == "A"

    def test_every_filter_is_tried_here(self) -> None:
        tried = {name for parameters, _ in FILTERS for name in parameters}
        tried |= {
            "customer",
            "account",
            "subscriber",
            "resource",
            "duplicatesOf",
        }  # tests/subscribers/test_reads.py, test_twins.py
        assert tried == set(CustomerFilters.base_filters)

    def test_items_are_whole_entities(self, api: RestClient) -> None:
        (item,) = api.get("/customers", externalId="anna").json()["items"]
        assert item == api.get("/customers/read", externalId="anna").json()

    def test_nothing_is_counted(self, api: RestClient) -> None:
        api.get("/customers")
        for parameters in ({}, {"limit": "2"}, {"name": "müller"}, {"ordering": "-customName", "limit": "1"}):
            with CaptureQueriesContext(connection) as captured:
                api.get("/customers", **parameters)
            assert len(captured) == 1
            assert not [query["sql"] for query in captured if "COUNT(" in query["sql"].upper()]


REFUSED = [
    {"nonsense": "1"},
    {"State": "ACTIVE"},
    {"state": "active"},
    {"state": "NOPE"},
    {"state": ""},
    {"externalId": ""},
    {"externalId": " "},
    {"name": "\t"},
    {"externalId": "x" * 256},
    {"segment": "x" * 61},
    {"customer": "x" * 15},
    {"name": "a\x00b"},
    {"attribute": "tier"},
    {"attribute": ":gold"},
    {"test": "yes"},
    {"test": "True"},
    {"changedSince": "2020-01-01"},
    {"changedSince": "2020-01-01T00:00:00"},
    {"changedSince": "yesterday"},
    {"changedSince": "0001-01-01T00:00:00Z"},
    {"limit": "0"},
    {"limit": "-1"},
    {"limit": "501"},
    {"limit": "ten"},
    {"limit": "1.5"},
    {"limit": ""},
    {"ordering": "nope"},
    {"ordering": "pk"},
    {"ordering": "--created"},
    {"ordering": ""},
    {"cursor": ""},
]


class TestRefused:
    @pytest.mark.parametrize("parameters", REFUSED, ids=str)
    def test_parameter(self, api: RestClient, parameters: dict[str, str]) -> None:
        problem(api.get("/customers", **parameters), 400, "REQUEST-VALIDATION", next(iter(parameters)))

    @pytest.mark.parametrize("query", ["state=ACTIVE&state=ACTIVE", "limit=1&limit=2", "nope=1&nope=2"])
    @pytest.mark.parametrize("path", ["", "/read", "/history"])
    def test_repeated(self, api: RestClient, path: str, query: str) -> None:
        answer = api.http.get(f"/v1/casm/customers{path}?{query}", headers=api.headers)
        problem(answer, 400, "REQUEST-VALIDATION", query.split("=")[0])

    def test_all_at_once(self, api: RestClient) -> None:
        body = problem(api.get("/customers", state="nope", test="nope"), 400, "REQUEST-VALIDATION")
        assert {error["parameter"] for error in body["errors"]} == {"state", "test"}

    @pytest.mark.usefixtures("four")
    @pytest.mark.parametrize("path", ["/customers/read", "/customers/history"])
    def test_unknown_parameter_of_a_read(self, api: RestClient, path: str) -> None:
        problem(api.get(path, externalId="anna", nonsense="1"), 400, "REQUEST-VALIDATION", "nonsense")
        problem(api.get(path), 400, "REQUEST-VALIDATION", "refId")
        problem(api.get(path, externalId=""), 400, "REQUEST-VALIDATION", "externalId")
        problem(api.get(path, externalId="nobody"), 404, "ENTITY-NOT-FOUND", "externalId")

    @pytest.mark.usefixtures("four")
    @pytest.mark.parametrize("flag", ["stateHistory", "accounts", "offers"])
    def test_flags_are_true_or_false(self, api: RestClient, flag: str) -> None:
        for value in ("1", "TRUE", "", "yes"):
            problem(api.get("/customers/read", externalId="anna", **{flag: value}), 400, "REQUEST-VALIDATION", flag)
        assert flag in api.get("/customers/read", externalId="anna", **{flag: "true"}).json()
        assert flag not in api.get("/customers/read", externalId="anna", **{flag: "false"}).json()
