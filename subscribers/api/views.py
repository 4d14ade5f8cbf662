"""The reads of subscribers and their resources; the writes are declared in urls.py."""

from django.db.models import Model, QuerySet
from django.http import HttpResponse
from rest_framework.request import Request

from accounts.models import Account
from customers.models import Customer
from ocsportal.entities.configuration import configured
from ocsportal.entities.versions import Moment, rows_at
from ocsportal.rest.entities import EntityListView, EntityReadView, below, moment_of, part
from ocsportal.rest.parameters import parameters, reference
from ocsportal.rest.views import ReadView
from ocsportal.transactions.errors import OperationRefused
from ocsportal.transactions.given import Checked
from ocsportal.transactions.representation import represent, represent_as
from subscribers import operations, queries
from subscribers.api.filters import ResourceFilters
from subscribers.api.serializers import ReadSubscriberResourceParameters
from subscribers.models import ResourceType, Subscriber, SubscriberResource


class ByResource(EntityReadView):
    """A read of a subscriber by an ID or by a resource that it has."""

    def entity(self, found: Checked) -> Model:
        """Return who the IDs name, or who has the resource now; given both, they must name the same one."""
        if "resource" in found and "asOf" in found:
            words = "Tells who has it now; with asOf give refId or externalId."
            raise OperationRefused("REQUEST-VALIDATION", words, "resource")
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
        wanted = {"subscriber_id": subscriber.pk, **({"resource_type_id": kind.pk} if kind else {})}
        if "asOf" in found:
            moment = moment_of(found)
            stood = rows_at(SubscriberResource, SubscriberResource.objects.filter(**wanted), moment)
            those = [row for row in stood if found.get("historyIncluded") or _had(row, moment)]
            return self.answer({"items": [represent_as(SubscriberResource, row) for row in those]})
        rows = queries.resources().filter(**wanted)
        if not found.get("historyIncluded"):
            rows = rows.filter(valid_to=None)
        return self.answer({"items": [represent(row) for row in rows.order_by("pk")]}, subscriber.etag)


def _had(resource: SubscriberResource, moment: Moment) -> bool:
    """Whether a resource was live at a moment, as it is known to have been."""
    return resource.valid_to is None or resource.valid_to > moment.at


class ResourceListView(EntityListView):
    """List and search resources, live and former: who has a value, and who had it when."""

    operation = operations.read_subscriber_resource
    filters = ResourceFilters
    orderings = {"created": "pk"}

    @classmethod
    def entities(cls) -> QuerySet[Model]:
        """Return all resources."""
        return queries.resources()


@part(Account, "subscribers")
def subscribers_of_account(account: Account, moment: Moment | None) -> list[dict[str, object]]:
    """Return every subscriber of an account, in the order they were made."""
    return below(Subscriber, {"account_id": account.pk}, moment)


@part(Customer, "subscribers")
def subscribers_of_customer(customer: Customer, moment: Moment | None) -> list[dict[str, object]]:
    """Return every subscriber under a customer's accounts, in the order they were made."""
    return below(Subscriber, {"account__customer_id": customer.pk}, moment, queries.subscribers())


@part(Subscriber, "resources")
def resources_of_subscriber(subscriber: Subscriber, moment: Moment | None) -> list[dict[str, object]]:
    """Return every resource of a subscriber, live and former, in the order they were given."""
    return below(SubscriberResource, {"subscriber_id": subscriber.pk}, moment, queries.resources())
