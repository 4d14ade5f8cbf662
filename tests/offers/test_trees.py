"""What a whole tree has: subscriptions and balances below a customer or an account, at every level."""

import json

import pytest

from accounts.models import Account
from customers.models import Customer
from tests.client import RestClient, problem
from tests.offers.world import ACTIVE

pytestmark = pytest.mark.django_db


@pytest.fixture
def tree(api: RestClient) -> None:
    """Two customers; below the first an account with one below it, each with a subscriber, and an offer on each of all."""
    for customer in ("c", "other"):
        api.done("/customers/create", externalId=customer, customerProfile="b2c")
        api.done(
            "/accounts/create", externalId=f"{customer}-a", customer={"externalId": customer}, accountProfile="prepaid"
        )
    api.done(
        "/accounts/create",
        externalId="c-b",
        customer={"externalId": "c"},
        accountProfile="prepaid",
        parent={"externalId": "c-a"},
    )
    for number, account in enumerate(("c-a", "c-b", "other-a")):
        api.done(
            "/subscribers/create",
            externalId=f"s-{account}",
            account={"externalId": account},
            subscriberProfile="prepaidMobile",
            primaryResourceType="MSISDN",
            primaryResource=f"4915112345{number:02}",
        )
    for level, names in {
        "customer": ("c", "other"),
        "account": ("c-a", "c-b", "other-a"),
        "subscriber": ("s-c-a", "s-c-b", "s-other-a"),
    }.items():
        for name in names:
            api.done(
                f"/{level}s/create-subscription",
                **{level: {"externalId": name}},
                externalId=f"o-{name}",
                offer="dataBundle10",
                state=ACTIVE,
            )


def found(api: RestClient, path: str = "/subscriptions", **parameters: str) -> list[str]:
    """Return the external IDs of the subscriptions that a list tells of."""
    answer = api.get(path, **parameters)
    assert answer.status_code == 200, answer.content
    items = json.loads(answer.content)["items"]
    names = [item["externalId"] if path == "/subscriptions" else item["subscription"]["externalId"] for item in items]
    return sorted(set(names))


@pytest.mark.usefixtures("tree")
@pytest.mark.parametrize("path", ["/subscriptions", "/balances"])
def test_all_that_is_below(api: RestClient, path: str) -> None:
    customer = Customer.objects.get(external_id="c").ref_id
    upper, lower = (Account.objects.get(external_id=name).ref_id for name in ("c-a", "c-b"))
    everything = ["o-c", "o-c-a", "o-c-b", "o-s-c-a", "o-s-c-b"]
    assert found(api, path, customer=customer) == ["o-c"]
    assert found(api, path, customer=customer, below="false") == ["o-c"]
    assert found(api, path, customer=customer, below="true") == everything
    assert found(api, path, account=upper, below="true") == everything[1:]
    assert found(api, path, account=lower, below="true") == ["o-c-b", "o-s-c-b"]
    assert found(api, path, customer=customer, account=lower, below="true") == ["o-c-b", "o-s-c-b"]
    assert found(api, path, customer="AAAAAAAAAAAAAA", below="true") == []
    assert found(api, path, customer=customer, below="true", offer="unlimitedVoice") == []


@pytest.mark.usefixtures("tree")
def test_pages_of_a_tree(api: RestClient) -> None:
    customer = Customer.objects.get(external_id="c").ref_id
    first = json.loads(api.get("/subscriptions", customer=customer, below="true", limit="3").content)
    second = json.loads(
        api.get("/subscriptions", customer=customer, below="true", limit="3", cursor=first["nextCursor"]).content
    )
    assert [len(page["items"]) for page in (first, second)] == [3, 2]
    assert second["nextCursor"] is None


@pytest.mark.parametrize("path", ["/subscriptions", "/balances"])
def test_below_needs_what_it_is_below(api: RestClient, path: str) -> None:
    problem(api.get(path, below="true"), 400, "REQUEST-VALIDATION", "below")
