"""The query parameters of reads as OpenAPI describes them: what each means, which values it takes, an example."""

from collections.abc import Iterable
from typing import Any

from drf_spectacular.plumbing import force_instance
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiExample, OpenApiParameter

from ocsportal.entities.states import State
from ocsportal.rest.entities import EntityListView, ListParameters
from ocsportal.rest.parameters import DEFAULT_ITEMS, MOST_ITEMS, QueryFlag, QueryInstant

WORDS = {
    "refId": "The reference ID that the portal made.",
    "externalId": "The external ID that the caller made.",
    "state": "What is in this state.",
    "segment": "What is in the segment of this code.",
    "type": "What is of the type of this code.",
    "customNameContains": "Whose name contains this, capitals or not; one or two letters have to begin a word.",
    "name": "Whose legal name contains this, capitals or not; one or two letters have to begin a word.",
    "email": "Who has this e-mail address, capitals or not.",
    "phone": "Who has this phone number, however it is grouped.",
    "attribute": "What has the custom attribute, as key:value.",
    "resource": "Who has this value, such as a phone number, in any spelling.",
    "customer": "The refId of a customer: itself, or what belongs to it.",
    "account": "The refId of an account: itself, what hangs under it, or whose it is.",
    "subscriber": "The refId of a subscriber: itself, what it has, or under which it is.",
    "parent": "The refId of an account: what is right below it.",
    "subscription": "The refId of a subscription: what belongs to it.",
    "offer": "What is subscribed of the offer of this code.",
    "service": "What is of the service of this code.",
    "live": "true: live resources; false: former ones.",
    "test": "true: what is for testing only; false: all else.",
    "changedSince": "What was changed at this instant or later.",
    "changedHolderSince": "What somebody got or gave back at this instant or later.",
    "duplicatesOf": "Who may be the same as the customer of this refId.",
    "plan": "What has a plan that is pending, scheduled, overdue (pending past its date), or was refused when due.",
    "below": "true: with customer or account, all that is in the tree below, and not only what it has itself.",
    "resourceType": "Only those of the type of this code.",
    "limit": f"Items on a page, {MOST_ITEMS} at most.",
}
KINDS: dict[str, object] = {
    "changedSince": OpenApiTypes.DATETIME,
    "changedHolderSince": OpenApiTypes.DATETIME,
    "test": bool,
    "below": bool,
    "live": bool,
    "after": {"type": "integer", "minimum": 0, "default": 0},
    "wait": {"type": "integer", "minimum": 0, "maximum": 30, "default": 0},
    "limit": {"type": "integer", "minimum": 1, "maximum": MOST_ITEMS, "default": DEFAULT_ITEMS},
}
# Filled in where the description is tried out, so only what a read can't do without, under the names of the other
# examples.
EXTERNAL_IDS = {"customers": "cust-1", "accounts": "acc-1", "subscribers": "s-1", "subscriptions": "sub-1"}
REF_ID = "nPOA6bzMLW6FAD"


def list_parameters(view: EntityListView) -> list[OpenApiParameter]:
    """Return the filters of a list, its orderings, and what pages through it."""
    filters = [_parameter(name) for name in view.filters.base_filters]
    orderings = [direction + name for name in view.orderings for direction in ("", "-")]
    paging = {parameter.name: parameter for parameter in query_parameters(ListParameters, "")}
    paging["ordering"].enum = orderings
    paging["limit"].examples = [OpenApiExample("limit", DEFAULT_ITEMS)]
    return [*filters, *paging.values()]


def query_parameters(serializer: type[object], collection: str) -> list[OpenApiParameter]:
    """Return the parameters that a serializer checks; those that name one of a collection's entities with an example."""
    fields = force_instance(serializer).fields
    named = _example(fields, collection)
    return [_parameter(name, field, named.get(name)) for name, field in fields.items()]


def _example(names: Iterable[str], collection: str) -> dict[str, object]:
    if "externalId" in names:
        return {"externalId": EXTERNAL_IDS[collection]}
    if "after" in names:
        return {"after": 0}
    if "operation" in names:
        return {"operation": "CreateCustomer"}
    return {"refId": REF_ID}


def _parameter(name: str, field: Any = None, example: Any = None) -> OpenApiParameter:
    kind: Any = KINDS.get(name, str)
    words = str(getattr(field, "help_text", None) or WORDS.get(name, ""))
    if isinstance(field, QueryFlag):
        kind, words = bool, words or "Answer with this part too."
    elif isinstance(field, QueryInstant):
        kind = OpenApiTypes.DATETIME
    return OpenApiParameter(
        name,
        kind,
        required=bool(field is not None and field.required),
        description=words,
        enum=State.values if name == "state" else None,
        examples=None if example is None else [OpenApiExample(name, example)],
    )
