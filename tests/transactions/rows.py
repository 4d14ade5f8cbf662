"""A row of every tracked model, for the tests of the audit trail; a new tracked model gets a line in both tables."""

from collections.abc import Callable
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

from django.contrib.auth.models import Group
from django.db import connection

from accounts.models import Account, AccountType, BillCycle, Currency
from customers.models import Customer, CustomerSegment
from ocsportal.entities.models import StateReason
from ocsportal.people.models import User
from ocsportal.transactions import door
from ocsportal.transactions.history import tracked_models
from ocsportal.transactions.models import BusinessTransaction
from ocsportal.transactions.system import system_change
from ocsportal.transactions.touched import Touched
from offers.models import Offer, OfferVersion, Product, Service, Subscription
from subscribers.models import ResourceType, Subscriber

MOMENT = datetime(2026, 5, 1, 10, 0, 0, 123000, tzinfo=UTC)
LATER = datetime(2026, 6, 1, 10, 0, 0, 123000, tzinfo=UTC)


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


def _configured(model: Any) -> Any:
    return model.objects.order_by("pk").first()


def _account(name: str) -> dict[str, Any]:
    return {
        **_entity(name),
        "customer": _of(Customer, "above"),
        "account_type": _configured(AccountType),
        "currency": _configured(Currency),
        "bill_cycle": _configured(BillCycle),
        "cycle_valid_from": MOMENT,
    }


def _subscription(name: str) -> dict[str, Any]:
    return {
        **_entity(name),
        "customer": _of(Customer, "above"),
        "offer": _configured(Offer),
        "offer_version": _configured(OfferVersion),
    }


def _of(model: Any, name: str) -> Any:
    """Return an entity that others hang on, or another row that they point to, made when it is asked for first."""
    fields = ROWS[model._meta.label](name)
    key = "external_id" if "external_id" in fields else "code"
    found = model.objects.filter(**{key: name}).first()
    return found or model.objects.bulk_create([model(**fields)])[0]


def _version(name: str) -> Any:
    fields = ROWS["offers.OfferVersion"](name)
    found = OfferVersion.objects.filter(offer=fields["offer"]).first()
    return found or OfferVersion.objects.bulk_create([OfferVersion(**fields)])[0]


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
    "accounts.AccountType": _item,
    "accounts.AccountSegment": _item,
    "accounts.Currency": _item,
    "accounts.BillCycle": _item,
    "accounts.AccountProfile": lambda name: {
        **_item(name),
        "account_type": _configured(AccountType),
        "state_reason": _reason(),
    },
    "accounts.Account": _account,
    "subscribers.SubscriberSegment": _item,
    "subscribers.ResourceType": _item,
    "subscribers.SubscriberProfile": lambda name: {**_item(name), "state_reason": _reason()},
    "subscribers.Subscriber": lambda name: {**_entity(name), "account": _of(Account, "above")},
    "subscribers.SubscriberResource": lambda name: {
        "subscriber": _of(Subscriber, "above"),
        "resource_type": _configured(ResourceType),
        "value": name,
        "valid_from": MOMENT,
        "valid_to": MOMENT,
    },
    "offers.Service": lambda name: {**_item(name), "type": "BALANCE"},
    "offers.Product": _item,
    "offers.ProductService": lambda name: {"product": _of(Product, name), "service": _configured(Service)},
    "offers.Offer": lambda name: {**_item(name), "product": _configured(Product)},
    "offers.OfferVersion": lambda name: {"offer": _of(Offer, name), "number": 1, "valid_from": MOMENT},
    "offers.OfferService": lambda name: {"version_of": _version(name), "service": _configured(Service)},
    "offers.Subscription": _subscription,
    "balances.Balance": lambda name: {
        "subscription": _of(Subscription, f"above {name}"),
        "service": _configured(Service),
        "units": "MEGABYTE",
        "granted": Decimal("0.1"),
        "actual": Decimal("0.1"),
        "valid_from": MOMENT,
        "changed_at": MOMENT,
    },
    "balances.AdjustmentLimit": lambda name: {
        "group": _configured(Group),
        "unit": name,
        "per_adjustment": Decimal("0.1"),
    },
}
# Two columns of each model that may change, with another value: the first one is changed, the second one not.
COLUMNS: dict[str, tuple[tuple[str, Any], tuple[str, Any]]] = {
    "people.User": (("first_name", "Other"), ("last_name", "Unsaved")),
    "people.ApiKey": (("prefix", "other"), ("revoked_at", MOMENT)),
    "entities.StateReason": (("name", "Other"), ("description", "Unsaved")),
    "customers.CustomerSegment": (("name", "Other"), ("description", "Unsaved")),
    "customers.CustomerProfile": (("name", "Other"), ("description", "Unsaved")),
    "customers.Customer": (("custom_name", "Other"), ("contact_city", "Unsaved")),
    "accounts.AccountType": (("name", "Other"), ("description", "Unsaved")),
    "accounts.AccountSegment": (("name", "Other"), ("description", "Unsaved")),
    "accounts.Currency": (("name", "Other"), ("description", "Unsaved")),
    "accounts.BillCycle": (("name", "Other"), ("description", "Unsaved")),
    "accounts.AccountProfile": (("name", "Other"), ("description", "Unsaved")),
    "accounts.Account": (("custom_name", "Other"), ("tax_residence", "Unsaved")),
    "subscribers.SubscriberSegment": (("name", "Other"), ("description", "Unsaved")),
    "subscribers.ResourceType": (("name", "Other"), ("description", "Unsaved")),
    "subscribers.SubscriberProfile": (("name", "Other"), ("description", "Unsaved")),
    "subscribers.Subscriber": (("custom_name", "Other"), ("state_imposed_by", "Unsaved")),
    "subscribers.SubscriberResource": (("value", "other"), ("valid_to", LATER)),
    "offers.Service": (("name", "Other"), ("description", "Unsaved")),
    "offers.Product": (("name", "Other"), ("description", "Unsaved")),
    "offers.ProductService": (("service_id", 2), ("product_id", 2)),
    "offers.Offer": (("name", "Other"), ("description", "Unsaved")),
    "offers.OfferVersion": (("number", 7), ("valid_to", LATER)),
    "offers.OfferService": (("service_id", 2), ("version_of_id", 1)),
    "offers.Subscription": (("custom_name", "Other"), ("state_imposed_by", "Unsaved")),
    "balances.Balance": (("entries", 7), ("granted", Decimal("0.3"))),
    "balances.AdjustmentLimit": (("per_adjustment", Decimal("0.2")), ("per_day", Decimal("0.3"))),
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
