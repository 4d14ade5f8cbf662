"""Find an entity and lock it, with everything above it first, before an operation decides anything on it."""

from typing import Any, TypeVar

from django.db import connection
from django.db.models import QuerySet

from ocsportal.entities import plans
from ocsportal.entities.identity import Ref
from ocsportal.entities.models import Entity
from ocsportal.entities.rows import locked
from ocsportal.transactions.change import Change
from ocsportal.transactions.door import BeginAnew
from ocsportal.transactions.errors import OperationRefused, Stale

Level = TypeVar("Level", bound=Entity)


def by_reference(queryset: QuerySet[Level], ref: Ref) -> QuerySet[Level]:
    """Narrow a queryset to what a reference names; both IDs given must name the same entity."""
    if ref.ref_id is not None:
        queryset = queryset.filter(ref_id=ref.ref_id)
    if ref.external_id is not None:
        queryset = queryset.filter(external_id=ref.external_id)
    return queryset


def find(queryset: QuerySet[Level], ref: Ref) -> Level:
    """Return, for reading, what a reference names; raise ENTITY-NOT-FOUND."""
    found = by_reference(queryset, ref).first()
    if found is None:
        raise not_found(queryset.model, ref, "refId" if ref.ref_id is not None else "externalId")
    return found


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
        unlocked = by_reference(model._default_manager.select_related(*paths_up(model)), ref).first()
        if unlocked is None:
            raise not_found(model, ref, parameter)
        superiors = hold_superiors(change, unlocked)
    entity = locked(by_reference(model._default_manager.all(), ref))
    if entity is None:
        raise not_found(model, ref, parameter)
    if target:
        check_version(change, entity)
    entity = settled(change, entity)
    for name, superior in [*superiors, (parameter, entity)]:
        refuse_deactivated(superior, name)
    return entity


def hold_named(change: Change, model: type[Level], ref: Ref, parameter: str) -> Level:
    """Hold what a reference names, and what is above it, for something to be made below it; return it live.

    Raise ENTITY-NOT-FOUND, or CASM-STATE-DEACTIVATED when it or a superior is deactivated.
    """
    if ref.ref_id is None and ref.external_id is None:
        raise OperationRefused("REQUEST-VALIDATION", "Give refId, externalId or both.", parameter)
    unlocked = by_reference(model._default_manager.select_related(*paths_up(model)), ref).first()
    if unlocked is None:
        raise not_found(model, ref, parameter)
    above = hold_superiors(change, unlocked)
    found = hold(change, unlocked)
    for name, entity in above:
        refuse_deactivated(entity, name)
    refuse_deactivated(found, parameter)
    return found


def paths_up(model: type[Entity]) -> list[str]:
    """Return the foreign keys that lead from a level to the top, to be followed in one query: `account__customer`."""
    paths: list[str] = []
    for name in model.superiors:
        above: Any = model._meta.get_field(name).related_model
        paths += [name, *(f"{name}__{further}" for further in paths_up(above))]
    return paths


def hold_superiors(change: Change, entity: Entity) -> list[tuple[str, Entity]]:
    """Hold everything above an entity as it stands, the topmost first; return it with what requests call it.

    What is held can't be changed by others, but may be held by others too: two writes below one customer don't wait
    for each other. The parents are looked up when the level above is held, since nobody can hang them elsewhere then.
    """
    found: list[tuple[str, Entity]] = []
    for relation in entity.superiors:
        superior: Entity | None = getattr(entity, relation)
        if superior is not None:
            found += [*hold_superiors(change, superior), (relation, hold(change, superior))]
    for parent in parents(entity):
        found.append((entity.parent_parameter, hold(change, parent)))
    return found


UP = (
    "WITH RECURSIVE up (id, depth) AS (SELECT {link}, 1 FROM {table} WHERE id = %s "
    "UNION ALL SELECT t.{link}, up.depth + 1 FROM {table} t JOIN up ON t.id = up.id) "
    "SELECT t.* FROM {table} t JOIN up ON t.id = up.id ORDER BY up.depth DESC"
)


def parents(entity: Entity) -> list[Any]:
    """Return the superiors of the same level as they stand in the database, the topmost first; one query."""
    if not entity.parent_link:
        return []
    link = type(entity)._meta.get_field(entity.parent_link).column  # type: ignore[union-attr]
    statement = UP.format(link=f'"{link}"', table=f'"{entity._meta.db_table}"')
    return list(type(entity)._default_manager.raw(statement, [entity.pk]))


def hold(change: Change, entity: Level) -> Level:
    """Hold an entity against changes by others until the write is over; settle its due plan first."""
    if plans.settlements(entity, change.at):
        return settled(change, locked_again(entity))
    table, key = entity._meta.db_table, entity._meta.pk.column
    # Django knows no FOR SHARE; SQLite has one writer at a time anyway.
    share = "" if connection.vendor == "sqlite" else " FOR SHARE"
    fresh: Level = type(entity)._default_manager.raw(f'SELECT * FROM "{table}" WHERE "{key}" = %s{share}', [entity.pk])[
        0
    ]
    if plans.settlements(fresh, change.at):
        # Planned a moment ago. To ask for more than FOR SHARE now would be a deadlock, should another one do the same.
        raise BeginAnew(f"A plan of {fresh} fell due meanwhile.")
    return fresh


def lock_whole(change: Change, model: type[Level], key: int) -> Level:
    """Lock a top level for a change of the tree below it, which then goes on alone; settle its due plan."""
    found: Level | None = locked(model._default_manager.filter(pk=key))
    assert found is not None
    return settled(change, found)


def locked_again(entity: Level) -> Level:
    """Return an entity anew, locked, when it was written by something else in this transaction or changed its lock."""
    fresh: Level | None = locked(type(entity)._default_manager.filter(pk=entity.pk))
    assert fresh is not None
    return fresh


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
    """Bring the due plans of a locked entity into force before anything else is done to it; return it as it then is."""
    for settle in plans.settlements(entity, change.at):
        if not entity.is_deactivated:
            settle(change, entity)
            entity = locked_again(entity)
    return entity
