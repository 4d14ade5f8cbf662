"""Read one entity, list entities, read a history: the views that every level declares its own of."""

import json
from collections.abc import Callable, Mapping
from typing import Any, ClassVar
from zlib import crc32

from django.core.exceptions import ValidationError
from django.db.models import Model, QuerySet
from django.http import HttpResponse
from django_filters import FilterSet
from rest_framework import serializers
from rest_framework.request import Request

from ocsportal.entities.life.plans import as_due
from ocsportal.entities.models import Entity
from ocsportal.entities.store.reading import fetch_all, not_found
from ocsportal.entities.store.remembering import STANDS
from ocsportal.entities.values import unstorable
from ocsportal.entities.versions import Moment, VersionEntry, entity_at, rows_at, state_history, version_entries
from ocsportal.registries import Named
from ocsportal.rest.asked import given, shared
from ocsportal.rest.delivery import FieldNames, selected
from ocsportal.rest.fields import Text
from ocsportal.rest.filters import InstantField
from ocsportal.rest.narrowed import is_filter, narrowed
from ocsportal.rest.paging import ordering_of, page
from ocsportal.rest.parameters import ByReference, Page, QueryFlag, QueryInstant, parameters, reference
from ocsportal.rest.views import ReadView
from ocsportal.transactions import edition
from ocsportal.transactions.change import present
from ocsportal.transactions.errors import OperationRefused
from ocsportal.transactions.given import Checked
from ocsportal.transactions.history import Tracked
from ocsportal.transactions.representation import instant, represent, represent_as
from ocsportal.transactions.settled import settled_until

Part = Callable[[Any, Moment | None], list[dict[str, object]]]
# What can hang on a read entity: by the entity's model and the parameter's name. A higher level adds its own part to
# a lower one's entity here, so that the lower one need not know it.
PARTS: Named[tuple[str, str], Part] = Named()


def part(model: type[Entity], name: str) -> Callable[[Part], Part]:
    """Declare the function that lists what hangs on an entity of a model under a parameter's name."""

    def enter(function: Part) -> Part:
        return PARTS.enter((model._meta.label, name), function)

    return enter


class HistoryParameters(ByReference, Page):
    """The parameters of a history: which entity, and either a page of it or one instant."""

    asOf = QueryInstant(required=False, help_text="Answer with the entity as it stood at this instant.")


class EntityReadView(ReadView):
    """GET one entity by refId or externalId, with the parts that are asked for."""

    find: ClassVar[Any]
    parameter_class: ClassVar[type[ByReference]] = ByReference

    def get(self, request: Request) -> HttpResponse:
        """Answer with the entity."""
        found = parameters(request, self.parameter_class)
        if "asOf" in found:
            return self.past(found, moment_of(found))
        # A due plan shows as in force, and the ETag is that of the version which it makes.
        entity = as_due(self.entity(found), present())
        body = represent(entity)
        parts = [name for name, wanted in found.items() if wanted is True]
        for name in parts:
            body[name] = self.part(entity, name)
        body = selected(body, found.get("fields"), parts)
        return self.answer(body, entity.etag, entity.stands, whole=not parts)

    def past(self, found: Checked, moment: Moment) -> HttpResponse:
        """Answer with the entity as it stood at a moment, and so with its parts; it has no version to write on."""
        entity = self.entity(found)
        rows = rows_at(type(entity), type(entity)._default_manager.filter(pk=entity.pk), moment)
        if not rows:
            raise not_found(type(entity), reference(found), "asOf")
        body = represent_as(type(entity), rows[0])
        parts = [name for name, wanted in found.items() if wanted is True and name != "corrected"]
        for name in parts:
            body[name] = self.part(entity, name, moment)
        return self.answer(selected(body, found.get("fields"), parts))

    def entity(self, found: Checked) -> Any:
        """Return the entity that the parameters name."""
        return type(self).find(reference(found))

    def part(self, entity: Entity, name: str, moment: Moment | None = None) -> list[dict[str, object]]:
        """Return a part that hangs on the entity, as it is or as it stood at a moment."""
        if name == "stateHistory":
            return state_history(entity, moment)
        listed = PARTS.get((type(entity)._meta.label, name))
        return listed(entity, moment) if listed else []


def moment_of(found: Checked) -> Moment:
    """Return the moment that parameters ask for; raise REQUEST-VALIDATION for one that is still to come."""
    if found["asOf"] > present():
        raise OperationRefused("REQUEST-VALIDATION", "Lies in the future, of which nothing is known.", "asOf")
    return Moment(found["asOf"], found.get("corrected", False))


def below(
    model: type[Tracked], wanted: Mapping[str, object], moment: Moment | None, rows: QuerySet[Model] | None = None
) -> list[dict[str, object]]:
    """Return the rows whose columns have these values, in the order they were made, as they are or as they stood at a moment.

    `rows` has with it what their representation needs, where the conditions are no columns of their own.
    """
    if moment is not None:
        return [represent_as(model, row) for row in rows_at(model, model._default_manager.filter(**wanted), moment)]
    return [
        represent(row) for row in (fetch_all(model, wanted) if rows is None else rows.filter(**wanted).order_by("pk"))
    ]


class EntityHistoryView(ReadView):
    """GET an entity's versions, newest first, or the entity as it stood at an instant."""

    find: ClassVar[Any]
    parameter_class: ClassVar[type[Page]] = HistoryParameters

    def get(self, request: Request) -> HttpResponse:
        """Answer with a page of versions, or with one state of the entity."""
        found = parameters(request, self.parameter_class)
        ref = reference(found)
        entity = type(self).find(ref)
        if "asOf" in found:
            row = entity_at(entity, found["asOf"])
            if row is None:
                raise not_found(type(entity), ref, "asOf")
            return self.answer(represent_as(type(entity), row))
        before = _version_before(found.get("cursor"))
        entries = version_entries(entity, found["limit"], before)
        more = len(entries) == found["limit"] and entries[-1].version > 1
        return self.answer(
            {
                "items": [version_json(entry) for entry in entries],
                "nextCursor": str(entries[-1].version) if more else None,
            }
        )


def _version_before(cursor: str | None) -> int | None:
    if cursor is None:
        return None
    if not cursor.isascii() or not cursor.isdigit() or len(cursor) > 10 or not 0 < int(cursor) < 2**31:
        raise OperationRefused("REQUEST-VALIDATION", "Not a cursor of this history; start without one.", "cursor")
    return int(cursor)


def version_json(entry: VersionEntry) -> dict[str, object]:
    """Return one version as it looks in REST."""
    return {
        "version": entry.version,
        "at": instant(entry.at),
        "operation": entry.operation,
        "channel": entry.channel,
        "actor": entry.actor,
        "onBehalfOf": entry.on_behalf_of or None,
        "reason": entry.reason or None,
        "requestId": entry.request_id,
        "transactionId": entry.transaction_id,
        "changes": [{"field": field, "old": old, "new": new} for field, old, new in entry.changes],
    }


class ListParameters(Page):
    """The parameters of a list beside its filters."""

    ordering = Text(max_length=40, required=False, help_text="What to order by; - in front reverses it.")
    fields = FieldNames()  # type: ignore[assignment]


class EntityListView(ReadView):
    """GET a list of entities: strict filters, an explicit order, keyset pages, no counting."""

    filters: ClassVar[type[FilterSet]]
    orderings: ClassVar[dict[str, str]] = {"created": "pk", "changedAt": "changed_at", "customName": "custom_name"}

    @classmethod
    def entities(cls) -> QuerySet[Model]:
        """Return what is listed, with what its representation needs."""
        raise NotImplementedError

    def get(self, request: Request) -> HttpResponse:
        """Answer with one page."""
        asked = given(request)
        faults = {name: ["Is given twice."] for name, values in asked if len(values) > 1}
        filters = {name: values[-1] for name, values in asked if is_filter(self.filters, name)}
        paging = {name: values[-1] for name, values in asked if name not in filters}
        faults |= {name: [unstorable(filters[name])] for name in filters if "\x00" in filters[name]}
        faults |= {name: ["Must not be empty."] for name in filters if not filters[name].strip()}
        if faults:
            raise serializers.ValidationError(faults)
        found = shared(ListParameters).run_validation(paging)
        ordering = ordering_of(found.get("ordering", "created"), self.orderings)
        # Filters look at the order: what is read in another one than an index has is looked up by key first.
        # Before anything is read: what is committed from here on is dated later, or is of a transaction that is open
        # now.
        until = self._until(filters.get("changedSince"))
        with edition.entered(getattr(request.user, "remembered_at", None) or ""):
            rows = narrowed(self.filters, filters, self.entities().order_by(ordering[0]))
        read, following = page(rows, ordering, found.get("cursor"), found["limit"], of=_sign(filters))
        # What was read together with the page says whether the client's permissions still stand.
        stands = read[0].__dict__.get(STANDS) if read else None
        items = [selected(represent(row), found.get("fields")) for row in read]
        return self.answer({"items": items, "nextCursor": following, **until}, stands=stands)

    def _until(self, since: str | None) -> dict[str, str | None]:
        """Return from when to ask next time, for whoever asks what was changed since an instant."""
        try:
            moment = InstantField().to_python(since) if since else None
        except ValidationError:
            return {}  # The filter will say so, together with whatever else is wrong.
        return {"changesUntil": instant(settled_until(self.entities().model, moment))} if moment else {}


def _sign(filters: dict[str, str]) -> int:
    """Return what tells the filters of a list from others, short enough for a cursor."""
    return crc32(json.dumps(sorted(filters.items())).encode())


class AsOf(ByReference):
    """The parameters of a read that can look at the past."""

    asOf = QueryInstant(
        required=False, help_text="Answer as it was known at this instant, with all parts that are asked for."
    )
    corrected = QueryFlag(
        required=False, help_text="With asOf: as it is known today to have been then, changes entered later included."
    )

    def validate(self, attrs: Checked) -> Checked:
        """Demand an instant where what is known today of it is asked for."""
        if "corrected" in attrs and "asOf" not in attrs:
            raise serializers.ValidationError({"asOf": ["Is required, since corrected is given."]})
        return super().validate(attrs)


class StateHistoryFlag(AsOf):
    """The parameters of a read that can show the states an entity went through."""

    stateHistory = QueryFlag(required=False)
    fields = FieldNames()  # type: ignore[assignment]
