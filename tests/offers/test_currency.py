"""The currency of a subscription: who decides it, what is refused, and what is told of it."""

import pytest

from offers.models import Subscription
from tests.client import RestClient, problem
from tests.offers.world import ACTIVE, account, nothing_changed, offer, refused, version

pytestmark = pytest.mark.django_db
ON_CUSTOMER, FEE = "/customers/create-subscription", "/individual-offers/create-one-time-fee"
CUSTOMER = {"customer": {"externalId": "cust-1"}, "state": ACTIVE}


@pytest.fixture
def everywhere(owned: RestClient) -> RestClient:
    """An offer with a version for each of three currencies, at one price in each."""
    own = offer("own", ("fee", "RECURRENT_FEE"))
    for number, (code, charge) in enumerate([("EUR", "10"), ("USD", "12"), ("JPY", "1500")], 1):
        version(own, number, code, values={"fee": {"charge": charge}})
    return owned


def without_accounts(api: RestClient) -> dict[str, object]:
    api.done("/customers/create", externalId="alone", customerProfile="b2c")
    return {"customer": {"externalId": "alone"}, "state": ACTIVE}


def test_on_a_customer_the_one_currency_of_its_payers_decides(everywhere: RestClient) -> None:
    made = everywhere.done(ON_CUSTOMER, offer="own", **CUSTOMER)
    assert (made["currency"]["code"], made["offerVersion"]) == ("EUR", 1)
    everywhere.done("/customers/create", externalId="in-yen", customerProfile="b2c")
    account(everywhere, "yen", "JPY", customer={"externalId": "in-yen"})
    in_yen = {"customer": {"externalId": "in-yen"}, "offer": "own", "state": ACTIVE}
    made = everywhere.done(ON_CUSTOMER, **in_yen)
    assert (made["currency"]["code"], made["offerVersion"]) == ("JPY", 3)
    said = refused(everywhere, ON_CUSTOMER, "CASM-CURRENCY", "currency", **in_yen, currency="EUR")
    assert said["detail"] == "The payer pays in JPY; leave the currency out, or name that one."
    assert everywhere.done(ON_CUSTOMER, **in_yen, currency="JPY")["currency"]["code"] == "JPY"


def test_where_payers_have_several_or_none_the_named_one_decides_else_the_primary(everywhere: RestClient) -> None:
    account(everywhere, "dollars", "USD")
    alone = without_accounts(everywhere)
    for on in (CUSTOMER, alone):
        assert everywhere.done(ON_CUSTOMER, offer="own", **on)["currency"]["code"] == "EUR"
        for code, number in (("USD", 2), ("JPY", 3)):
            made = everywhere.done(ON_CUSTOMER, offer="own", currency=code, **on)
            assert (made["currency"]["code"], made["offerVersion"]) == (code, number)
    refused(everywhere, ON_CUSTOMER, "CONFIG-NOT-FOUND", "currency", offer="own", currency="XXX", **alone)
    said = refused(everywhere, ON_CUSTOMER, "CASM-CURRENCY", "currency", offer="own", currency="KWD", **alone)
    assert said["detail"] == "The offer 'own' has no version in KWD that is valid at the start."


def test_a_deactivated_account_decides_nothing(everywhere: RestClient) -> None:
    account(everywhere, "dollars", "USD")
    gone = {"state": "DEACTIVATED", "stateReason": "dfltDeactivated"}
    everywhere.done("/accounts/update-state", account={"externalId": "dollars"}, state=gone)
    refused(everywhere, ON_CUSTOMER, "CASM-CURRENCY", "currency", offer="own", currency="USD", **CUSTOMER)


def test_on_accounts_and_subscribers_the_payer_decides(everywhere: RestClient) -> None:
    for kind, name in (("account", "acc-1"), ("subscriber", "s-1")):
        path, on = f"/{kind}s/create-subscription", {kind: {"externalId": name}, "offer": "own", "state": ACTIVE}
        assert everywhere.done(path, **on)["currency"]["code"] == "EUR"
        refused(everywhere, path, "CASM-CURRENCY", "currency", **on, currency="USD")
    with nothing_changed():
        answer = everywhere.post("/customers/create-subscription", offer="own", **CUSTOMER, currency=1)
        problem(answer, 400, "REQUEST-VALIDATION", "currency")


def test_only_versions_in_other_currencies_is_a_matter_of_currency(owned: RestClient) -> None:
    version(offer("own"), 1, "USD")
    refused(owned, ON_CUSTOMER, "CASM-CURRENCY", "offer", offer="own", **CUSTOMER)


def test_an_individual_fee_is_in_the_named_currency_with_its_digits(owned: RestClient) -> None:
    alone = without_accounts(owned)
    made = owned.done(FEE, offer="indOneTimeFee", currency="KWD", charge="1.5", **alone)
    assert (made["currency"]["code"], made["offerAttributes"][0]["value"]) == ("KWD", "1.500")
    refused(owned, FEE, "REQUEST-VALIDATION", "charge", offer="indOneTimeFee", currency="JPY", charge="1.5", **alone)


def test_a_purse_may_be_in_another_currency_than_its_payer(owned: RestClient) -> None:
    path, body = "/individual-offers/create-monetary-balance", {"offer": "indMonetaryBalance", "grantedBalance": "5"}
    on = {"account": {"externalId": "acc-1"}, "state": ACTIVE}
    made = owned.done(path, **on, **body, currency="USD")
    told = {entry["attribute"]: entry["value"] for entry in made["offerAttributes"]}
    assert (made["currency"]["code"], told) == ("EUR", {"currency": "USD", "grantedBalance": "5.00"})
    made = owned.done(path, **without_accounts(owned), **body, currency="KWD")
    told = {entry["attribute"]: entry["value"] for entry in made["offerAttributes"]}
    assert (made["currency"]["code"], told) == ("KWD", {"currency": "KWD", "grantedBalance": "5.000"})


def test_values_of_the_catalogue_are_told_like_given_ones(everywhere: RestClient) -> None:
    made = everywhere.done(ON_CUSTOMER, offer="own", **CUSTOMER)
    values = [{"service": "fee", "attribute": "charge", "value": "10"}]
    assert made["offerAttributes"] == values
    assert everywhere.get("/subscriptions/read", refId=made["refId"]).json() == made
    [listed] = everywhere.get("/subscriptions", offer="own").json()["items"]
    assert (listed["offerAttributes"], listed["currency"]) == (values, made["currency"])
    history = everywhere.get("/subscriptions/history", refId=made["refId"]).json()["items"]
    assert {"field": "offerAttributes", "old": None, "new": values} in history[0]["changes"]


def test_of_one_from_before_the_version_says_the_currency(everywhere: RestClient) -> None:
    made = everywhere.done(ON_CUSTOMER, offer="own", **CUSTOMER)
    subscription = Subscription.objects.get(ref_id=made["refId"])
    subscription.currency = None
    from offers.representation import subscription_json

    assert subscription_json(subscription)["currency"] == made["currency"]
