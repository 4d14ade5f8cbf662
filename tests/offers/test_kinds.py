"""The eight kinds of individual offers, against a table that is written here anew: what each attribute takes and refuses."""

from typing import Any

import pytest

from balances.models import Balance
from ocsportal.people import groups
from offers.attributes import ATTRIBUTES
from offers.models import Service, Subscription
from tests.client import RestClient, problem
from tests.offers.world import ACTIVE, OWNERS, account, nothing_changed, offer, refused, version
from tests.rest.conftest import ClientOf

pytestmark = pytest.mark.django_db

# The last word of the path, the operation, the offer's code, the service's code and type.
KINDS = {
    "create-one-time-fee": ("CreateOneTimeFeeSubscription", "indOneTimeFee", "oneTimeFee"),
    "create-recurrent-fee": ("CreateRecurrentFeeSubscription", "indRecurrentFee", "recurrentFee"),
    "create-absolute-discount": ("CreateAbsoluteDiscountSubscription", "indAbsoluteDiscount", "absoluteDiscount"),
    "create-percentage-discount": (
        "CreatePercentageDiscountSubscription", "indPercentageDiscount", "percentageDiscount",
    ),
    "create-absolute-billing-discount": (
        "CreateAbsoluteBillingDiscountSubscription", "indAbsoluteBillingDiscount", "absoluteBillingDiscount",
    ),
    "create-percentage-billing-discount": (
        "CreatePercentageBillingDiscountSubscription", "indPercentageBillingDiscount", "percentageBillingDiscount",
    ),
    "create-balance": ("CreateBalanceSubscription", "indBalance", "balance"),
    "create-monetary-balance": ("CreateMonetaryBalanceSubscription", "indMonetaryBalance", "monetaryBalance"),
}  # fmt: skip

MONEY, QUANTITY, PERCENTAGE, WHOLE, FLAG, TEXT, INSTANT, THRESHOLDS, CURRENCY = (
    "money", "quantity", "percentage", "whole", "flag", "text", "instant", "thresholds", "currency",
)  # fmt: skip
POSITIVE = "positive money"
CHARGE_AT = [
    "SUBSCRIBER_ANNIVERSARY", "OFFER_SUBSCRIPTION", "BILL_CYCLE_START", "BILL_CYCLE_END", "MONTH_START", "MONTH_END",
    "MONDAY", "TUESDAY", "WEDNESDAY", "THURSDAY", "FRIDAY", "SATURDAY", "SUNDAY",
]  # fmt: skip
UNITS = [
    "EVENT", "SECOND", "MINUTE", "HOUR", "DAY", "BYTE", "KILOBYTE", "MEGABYTE", "GIGABYTE", "TERABYTE",
]  # fmt: skip
LEVELS = ["SUBSCRIPTION", "SUBSCRIBER", "ACCOUNT"]
# The one attribute that must be given, and the others.
TABLE: dict[str, tuple[tuple[str, Any], dict[str, Any]]] = {
    "create-one-time-fee": (
        ("charge", MONEY),
        {"tax": TEXT, "taxIncluded": FLAG, "glCode": TEXT, "chargingClass": TEXT},
    ),
    "create-recurrent-fee": (
        ("charge", MONEY),
        {
            "chargeAt": CHARGE_AT, "everyX": WHOLE, "recurrenceCycles": WHOLE, "executeImmediately": FLAG,
            "proRateWhenActivated": FLAG, "proRateWhenNotCharged": FLAG, "tax": TEXT, "taxIncluded": FLAG,
            "glCode": TEXT,
        },
    ),
    "create-absolute-discount": (
        ("discount", POSITIVE), {"chargeMin": MONEY, "chargeMax": MONEY, "taxIncluded": FLAG},
    ),
    "create-percentage-discount": (("percentage", PERCENTAGE), {"chargeMin": MONEY, "chargeMax": MONEY}),
    "create-absolute-billing-discount": (
        ("discount", POSITIVE),
        {"chargeMin": MONEY, "chargeMax": MONEY, "billingDiscountType": LEVELS, "proRateWhenNotCharged": FLAG},
    ),
    "create-percentage-billing-discount": (
        ("percentage", PERCENTAGE), {"chargeMin": MONEY, "chargeMax": MONEY, "billingDiscountType": LEVELS},
    ),
    "create-balance": (
        ("grantedBalance", QUANTITY),
        {
            "unitsOfMeasurement": UNITS, "validFrom": INSTANT, "validTo": INSTANT, "thresholds": THRESHOLDS,
            "rejectWhenExhausted": FLAG,
        },
    ),
    "create-monetary-balance": (
        ("grantedBalance", MONEY),
        {
            "currency": CURRENCY, "taxIncluded": FLAG, "validFrom": INSTANT, "validTo": INSTANT,
            "thresholds": THRESHOLDS, "rejectWhenExhausted": FLAG,
        },
    ),
}  # fmt: skip

# What an attribute takes, as sent and as it comes back.
NUMBERS = [("12.50", "12.5"), (12.5, "12.5"), (7, "7"), ("0.01", "0.01")]
# Money comes back with its currency's digits.
MONIES = [("12.50", "12.50"), (12.5, "12.50"), (7, "7.00"), ("0.01", "0.01")]
GOOD: dict[str, list[tuple[Any, Any]]] = {
    MONEY: [*MONIES, (0, "0.00"), ("0.00", "0.00"), ("999999999999.99", "999999999999.99")],
    POSITIVE: MONIES,
    QUANTITY: [*NUMBERS, (0, "0"), ("0.000001", "0.000001"), ("999999999999.999999", "999999999999.999999")],
    PERCENTAGE: [*NUMBERS, ("0.000001", "0.000001"), (100, "100"), ("100.000000", "100")],
    WHOLE: [(1, 1), (2**31 - 1, 2**31 - 1)],
    FLAG: [(True, True), (False, False)],
    TEXT: [("x", "x"), ("Ž" * 60, "Ž" * 60)],
    INSTANT: [
        ("2098-07-01T00:00:00+02:00", "2098-07-01T00:00:00.000+02:00"),
        ("2099-12-31T23:00:00Z", "2100-01-01T00:00:00.000+01:00"),
    ],
    THRESHOLDS: [(["80", 95], ["80", "95"]), ([100, "12.5", 0], ["0", "12.5", "100"]), (["50"], ["50"]), ([], [])],
    CURRENCY: [("EUR", "EUR"), ("KWD", "KWD")],
}
# What it refuses with REQUEST-VALIDATION: other types, beyond its bounds, too many digits.
NO_NUMBER = [
    True,
    "",
    "abc",
    "1e3",
    "1,5",
    "+1",
    " 1",
    "1\n",
    "١",
    "NaN",
    "Infinity",
    [],
    {},
    ["1"],
    10**12,
    "1000000000000",
]
BAD: dict[str, list[Any]] = {
    MONEY: [*NO_NUMBER, -1, "-0.01", "0.001", 12.505],
    POSITIVE: [*NO_NUMBER, 0, "0.00", -1, "0.001"],
    QUANTITY: [*NO_NUMBER, -1, "-0.000001", "0.0000001"],
    PERCENTAGE: [*NO_NUMBER, 0, -1, 100.01, "100.000001", "0.0000001"],
    WHOLE: [True, "1", 1.5, 1.0, 0, -1, 2**31, [], {}],
    FLAG: ["true", 1, 0, "", [], {}],
    TEXT: [1, True, "", " ", "x" * 61, [], {}],
    INSTANT: [1, "", "2026-07-01", "2026-07-01T00:00:00", "2026-02-30T00:00:00Z", "1026-07-01T00:00:00Z", [], {}],
    THRESHOLDS: [80, "80", {}, ["80", "80"], ["80", 80.0], [1, 2, 3, 4], [100.01], [101], [-1], [True], [[80]], ["x"]],
    CURRENCY: [1, True, "", [], {}],
}  # fmt: skip
VALUES = {MONEY: "25.00", POSITIVE: "5.00", QUANTITY: "100", PERCENTAGE: "12.5"}


def good(takes: Any) -> list[tuple[Any, Any]]:
    return [(word, word) for word in takes] if isinstance(takes, list) else GOOD[takes]


def bad(takes: Any) -> list[Any]:
    return ["NOPE", takes[0].lower(), "", 1, True, [], {}, [takes[0]]] if isinstance(takes, list) else BAD[takes]


def body(kind: str, **attributes: Any) -> dict[str, Any]:
    """Return the smallest body that the kind takes, with these attributes beside or instead."""
    name, takes = TABLE[kind][0]
    return {
        "account": {"externalId": "acc-1"},
        "offer": KINDS[kind][1],
        "state": ACTIVE,
        name: VALUES[takes],
        **attributes,
    }


def path(kind: str) -> str:
    return f"/individual-offers/{kind}"


def kept(made: dict[str, Any]) -> dict[str, Any]:
    """Return the attributes of an answer by name; they must all be of one service."""
    assert len({entry["service"] for entry in made["offerAttributes"]}) == 1
    return {entry["attribute"]: entry["value"] for entry in made["offerAttributes"]}


def test_the_table_is_complete() -> None:
    mine = {KINDS[kind][0]: {first[0]: True, **dict.fromkeys(others, False)} for kind, (first, others) in TABLE.items()}
    declared = {
        "Create" + service_type.title().replace("_", "") + "Subscription": {
            entry.name: entry.mandatory for entry in entries
        }
        for service_type, entries in ATTRIBUTES.items()
    }
    assert declared == mine


@pytest.mark.parametrize("kind", KINDS)
class TestEach:
    def test_every_good_value_comes_back(self, owned: RestClient, kind: str) -> None:
        first, others = TABLE[kind]
        for name, takes in [first, *others.items()]:
            for value, answer in good(takes):
                made = owned.done(path(kind), **body(kind, **{name: value}))
                assert kept(made)[name] == answer, (name, value)
                assert {entry["service"] for entry in made["offerAttributes"]} == {KINDS[kind][2]}

    def test_every_bad_value_is_refused_and_named(self, owned: RestClient, kind: str) -> None:
        first, others = TABLE[kind]
        with nothing_changed():
            for name, takes in [first, *others.items()]:
                for value in bad(takes):
                    answer = owned.post(path(kind), **body(kind, **{name: value}))
                    assert answer.status_code == 400, (name, value, answer.content)
                    assert name in problem(answer, 400, "REQUEST-VALIDATION")["errors"][0]["parameter"], (name, value)

    def test_the_mandatory_attribute_must_be_there(self, owned: RestClient, kind: str) -> None:
        (name, _), _ = TABLE[kind]
        lacking = {key: value for key, value in body(kind).items() if key != name}
        refused(owned, path(kind), "REQUEST-VALIDATION", name, **lacking)
        refused(owned, path(kind), "REQUEST-VALIDATION", name, **body(kind, **{name: None}))

    def test_what_is_null_is_not_given(self, owned: RestClient, kind: str) -> None:
        (name, _), others = TABLE[kind]
        made = owned.done(path(kind), **body(kind, **dict.fromkeys(others)))
        assert set(kept(made)) == {name} | ({"currency"} if kind == "create-monetary-balance" else set())

    def test_attributes_of_other_kinds_are_refused(self, owned: RestClient, kind: str) -> None:
        first, others = TABLE[kind]
        everything = {name: takes for (one, more) in TABLE.values() for name, takes in [one, *more.items()]}
        known = {first[0], *others, "currency"}
        strange = {name: good(takes)[0][0] for name, takes in everything.items() if name not in known}
        assert strange
        with nothing_changed():
            answer = problem(
                owned.post(path(kind), **body(kind, **strange, offerAttributes=[])), 400, "REQUEST-VALIDATION"
            )
        assert {error["parameter"] for error in answer["errors"]} == {*strange, "offerAttributes"}

    def test_all_that_is_wrong_is_told_at_once(self, owned: RestClient, kind: str) -> None:
        first, others = TABLE[kind]
        wrong = {name: {} for name in (first[0], *others)}
        with nothing_changed():
            answer = problem(owned.post(path(kind), **body(kind, **wrong), priority="x"), 400, "REQUEST-VALIDATION")
        assert {error["parameter"] for error in answer["errors"]} == {*wrong, "priority"}

    def test_on_each_owner(self, owned: RestClient, kind: str) -> None:
        for number, owner in enumerate(OWNERS):
            on = dict.fromkeys(OWNERS) | {owner: {"externalId": OWNERS[owner][1]}}
            made = owned.done(path(kind), **body(kind, **on, externalId=f"ind-{number}", priority=1, customName="x"))
            assert made[owner]["externalId"] == OWNERS[owner][1]
            assert [name for name in OWNERS if made[name]] == [owner]
            assert (made["externalId"], made["priority"], made["customName"]) == (f"ind-{number}", 1, "x")
            assert made["offer"]["code"] == KINDS[kind][1]

    def test_owner_is_exactly_one(self, owned: RestClient, kind: str) -> None:
        lacking = {key: value for key, value in body(kind).items() if key != "account"}
        for owners, parameter in (
            ((), "customer"),
            (("customer", "account"), "account"),
            (("account", "subscriber"), "subscriber"),
            (("customer", "account", "subscriber"), "account"),
        ):
            on = {name: {"externalId": OWNERS[name][1]} for name in owners}
            refused(owned, path(kind), "REQUEST-VALIDATION", parameter, **lacking, **on)

    def test_not_possible(self, owned: RestClient, kind: str) -> None:
        service = KINDS[kind][2]
        mine = Service.objects.get(code=service)
        version(offer("two", (service, ""), ("glue", "ONE_TIME_FEE"), individual=True))
        version(offer("twice", (service, ""), (f"{service}2", mine.type), individual=True))
        version(offer("none", individual=True))
        version(offer("catalogued", (service, "")), values={service: {"grantedBalance": "1"}})
        others = [code for other, (_, code, _) in KINDS.items() if other != kind]
        with nothing_changed():
            for code in ("two", "twice", "none", "catalogued", "dataBundle10", *others):
                answer = owned.post(path(kind), **body(kind, offer=code))
                assert answer.status_code == 400, code
                problem(answer, 400, "CASM-INDIVIDUAL-OFFER-NOT-POSSIBLE", "offer")
        refused(owned, path(kind), "CONFIG-NOT-FOUND", "offer", **body(kind, offer="nope"))
        # Another one of the kind will do.
        version(offer("another", (service, ""), individual=True))
        owned.done(path(kind), **body(kind, offer="another"))

    def test_replay_stale_and_who_may(self, owned: RestClient, client_of: ClientOf, kind: str) -> None:
        first = owned.post(path(kind), requestId="once", **body(kind))
        name = KINDS[kind][0]
        assert first.json()[0]["name"] == name
        made = 1 + kind.endswith("balance")
        assert [item["name"] for item in first.json()] == [name] * made
        auditor, care = client_of(groups.AUDITOR), client_of(groups.CARE)
        with nothing_changed():
            again = owned.post(path(kind), requestId="once", **body(kind))
            assert (again.content, again["Idempotent-Replay"]) == (first.content, "true")
            problem(owned.post(path(kind), requestId="once", **body(kind, priority=1)), 409, "REQUEST-ID-CONFLICT")
            problem(owned.post(path(kind), headers={"If-Match": '"x-1"'}, **body(kind)), 412, "PRECONDITION-FAILED")
            problem(auditor.post(path(kind), **body(kind)), 403, "PERMISSION-DENIED")
        care.done(path(kind), **body(kind))
        assert Subscription.objects.count() == 2


class TestContradictions:
    @pytest.mark.parametrize("kind", [kind for kind, (_, others) in TABLE.items() if "chargeMin" in others])
    def test_least_charge_beyond_the_most(self, owned: RestClient, kind: str) -> None:
        refused(owned, path(kind), "REQUEST-VALIDATION", "chargeMax", **body(kind, chargeMin="2", chargeMax="1.99"))
        owned.done(path(kind), **body(kind, chargeMin="2", chargeMax="2.00"))

    @pytest.mark.parametrize("kind", ["create-balance", "create-monetary-balance"])
    @pytest.mark.parametrize("end", ["2026-06-30T22:00:00Z", "2026-07-01T00:00:00+02:00", "2026-06-01T00:00:00Z"])
    def test_end_before_start(self, owned: RestClient, kind: str, end: str) -> None:
        validity = {"validFrom": "2026-07-01T00:00:00+02:00", "validTo": end}
        refused(owned, path(kind), "REQUEST-VALIDATION", "validTo", **body(kind, **validity))

    @pytest.mark.parametrize("kind", ["create-balance", "create-monetary-balance"])
    def test_end_before_the_subscription(self, owned: RestClient, kind: str) -> None:
        since = {**ACTIVE, "stateValidFrom": "2026-03-01T00:00:00Z"}
        for end in ("2026-03-01T00:00:00Z", "2026-02-28T00:00:00Z"):
            refused(owned, path(kind), "REQUEST-VALIDATION", "validTo", **body(kind, validTo=end, state=since))
        owned.done(path(kind), **body(kind, validTo="2026-03-01T00:00:00.001Z", state=since))


class TestMoney:
    @pytest.mark.parametrize(
        ("currency", "good", "bad"),
        [
            ("JPY", ["25", "25.00"], ["25.1", "0.01"]),
            ("KWD", ["25.125"], ["25.1234"]),
            ("EUR", ["25.12"], ["25.125"]),
        ],
    )
    def test_digits_are_those_of_the_payers_currency(
        self, owned: RestClient, currency: str, good: list[str], bad: list[str]
    ) -> None:
        account(owned, "foreign", currency)
        on = {"account": {"externalId": "foreign"}}
        fields = [
            ("create-one-time-fee", "charge"), ("create-recurrent-fee", "charge"),
            ("create-absolute-discount", "discount"), ("create-absolute-discount", "chargeMin"),
            ("create-absolute-billing-discount", "discount"), ("create-percentage-discount", "chargeMax"),
            ("create-monetary-balance", "grantedBalance"),
        ]  # fmt: skip
        for kind, name in fields:
            lacking = {"discount": "1"} if kind == "create-absolute-discount" else {}
            for value in good:
                owned.done(path(kind), **body(kind, **lacking, **on) | {name: value})
            for value in bad:
                refused(owned, path(kind), "REQUEST-VALIDATION", name, **body(kind, **lacking, **on) | {name: value})

    def test_a_balance_in_another_currency_has_its_digits(self, owned: RestClient) -> None:
        kind = "create-monetary-balance"
        made = owned.done(path(kind), **body(kind, currency="KWD", grantedBalance="1.125"))
        assert kept(made)["currency"] == "KWD"
        balance = Balance.objects.get()
        assert (balance.unit, balance.units, str(balance.actual)) == ("KWD", "", "1.125000")
        refused(
            owned,
            path(kind),
            "REQUEST-VALIDATION",
            "grantedBalance",
            **body(kind, currency="JPY", grantedBalance="1.5"),
        )
        refused(owned, path(kind), "CONFIG-NOT-FOUND", "currency", **body(kind, currency="XXX"))

    def test_a_balance_is_in_the_payers_currency_unless_told(self, owned: RestClient) -> None:
        account(owned, "foreign", "JPY")
        kind = "create-monetary-balance"
        made = owned.done(path(kind), **body(kind, account={"externalId": "foreign"}))
        assert kept(made)["currency"] == "JPY"
        # A customer has no currency; the operator's own it is.
        made = owned.done(path(kind), **body(kind, account=None, customer={"externalId": "cust-1"}))
        assert kept(made)["currency"] == "EUR"
        assert [balance.unit for balance in Balance.objects.order_by("pk")] == ["JPY", "EUR"]


def test_recurs_without_end_when_null(owned: RestClient) -> None:
    kind = "create-recurrent-fee"
    assert "recurrenceCycles" not in kept(owned.done(path(kind), **body(kind, recurrenceCycles=None)))


def test_openapi_says_what_each_takes(run_command: Any) -> None:
    import yaml

    schema = yaml.safe_load(run_command("spectacular"))
    for kind, (name, _, _) in KINDS.items():
        described = schema["paths"][f"/v1/casm/individual-offers/{kind}"]["post"]
        content = described["requestBody"]["content"]["application/json"]
        assert described["operationId"] == name
        assert [example["value"]["offer"] for example in content["examples"].values()] == [KINDS[kind][1]]
        model = schema["components"]["schemas"][content["schema"]["$ref"].rsplit("/", 1)[1]]
        first, others = TABLE[kind]
        common = {
            "externalId",
            "priority",
            "currency",
            "customName",
            "customAttributes",
            "parentOfferSubscription",
            "transactionId",
        }
        required = {"requestId", "offer", "state", first[0]}
        assert set(model["required"]) == required
        assert set(model["properties"]) == required | common | set(OWNERS) | set(others)
        for field, takes in [first, *others.items()]:
            found = model["properties"][field]
            if isinstance(takes, list):
                (word,) = found["allOf"]
                assert schema["components"]["schemas"][word["$ref"].rsplit("/", 1)[1]]["enum"] == takes
                continue
            kinds = found["type"] if isinstance(found["type"], list) else [found["type"]]
            expected = {
                WHOLE: "integer", FLAG: "boolean", TEXT: "string", INSTANT: "string", CURRENCY: "string",
                THRESHOLDS: "array",
            }.get(takes)  # fmt: skip
            assert expected in kinds if expected else {"string", "number"} <= set(kinds), (kind, field, found)
            assert found["description"]
