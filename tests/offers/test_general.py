"""The general operation for individual offers, whose values come as a list of service, attribute and value."""

from typing import Any

import pytest

from balances.models import Balance
from ocsportal.people import groups
from offers.models import Service
from tests.client import RestClient, problem
from tests.offers.world import ACTIVE, account, nothing_changed, offer, refused, version
from tests.rest.conftest import ClientOf

pytestmark = pytest.mark.django_db

PATH = "/individual-offers/create"
Row = tuple[str, str, Any]


def body(*rows: Row, **more: Any) -> dict[str, Any]:
    entries = [{"service": service, "attribute": attribute, "value": value} for service, attribute, value in rows]
    on = {"account": {"externalId": "acc-1"}, "offer": "bundle", "state": ACTIVE}
    return {**on, "offerAttributes": entries, **more}


def kept(made: dict[str, Any]) -> list[Row]:
    return [(entry["service"], entry["attribute"], entry["value"]) for entry in made["offerAttributes"]]


FEE: Row = ("oneTimeFee", "charge", "25.00")
DATA: Row = ("data", "grantedBalance", "100")
PURSE: Row = ("monetaryBalance", "grantedBalance", "5")
ALL = (FEE, DATA, PURSE)


@pytest.fixture
def bundle(owned: RestClient) -> RestClient:
    """REST, with an individual offer of a fee, a balance and a purse."""
    services = [(code, Service.objects.get(code=code).type) for code in ("oneTimeFee", "data", "monetaryBalance")]
    version(offer("bundle", *services, individual=True))
    return owned


def test_values_by_service(bundle: RestClient) -> None:
    rows: list[Row] = [
        ("data", "thresholds", [90, "50"]),
        ("oneTimeFee", "taxIncluded", True),
        PURSE,
        ("data", "unitsOfMeasurement", "GIGABYTE"),
        ("data", "grantedBalance", 12.5),
        ("oneTimeFee", "charge", 25),
        ("oneTimeFee", "tax", None),
    ]
    made = bundle.done(PATH, **body(*rows))
    assert kept(made) == [
        ("data", "grantedBalance", "12.5"),
        ("data", "thresholds", ["50", "90"]),
        ("data", "unitsOfMeasurement", "GIGABYTE"),
        ("monetaryBalance", "currency", "EUR"),
        ("monetaryBalance", "grantedBalance", "5.00"),
        ("oneTimeFee", "charge", "25.00"),
        ("oneTimeFee", "taxIncluded", True),
    ]
    rows_made = [(row.service.code, row.unit, str(row.actual)) for row in Balance.objects.order_by("pk")]
    assert rows_made == [("data", "GIGABYTE", "12.500000"), ("monetaryBalance", "EUR", "5.000000")]
    assert bundle.get("/subscriptions/read", refId=made["refId"]).json() == made


REFUSED: list[tuple[tuple[Row, ...], list[str]]] = [
    ((FEE, DATA), ["offerAttributes.monetaryBalance.grantedBalance"]),
    (
        (),
        [
            "offerAttributes.oneTimeFee.charge",
            "offerAttributes.data.grantedBalance",
            "offerAttributes.monetaryBalance.grantedBalance",
        ],
    ),
    ((FEE, ("data", "grantedBalance", None), PURSE), ["offerAttributes.data.grantedBalance"]),
    ((*ALL, ("voice", "grantedBalance", "1")), ["offerAttributes[3].service"]),
    ((*ALL, ("nope", "charge", "1")), ["offerAttributes[3].service"]),
    ((*ALL, FEE), ["offerAttributes[3].attribute"]),
    ((*ALL, ("data", "charge", "1")), ["offerAttributes.data.charge"]),
    ((*ALL, ("oneTimeFee", "nope", "1")), ["offerAttributes.oneTimeFee.nope"]),
    ((("oneTimeFee", "charge", "x"), DATA, PURSE), ["offerAttributes.oneTimeFee.charge"]),
    ((("oneTimeFee", "charge", "1.005"), DATA, PURSE), ["offerAttributes.oneTimeFee.charge"]),
    ((("oneTimeFee", "charge", {"a": 1}), DATA, PURSE), ["offerAttributes.oneTimeFee.charge"]),
    ((*ALL, ("data", "thresholds", [101])), ["offerAttributes.data.thresholds"]),
    ((*ALL, ("data", "validTo", "2020-01-01T00:00:00Z")), ["offerAttributes.data.validTo"]),
    ((*ALL, ("data", "unitsOfMeasurement", "PINT")), ["offerAttributes.data.unitsOfMeasurement"]),
    (
        (("oneTimeFee", "charge", -1), ("data", "grantedBalance", True), ("x", "y", "z"), FEE),
        [
            "offerAttributes[2].service",
            "offerAttributes[3].attribute",
            "offerAttributes.oneTimeFee.charge",
            "offerAttributes.data.grantedBalance",
            "offerAttributes.monetaryBalance.grantedBalance",
        ],
    ),
]
MALFORMED: list[tuple[Any, str]] = [
    (None, "offerAttributes"),
    ({}, "offerAttributes"),
    ("x", "offerAttributes"),
    (["x"], "offerAttributes[0]"),
    ([{"service": "data", "attribute": "grantedBalance"}], "offerAttributes[0].value"),
    ([{"service": "data", "value": "1"}], "offerAttributes[0].attribute"),
    ([{"attribute": "grantedBalance", "value": "1"}], "offerAttributes[0].service"),
    ([{"service": 1, "attribute": "grantedBalance", "value": "1"}], "offerAttributes[0].service"),
    ([{"service": "data", "attribute": "grantedBalance", "value": "1", "x": 1}], "offerAttributes[0].x"),
]


def test_refused(bundle: RestClient) -> None:
    for rows, parameters in REFUSED:
        answer = refused(bundle, PATH, "REQUEST-VALIDATION", **body(*rows))
        assert [error["parameter"] for error in answer["errors"]] == parameters


def test_malformed_lists(bundle: RestClient) -> None:
    for entries, parameter in MALFORMED:
        refused(bundle, PATH, "REQUEST-VALIDATION", parameter, **body(offerAttributes=entries))


def test_unknown_currency_is_named_by_its_place(bundle: RestClient) -> None:
    rows = (*ALL, ("monetaryBalance", "currency", "XXX"))
    refused(bundle, PATH, "CONFIG-NOT-FOUND", "offerAttributes.monetaryBalance.currency", **body(*rows))


def test_digits_are_those_of_the_payers_currency(bundle: RestClient) -> None:
    account(bundle, "yen", "JPY")
    on = {"account": {"externalId": "yen"}}
    rows = (("oneTimeFee", "charge", "1.5"), DATA, ("monetaryBalance", "grantedBalance", "1.5"))
    answer = refused(bundle, PATH, "REQUEST-VALIDATION", **body(*rows, **on))
    assert [error["parameter"] for error in answer["errors"]] == [
        "offerAttributes.oneTimeFee.charge",
        "offerAttributes.monetaryBalance.grantedBalance",
    ]
    # A purse in dinars has three, whatever the payer's currency.
    dinars = (("monetaryBalance", "grantedBalance", "1.125"), ("monetaryBalance", "currency", "KWD"))
    bundle.done(PATH, **body(FEE, DATA, *dinars, **on))


def test_individual_offers_only(bundle: RestClient) -> None:
    refused(bundle, PATH, "CASM-INDIVIDUAL-OFFER-NOT-POSSIBLE", "offer", **body(DATA, offer="dataBundle10"))
    refused(bundle, PATH, "CONFIG-NOT-FOUND", "offer", **body(DATA, offer="nope"))
    # Those of one service are taken too.
    made = bundle.done(PATH, **body(FEE, offer="indOneTimeFee"))
    assert kept(made) == [("oneTimeFee", "charge", "25.00")]


def test_recurs_without_end_when_null(owned: RestClient) -> None:
    rows = (("recurrentFee", "charge", "1"), ("recurrentFee", "recurrenceCycles", None))
    assert kept(owned.done(PATH, **body(*rows, offer="indRecurrentFee"))) == [("recurrentFee", "charge", "1.00")]


def test_replay_stale_and_who_may(bundle: RestClient, client_of: ClientOf) -> None:
    first = bundle.post(PATH, requestId="once", **body(*ALL))
    names = [item["name"] for item in first.json()]
    assert names == ["CreateIndividualOfferSubscription"] * 3
    auditor, care = client_of(groups.AUDITOR), client_of(groups.CARE)
    with nothing_changed():
        again = bundle.post(PATH, requestId="once", **body(*ALL))
        assert (again.content, again["Idempotent-Replay"]) == (first.content, "true")
        problem(bundle.post(PATH, requestId="once", **body(FEE, PURSE, DATA)), 409, "REQUEST-ID-CONFLICT")
        problem(bundle.post(PATH, headers={"If-Match": "*"}, **body(*ALL)), 412, "PRECONDITION-FAILED")
        problem(auditor.post(PATH, **body(*ALL)), 403, "PERMISSION-DENIED")
    care.done(PATH, **body(*ALL))
