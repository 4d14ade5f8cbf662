"""How a subscriber and a resource look from outside (docs/rest.md, answers)."""

from ocsportal.entities.representation import (
    AGE,
    IDENTITY,
    ITEM,
    LIFE,
    PERSONAL,
    REFERENCE,
    identity_json,
    item_json,
    life_json,
    reference_json,
)
from ocsportal.transactions.representation import instant, represents
from ocsportal.transactions.shapes import MOMENT, TEXT, WHOLE, entity, mapped, maybe
from subscribers.models import Subscriber, SubscriberResource

SUBSCRIBER = entity(
    **IDENTITY,
    subscriberProfile=maybe(ITEM),
    account=REFERENCE,
    customer=REFERENCE,
    primaryResourceType=maybe(ITEM),
    primaryResource=maybe(TEXT),
    liveResources=mapped(TEXT),
    subscriberSegment=maybe(ITEM),
    **LIFE,
    **AGE,
)
RESOURCE = entity(
    refId=TEXT, subscriber=REFERENCE, resourceType=ITEM, resource=TEXT, validFrom=MOMENT, validTo=maybe(MOMENT),
    version=WHOLE,
)  # fmt: skip


@represents(
    Subscriber,
    "io.ocs.pbs.core.model.SubscriberEx",
    SUBSCRIBER,
    {**PERSONAL, "primaryResource": None, "liveResources": {}},
)
def subscriber_json(subscriber: Subscriber) -> dict[str, object]:
    """Return a subscriber, or a version of one, as JSON values."""
    kind = subscriber.primary_resource_type
    return {
        **identity_json(subscriber),
        "subscriberProfile": item_json(subscriber.profile),
        "account": reference_json(subscriber.account),
        "customer": reference_json(subscriber.account.customer),
        "primaryResourceType": item_json(kind),
        "primaryResource": subscriber.live_resources.get(kind.code) if kind else None,
        "liveResources": subscriber.live_resources,
        "subscriberSegment": item_json(subscriber.segment),
        **life_json(subscriber),
    }


@represents(SubscriberResource, "io.ocs.pbs.core.model.SubscriberResourceEx", RESOURCE, {"resource": ""})
def resource_json(resource: SubscriberResource) -> dict[str, object]:
    """Return a resource as JSON values; one without validTo is live."""
    return {
        "refId": resource.ref_id,
        "subscriber": reference_json(resource.subscriber),
        "resourceType": item_json(resource.resource_type),
        "resource": resource.value,
        "validFrom": instant(resource.valid_from),
        "validTo": instant(resource.valid_to),
        "version": resource.version,
    }
