"""Two subscribers exchange their resources of a type, as when two SIM cards were put into each other's envelopes."""

from ocsportal.entities.configuration import configured
from ocsportal.entities.identity import Ref
from ocsportal.entities.life.locking import lock
from ocsportal.entities.store.reading import fetch_path, not_found
from ocsportal.entities.store.writing import save
from ocsportal.transactions.change import Change
from ocsportal.transactions.errors import OperationRefused, malformed, refuse
from ocsportal.transactions.groups import AGENTS
from ocsportal.transactions.operation import Touched, operation
from subscribers.models import ResourceType, Subscriber, SubscriberResource
from subscribers.operations.resources import NOT_FOUND, end, give


@operation("ExchangeSubscriberResources", Subscriber, groups=AGENTS, deed="Resources exchanged")
def exchange_subscriber_resources(
    change: Change, *, subscriber: Ref, other_subscriber: Ref, resource_type: str
) -> Touched:
    """Let two subscribers have each other's live resource of a type, at one instant."""
    kind = configured(ResourceType, resource_type, "resourceType")
    one, other = locked_pair(change, subscriber, other_subscriber)
    had, others = _live(one, kind, "subscriber"), _live(other, kind, "otherSubscriber")
    # Both end before either begins, or the constraint would find two holders of one value.
    end(change, had)
    end(change, others)
    # Nobody else could have had the values between; so they need no rest.
    gets = give(change, one, kind, others.value, "resourceType", rested=True)
    gives = give(change, other, kind, had.value, "resourceType", rested=True)
    save(change, one, "live_resources")
    save(change, other, "live_resources")
    return Touched([gets, gives, had, others, one, other], target=one, trees=[one, other])


def locked_pair(change: Change, first: Ref, second: Ref) -> tuple[Subscriber, Subscriber]:
    """Lock two different subscribers, in the order of their keys whichever is named first; return both, live.

    Two exchanges of the same pair, named the other way round, would otherwise wait for each other for ever.
    """
    keys = [_key(first, "subscriber"), _key(second, "otherSubscriber")]
    if keys[0] == keys[1]:
        raise refuse(malformed("otherSubscriber", "Names the same subscriber; two different ones are needed."))
    found: dict[str, Subscriber] = {}
    named = [("subscriber", first, True), ("otherSubscriber", second, False)]
    for _, (parameter, ref, target) in sorted(zip(keys, named, strict=True)):
        found[parameter] = lock(change, Subscriber, ref, parameter, target=target)
    return found["subscriber"], found["otherSubscriber"]


def _key(ref: Ref, parameter: str) -> int:
    if ref.ref_id is None and ref.external_id is None:
        raise OperationRefused("REQUEST-VALIDATION", "Give refId, externalId or both.", parameter)
    found = fetch_path(Subscriber, ref)
    if found is None:
        raise not_found(Subscriber, ref, parameter)
    return int(found.pk)


def _live(subscriber: Subscriber, kind: ResourceType, parameter: str) -> SubscriberResource:
    rows = subscriber.resources.select_related("resource_type").filter(resource_type=kind, valid_to=None)
    found = rows.first()
    if found is None:
        raise OperationRefused(NOT_FOUND, f"This subscriber has no live {kind.name}.", parameter)
    found.subscriber = subscriber
    return found
