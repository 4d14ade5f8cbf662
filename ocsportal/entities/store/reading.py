"""Read entities in one prepared statement: their own columns, references joined, configuration from memory.

A join with every item of configuration costs the database more than the row itself, and building the same statement
by the ORM for each request costs the portal more than both.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from itertools import count
from typing import TypeVar

from django.db import DEFAULT_DB_ALIAS, connection, connections, models
from django.db.backends.base.base import BaseDatabaseWrapper

from ocsportal.entities.identity import Ref
from ocsportal.entities.models import Entity, level_of
from ocsportal.entities.store.binary import made_of
from ocsportal.entities.store.remembering import attach_configuration
from ocsportal.entities.store.sets import REFERENCE
from ocsportal.transactions import edition
from ocsportal.transactions.columns import column, links_of, target
from ocsportal.transactions.errors import OperationRefused
from ocsportal.transactions.prepared import prepared_cursor

AnEntity = TypeVar("AnEntity", bound=Entity)
Row = TypeVar("Row", bound=models.Model)
# The names of foreign keys, one after the other; whether a row is read together with what they lead to.
Path = tuple[str, ...]
Wanted = Callable[[type[models.Model], Path], bool]

# To lock a row keeps it from other writers, but not from rows that point to it: it is going to be written. To hold one
# keeps it as it stands, while others may hold it too: something below it is going to be written (docs/rows.md).
LOCK, HOLD = "FOR NO KEY UPDATE OF t", "FOR SHARE OF t"


@dataclass(frozen=True)
class Link:
    """An entity that another one refers to: where it hangs, what is read of it, and how it is joined."""

    path: tuple[str, ...]
    key: str
    model: type[Entity]
    names: tuple[str, ...]
    columns: tuple[str, ...]
    join: str


def shown(root: type[models.Model], path: tuple[str, ...]) -> bool:
    """Whether the representation of a row follows a path."""
    return len(path) == 1 or "__".join(path) in getattr(root, "followed", ())


def _leads_up(root: type[models.Model], path: tuple[str, ...]) -> bool:
    """Whether a path leads from a level to one above it."""
    holder = root
    for name in path:
        if name not in level_of(holder).superiors:
            return False
        holder = target(column(holder, name))
    return True


def _links(
    root: type[models.Model],
    wanted: Wanted,
    numbers: Iterator[int],
    holder: type[models.Model] | None = None,
    alias: str = "t",
    path: Path = (),
) -> Iterator[Link]:
    """Yield the entities that a row refers to, and what those refer to, as far as they are wanted."""
    for field in links_of(holder or root):
        level = target(field)
        if not issubclass(level, Entity) or not wanted(root, (*path, field.name)):
            continue
        joined = f"j{next(numbers)}"
        # What is above it; for who goes up, also whether it hangs below another one of its own level.
        up = [*level.superiors, *([level.parent_link] if wanted is _leads_up and level.parent_link else [])]
        above = [column(level, name) for name in up]
        fields = [column(level, "id"), *(column(level, name) for name in REFERENCE), *above]
        yield Link(
            (*path, field.name),
            field.attname,
            level,
            tuple(entry.attname for entry in fields),
            tuple(f'{joined}."{entry.column}"' for entry in fields),
            f'LEFT JOIN "{level._meta.db_table}" {joined} ON {joined}.id = {alias}."{field.column}"',
        )
        yield from _links(root, wanted, numbers, level, joined, (*path, field.name))


class Select:
    """How a model's rows are read on an engine: the statement, what turns values into Python's, what hangs on a row."""

    def __init__(self, model: type[models.Model], wanted: Wanted, alias: str = "t") -> None:
        fields = model._meta.concrete_fields
        self.names = [field.attname for field in fields]
        self.links = list(_links(model, wanted, count(), alias=alias))
        columns = [
            *(f'{alias}."{field.column}"' for field in fields),
            *(column for link in self.links for column in link.columns),
            edition.CURRENT,
        ]
        self.width, self.columns = len(columns), ", ".join(columns)
        self.source = " ".join([f'"{model._meta.db_table}" {alias}', *(link.join for link in self.links)])
        self.select = f"SELECT {self.columns} FROM {self.source} WHERE "
        self.converters = [
            (position, expression, converter)
            for position, field in enumerate(fields)
            # PostgreSQL's answers are binary, in which JSON arrives as Python's.
            if connection.vendor != "postgresql" or not isinstance(field, models.JSONField)
            for expression in [field.get_col(model._meta.db_table)]
            for converter in [*connection.ops.get_db_converters(expression), *expression.get_db_converters(connection)]
        ]

    def built(self, model: type[Row], row: tuple[object, ...], mine: BaseDatabaseWrapper) -> Row:
        """Return a row from what the statement says of it."""
        own = len(self.names)
        values, stands = list(row[:own]), row[-1] or ""
        for position, expression, converter in self.converters:
            values[position] = converter(values[position], expression, mine)
        entity = made_of(model, self.names, values, DEFAULT_DB_ALIAS)
        for link in self.links:
            own, start = own + len(link.names), own
            _hang(entity, link, row[start:own])
        entity.__dict__["stands"] = stands
        return entity


def _hang(entity: models.Model, link: Link, values: Sequence[object]) -> None:
    holder = entity
    for name in link.path[:-1]:
        holder = holder and holder._state.fields_cache[name]
    if holder is None:
        return
    found = None
    if values[0] is not None:
        found = made_of(link.model, link.names, values, DEFAULT_DB_ALIAS)
        found.partial = True
    holder._state.fields_cache[link.path[-1]] = found
    if getattr(holder, link.key) != values[0]:
        entity.__dict__["torn"] = True


# Without this each read would walk the metadata of up to ten models. The vendor is a part of the key, since converters
# differ by engine; which connection it is, is not: plans know no values.
@cache
def _select(model: type[models.Model], wanted: Wanted, vendor: str) -> Select:
    return Select(model, wanted)


def named(ref: Ref) -> dict[str, str]:
    """Return the columns that a reference names, with their values; both given must name the same entity."""
    return {
        name: value for name, value in (("ref_id", ref.ref_id), ("external_id", ref.external_id)) if value is not None
    }


def not_found(model: type[Entity], ref: Ref, parameter: str) -> OperationRefused:
    """Return the refusal for a reference that names nothing."""
    given = " and ".join(
        f"{name} {value!r}"
        for name, value in (("refId", ref.ref_id), ("externalId", ref.external_id))
        if value is not None
    )
    return OperationRefused("ENTITY-NOT-FOUND", f"There is no {model._meta.verbose_name} with {given}.", parameter)


def fetch(model: type[AnEntity], ref: Ref) -> AnEntity:
    """Return the entity that a reference names, with the edition it was read at; raise ENTITY-NOT-FOUND."""
    found = fetch_all(model, named(ref))
    if not found:
        raise not_found(model, ref, "refId" if ref.ref_id is not None else "externalId")
    return found[0]


def fetch_path(model: type[AnEntity], ref: Ref) -> AnEntity | None:
    """Return the entity that a reference names with the IDs of everything above it, None if there is none."""
    return next(iter(_rows(model, named(ref), _leads_up, "")), None)


def fetch_locked(model: type[AnEntity], wanted: Mapping[str, object], lock: str) -> AnEntity | None:
    """Return the entity whose columns have these values, locked or held; None if there is none."""
    found = fetch_all(model, wanted, lock)
    if not found or found[0].torn:
        # Who had to wait for another writer gets the row's new version joined with what the old one pointed to: where
        # a key was changed, PostgreSQL then loses the row or that relation. The row is ours by now, so ask again.
        found = fetch_all(model, wanted, lock)
    return found[0] if found else None


def lock_row(model: type[AnEntity], key: int) -> AnEntity:
    """Lock a row that is known to be there, and return it as it stands by now."""
    found = fetch_locked(model, {"id": key}, LOCK)
    assert found is not None
    return found


def fetch_all(model: type[Row], wanted: Mapping[str, object], lock: str = "") -> list[Row]:
    """Return the rows whose columns have these values, in the order they were made."""
    return _rows(model, wanted, shown, lock)


def _rows(model: type[Row], wanted: Mapping[str, object], follow: Wanted, lock: str) -> list[Row]:
    mine = connections[DEFAULT_DB_ALIAS]
    statement = _select(model, follow, mine.vendor)
    where = " AND ".join(f't."{column}" = %s' for column in wanted)
    if mine.vendor == "sqlite":
        lock = ""  # One writer at a time anyway.
    # Without preparing, planning the joins costs the database more than reading the row
    # (docs/adr/0021-statements-of-our-own.md).
    with prepared_cursor() as cursor:
        cursor.execute(f"{statement.select}{where} ORDER BY t.id {lock}", list(wanted.values()))
        rows = cursor.fetchall()
    found = [statement.built(model, row, mine) for row in rows]
    if found:
        attach_configuration(found, rows[0][-1] or "")
    return found
