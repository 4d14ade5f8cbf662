"""The reads of subscribers and their resources; the writes are declared in urls.py."""

from typing import Any

from django.db.models import QuerySet
from django.http import HttpResponse
from rest_framework.request import Request

from accounts.models import Account
from ocsportal.entities.configuration import configured
from ocsportal.entities.store.reading import fetch_all
from ocsportal.rest.entities import EntityListView, EntityReadView, part
from ocsportal.rest.parameters import parameters, reference
from ocsportal.rest.views import ReadView
from ocsportal.transactions.representation import represent
from subscribers import operations, queries
from subscribers.api.filters import ResourceFilters
from subscribers.api.serializers import ReadSubscriberResourceParameters
from subscribers.models import ResourceType, Subscriber


class ByResource(EntityReadView):
    """A read of a subscriber by an ID or by a resource that it has."""

    def entity(self, found: dict[str, Any]) -> Any:
        """Return who the IDs name, or who has the resource now; given both, they must name the same one."""
        if "resource" not in found:
            return super().entity(found)
        code = found.get("resourceType")
        kind = configured(ResourceType, code, "resourceType") if code else None
        return queries.holder(found["resource"], kind, reference(found))


class ReadSubscriberResourceView(ReadView):
    """Read a subscriber's live resources, and the former ones if asked, in the order they were given."""

    operation = operations.read_subscriber_resource
    parameter_class = ReadSubscriberResourceParameters

    def get(self, request: Request) -> HttpResponse:
        """Answer with the resources; the ETag is the subscriber's, as writes on its resources take it."""
        found = parameters(request, self.parameter_class)
        code = found.get("resourceType")
        kind = configured(ResourceType, code, "resourceType") if code else None
        subscriber = queries.subscriber(reference(found))
        rows = queries.resources().filter(subscriber=subscriber)
        if kind is not None:
            rows = rows.filter(resource_type=kind)
        if not found.get("historyIncluded"):
            rows = rows.filter(valid_to=None)
        return self.answer({"items": [represent(row) for row in rows.order_by("pk")]}, subscriber.etag)


class ResourceListView(EntityListView):
    """List and search resources, live and former: who has a value, and who had it when."""

    operation = operations.read_subscriber_resource
    filters = ResourceFilters
    orderings = {"created": "pk"}

    @classmethod
    def entities(cls) -> QuerySet[Any]:
        """Return all resources."""
        return queries.resources()


@part(Account, "subscribers")
def subscribers_of_account(account: Account) -> list[dict[str, object]]:
    """Return every subscriber of an account, in the order they were made."""
    return [represent(subscriber) for subscriber in fetch_all(Subscriber, {"account_id": account.pk})]


@part(Subscriber, "resources")
def resources_of_subscriber(subscriber: Subscriber) -> list[dict[str, object]]:
    """Return every resource of a subscriber, live and former, in the order they were given."""
    return [represent(resource) for resource in queries.resources().filter(subscriber=subscriber).order_by("pk")]
