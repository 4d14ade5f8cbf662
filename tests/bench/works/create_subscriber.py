"""CreateSubscriber by a profile that makes the account and the customer too."""

from tests.bench.data import Keys
from tests.bench.works.base import Goal, HttpWork, draft_headers, http, portal_headers


def _number(number: int) -> str:
    return f"49151{number:08}"


def _portal(keys: Keys, number: int) -> bytes:
    body = (
        f'{{"requestId":"s-{number}","externalId":"s-{number}","subscriberProfile":"prepaidMobile",'
        f'"customName":"Prepaid {number}","primaryResourceType":"MSISDN","primaryResource":"{_number(number)}"}}'
    )
    return http("POST", "/v1/casm/subscribers/create", portal_headers(keys), body.encode())


def _draft(keys: Keys, number: int) -> bytes:
    body = (
        f'{{"external_id":"s-{number}","profile":"prepaidMobile","custom_name":"Prepaid {number}",'
        f'"primary_resource_type":"MSISDN","primary_resource":"{_number(number)}"}}'
    )
    return http("POST", "/subscribers/", draft_headers(keys) | {"Idempotency-Key": f"s-{number}"}, body.encode())


WORK = HttpWork(
    "CreateSubscriber",
    "Create a prepaid subscriber with its phone number, and by its profile the account and the customer with it",
    {"portal": _portal, "floor": _portal, "draft": _draft},
    (Goal("floor", 0.85), Goal("draft", 7)),
)
