"""UpdateSubscriptionBalance by a hundred clients: of many subscriptions, and of one and the same."""

from collections.abc import Callable

from tests.bench.data import Keys
from tests.bench.shapes import PURSE_COUNT, PURSES
from tests.bench.works.base import Goal, HttpWork, Render, draft_headers, http, portal_headers

REASON = "Correction of usage"
CLIENTS = 100
PREPARE = (
    ("portal", "tests.bench.portal.balances:prepare"),
    ("floor", "tests.bench.rivals.floor.balances:prepare"),
    ("draft", "tests.bench.rivals.draft.data:balances"),
)
TOTAL = {
    "portal": "tests.bench.portal.balances:total",
    "floor": "tests.bench.rivals.floor.balances:total",
    "draft": "tests.bench.rivals.draft.data:total",
}


def _renders(work: str, purse: Callable[[int], int]) -> dict[str, Render]:
    def portal(keys: Keys, number: int) -> bytes:
        body = (
            f'{{"requestId":"{work}-{number}","subscription":{{"externalId":"{PURSES}{purse(number)}"}},'
            f'"service":"data","adjustment":"1","reason":"{REASON}"}}'
        )
        return http("POST", "/v1/casm/subscriptions/update-balance", portal_headers(keys), body.encode())

    def draft(keys: Keys, number: int) -> bytes:
        body = f'{{"service":"data","adjustment":"1","reason":"{REASON}"}}'
        headers = draft_headers(keys) | {"Idempotency-Key": f"{work}-{number}"}
        return http("POST", f"/subscriptions/{PURSES}{purse(number)}/adjust/", headers, body.encode())

    return {"portal": portal, "floor": portal, "draft": draft}


MANY = HttpWork(
    "UpdateSubscriptionBalance",
    f"Adjust one balance of each of {PURSE_COUNT} subscribers' subscriptions in turn, {CLIENTS} clients",
    _renders("many", lambda number: number % PURSE_COUNT),
    (Goal("floor", 0.6),),
    prepare=PREPARE,
    total=TOTAL,
    clients=CLIENTS,
)
HOT = HttpWork(
    "HotBalance",
    f"Adjust one and the same balance, {CLIENTS} clients",
    _renders("hot", lambda number: 0),
    (Goal("portal", 0.8, at=MANY.name),),
    PREPARE,
    TOTAL,
    CLIENTS,
)
