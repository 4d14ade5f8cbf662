"""Find an entity and lock it, with everything above it first, before an operation decides anything on it."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import TypeVar

from django.db import DEFAULT_DB_ALIAS, connection
from django.db.models import QuerySet

from ocsportal.entities.identity import Ref
from ocsportal.entities.life import plans
from ocsportal.entities.models import Entity, entity_models
from ocsportal.entities.store import gathering
from ocsportal.entities.store.binary import returned
from ocsportal.entities.store.chains import fetch_chain, way_up
from ocsportal.entities.store.reading import HOLD, LOCK, fetch_locked, fetch_path, lock_row, named, not_found
from ocsportal.entities.store.sets import among, pairs
from ocsportal.transactions.change import Change
from ocsportal.transactions.columns import column, target_of
from ocsportal.transactions.door import BeginAnew
from ocsportal.transactions.errors import OperationRefused, Stale

AnEntity = TypeVar("AnEntity", bound=Entity)


def by_reference(queryset: QuerySet[AnEntity], ref: Ref) -> QuerySet[AnEntity]:
    """Narrow a queryset to what a reference names; both IDs given must name the same entity."""
    if ref.ref_id is not None:
        queryset = queryset.filter(ref_id=ref.ref_id)
    if ref.external_id is not None:
        queryset = queryset.filter(external_id=ref.external_id)
    return queryset


def find(queryset: QuerySet[AnEntity], ref: Ref) -> AnEntity:
    """Return, for reading, what a reference names; raise ENTITY-NOT-FOUND."""
    found = by_reference(queryset, ref).first()
    if found is None:
        raise not_found(queryset.model, ref, "refId" if ref.ref_id is not None else "externalId")
    return found


def lock(change: Change, model: type[AnEntity], ref: Ref, parameter: str, *, target: bool = True) -> AnEntity:
    """Lock what the reference names, and whatever is above it first; settle its due plan; return it live.

    Raise ENTITY-NOT-FOUND; PRECONDITION-FAILED when `target` is not the version that the client read;
    CASM-STATE-DEACTIVATED when it or a superior, which the parameter then names, is deactivated (docs/states.md).
    """
    if ref.ref_id is None and ref.external_id is None:
        raise OperationRefused("REQUEST-VALIDATION", "Give refId, externalId or both.", parameter)
    superiors, entity = _locked(change, model, ref, parameter)
    entity = _below(superiors, settled(change, entity))
    # Only now: a plan that was due came before this write, and who read what was before it has read what is past.
    if target:
        check_version(change, entity)
    for name, superior in superiors:
        refuse_deactivated(superior, name)
    refuse_deactivated(entity, parameter)
    return entity


def _locked(
    change: Change, model: type[AnEntity], ref: Ref, parameter: str
) -> tuple[list[tuple[str, Entity]], AnEntity]:
    """Hold what is above what the reference names, and lock that; return both."""
    superiors: list[tuple[str, Entity]] = []
    if model.superiors:
        unlocked = fetch_path(model, ref)
        if unlocked is None:
            raise not_found(model, ref, parameter)
        if chain := _chain(change, unlocked, named(ref), LOCK):
            return chain
        superiors = hold_above(change, unlocked)
    entity = fetch_locked(model, named(ref), LOCK)
    if entity is None:
        raise not_found(model, ref, parameter)
    return superiors, entity


def _chain(
    change: Change, unlocked: AnEntity, wanted: Mapping[str, object], lock: str
) -> tuple[list[tuple[str, Entity]], AnEntity] | None:
    """Hold what is above an entity, and lock or hold the entity itself, with one statement; return both.

    None where it has to be done level by level: below another one of its level, or where a plan turned out to be due.
    """
    names = None if change.due else way_up(unlocked)
    chain = fetch_chain(type(unlocked), wanted, names, lock) if names else None
    if not names or chain is None:
        return None
    entity, above = chain
    for superior in above:
        _refuse_due(change, superior)
    if lock == HOLD:
        _refuse_due(change, entity)
    return list(zip(reversed(names), above, strict=True)), entity


def hold(change: Change, model: type[AnEntity], ref: Ref, parameter: str) -> AnEntity:
    """Hold what a reference names, and what is above it, for something to be made below it; return it live.

    Raise ENTITY-NOT-FOUND, or CASM-STATE-DEACTIVATED when it or a superior is deactivated. What is gathered is nobody else's,
    and may have ended already: who brings it along sees to what is below.
    """
    gathered = gathering.current()
    if gathered is not None and (mine := gathered.named(model, ref.ref_id)) is not None:
        return mine
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
    chain = _chain(change, unlocked, {"id": unlocked.pk}, HOLD)
    above, found = chain or (hold_above(change, unlocked), None)
    found = _below(above, found or hold_row(change, unlocked))
    for name, entity in above:
        refuse_deactivated(entity, name)
    refuse_deactivated(found, parameter)
    return found


def paths_up(model: type[Entity]) -> list[str]:
    """Return the foreign keys that lead from a level to the top, to be followed in one query: `account__customer`."""
    paths: list[str] = []
    for name in model.superiors:
        above = target_of(column(model, name), Entity)
        paths += [name, *(f"{name}__{further}" for further in paths_up(above))]
    return paths


def hold_above(change: Change, entity: Entity) -> list[tuple[str, Entity]]:
    """Hold everything above an entity as it stands, the topmost first; return it with what requests call it.

    What is held can't be changed by others, but may be held by others too: two writes below one customer don't wait
    for each other. The parents are looked up when the level above is held, since nobody can hang them elsewhere then.
    """
    found: list[tuple[str, Entity]] = []
    for relation in entity.superiors:
        superior: Entity | None = getattr(entity, relation)
        if superior is not None:
            above = hold_above(change, superior)
            found += [*above, (relation, _below(above, hold_row(change, superior)))]
    for parent in parents(entity):
        found.append((entity.parent_parameter, hold_row(change, parent)))
    return found


def _below(held: list[tuple[str, Entity]], entity: AnEntity) -> AnEntity:
    """Hang an entity below what is held of its superiors, so that nobody reads them again; return it."""
    for relation, superior in held:
        if relation in entity.superiors and getattr(entity, f"{relation}_id") == superior.pk:
            entity._state.fields_cache[relation] = superior
    return entity


# The depth orders the topmost first, since locks are taken from there: bottom up, two writes in one tree would wait for
# each other. A join per level instead would have to know how deep the tree is.
UP = (
    "WITH RECURSIVE up (id, depth) AS (SELECT {link}, 1 FROM {table} WHERE id = %s "
    "UNION ALL SELECT t.{link}, up.depth + 1 FROM {table} t JOIN up ON t.id = up.id) "
    "SELECT t.* FROM {table} t JOIN up ON t.id = up.id ORDER BY up.depth DESC"
)


def parents(entity: AnEntity) -> list[AnEntity]:
    """Return the superiors of the same level as they stand in the database, the topmost first; one query."""
    if not entity.parent_link or (not entity.moves and getattr(entity, f"{entity.parent_link}_id") is None):
        return []
    if gathering.is_gathered(entity):
        above = getattr(entity, entity.parent_link)
        return [] if above is None else [*parents(above), above]
    link = column(entity, entity.parent_link).column
    statement = UP.format(link=f'"{link}"', table=f'"{entity._meta.db_table}"')
    return list(type(entity)._default_manager.raw(statement, [entity.pk]))


def hold_row(change: Change, entity: AnEntity) -> AnEntity:
    """Hold an entity that was found without a lock; settle its due plan first, which takes a lock instead."""
    model = type(entity)
    if (model, entity.pk) in change.due or (not entity.partial and plans.settlements(entity, change.at)):
        return settled(change, lock_row(model, entity.pk))
    fresh = _held(change, model, {"id": entity.pk})
    assert fresh is not None
    return fresh


def _held(change: Change, model: type[AnEntity], wanted: Mapping[str, object]) -> AnEntity | None:
    found = fetch_locked(model, wanted, HOLD)
    if found is not None:
        _refuse_due(change, found)
    return found


def _refuse_due(change: Change, held: Entity) -> None:
    """Begin anew where something that is held has a due plan."""
    if plans.settlements(held, change.at):
        # To ask for more than to hold it now would be a deadlock, should another one do the same.
        change.due.add((type(held), held.pk))
        raise BeginAnew(f"A plan of {held} is due.")


def hold_above_all(rows: Sequence[Entity], at: datetime) -> tuple[set[int], set[int]]:
    """Hold everything above some locked rows of a level without waiting for anybody; a few statements for all of them.

    Return the keys of the rows of which everything above is held, and those below something with a due plan. What is
    held hangs on its row, so that nobody asks for it again.
    """
    model = type(rows[0])
    above = _keys_above(model, rows)
    found: dict[type[Entity], dict[int, Entity]] = {}
    for level in entity_models():
        keys = dict.fromkeys(above.get(level, ()))
        links: list[int] = []
        if level.parent_link and (level is model or keys):
            below = [row.pk for row in rows] if level is model else list(keys)
            links = _keys_of_parents(level, below)
        # The topmost parent first, as who changes the tree below it does.
        found[level] = {
            row.pk: row for row in _held_at_once(level, [*links, *(key for key in keys if key not in links)])
        }
    held: set[int] = set()
    waiting: set[int] = set()
    for row in rows:
        superiors = _hang(row, found)
        if superiors is not None:
            (waiting if any(plans.due_of(one, at) for one in superiors) else held).add(row.pk)
    return held, waiting


def _keys_above(model: type[Entity], rows: Sequence[Entity]) -> dict[type[Entity], set[int]]:
    """Return the keys of what the rows' foreign keys lead up to, which never changes, by level."""
    above: dict[type[Entity], set[int]] = {}
    for level in reversed(entity_models()):
        names = [f"{name}_id" for name in level.superiors]
        those: Iterable[tuple[int | None, ...]] = (
            [tuple(getattr(row, name) for name in names) for row in rows] if level is model else []
        )
        if names and above.get(level):
            those = level._default_manager.filter(among("pk", above[level])).values_list(*names)
        for values in those:
            for name, key in zip(level.superiors, values, strict=True):
                if key is not None:
                    above.setdefault(target_of(column(level, name), Entity), set()).add(key)
    return above


def _keys_of_parents(level: type[Entity], keys: Sequence[int]) -> list[int]:
    """Return the keys of the superiors of some rows within their level, the topmost first."""
    link = column(level, level.parent_link).column
    source, given = pairs([(key, key) for key in keys], connection.vendor)
    # UNION ALL and GROUP BY: two rows below one parent have it at two depths, and comes at the greater one.
    walk = (
        f'WITH RECURSIVE up(id, depth) AS (SELECT t."{link}", 1 FROM {source} JOIN "{level._meta.db_table}" t '
        f'ON t.id = k.id UNION ALL SELECT t."{link}", up.depth + 1 FROM "{level._meta.db_table}" t '
        "JOIN up ON t.id = up.id) SELECT id FROM up WHERE id IS NOT NULL GROUP BY id ORDER BY MAX(depth) DESC, id"
    )
    with connection.cursor() as cursor:
        cursor.execute(walk, given)
        return [key for (key,) in cursor.fetchall()]


def _held_at_once(level: type[AnEntity], keys: Sequence[int]) -> list[AnEntity]:
    """Hold rows in this order, without those that somebody else is writing; return them."""
    if not keys:
        return []
    source, given = pairs(((key, place) for place, key in enumerate(keys)), connection.vendor)
    # Without SKIP LOCKED a worker would wait above, holding what is below, for somebody who waits for that: a deadlock.
    lock = "" if connection.vendor == "sqlite" else " FOR SHARE OF t SKIP LOCKED"
    columns = ", ".join(f't."{field.column}"' for field in level._meta.concrete_fields)
    statement = f'SELECT {columns} FROM {source} JOIN "{level._meta.db_table}" t ON t.id = k.id ORDER BY k.root{lock}'
    return returned(level, statement, given, DEFAULT_DB_ALIAS)


def _hang(row: Entity, found: Mapping[type[Entity], Mapping[int, Entity]]) -> list[Entity] | None:
    """Hang what is held on a row and on what is above it; return all of that, None when something is not held."""
    superiors: list[Entity] = []
    for name in filter(None, (*row.superiors, row.parent_link)):
        field = column(row, name)
        key = getattr(row, field.attname)
        superior = None if key is None else found[target_of(field, Entity)].get(key)
        if key is not None and superior is None:
            return None
        row._state.fields_cache[name] = superior
        if superior is not None:
            # The owner of a parent of the same level is no superior: parents are held, and not what is above them.
            further = _hang(superior, found) if name in row.superiors or row.moves else []
            if further is None:
                return None
            superiors += [superior, *further]
    return superiors


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


def settled(change: Change, entity: AnEntity) -> AnEntity:
    """Bring the due plans of a locked entity into force before anything else is done to it; return it as it then is."""
    for settle in plans.settlements(entity, change.at):
        if not entity.is_deactivated:
            settle(change, entity)
            entity = lock_row(type(entity), entity.pk)
    return entity
