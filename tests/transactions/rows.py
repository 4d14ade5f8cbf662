"""A row of every tracked model, for the tests of the audit trail; a new tracked model gets a line in both tables."""

import functools
import inspect
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

from django.contrib.auth.models import Group
from django.db import connection, transaction

from ocsportal.entities.models import ConfigurationItem, Entity, StateReason
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


MODELS: dict[str, Any] = {model._meta.label: model for model in tracked_models()}
NAMES = ("one", "two", "three", "smuggled", "prepare", "base")


def _base(label: str, **fields: Any) -> Any:
    """Return the one row of a model that others hang on; made when it is first asked for."""
    found = MODELS[label].objects.filter(**fields).order_by("pk").first()
    if found is None:
        found = MODELS[label](**{**ROWS[label]("base"), **fields})
        MODELS[label].objects.bulk_create([found])
    return found


def _nth(label: str, name: str) -> Any:
    """Return one of the rows that every installation has, another one for each name, where a pair is unique."""
    return MODELS[label].objects.order_by("pk")[NAMES.index(name)]


def _services() -> list[Any]:
    """Return three services that nothing uses yet, with consecutive keys."""
    return [_base("offers.Service", code=f"unused-{letter}", name=letter, type="BALANCE") for letter in "abc"]


def _some(label: str) -> Any:
    return MODELS[label].objects.order_by("pk").first()


# What a new row of each model is made of; the name tells rows apart.
ROWS: dict[str, Callable[[str], dict[str, Any]]] = {
    "people.User": lambda name: {"username": name},
    "people.ApiKey": lambda name: {"client": _client(), "prefix": name[:8], "key_hash": name, "expires_at": MOMENT},
    "entities.StateReason": lambda name: {**_item(name), "state": "ACTIVE"},
    "customers.CustomerSegment": _item,
    "customers.CustomerProfile": lambda name: {**_item(name), "state_reason": _reason()},
    "customers.Customer": _entity,
    "accounts.AccountType": _item,
    "customers.CustomerNote": lambda name: {
        "customer": _base("customers.Customer"), "text": name, "created_at": MOMENT, "created_by": "somebody",
    },
    "accounts.AccountSegment": _item,
    "accounts.Currency": _item,
    "accounts.BillCycle": _item,
    "accounts.AccountProfile": lambda name: {
        **_item(name), "account_type": _some("accounts.AccountType"), "state_reason": _reason(),
    },
    "accounts.Account": lambda name: {
        **_entity(name), "customer": _base("customers.Customer"), "account_type": _some("accounts.AccountType"),
        "currency": _some("accounts.Currency"), "bill_cycle": _some("accounts.BillCycle"), "cycle_valid_from": MOMENT,
    },
    "subscribers.SubscriberSegment": _item,
    "subscribers.ResourceType": _item,
    "subscribers.SubscriberProfile": lambda name: {**_item(name), "state_reason": _reason()},
    "subscribers.Subscriber": lambda name: {**_entity(name), "account": _base("accounts.Account")},
    "subscribers.SubscriberResource": lambda name: {
        "subscriber": _base("subscribers.Subscriber"), "resource_type": _nth("subscribers.ResourceType", name), "value": name,
        "valid_from": MOMENT,
    },
    "offers.Service": lambda name: {**_item(name), "type": "BALANCE"},
    "offers.Product": _item,
    "offers.ProductService": lambda name: {"product": _nth("offers.Product", name), "service": _services()[0]},
    "offers.Offer": lambda name: {**_item(name), "product": _some("offers.Product")},
    "offers.OfferVersion": lambda name: {"offer": _some("offers.Offer"), "number": 100 + NAMES.index(name), "valid_from": MOMENT},
    "offers.OfferService": lambda name: {
        "version_of": _base("offers.OfferVersion", number=99), "service": _nth("offers.Service", name),
    },
    "offers.Subscription": lambda name: {
        **_entity(name), "subscriber": _base("subscribers.Subscriber"), "offer": _some("offers.Offer"),
        "offer_version": _some("offers.OfferVersion"),
    },
    "balances.Balance": lambda name: {
        "subscription": _base("offers.Subscription"), "service": _nth("offers.Service", name), "units": "EVENT",
        "granted": Decimal(10), "actual": Decimal(10), "valid_from": MOMENT, "changed_at": MOMENT,
    },
    "balances.AdjustmentLimit": lambda name: {"group": Group.objects.order_by("pk").first(), "unit": name.upper()},
}  # fmt: skip
Column = tuple[str, Callable[[], Any]]
_ITEM: tuple[Column, Column] = (("name", lambda: "Other"), ("description", lambda: "Unsaved"))
_ENTITY: tuple[Column, Column] = (("custom_name", lambda: "Other"), ("state_imposed_by", lambda: "unsaved"))
# Two columns of each model that may change, with another value, where they are not those of every item or entity.
COLUMNS: dict[str, tuple[Column, Column]] = {
    **{label: _ITEM for label, model in MODELS.items() if issubclass(model, ConfigurationItem)},
    **{label: _ENTITY for label, model in MODELS.items() if issubclass(model, Entity)},
    "people.User": (("first_name", lambda: "Other"), ("last_name", lambda: "Unsaved")),
    "people.ApiKey": (("prefix", lambda: "other"), ("revoked_at", lambda: MOMENT)),
    "customers.CustomerNote": (("text", lambda: "Other"), ("closed_by", lambda: "unsaved")),
    "subscribers.SubscriberResource": (("value", lambda: "Other"), ("valid_to", lambda: MOMENT.replace(year=2099))),
    "offers.ProductService": (
        ("service_id", lambda: _services()[1].pk),
        ("product_id", lambda: _nth("offers.Product", "base").pk),
    ),
    "offers.OfferVersion": (
        ("valid_from", lambda: MOMENT.replace(hour=5)),
        ("valid_to", lambda: MOMENT.replace(year=2099)),
    ),
    "offers.OfferService": (("values", lambda: {"charge": "1"}), ("service_id", lambda: _services()[0].pk)),
    "balances.Balance": (("units", lambda: "MINUTE"), ("reject_when_exhausted", lambda: True)),
    "balances.AdjustmentLimit": (("per_day", lambda: Decimal("7.5")), ("per_adjustment", lambda: Decimal(5))),
}


def every_model(check: Callable[..., None]) -> Callable[..., None]:
    """Run a test for each tracked model, each time taken back: one test's worth of preparation, every failure by name.

    A test that takes a `row` is given one with three versions, all made through the door.
    """
    wanted = inspect.signature(check).parameters

    def looped(**fixtures: Any) -> None:
        wrong = []
        for label in MODELS:
            given = fixtures | {"label": label}
            try:
                with taken_back():
                    check(**given, **({"row": with_history(label)} if "row" in wanted else {}))
            except Exception as error:
                wrong.append(f"{label}: {type(error).__name__} {str(error)[:500]}")
        assert not wrong, "\n".join(wrong)

    functools.update_wrapper(looped, check)
    del looped.__wrapped__  # type: ignore[attr-defined]
    kept = [parameter for name, parameter in wanted.items() if name not in ("label", "row")]
    looped.__signature__ = inspect.Signature(kept)  # type: ignore[attr-defined]
    return looped


@contextmanager
def taken_back() -> Iterator[None]:
    """Run something and take it back."""
    block = transaction.atomic()
    block._from_testcase = True  # the door demands to be outermost, and takes a test's own transaction for that
    with block:
        yield
        transaction.set_rollback(True)


def with_history(label: str) -> Any:
    """Return a row as it was made; two changes followed since."""
    made: list[Any] = []
    inside(lambda: made.append(insert(label, "one")))
    for which in (0, 1):
        inside(lambda which=which: MODELS[label].objects.filter(pk=made[0].pk).update(**change(label, which)))  # type: ignore[misc]
    return made[0]


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


def change(label: str, which: int = 0) -> dict[str, Any]:
    """Return the first or second column that may change, with its other value."""
    name, value = COLUMNS[label][which]
    return {name: value()}


def written(label: str, column: str, value: Any) -> Any:
    """Return a value as the database keeps it."""
    field = MODELS[label]._meta.get_field(column)
    return field.get_db_prep_save(value, connection)


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
