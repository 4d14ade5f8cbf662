"""Read a row and everything above it in one prepared statement, locked from the top down (docs/rows.md, two words for locks).

One statement for each level would say the same, and costs a round trip and the making of a row each time.
"""

from collections.abc import Mapping
from functools import cache
from typing import TypeVar

from django.db import DEFAULT_DB_ALIAS, connections, models
from django.db.backends.base.base import BaseDatabaseWrapper

from ocsportal.entities.models import Entity
from ocsportal.entities.store.reading import Path, Select, shown
from ocsportal.entities.store.remembering import attach_configuration
from ocsportal.transactions.columns import column, target_of
from ocsportal.transactions.prepared import prepared_cursor

AnEntity = TypeVar("AnEntity", bound=Entity)
# The foreign keys from a row to the one above it, to the one above that, and so on to the top.
Names = tuple[str, ...]


def way_up(entity: Entity) -> Names | None:
    """Return the way from a row, read with its path, to the top; None where it isn't one row for each level.

    It isn't where a row on it hangs below another one of its own level.
    """
    names: list[str] = []
    here: Entity = entity
    while True:
        if here.parent_link and getattr(here, f"{here.parent_link}_id") is not None:
            return None
        above = [name for name in here.superiors if getattr(here, f"{name}_id") is not None]
        if not above:
            return tuple(names)
        if len(above) > 1:
            return None
        names.append(above[0])
        here = getattr(here, above[0])


def fetch_chain(
    model: type[AnEntity], wanted: Mapping[str, object], names: Names, lock: str
) -> tuple[AnEntity, list[Entity]] | None:
    """Return the row whose columns have these values, with what is above it, the topmost first: held, and the row locked or held.

    None when there is no such row, when it or something above it hangs below another one of its level by now, and when
    somebody changed meanwhile what it refers to: then nothing may be concluded from what was read.
    """
    mine = connections[DEFAULT_DB_ALIAS]
    chain = _chain(model, names, mine.vendor)
    where = " AND ".join([*(f't."{column}" = %s' for column in wanted), *chain.alone])
    locks = "" if mine.vendor == "sqlite" else f"{chain.holds} {lock}"
    # Without preparing, planning four joins costs the database more than locking four rows; a statement for each level
    # would be four round trips.
    with prepared_cursor() as cursor:
        cursor.execute(f"{chain.select}{where} {locks}", list(wanted.values()))
        values = cursor.fetchone()
    found = chain.built(values, mine) if values else None
    if found is None:
        return None
    row, above = found
    assert isinstance(row, model)
    return row, above


class _Chain:
    """How a row of a model is read with what is above it on a way to the top."""

    def __init__(self, model: type[Entity], names: Names) -> None:
        def beside(root: type[models.Model], path: Path) -> bool:
            return path[0] not in names[:1] and shown(root, path)

        self.model, self.names = model, names
        self.own = Select(model, beside)
        self.levels: list[tuple[type[Entity], Select]] = []
        columns, joins = [self.own.columns], [self.own.source]
        self.alone = _alone(model, "t")
        here, alias = model, "t"
        for number, name in enumerate(names, start=1):
            field = column(here, name)
            here, below, alias = target_of(field, Entity), alias, f"u{number}"
            select = Select(here, _nothing, alias)
            self.levels.append((here, select))
            columns.append(select.columns)
            joins.append(f'JOIN "{here._meta.db_table}" {alias} ON {alias}.id = {below}."{field.column}"')
            self.alone += _alone(here, alias)
        self.select = f"SELECT {', '.join(columns)} FROM {' '.join(joins)} WHERE "
        # PostgreSQL locks the rows in the order in which they are named.
        self.holds = " ".join(f"FOR SHARE OF u{number}" for number in range(len(names), 0, -1))

    def built(self, values: tuple[object, ...], mine: BaseDatabaseWrapper) -> tuple[Entity, list[Entity]] | None:
        """Return the row, and what is above it with the topmost first; None where it was torn."""
        start = self.own.width
        found: list[Entity] = [self.own.built(self.model, values[:start], mine)]
        for model, select in self.levels:
            found.append(select.built(model, values[start : start + select.width], mine))
            start += select.width
        if any(row.torn for row in found):
            return None
        for below, name, above in zip(found, self.names, found[1:], strict=False):
            below._state.fields_cache[name] = above
        for row in found[1:]:
            if row.parent_link:
                row._state.fields_cache[row.parent_link] = None
        attach_configuration(found, found[0].stands or "")
        return found[0], found[:0:-1]


def _alone(model: type[Entity], alias: str) -> list[str]:
    """Return the condition that a row hangs below no other one of its level."""
    if not model.parent_link:
        return []
    return [f'{alias}."{column(model, model.parent_link).column}" IS NULL']


def _nothing(root: type[models.Model], path: Path) -> bool:
    return False


# Without this each write would put the statement together from the metadata of up to four models.
@cache
def _chain(model: type[Entity], names: Names, vendor: str) -> _Chain:
    return _Chain(model, names)
