"""ReadCustomer by external ID, with its accounts and subscriptions."""

from tests.bench.data import Keys
from tests.bench.shapes import ACCOUNTS_PER_TREE, SUBSCRIPTIONS_PER_TREE, TREES
from tests.bench.works.base import Goal, HttpWork, draft_headers, http, portal_headers


def _portal(keys: Keys, number: int) -> bytes:
    path = f"/v1/casm/customers/read?externalId=tree-{number * 79 % TREES}&accounts=true&offers=true"
    return http("GET", path, portal_headers(keys))


def _draft(keys: Keys, number: int) -> bytes:
    return http("GET", f"/customers/tree-{number * 79 % TREES}/?tree=1", draft_headers(keys))


WORK = HttpWork(
    "ReadCustomerTree",
    f"Read a customer with {ACCOUNTS_PER_TREE} accounts and {SUBSCRIPTIONS_PER_TREE} subscriptions in one answer",
    {"portal": _portal, "floor": _portal, "draft": _draft},
    (Goal("floor", 0.6), Goal("draft", 10)),
    (("portal", "tests.bench.portal.trees:prepare"), ("draft", "tests.bench.rivals.draft.data:trees")),
)
