"""Bodies that do what they say on a fresh installation; tests post them, the schema shows them."""

from ocsportal.rest.level import example

SUBSCRIPTION = {"externalId": "sub-1"}
ONE = example(
    "update-balance", subscription=SUBSCRIPTION, service="data", adjustment="-500", reason="Correction of usage"
)
SEVERAL = example(
    "update-balances",
    subscription=SUBSCRIPTION,
    balances=[{"service": "data", "balance": "9000"}, {"service": "voice", "adjustment": "30"}],
)
