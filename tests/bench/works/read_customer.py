"""ReadCustomer by external ID."""

from tests.bench.data import CUSTOMERS, Keys
from tests.bench.works.base import Goal, HttpWork, draft_headers, http, portal_headers


def _portal(keys: Keys, number: int) -> bytes:
    return http("GET", f"/v1/casm/customers/read?externalId=seed-{number * 7919 % CUSTOMERS}", portal_headers(keys))


def _draft(keys: Keys, number: int) -> bytes:
    return http("GET", f"/customers/seed-{number * 7919 % CUSTOMERS}/", draft_headers(keys))


WORK = HttpWork(
    "ReadCustomer",
    "Read a customer by external ID, with its profile, segment and state",
    {"portal": _portal, "floor": _portal, "draft": _draft},
    (Goal("floor", 0.7),),
)
