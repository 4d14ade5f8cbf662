"""Find an entity and lock it, with everything above it first, before an operation decides anything on it."""

from collections.abc import Mapping
from typing import Any, TypeVar

from django.db.models import QuerySet

from ocsportal.entities import plans
from ocsportal.entities.fetching import HELD, KEPT, fetch_locked, fetch_path, named, not_found
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


def lock(change: Change, model: type[Level], ref: Ref, parameter: str, *, target: bool = True) -> Level:
    """Lock what the reference names, and whatever is above it first; settle its due plan; return it live.

    Raise ENTITY-NOT-FOUND; PRECONDITION-FAILED when `target` is not the version that the client read;
    CASM-STATE-DEACTIVATED when it or a superior, which the parameter then names, is deactivated (docs/states.md).
    """
    if ref.ref_id is None and ref.external_id is None:
        raise OperationRefused("REQUEST-VALIDATION", "Give refId, externalId or both.", parameter)
    superiors: list[tuple[str, Entity]] = []
    if model.superiors:
        unlocked = fetch_path(model, ref)
        if unlocked is None:
            raise not_found(model, ref, parameter)
        superiors = hold_superiors(change, unlocked)
    entity = fetch_locked(model, named(ref), KEPT)
    if entity is None:
        raise not_found(model, ref, parameter)
    if target:
        check_version(change, entity)
    entity = _below(superiors, settled(change, entity))
    for name, superior in superiors:
        refuse_deactivated(superior, name)
    refuse_deactivated(entity, parameter)
    return entity


def hold_named(change: Change, model: type[Level], ref: Ref, parameter: str) -> Level:
    """Hold what a reference names, and what is above it, for something to be made below it; return it live.

    Raise ENTITY-NOT-FOUND, or CASM-STATE-DEACTIVATED when it or a superior is deactivated.
    """
    if ref.ref_id is None and ref.external_id is None:
        raise OperationRefused("REQUEST-VALIDATION", "Give refId, externalId or both.", parameter)
    if not model.superiors and not change.due:
        # There is nothing above to be held first.
        top = _held(change, model, named(ref))
        if top is None:
            raise not_found(model, ref, parameter)
        refuse_deactivated(top, parameter)
        return top
    unlocked = fetch_path(model, ref)
    if unlocked is None:
        raise not_found(model, ref, parameter)
    above = hold_superiors(change, unlocked)
    found = _below(above, hold(change, unlocked))
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
            above = hold_superiors(change, superior)
            found += [*above, (relation, _below(above, hold(change, superior)))]
    for parent in parents(entity):
        found.append((entity.parent_parameter, hold(change, parent)))
    return found


def _below(held: list[tuple[str, Entity]], entity: Level) -> Level:
    """Hang an entity below what is held of its superiors, so that nobody reads them again; return it."""
    for relation, superior in held:
        if relation in entity.superiors and getattr(entity, f"{relation}_id") == superior.pk:
            entity._state.fields_cache[relation] = superior
    return entity


UP = (
    "WITH RECURSIVE up (id, depth) AS (SELECT {link}, 1 FROM {table} WHERE id = %s "
    "UNION ALL SELECT t.{link}, up.depth + 1 FROM {table} t JOIN up ON t.id = up.id) "
    "SELECT t.* FROM {table} t JOIN up ON t.id = up.id ORDER BY up.depth DESC"
)


def parents(entity: Entity) -> list[Any]:
    """Return the superiors of the same level as they stand in the database, the topmost first; one query."""
    if not entity.parent_link or (not entity.moves and getattr(entity, f"{entity.parent_link}_id") is None):
        return []
    link = type(entity)._meta.get_field(entity.parent_link).column  # type: ignore[union-attr]
    statement = UP.format(link=f'"{link}"', table=f'"{entity._meta.db_table}"')
    return list(type(entity)._default_manager.raw(statement, [entity.pk]))


def hold(change: Change, entity: Level) -> Level:
    """Hold an entity against changes by others until the write is over; settle its due plan first."""
    if (type(entity), entity.pk) in change.due or (not entity.partial and plans.settlements(entity, change.at)):
        return settled(change, locked_again(entity))
    fresh = _held(change, type(entity), {"id": entity.pk})
    assert fresh is not None
    return fresh


def _held(change: Change, model: type[Level], wanted: Mapping[str, Any]) -> Level | None:
    found = fetch_locked(model, wanted, HELD)
    if found is not None and plans.settlements(found, change.at):
        # To ask for more than to hold it now would be a deadlock, should another one do the same.
        change.due.add((model, found.pk))
        raise BeginAnew(f"A plan of {found} is due.")
    return found


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
