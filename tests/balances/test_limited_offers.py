"""Limits of agents hold for what they give by subscribing: balances, money, fees and discounts, by every operation."""

from typing import Any

import pytest
from django.contrib.auth.models import Group, Permission

from balances.models import AdjustmentLimit
from ocsportal.people import groups
from ocsportal.people.models import User
from offers.attributes import ATTRIBUTES, AttributeKind
from offers.models import ServiceType
from offers.operations import SPECIAL
from offers.operations.individual import route
from offers.worth import AMOUNTS
from tests.balances.purse import adjust, counted, money
from tests.balances.test_limits import LIMIT, limit, moved
from tests.client import RestClient, problem
from tests.offers.world import ACTIVE, account, nothing_changed, offer, subscribe, version
from tests.rest.conftest import ClientOf

pytestmark = pytest.mark.django_db

# The offer, the attribute that is the amount, and the unit it counts in.
KINDS = {
    "create-balance": ("indBalance", "grantedBalance", "MINUTE"),
    "create-monetary-balance": ("indMonetaryBalance", "grantedBalance", "EUR"),
    "create-one-time-fee": ("indOneTimeFee", "charge", "EUR"),
    "create-recurrent-fee": ("indRecurrentFee", "charge", "EUR"),
    "create-absolute-discount": ("indAbsoluteDiscount", "discount", "EUR"),
    "create-absolute-billing-discount": ("indAbsoluteBillingDiscount", "discount", "EUR"),
}
PERCENTAGES = {
    "create-percentage-discount": "indPercentageDiscount",
    "create-percentage-billing-discount": "indPercentageBillingDiscount",
}


@pytest.fixture
def agent(owned: RestClient, client_of: ClientOf) -> RestClient:
    """An agent of Customer Care, and an account in EUR."""
    return client_of(groups.CARE)


def give(api: RestClient, way: str, amount: str, account: str = "acc-1", **other: Any) -> Any:
    """Subscribe to the individual offer of a kind, of that amount."""
    code, name, unit = KINDS[way]
    units = {"unitsOfMeasurement": unit} if way == "create-balance" else {}
    body = {"account": {"externalId": account}, "offer": code, "state": ACTIVE, name: amount, **units, **other}
    return api.post(f"/individual-offers/{way}", **body)


def generally(api: RestClient, code: str, *values: tuple[str, str, Any]) -> Any:
    """Subscribe to an individual offer by the operation for any."""
    entries = [{"service": service, "attribute": name, "value": value} for service, name, value in values]
    body = {"account": {"externalId": "acc-1"}, "offer": code, "state": ACTIVE, "offerAttributes": entries}
    return api.post("/individual-offers/create", **body)


def test_every_kind_of_service_is_thought_of() -> None:
    with_amounts = {kind for kind, entries in ATTRIBUTES.items() if any(_is_amount(entry) for entry in entries)}
    assert with_amounts == set(AMOUNTS)
    assert {route(kind) for kind in AMOUNTS} == set(KINDS)
    assert {route(kind) for kind in set(ServiceType) - set(AMOUNTS)} == set(PERCENTAGES)
    assert set(SPECIAL) == set(ServiceType)


def _is_amount(entry: Any) -> bool:
    return entry.mandatory and entry.kind in (AttributeKind.MONEY, AttributeKind.QUANTITY)


@pytest.mark.parametrize("way", KINDS)
class TestOnce:
    def test_at_most_so_much(self, agent: RestClient, way: str) -> None:
        _, name, unit = KINDS[way]
        limit(groups.CARE, unit, once="50")
        with nothing_changed():
            problem(give(agent, way, "50.01"), 400, LIMIT, name)
            problem(give(agent, way, "1000000"), 400, LIMIT, name)
        assert moved() == []
        assert give(agent, way, "50").status_code == 200
        assert moved() == [(unit, 50)]

    def test_without_a_limit_in_the_unit_nothing(self, agent: RestClient, way: str) -> None:
        _, name, _ = KINDS[way]
        limit(groups.CARE, "GIGABYTE")
        with nothing_changed():
            assert "At most 0 " in problem(give(agent, way, "0.01"), 400, LIMIT, name)["detail"]
        limit(groups.CARE, AdjustmentLimit.OTHERS)
        assert give(agent, way, "1000000").status_code == 200

    def test_a_group_without_limits_gives_what_it_likes(self, owned: RestClient, way: str) -> None:
        limit(groups.CARE, KINDS[way][2], once="1", day="1")
        assert give(owned, way, "1000000").status_code == 200
        assert moved() == []


@pytest.mark.parametrize(("way", "code"), PERCENTAGES.items())
def test_percentages_do_not_count(agent: RestClient, way: str, code: str) -> None:
    limit(groups.CARE, "EUR", once="1", day="1")
    body = {"account": {"externalId": "acc-1"}, "offer": code, "state": ACTIVE, "percentage": "100"}
    assert agent.post(f"/individual-offers/{way}", **body).status_code == 200
    assert moved() == []


class TestDay:
    def test_everything_in_a_currency_adds_up(self, agent: RestClient, owned: RestClient) -> None:
        money(owned, external_id="sub-2")
        limit(groups.CARE, "EUR", once="10", day="58")
        ways = [way for way, (_, _, unit) in KINDS.items() if unit == "EUR"]
        for way in ways:
            assert give(agent, way, "10").status_code == 200
        assert adjust(agent, "sub-2", adjustment="-5").status_code == 200
        with nothing_changed():
            for way in ways:
                assert "3 are left today" in problem(give(agent, way, "3.01"), 400, LIMIT)["detail"]
            problem(adjust(agent, "sub-2", adjustment="3.01"), 400, LIMIT)
        assert give(agent, ways[0], "3").status_code == 200
        assert sum(amount for _, amount in moved()) == 58

    def test_a_replay_counts_once(self, agent: RestClient) -> None:
        limit(groups.CARE, "EUR", day="10")
        for _ in range(3):
            assert give(agent, "create-one-time-fee", "6", requestId="once").status_code == 200
        assert moved() == [("EUR", 6)]


class TestCurrency:
    def test_it_is_that_of_the_payer(self, agent: RestClient, owned: RestClient) -> None:
        account(owned, "acc-2", "USD")
        limit(groups.CARE, "EUR", once="5")
        limit(groups.CARE, "USD", once="50")
        assert give(agent, "create-one-time-fee", "50", "acc-2").status_code == 200
        problem(give(agent, "create-one-time-fee", "50"), 400, LIMIT)

    def test_a_balance_names_its_own(self, agent: RestClient) -> None:
        limit(groups.CARE, "EUR", once="5")
        limit(groups.CARE, "USD", once="50")
        assert give(agent, "create-monetary-balance", "50", currency="USD").status_code == 200
        assert moved() == [("USD", 50)]

    def test_a_customer_pays_in_the_operators(self, agent: RestClient) -> None:
        limit(groups.CARE, "EUR", once="5")
        body = {"customer": {"externalId": "cust-1"}, "offer": "indOneTimeFee", "state": ACTIVE}
        problem(agent.post("/individual-offers/create-one-time-fee", **body, charge="5.01"), 400, LIMIT, "charge")
        assert agent.post("/individual-offers/create-one-time-fee", **body, charge="5").status_code == 200


class TestAnyIndividualOffer:
    def test_the_service_is_named(self, agent: RestClient) -> None:
        version(offer("both", ("credit", "MONETARY_BALANCE"), ("fee", "ONE_TIME_FEE"), individual=True))
        limit(groups.CARE, "EUR", once="10", day="15")
        credit, fee = ("credit", "grantedBalance"), ("fee", "charge")
        with nothing_changed():
            answer = generally(agent, "both", (*credit, "10"), (*fee, "10.01"))
            problem(answer, 400, LIMIT, "offerAttributes.fee.charge")
            answer = generally(agent, "both", (*credit, "10"), (*fee, "5.01"))
            assert "5 are left today" in problem(answer, 400, LIMIT, "offerAttributes.fee.charge")["detail"]
        assert generally(agent, "both", (*credit, "10"), (*fee, "5")).status_code == 200
        assert moved() == [("EUR", 15)]


class TestCatalogueTerms:
    @pytest.mark.parametrize("kind", ["customer", "account", "subscriber"])
    def test_money_counts(self, agent: RestClient, kind: str) -> None:
        version(
            offer("credit", ("money", "MONETARY_BALANCE")), currency="EUR", values={"money": {"grantedBalance": "9"}}
        )
        limit(groups.CARE, "EUR", once="10", day="10")
        assert subscribe(agent, kind, offer="credit").status_code == 200
        with nothing_changed():
            problem(subscribe(agent, kind, offer="credit"), 400, LIMIT, "offer")
        assert moved() == [("EUR", 9)]

    def test_what_the_version_sells_does_not(self, agent: RestClient) -> None:
        limit(groups.CARE, "EUR", once="0", day="0")
        for code in ("dataBundle10", "unlimitedVoice", "welcomeDiscount"):
            assert subscribe(agent, offer=code).status_code == 200
        assert moved() == []


@pytest.mark.parametrize(
    ("may", "answers"), [("create_balance_subscription", 200), ("update_subscription_balance", 400)]
)
def test_the_most_generous_group_of_those_who_may_do_it(
    agent: RestClient, client_of: ClientOf, may: str, answers: int
) -> None:
    other = Group.objects.create(name="Campaign")
    other.permissions.add(Permission.objects.get(codename=may))
    User.objects.get(application_id=agent.headers["X-Ocs-Io-Application-Id"]).groups.add(other)
    limit(groups.CARE, "MINUTE", once="10")
    assert give(agent, "create-balance", "11").status_code == answers


def test_nothing_is_counted_of_what_is_refused_otherwise(agent: RestClient) -> None:
    limit(groups.CARE, "MEGABYTE", day="10")
    counted(agent, "5")
    with nothing_changed():
        problem(_taken(agent), 400, "EXTERNAL-ID-NOT-UNIQUE")
    assert moved() == [("MEGABYTE", 5)]


def _taken(agent: RestClient) -> Any:
    body = {"account": {"externalId": "acc-1"}, "offer": "indBalance", "state": ACTIVE, "externalId": "sub-1"}
    return agent.post("/individual-offers/create-balance", **body, grantedBalance="1", unitsOfMeasurement="MEGABYTE")
