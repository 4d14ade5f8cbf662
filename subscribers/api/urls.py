"""The subscribers' paths under /v1/casm/, one line per operation."""

from django.urls import path

from ocsportal.rest.configuration import declare
from ocsportal.rest.level import Write, shared_writes, write_paths
from subscribers import operations as do
from subscribers.api import configuration, examples, serializers, views

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
    path("subscribers", views.SubscriberListView.as_view()),
    path("subscribers/read", views.ReadSubscriberView.as_view()),
    path("subscribers/history", views.SubscriberHistoryView.as_view()),
    path("subscribers/resources/read", views.ReadSubscriberResourceView.as_view()),
    path("resources", views.ResourceListView.as_view()),
    *write_paths("subscribers", WRITES),
]
