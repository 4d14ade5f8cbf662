"""Insert or update a row in one prepared statement; constraints, and no query before it, keep unique what has to be."""

from collections.abc import Sequence
from datetime import datetime
from functools import cache

from django.db import DEFAULT_DB_ALIAS, IntegrityError, connections, models
from django.db.backends.base.base import BaseDatabaseWrapper

from ocsportal.entities.models import Entity
from ocsportal.entities.search.field import COLUMN, SearchText, sources
from ocsportal.entities.store import gathering
from ocsportal.transactions.change import Change
from ocsportal.transactions.columns import column
from ocsportal.transactions.constraints import named_error
from ocsportal.transactions.errors import OperationRefused
from ocsportal.transactions.prepared import prepared_cursor


def insert(entity: models.Model, asking: str = "", asked: Sequence[object] = ()) -> str | None:
    """Insert a new entity, or what belongs to one; raise the named error of a constraint that it hits.

    Return what an expression in SQL says on the way (`asking`, with its values in `asked`), None without one: it costs no
    statement of its own.

    EXTERNAL-ID-NOT-UNIQUE when any entity of its kind, deactivated ones included, has its external ID.
    Where rows are gathered it is kept with them, and nothing is asked.
    """
    if (gathered := gathering.current()) is not None:
        gathered.take(entity)
        return None
    mine = connections[DEFAULT_DB_ALIAS]
    fields, sql = _statement(type(entity), mine.vendor)
    values = _values(entity, fields, mine)
    # Without preparing, the database would plan the same INSERT for each row, checks of constraints included; without
    # RETURNING the key of the new row would take a second statement.
    try:
        with prepared_cursor() as cursor:
            cursor.execute(f"{sql}, {asking}" if asking else sql, [*values, *asked])
            row = cursor.fetchone()
    except IntegrityError as error:
        refusal = named_error(error)
        named = isinstance(refusal, OperationRefused) and refusal.code == "EXTERNAL-ID-NOT-UNIQUE"
        if named and isinstance(entity, Entity):
            raise taken(type(entity), entity.external_id) from error
        raise refusal from error
    entity.pk = row[0]
    entity._state.adding = False
    entity._state.db = DEFAULT_DB_ALIAS
    return row[1] if asking else None


def update(row: models.Model, *names: str) -> None:
    """Write the named fields of a row, with the search text that follows; raise the named error of a constraint that it hits."""
    mine = connections[DEFAULT_DB_ALIAS]
    fields, sql = _update_statement(type(row), names, mine.vendor)
    values = _values(row, fields, mine, add=False)
    # Without preparing, each update would be planned anew with its checks. By the key alone: who writes holds the lock, so a
    # condition on the version would only hide that it doesn't.
    try:
        with prepared_cursor() as cursor:
            cursor.execute(sql, [*values, row.pk])
    except IntegrityError as error:
        raise named_error(error) from error


def save(change: Change, entity: Entity, *fields: str) -> None:
    """Write the named columns as the entity's next version; one that is gathered has not got its first one yet."""
    if gathering.is_gathered(entity):
        return
    entity.version += 1
    entity.changed_at = change.written_at
    update(entity, *fields, "changed_at", "version")


def taken(model: type[Entity], external_id: str | None) -> OperationRefused:
    """Return the refusal of an external ID that another entity of the kind has."""
    return OperationRefused(
        "EXTERNAL-ID-NOT-UNIQUE",
        f"Another {model._meta.verbose_name} has the external ID {external_id!r}.",
        "externalId",
    )


# Which kinds of values a driver takes as they are from a column; asking each field for what it makes of a value costs more
# than the INSERT. The search text is made when it is written.
Kinds = frozenset[type[object]]
Fields = list[tuple[models.Field, Kinds]]
PLAIN_KINDS: Kinds = frozenset({str, int, bool, type(None)})
MOMENT_KINDS: Kinds = frozenset({datetime, type(None)})
PLAIN = (models.CharField, models.TextField, models.BooleanField, models.IntegerField, models.ForeignKey)


def _kinds(field: models.Field, vendor: str) -> Kinds:
    if isinstance(field, PLAIN) and not isinstance(field, SearchText):
        return PLAIN_KINDS
    # Only PostgreSQL keeps the zone; where there is none, Django warns and takes its own.
    if isinstance(field, models.DateTimeField) and vendor == "postgresql":
        return frozenset() if field.auto_now or field.auto_now_add else MOMENT_KINDS
    return frozenset()


def values_of(row: models.Model) -> list[object]:
    """Return the values of all columns of a row but the key, as the driver takes them."""
    mine = connections[DEFAULT_DB_ALIAS]
    return _values(row, _statement(type(row), mine.vendor)[0], mine)


def _values(row: models.Model, fields: Fields, mine: BaseDatabaseWrapper, add: bool = True) -> list[object]:
    """Return the values of a row's columns as the driver takes them."""
    held = row.__dict__
    return [
        value
        if type(value := held.get(field.attname, Ellipsis)) in kinds
        and (type(value) is not datetime or value.tzinfo is not None)
        else field.get_db_prep_save(field.pre_save(row, add), mine)
        for field, kinds in fields
    ]


# Without this the statement would be put together from the model's metadata for each row, which costs more than to
# send it; and one that was spelled otherwise would be prepared once more.
@cache
def _statement(model: type[models.Model], vendor: str) -> tuple[Fields, str]:
    fields = [field for field in model._meta.concrete_fields if not field.primary_key]
    columns = ", ".join(f'"{field.column}"' for field in fields)
    places = ", ".join(["%s"] * len(fields))
    key = model._meta.pk.column
    statement = f'INSERT INTO "{model._meta.db_table}" ({columns}) VALUES ({places}) RETURNING "{key}"'
    return [(field, _kinds(field, vendor)) for field in fields], statement


# As above; the names are a part of the key, and come from code: a few dozen sets of them, never from a request.
@cache
def _update_statement(model: type[models.Model], names: tuple[str, ...], vendor: str) -> tuple[Fields, str]:
    follows = [COLUMN] if sources(model).intersection(names) else []
    fields = [column(model, name) for name in dict.fromkeys([*names, *follows])]
    columns = ", ".join(f'"{field.column}" = %s' for field in fields)
    statement = f'UPDATE "{model._meta.db_table}" SET {columns} WHERE "{model._meta.pk.column}" = %s'
    return [(field, _kinds(field, vendor)) for field in fields], statement
