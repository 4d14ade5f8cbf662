"""The subscriptions' paths under /v1/casm/, one line per operation."""

from typing import Any

from django.urls import path

from ocsportal.rest.configuration import declare
from ocsportal.rest.fields import OperationRequest
from ocsportal.rest.level import Write, shared_writes, write_paths
from ocsportal.rest.reads import read_paths
from ocsportal.rest.views import operation_view
from ocsportal.transactions.operation import Operation
from offers import operations as do
from offers import queries
from offers.api import configuration, examples, serializers, views
from offers.api.filters import SubscriptionFilters
from offers.models import ServiceType
from offers.operations.individual import route

OWNERS = {
    "customers": ("customer", {"externalId": "cust-1"}, do.create_subscription_on_customer),
    "accounts": ("account", {"externalId": "acc-1"}, do.create_subscription_on_account),
    "subscribers": ("subscriber", {"externalId": "s-1"}, do.create_subscription_on_subscriber),
}
CREATES: dict[str, Write] = {
    collection: ("create-subscription", create, serializers.on(kind), examples.on(kind, reference))
    for collection, (kind, reference, create) in OWNERS.items()
}
INDIVIDUAL: Write = (
    "create",
    do.create_individual_offer_subscription,
    serializers.CreateIndividualOfferSubscription,
    examples.INDIVIDUAL,
)
SPECIAL = [
    (route(kind), create, serializers.special(kind), examples.special(kind), kind)
    for kind, create in do.SPECIAL.items()
]
WRITES: list[Write] = shared_writes(do.level, sample=examples.SUBSCRIPTION)


def _special_view(
    create: Operation, request: type[OperationRequest], sample: dict[str, object], kind: ServiceType
) -> Any:
    base = type("SpecialView", (views.SpecialView,), {"names": frozenset(serializers.attribute_names(kind))})
    return operation_view(create, request, sample, base)


declare(*configuration.KINDS)

urlpatterns = [
    *read_paths(
        "subscriptions",
        do.read_subscription,
        "Read a subscription by refId or externalId, with its states if asked.",
        find=queries.subscription,
        entities=queries.subscriptions,
        parameters=serializers.ReadSubscriptionParameters,
        filters=SubscriptionFilters,
    ),
    *write_paths("subscriptions", WRITES),
    *[url for collection, write in CREATES.items() for url in write_paths(collection, [write])],
    *write_paths("individual-offers", [INDIVIDUAL]),
    *[
        path(f"individual-offers/{last}", _special_view(create, request, sample, kind))
        for last, create, request, sample, kind in SPECIAL
    ],
]
