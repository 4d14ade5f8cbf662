"""GET /v1/casm/configuration: what the codes of requests may name, for whoever reads anything (docs/rest.md, configuration).

Each level declares its kinds; an item is told column by column, and as far as a kind has more to say, by a function of its own.
"""

import hashlib
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, ClassVar

from django.db import models
from django.http import HttpResponse
from rest_framework.exceptions import NotFound
from rest_framework.request import Request

from ocsportal.entities.models import ConfigurationItem, StateReason
from ocsportal.entities.representation import item_json
from ocsportal.entities.values import few
from ocsportal.rest import answers
from ocsportal.rest.fields import StrictSerializer
from ocsportal.rest.parameters import parameters
from ocsportal.rest.views import DescribedView
from ocsportal.transactions import edition
from ocsportal.transactions.errors import NotAllowed, OperationRefused
from ocsportal.transactions.operation import OPERATIONS
from ocsportal.transactions.representation import instant

Told = Callable[[Any], dict[str, Any]]
# Told by name, in this order, before whatever else an item has.
FIRST = ("ref_id", "code", "name", "description")
UNTOLD = {"id", "version", *FIRST}


def _nothing(item: Any) -> dict[str, Any]:
    return {}


@dataclass(frozen=True)
class Kind:
    """A kind of configuration: its name in addresses, its model, and what is told of an item beside its columns.

    `also` tells it, from what is prefetched.
    """

    name: str
    model: type[ConfigurationItem]
    also: Told = _nothing
    prefetch: tuple[Any, ...] = ()

    def items(self) -> models.QuerySet[Any]:
        """Return the items by their codes, with what is told of them: as many statements however many items there are."""
        related = [field.name for field in self.model._meta.concrete_fields if field.is_relation]
        rows = self.model._default_manager.order_by("code").prefetch_related(*self.prefetch)
        return rows.select_related(*related) if related else rows

    def told(self, item: Any) -> dict[str, Any]:
        """Return an item as JSON values."""
        own = [field for field in self.model._meta.concrete_fields if field.name not in UNTOLD]
        return {
            "refId": item.ref_id,
            "code": item.code,
            "name": item.name,
            "description": item.description,
            **{camel(field.name): _value(getattr(item, field.name)) for field in own},
            **self.also(item),
            "version": item.version,
        }


KINDS: dict[str, Kind] = {}


def declare(*kinds: Kind) -> None:
    """Have REST tell these kinds of configuration."""
    KINDS.update({kind.name: kind for kind in kinds})


def camel(name: str) -> str:
    """Return a column's name as REST writes it."""
    first, *rest = name.split("_")
    return first + "".join(part.capitalize() for part in rest)


def _value(value: Any) -> Any:
    if isinstance(value, ConfigurationItem):
        return item_json(value)
    return instant(value) if hasattr(value, "astimezone") else value


class NoParameters(StrictSerializer):
    """A read that takes no parameters."""


class ConfigurationView(DescribedView):
    """A read of configuration: for each client that may read customers, accounts or anything else."""

    statuses: ClassVar[tuple[int, ...]] = (400, 401, 403, 404, 429, 503)
    permission_words = "any that reads"

    def authorise(self) -> None:
        """Raise PERMISSION-DENIED for a client that may read nothing."""
        reads = [entry for entry in OPERATIONS.values() if entry.is_read]
        if not any(entry.allowed(self.request.user) for entry in reads):
            raise NotAllowed(reads[0].permission)

    def get(self, request: Request, **place: str) -> HttpResponse:
        """Answer with what is configured; 304 while nothing has changed in all of the configuration."""
        self.authorise()
        parameters(request, NoParameters)
        # Read first: what changes meanwhile is then told under the tag of before, and told again.
        stands = edition.read()
        return self.answer(self.told(**place), _tag(stands) if stands else None, stands, whole=True)

    def told(self, **place: str) -> dict[str, Any]:
        """Return what is told at an address."""
        raise NotImplementedError


class ConfigurationKindsView(ConfigurationView):
    """Name the kinds of configuration, and how many items each has."""

    name, summary = "ListConfiguration", "Name the kinds of configuration, and how many items each has."
    answer_class = answers.Kinds

    def told(self, **place: str) -> dict[str, Any]:
        """Return the kinds in alphabetical order."""
        kinds = [KINDS[name] for name in sorted(KINDS)]
        # One statement for all of them.
        counts = [
            kind.model._default_manager.order_by()
            .values(number=models.Value(number))
            .annotate(items=models.Count("pk"))
            for number, kind in enumerate(kinds)
        ]
        found = {row["number"]: row["items"] for row in counts[0].union(*counts[1:], all=True)}
        return {"items": [{"kind": kind.name, "count": found.get(number, 0)} for number, kind in enumerate(kinds)]}


class ConfigurationItemsView(ConfigurationView):
    """List the items of a kind by their codes."""

    name, summary = "ReadConfiguration", "List the items of a kind of configuration by their codes."
    answer_class = answers.ConfigurationItems

    def told(self, **place: str) -> dict[str, Any]:
        """Return the items."""
        kind = _kind(place["kind"])
        return {"items": [kind.told(item) for item in kind.items()]}


class ConfigurationItemView(ConfigurationView):
    """Read one item of configuration by its code."""

    name, summary = "ReadConfigurationItem", "Read one item of configuration by its code."
    answer_class = answers.ConfigurationItem

    def told(self, **place: str) -> dict[str, Any]:
        """Return the item; raise CONFIG-NOT-FOUND, a 404 here, when none has the code."""
        kind = _kind(place["kind"])
        item = kind.items().filter(code=place["code"]).first()
        if item is None:
            raise UnknownItem("CONFIG-NOT-FOUND", f"No item of {kind.name} has the code {place['code']!r}.", "code")
        return kind.told(item)


class UnknownItem(OperationRefused):
    """An address names no item."""

    status = 404


def _kind(name: str) -> Kind:
    if name not in KINDS:
        raise NotFound(f"There is no such kind of configuration; there are {few(sorted(KINDS))}.")
    return KINDS[name]


def _tag(stands: str) -> str:
    # Not the edition itself, which is how the portal's processes know what they may remember.
    return f"configuration-{hashlib.sha256(stands.encode()).hexdigest()[:16]}"


declare(Kind("state-reasons", StateReason))
