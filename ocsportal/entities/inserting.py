"""Insert a new entity in one prepared statement; the constraint, and no query before it, keeps external IDs unique."""

from functools import cache
from typing import Any

from django.db import DEFAULT_DB_ALIAS, IntegrityError, connections

from ocsportal.entities.models import Entity
from ocsportal.transactions.constraints import named_error
from ocsportal.transactions.errors import OperationRefused
from ocsportal.transactions.prepared import prepared_cursor


def insert(entity: Entity) -> None:
    """Insert a new entity; raise EXTERNAL-ID-NOT-UNIQUE when any of its kind, deactivated ones included, has its ID."""
    fields, sql = _statement(type(entity))
    mine = connections[DEFAULT_DB_ALIAS]
    values = [field.get_db_prep_save(field.pre_save(entity, add=True), mine) for field in fields]
    try:
        with prepared_cursor() as cursor:
            cursor.execute(sql, values)
            entity.pk = cursor.fetchone()[0]
    except IntegrityError as error:
        refusal = named_error(error)
        if isinstance(refusal, OperationRefused) and refusal.code == "EXTERNAL-ID-NOT-UNIQUE":
            raise taken(type(entity), entity.external_id) from error
        raise refusal from error
    entity._state.adding = False
    entity._state.db = DEFAULT_DB_ALIAS


def taken(model: type[Entity], external_id: str | None) -> OperationRefused:
    """Return the refusal of an external ID that another entity of the kind has."""
    return OperationRefused(
        "EXTERNAL-ID-NOT-UNIQUE",
        f"Another {model._meta.verbose_name} has the external ID {external_id!r}.",
        "externalId",
    )


@cache
def _statement(model: type[Entity]) -> tuple[list[Any], str]:
    fields = [field for field in model._meta.concrete_fields if not field.primary_key]
    columns = ", ".join(f'"{field.column}"' for field in fields)
    places = ", ".join(["%s"] * len(fields))
    key = model._meta.pk.column
    return fields, f'INSERT INTO "{model._meta.db_table}" ({columns}) VALUES ({places}) RETURNING "{key}"'
