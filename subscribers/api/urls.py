"""The subscribers' paths under /v1/casm/, one line per operation."""

from django.urls import path

from ocsportal.rest.configuration import declare
from ocsportal.rest.level import Write, shared_writes, write_paths
from ocsportal.rest.reads import read_paths
from subscribers import operations as do
from subscribers import queries
from subscribers.api import configuration, examples, serializers, views
from subscribers.api.filters import SubscriberFilters

WRITES: list[Write] = [
    ("create", do.create_subscriber, serializers.CreateSubscriber, examples.CREATE),
    *shared_writes(do.level, sample=examples.SUBSCRIBER, segment="premium"),
    (
        "resources/create",
        do.create_subscriber_resource,
        serializers.CreateSubscriberResource,
        examples.CREATE_RESOURCE,
    ),
    (
        "resources/swap",
        do.swap_subscriber_resource,
        serializers.SwapSubscriberResource,
        examples.SWAP_RESOURCE,
    ),
    (
        "resources/end",
        do.end_subscriber_resource,
        serializers.EndSubscriberResource,
        examples.END_RESOURCE,
    ),
    (
        "resources/exchange",
        do.exchange_subscriber_resources,
        serializers.ExchangeSubscriberResources,
        examples.EXCHANGE_RESOURCES,
    ),
]

declare(*configuration.KINDS)

urlpatterns = [
    *read_paths(
        "subscribers",
        do.read_subscriber,
        "Read a subscriber by an ID or a resource that it has, with states, resources and offers if asked.",
        find=queries.subscriber,
        entities=queries.subscribers,
        parameters=serializers.ReadSubscriberParameters,
        filters=SubscriberFilters,
        base=views.ByResource,
    ),
    path("subscribers/resources/read", views.ReadSubscriberResourceView.as_view()),
    path("resources", views.ResourceListView.as_view()),
    *write_paths("subscribers", WRITES),
]
