"""A row of every tracked model, for the tests of the audit trail; a new tracked model gets a line in both tables."""

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

from django.db import connection

from customers.models import CustomerSegment
from ocsportal.entities.models import StateReason
from ocsportal.people.models import User
from ocsportal.transactions import door
from ocsportal.transactions.history import tracked_models
from ocsportal.transactions.models import BusinessTransaction
from ocsportal.transactions.system import system_change
from ocsportal.transactions.touched import Touched

MOMENT = datetime(2026, 5, 1, 10, 0, 0, 123000, tzinfo=UTC)


def _reason() -> StateReason:
    return StateReason.objects.get(code="dfltActive")


def _entity(name: str) -> dict[str, Any]:
    return {
        "external_id": name,
        "custom_name": name,
        "state": "ACTIVE",
        "state_reason": _reason(),
        "state_valid_from": MOMENT,
    }


def _client() -> User:
    # Not by save(), which opens a Business Transaction of its own.
    found = User.objects.filter(username="client").first()
    return found or User.objects.bulk_create([User(username="client", application_id="A" * 14)])[0]


def _item(name: str) -> dict[str, Any]:
    return {"code": name, "name": name}


# What a new row of each model is made of; the name tells rows apart.
ROWS: dict[str, Callable[[str], dict[str, Any]]] = {
    "people.User": lambda name: {"username": name},
    "people.ApiKey": lambda name: {
        "client": _client(),
        "prefix": name[:8],
        "key_hash": name,
        "expires_at": MOMENT,
    },
    "entities.StateReason": lambda name: {**_item(name), "state": "ACTIVE"},
    "customers.CustomerSegment": _item,
    "customers.CustomerProfile": lambda name: {
        **_item(name),
        "state_reason": _reason(),
        "segment": CustomerSegment.objects.first(),
    },
    "customers.Customer": _entity,
}
# Two columns of each model that may change, with another value: the first one is changed, the second one not.
COLUMNS: dict[str, tuple[tuple[str, Any], tuple[str, Any]]] = {
    "people.User": (("first_name", "Other"), ("last_name", "Unsaved")),
    "people.ApiKey": (("prefix", "other"), ("revoked_at", MOMENT)),
    "entities.StateReason": (("name", "Other"), ("description", "Unsaved")),
    "customers.CustomerSegment": (("name", "Other"), ("description", "Unsaved")),
    "customers.CustomerProfile": (("name", "Other"), ("description", "Unsaved")),
    "customers.Customer": (("custom_name", "Other"), ("contact_city", "Unsaved")),
}
MODELS: dict[str, Any] = {model._meta.label: model for model in tracked_models()}


def inside(work: Callable[[], Any], reason: str = "because") -> BusinessTransaction:
    """Run something inside of the door; return its Business Transaction."""

    def touch() -> Touched:
        work()
        return Touched([])

    door.record("Test", system_change("tests", reason=reason), None, touch)
    return BusinessTransaction.objects.latest("pk")


def new(label: str, name: str) -> Any:
    """Return a row that is not saved yet."""
    return MODELS[label](**ROWS[label](name))


def insert(label: str, name: str) -> Any:
    """Make a row by its plain INSERT, whatever the model's own save() does."""
    row = new(label, name)
    MODELS[label].objects.bulk_create([row])
    return row


def sql(statement: str, *values: Any) -> None:
    """Run a statement past the ORM."""
    with connection.cursor() as cursor:
        cursor.execute(statement, values)


def raw_insert(row: Any) -> None:
    """Insert a row past the ORM."""
    fields = [field for field in row._meta.concrete_fields if not field.primary_key]
    names = ", ".join(f'"{field.column}"' for field in fields)
    values = [field.get_db_prep_save(getattr(row, field.attname), connection) for field in fields]
    sql(f'INSERT INTO "{row._meta.db_table}" ({names}) VALUES ({", ".join(["%s"] * len(fields))})', *values)
