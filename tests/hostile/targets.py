"""What there is to attack: every write, read, list and history path of REST, found in the URL tables.

A new level is covered by tests/world.py, and by COLLECTIONS where its entities can be read.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from django.db import connection, transaction
from django.http import HttpResponse
from rest_framework import serializers

from balances.api.serializers import ExactNumber
from ocsportal.rest.entities import EntityHistoryView, EntityListView, EntityReadView
from ocsportal.rest.fields import Attributes, Flag, Instant, NamedState, StrictSerializer, Text
from ocsportal.rest.views import ReadView
from ocsportal.transactions.history import tracked_models
from offers.api.fields import AttributeField
from offers.attributes import AttributeKind
from tests.client import CASM, RestClient
from tests.hostile.bodies import DECIMAL, ENUM, FLAG, INSTANT, INTEGER, LIST, MAP, OBJECT, TEXT
from tests.rest.routes import named, refused
from tests.world import ROUTES, Route, before, world

# Where an entity of a type is read.
COLLECTIONS = {
    "io.ocs.pbs.core.model.CustomerEx": "/customers",
    "io.ocs.pbs.core.model.AccountEx": "/accounts",
    "io.ocs.pbs.core.model.SubscriberEx": "/subscribers",
    "io.ocs.pbs.core.model.OfferSubscriptionEx": "/subscriptions",
}
# Which hostile values a field gets; the first class that fits counts.
KINDS: list[tuple[type[serializers.Field], str]] = [
    (Text, TEXT), (Flag, FLAG), (Instant, INSTANT), (Attributes, MAP), (serializers.ChoiceField, ENUM),
    (NamedState, ENUM),
    (serializers.IntegerField, INTEGER), (serializers.DecimalField, DECIMAL), (StrictSerializer, OBJECT),
    (serializers.ListSerializer, LIST), (serializers.ListField, LIST), (ExactNumber, DECIMAL),
]  # fmt: skip
KINDS_OF_ATTRIBUTES = {
    AttributeKind.MONEY: DECIMAL,
    AttributeKind.QUANTITY: DECIMAL,
    AttributeKind.PERCENTAGE: DECIMAL,
    AttributeKind.WHOLE: INTEGER,
    AttributeKind.FLAG: FLAG,
    AttributeKind.TEXT: TEXT,
    AttributeKind.WORD: ENUM,
    AttributeKind.INSTANT: INSTANT,
    AttributeKind.THRESHOLDS: LIST,
    AttributeKind.CURRENCY: TEXT,
}


@dataclass(frozen=True)
class Read:
    """A reading path, what kind of view answers, and the view."""

    path: str
    kind: str
    view: Any

    @property
    def collection(self) -> str:
        """The path of the list."""
        return self.path.rpartition("/")[0] if self.kind != "list" else self.path

    def filters_by(self, *names: str) -> bool:
        """Whether it is a list that can be narrowed by all of these."""
        return self.kind == "list" and set(names) <= set(self.view.filters.base_filters)

    def orders_by(self, query: str) -> bool:
        """Whether it is no list, or one that knows the order that a query asks for, unless none does."""
        orders = ("customName", "changedAt")
        asked = [name for name in orders if f"ordering={name}&" in query]
        return self.kind != "list" or all(name in self.view.orderings for name in asked)


@dataclass(frozen=True)
class Position:
    """A field of a body: where it stands, and what it is."""

    path: tuple[str, ...]
    field: Any
    kind: str

    @property
    def name(self) -> str:
        """The dotted path, as errors name it."""
        return ".".join(self.path)


KIND_OF_READ = [
    (EntityListView, "list"),
    (EntityHistoryView, "history"),
    (EntityReadView, "entity"),
    (ReadView, "other"),
]
READS = [
    Read(route.path, next(kind for base, kind in KIND_OF_READ if issubclass(route.view, base)), route.view)
    for route in ROUTES
    if issubclass(route.view, ReadView)
]


def kind_of(field: Any) -> str:
    """Return which hostile values a field gets."""
    if isinstance(field, AttributeField):
        return KINDS_OF_ATTRIBUTES[field.attribute.kind]
    kind = next((kind for base, kind in KINDS if isinstance(field, base)), None)
    assert kind, f"{type(field).__name__} needs a line in KINDS"
    return kind


def positions(serializer: serializers.Serializer, path: tuple[str, ...] = ()) -> Iterator[Position]:
    """Yield every field of a body, the fields of its objects included."""
    for name, field in serializer.fields.items():
        kind = kind_of(field)
        yield Position((*path, name), field, kind)
        if isinstance(field, serializers.Serializer):
            yield from positions(field, (*path, name))


def changed(body: dict[str, Any], path: tuple[str, ...], value: Any) -> dict[str, Any]:
    """Return a copy of a body with another value at a path; objects on the way are made where they are missing."""
    first, *rest = path
    inner = body.get(first)
    return {**body, first: changed(inner if isinstance(inner, dict) else {}, tuple(rest), value) if rest else value}


def without(body: dict[str, Any], path: tuple[str, ...]) -> dict[str, Any]:
    """Return a copy of a body without the field at a path; its object, if there is none, is made empty."""
    first, *rest = path
    if rest:
        inner = body.get(first)
        return {**body, first: without(inner if isinstance(inner, dict) else {}, tuple(rest))}
    return {name: value for name, value in body.items() if name != first}


def build(api: RestClient, target: Route | None = None) -> dict[str, dict[str, str]]:
    """Make what an operation's example builds on; return both IDs of each entity by its external ID."""
    # Also has the key's first use noted, which no case should be blamed for.
    assert api.get("/customers").status_code == 200
    ids = {}
    for path, body in before(target.name) if target else world():
        made = api.done(path, **body)
        # A resource has no external ID, and nothing refers to it.
        if "externalId" in made:
            ids[made["externalId"]] = {"externalId": made["externalId"], "refId": made["refId"]}
    if target and target.name == "CloseCustomerNote":
        named(made["refId"], target.example["note"])
    if target and target.name.startswith("Dismiss"):
        refused(target.operation.model)
    return ids


def send(api: RestClient, path: str, body: bytes | str, content_type: str = "application/json", **more: Any) -> Any:
    """Post the very bytes; unlike the test client's post, this leaves them alone whatever the content type says."""
    data = body.encode() if isinstance(body, str) else body
    return api.http.generic("POST", CASM + path, data, content_type=content_type, headers={**api.headers, **more})


TABLES = [
    *(model._meta.db_table for model in tracked_models()),
    *(model.history.model._meta.db_table for model in tracked_models()),  # type: ignore[attr-defined]
    "transactions_businesstransaction",
    "transactions_outboxmessage",
    "transactions_journalentry",
]
COUNT = "SELECT " + ", ".join(f'(SELECT count(*) FROM "{table}")' for table in TABLES)


def counts() -> tuple[int, ...]:
    """Return the number of rows of every tracked table, every history, the Business Transactions and the outbox."""
    with connection.cursor() as cursor:
        cursor.execute(COUNT)
        return tuple(cursor.fetchone())


@contextmanager
def undone() -> Iterator[None]:
    """Run something and take it back, so that every case starts from the same world."""
    block = transaction.atomic()
    block._from_testcase = True  # the door demands to be outermost, and takes a test's own transaction for that
    with block:
        yield
        transaction.set_rollback(True)


def complaint(response: HttpResponse, status: int, code: str = "", parameter: str | None = None) -> str:
    """Return what is wrong with an answer to a hostile request, nothing when it is the one that was demanded."""
    if response.status_code != status:
        return f"answered {response.status_code} {response.content[:200]!r} instead of {status} {code}"
    if status == 200:
        return ""
    if response["Content-Type"] != "application/problem+json":
        return f"answered {response['Content-Type']} instead of a problem"
    body = response.json()
    named = [error["parameter"] or "" for error in body["errors"]]
    codes = {error["code"] for error in body["errors"]}
    if code and code not in codes:
        return f"answered {codes} instead of {code}"
    inside = (parameter or "", f"{parameter}.", f"{parameter}[")
    if parameter is not None and not any(name == parameter or name.startswith(inside[1:]) for name in named):
        return f"blamed {named} instead of {parameter}"
    return "" if body["status"] == status and "Traceback" not in str(body) else f"is odd: {body}"
