"""Read one entity in one prepared statement: its own columns, with the configuration it names from memory.

A join with every item of configuration costs the database more than the row itself, and building the same statement
by the ORM for each request costs the portal more than both.
"""

from functools import cache
from typing import Any, TypeVar

from django.db import DEFAULT_DB_ALIAS, connection, connections

from ocsportal.entities.configuration import item
from ocsportal.entities.identity import Ref
from ocsportal.entities.loading import not_found
from ocsportal.entities.models import ConfigurationItem, Entity
from ocsportal.transactions import edition
from ocsportal.transactions.prepared import prepared_cursor

Level = TypeVar("Level", bound=Entity)


class Plan:
    """How a model's rows are read on an engine: the columns, what turns their values into Python's, the relations."""

    def __init__(self, model: type[Entity]) -> None:
        fields = model._meta.concrete_fields
        self.names = [field.attname for field in fields]
        related = [(field, field.related_model) for field in fields if field.is_relation]
        self.configuration: list[tuple[Any, type[ConfigurationItem]]] = [
            (field, target)
            for field, target in related
            if isinstance(target, type) and issubclass(target, ConfigurationItem)
        ]
        columns = ", ".join(f'"{field.column}"' for field in fields)
        self.select = f'SELECT {columns}, {edition.CURRENT} FROM "{model._meta.db_table}" WHERE '
        self.converters = [
            (position, expression, converter)
            for position, field in enumerate(fields)
            for expression in [field.get_col(model._meta.db_table)]
            for converter in [*connection.ops.get_db_converters(expression), *expression.get_db_converters(connection)]
        ]


@cache
def _plan(model: type[Entity], vendor: str) -> Plan:
    return Plan(model)


def fetch(model: type[Level], ref: Ref) -> Level:
    """Return the entity that a reference names, with the edition it was read at; raise ENTITY-NOT-FOUND."""
    mine = connections[DEFAULT_DB_ALIAS]
    plan = _plan(model, mine.vendor)
    wanted = [
        (name, value) for name, value in (("ref_id", ref.ref_id), ("external_id", ref.external_id)) if value is not None
    ]
    where = " AND ".join(f"{name} = %s" for name, _ in wanted)
    with prepared_cursor() as cursor:
        cursor.execute(plan.select + where, [value for _, value in wanted])
        row = cursor.fetchone()
    if row is None:
        raise not_found(model, ref, "refId" if ref.ref_id is not None else "externalId")
    *found, stands = row
    values: list[Any] = found
    for position, expression, converter in plan.converters:
        values[position] = converter(values[position], expression, mine)
    entity = model.from_db(DEFAULT_DB_ALIAS, plan.names, values)
    for field, target in plan.configuration:
        key = getattr(entity, field.attname)
        setattr(entity, field.name, None if key is None else item(target, key, stands or ""))
    entity.stands = stands or ""
    return entity
