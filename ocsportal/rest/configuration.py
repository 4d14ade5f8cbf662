"""GET /v1/casm/configuration: what the codes of requests may name, for whoever reads anything (docs/rest.md, configuration).

Each level declares its kinds; an item is told column by column, and as far as a kind has more to say, by a function of its own.
"""

import hashlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, ClassVar

from django.db import models
from django.http import HttpResponse
from rest_framework.exceptions import NotFound
from rest_framework.request import Request

from ocsportal.entities.models import ConfigurationItem, StateReason
from ocsportal.entities.representation import configuration_json
from ocsportal.entities.values import few, nearest
from ocsportal.registries import Named
from ocsportal.rest import answers
from ocsportal.rest.parameters import NoParameters, parameters
from ocsportal.rest.views import DescribedView
from ocsportal.transactions import edition
from ocsportal.transactions.change import Change
from ocsportal.transactions.errors import NotAllowed, OperationRefused
from ocsportal.transactions.given import Checked
from ocsportal.transactions.operation import OPERATIONS

Told = Callable[[Any], dict[str, object]]
# Writes what an item has beside its columns, as a request gives it, when the item is written; returns the rows that
# were made.
Write = Callable[[Change, Any, dict[str, object]], list[Any]]


def _nothing(item: Any) -> dict[str, object]:
    return {}


def _nothing_more(change: Change, item: Any, given: Checked) -> list[Any]:
    return []


@dataclass(frozen=True)
class ConfigurationKind:
    """A kind of configuration: its name in addresses, its model, and what is told of an item beside its columns.

    `also` tells it, from what is prefetched.
    """

    name: str
    model: type[ConfigurationItem]
    also: Told = _nothing
    prefetch: tuple[Any, ...] = ()
    # The fields of a body beside those of the columns, each by what makes it, and what writes them.
    further: Mapping[str, Callable[[], Any]] = field(default_factory=dict)
    write: Write = _nothing_more

    def items(self) -> models.QuerySet[models.Model]:
        """Return the items by their codes, with what is told of them: as many statements however many items there are."""
        related = [column.name for column in self.model._meta.concrete_fields if column.is_relation]
        rows = self.model._default_manager.order_by("code").prefetch_related(*self.prefetch)
        return rows.select_related(*related) if related else rows

    def told(self, item: Any) -> dict[str, object]:
        """Return an item as JSON values."""
        own = configuration_json(self.model, item)
        version = own.pop("version")
        return {**own, **self.also(item), "version": version}


KINDS: Named[str, ConfigurationKind] = Named()


def declare(*kinds: ConfigurationKind) -> None:
    """Have REST tell these kinds of configuration."""
    for kind in kinds:
        KINDS.enter(kind.name, kind)


class ConfigurationView(DescribedView):
    """A read of configuration: for each client that may read customers, accounts or anything else."""

    statuses: ClassVar[tuple[int, ...]] = (400, 401, 403, 404, 429, 503)
    permission_words = "any that reads"

    def authorise(self) -> None:
        """Raise PERMISSION-DENIED for a client that may read nothing, and look at no configuration in the portal."""
        user = self.request.user
        reads = [entry for entry in OPERATIONS.values() if entry.is_read]
        if any(entry.allowed(user) for entry in reads):
            return
        looks = (f"{kind.model._meta.app_label}.view_{kind.model._meta.model_name}" for kind in KINDS.values())
        if not any(user.has_perm(permission) for permission in looks):
            raise NotAllowed(reads[0].permission)

    def get(self, request: Request, **place: str) -> HttpResponse:
        """Answer with what is configured; 304 while nothing has changed in all of the configuration."""
        self.authorise()
        parameters(request, NoParameters)
        # Read first: what changes meanwhile is then told under the tag of before, and told again.
        stands = edition.read()
        return self.answer(self.told(**place), _tag(stands) if stands else None, stands, whole=True)

    def told(self, **place: str) -> dict[str, object]:
        """Return what is told at an address."""
        raise NotImplementedError


class ConfigurationKindsView(ConfigurationView):
    """Name the kinds of configuration, and how many items each has."""

    name, summary = "ListConfiguration", "Name the kinds of configuration, and how many items each has."
    answer_class = answers.Kinds

    def told(self, **place: str) -> dict[str, object]:
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

    def told(self, **place: str) -> dict[str, object]:
        """Return the items."""
        kind = kind_of(place["kind"])
        return {"items": [kind.told(item) for item in kind.items()]}


class ConfigurationItemView(ConfigurationView):
    """Read one item of configuration by its code."""

    name, summary = "ReadConfigurationItem", "Read one item of configuration by its code."
    answer_class = answers.ConfigurationItem

    def told(self, **place: str) -> dict[str, object]:
        """Return the item; raise CONFIG-NOT-FOUND, a 404 here, when none has the code."""
        kind = kind_of(place["kind"])
        item = kind.items().filter(code=place["code"]).first()
        if item is None:
            raise UnknownItem("CONFIG-NOT-FOUND", f"No item of {kind.name} has the code {place['code']!r}.", "code")
        return kind.told(item)


class UnknownItem(OperationRefused):
    """An address names no item."""

    status = 404


def kind_of(name: str) -> ConfigurationKind:
    """Return a kind by its name; raise a 404 that tells which there are."""
    if name not in KINDS:
        raise NotFound(f"There is no such kind of configuration; the kinds are {few(nearest(name, list(KINDS)))}.")
    return KINDS[name]


def _tag(stands: str) -> str:
    # Not the edition itself, which is how the portal's processes know what they may remember.
    return f"configuration-{hashlib.sha256(stands.encode()).hexdigest()[:16]}"


declare(ConfigurationKind("state-reasons", StateReason))
