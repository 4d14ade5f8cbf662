"""Find an entity and lock it, with everything above it first, before an operation decides anything on it."""

from typing import Any, TypeVar

from django.db.models import QuerySet

from ocsportal.entities import plans
from ocsportal.entities.identity import Ref
from ocsportal.entities.models import Entity
from ocsportal.transactions.change import Change
from ocsportal.transactions.errors import OperationRefused, Stale

Level = TypeVar("Level", bound=Entity)


def by_reference(queryset: QuerySet[Level], ref: Ref) -> QuerySet[Level]:
    """Narrow a queryset to what a reference names; both IDs given must name the same entity."""
    if ref.ref_id is not None:
        queryset = queryset.filter(ref_id=ref.ref_id)
    if ref.external_id is not None:
        queryset = queryset.filter(external_id=ref.external_id)
    return queryset


def not_found(model: type[Entity], ref: Ref, parameter: str) -> OperationRefused:
    """Return the refusal for a reference that names nothing."""
    given = " and ".join(
        f"{name} {value!r}"
        for name, value in (("refId", ref.ref_id), ("externalId", ref.external_id))
        if value is not None
    )
    return OperationRefused("ENTITY-NOT-FOUND", f"There is no {model._meta.verbose_name} with {given}.", parameter)


def lock(change: Change, model: type[Level], ref: Ref, parameter: str, *, target: bool = True) -> Level:
    """Lock what the reference names, and whatever is above it first; settle its due plan; return it live.

    Raise ENTITY-NOT-FOUND; PRECONDITION-FAILED when `target` is not the version that the client read;
    CASM-STATE-DEACTIVATED when it or a superior, which the parameter then names, is deactivated (docs/states.md).
    """
    if ref.ref_id is None and ref.external_id is None:
        raise OperationRefused("REQUEST-VALIDATION", "Give refId, externalId or both.", parameter)
    superiors: list[tuple[str, Entity]] = []
    if model.superiors:
        unlocked = by_reference(model._default_manager.all(), ref).first()
        if unlocked is None:
            raise not_found(model, ref, parameter)
        superiors = lock_superiors(unlocked)
    entity = locked(by_reference(model._default_manager.all(), ref))
    if entity is None:
        raise not_found(model, ref, parameter)
    if target:
        check_version(change, entity)
    entity = settled(change, entity)
    for name, superior in [*superiors, (parameter, entity)]:
        refuse_deactivated(superior, name)
    return entity


def locked(queryset: QuerySet[Any]) -> Any:
    """Return the first row, locked against other writers but not against rows that point to it; None if there is none."""
    related = [field for field in queryset.model._meta.concrete_fields if field.is_relation]
    queryset = queryset.select_related(*(field.name for field in related)) if related else queryset
    query = queryset.select_for_update(of=("self",), no_key=True).order_by("pk")
    found = query.first()
    if found is None or any(_unjoined(found, field) for field in related):
        # Who had to wait for another writer gets the row's new version joined with what the old one pointed to: where
        # a key was changed, PostgreSQL then loses the row or that relation. The row is ours by now, so ask again.
        found = query.first()
    return found


def _unjoined(entity: Any, field: Any) -> bool:
    return getattr(entity, field.attname) is not None and field.get_cached_value(entity, None) is None


def lock_superiors(entity: Entity) -> list[tuple[str, Entity]]:
    """Lock everything above an entity, the topmost first; return it with the name of its kind."""
    found: list[tuple[str, Entity]] = []
    for relation in entity.superiors:
        superior = getattr(entity, relation)
        if superior is None:
            continue
        above = lock_superiors(superior)
        fresh = locked(type(superior)._default_manager.filter(pk=superior.pk))
        found += [entry for entry in [*above, (relation, fresh)] if entry not in found]
    return found


def check_version(change: Change, entity: Entity) -> None:
    """Raise PRECONDITION-FAILED unless the client read this very version; called under the lock."""
    if change.if_match is not None and "*" not in change.if_match and entity.etag not in change.if_match:
        raise Stale


def refuse_deactivated(entity: Entity, parameter: str) -> None:
    """Raise CASM-STATE-DEACTIVATED when the entity has reached its final state."""
    if entity.is_deactivated:
        kind = type(entity)._meta.verbose_name
        raise OperationRefused(
            "CASM-STATE-DEACTIVATED", f"The {kind} is deactivated, which is final; nothing can be changed.", parameter
        )


def settled(change: Change, entity: Level) -> Level:
    """Bring a due plan of a locked entity into force before anything else is done to it; return the entity as it then is."""
    if not plans.is_due(entity, change.at):
        return entity
    plans.settle(change, entity)
    fresh: Level | None = locked(type(entity)._default_manager.filter(pk=entity.pk))
    assert fresh is not None
    return fresh
