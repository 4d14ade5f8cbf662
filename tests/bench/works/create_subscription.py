"""CreateSubscriptionOnCustomer: an offer with two balances."""

from tests.bench.data import CUSTOMERS, Keys
from tests.bench.works.base import HttpWork, draft_headers, http, portal_headers


def _customer(number: int) -> str:
    return f"seed-{number * 7919 % CUSTOMERS}"


def _portal(keys: Keys, number: int) -> bytes:
    body = (
        f'{{"requestId":"u-{number}","customer":{{"externalId":"{_customer(number)}"}},"offer":"dataBundle10",'
        f'"externalId":"u-{number}","state":{{"state":"ACTIVE","stateReason":"dfltActive"}}}}'
    )
    return http("POST", "/v1/casm/customers/create-subscription", portal_headers(keys), body.encode())


def _draft(keys: Keys, number: int) -> bytes:
    body = (
        f'{{"customer":"{_customer(number)}","offer":"dataBundle10","external_id":"u-{number}",'
        '"state_reason":"dfltActive"}'
    )
    return http("POST", "/subscriptions/", draft_headers(keys) | {"Idempotency-Key": f"u-{number}"}, body.encode())


WORK = HttpWork(
    "CreateSubscriptionOnCustomer",
    "Subscribe a customer to an offer with two balances, each with the first entry of its ledger",
    {"portal": _portal, "floor": _portal, "draft": _draft},
)
