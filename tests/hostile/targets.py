"""What there is to attack: every write, read, list and history path of REST, found in the URL tables.

A new level is covered by its lines in WORLD and BEFORE, and by COLLECTIONS where its entities can be read.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from django.db import connection, transaction
from django.http import HttpResponse
from django.urls import get_resolver
from rest_framework import serializers

from customers.api import examples as customers
from ocsportal.rest.entities import EntityHistoryView, EntityListView, EntityReadView
from ocsportal.rest.fields import Attributes, Flag, Instant, StrictSerializer, Text
from ocsportal.rest.views import OperationView, ReadView
from ocsportal.transactions.history import tracked_models
from tests.client import CASM, RestClient
from tests.hostile.bodies import DECIMAL, ENUM, FLAG, INSTANT, INTEGER, LIST, MAP, OBJECT, TEXT

# What the examples build on, in this order; an operation that is itself in the list gets what stands before it.
WORLD: list[tuple[str, dict[str, Any]]] = [
    ("/customers/create", customers.CREATE),
]
# What an example needs beside the world.
BEFORE: dict[str, list[tuple[str, dict[str, Any]]]] = {
    "ConfirmCustomerState": [("/customers/update-state", customers.PENDING_STATE)],
    "CancelCustomerState": [("/customers/update-state", customers.PENDING_STATE)],
}
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
    (serializers.IntegerField, INTEGER), (serializers.DecimalField, DECIMAL), (StrictSerializer, OBJECT),
    (serializers.ListSerializer, LIST), (serializers.ListField, LIST),
]  # fmt: skip


@dataclass(frozen=True)
class Write:
    """A write operation's path and view."""

    path: str
    view: Any

    @property
    def name(self) -> str:
        """The operation's name."""
        return str(self.view.operation.name)

    @property
    def example(self) -> dict[str, Any]:
        """The body that the OpenAPI description shows."""
        return dict(self.view.example)


@dataclass(frozen=True)
class Read:
    """A reading path and what kind of view answers."""

    path: str
    kind: str

    @property
    def collection(self) -> str:
        """The path of the list."""
        return self.path.rpartition("/")[0] if self.kind != "list" else self.path


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


def _views() -> Iterator[tuple[str, Any]]:
    for pattern in get_resolver().url_patterns:
        if str(pattern.pattern) == f"{CASM.strip('/')}/":
            yield from _leaves(pattern)


def _leaves(pattern: Any, before: str = "/") -> Iterator[tuple[str, Any]]:
    for inner in pattern.url_patterns:
        path = before + str(inner.pattern)
        if hasattr(inner, "url_patterns"):
            yield from _leaves(inner, path)
        else:
            yield path, inner.callback.cls


WRITES = [Write(path, view) for path, view in _views() if issubclass(view, OperationView)]
KIND_OF_READ = [
    (EntityListView, "list"),
    (EntityHistoryView, "history"),
    (EntityReadView, "entity"),
    (ReadView, "other"),
]
READS = [
    Read(path, next(kind for base, kind in KIND_OF_READ if issubclass(view, base)))
    for path, view in _views()
    if issubclass(view, ReadView)
]


def positions(serializer: serializers.Serializer, path: tuple[str, ...] = ()) -> Iterator[Position]:
    """Yield every field of a body, the fields of its objects included."""
    for name, field in serializer.fields.items():
        kind = next((kind for base, kind in KINDS if isinstance(field, base)), None)
        assert kind, f"{type(field).__name__} needs a line in KINDS"
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


def build(api: RestClient, target: Write | None = None) -> dict[str, dict[str, str]]:
    """Make what an operation's example builds on; return both IDs of each entity by its external ID."""
    before = next((place for place, (path, _) in enumerate(WORLD) if target and path == target.path), len(WORLD))
    # Also has the key's first use noted, which no case should be blamed for.
    assert api.get("/customers").status_code == 200
    ids = {}
    for path, body in [*WORLD[:before], *BEFORE.get(target.name if target else "", [])]:
        made = api.done(path, **body)
        ids[made["externalId"]] = {"externalId": made["externalId"], "refId": made["refId"]}
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
