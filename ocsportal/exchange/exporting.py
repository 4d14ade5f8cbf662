"""Export customers to the file that an import reads: some hundred customers at a time, as they stood at one instant."""

import csv
from collections import defaultdict
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, TypeVar

from django.db import connection, models, transaction

from accounts.models import Account
from balances.models import Balance
from customers.models import Customer
from ocsportal.entities.models import Entity
from ocsportal.entities.store.remembering import with_configuration
from ocsportal.entities.store.sets import among
from ocsportal.exchange import telling
from ocsportal.exchange.columns import BALANCE, FIXED, LEVELS
from ocsportal.exchange.making import MODELS
from ocsportal.exchange.telling import Cells
from offers.attributes import ATTRIBUTES
from offers.models import Offer, OfferService, ProductService, Service, Subscription
from subscribers.models import ResourceType, Subscriber, SubscriberResource

SOME = 200
Row = TypeVar("Row", bound=models.Model)
Below = dict[int, list[Row]]


@contextmanager
def one_instant() -> Iterator[None]:
    """See everything as it stands now for as long as it lasts, whatever others write meanwhile."""
    if connection.in_atomic_block or connection.vendor != "postgresql":
        with transaction.atomic():
            yield
        return
    with transaction.atomic():
        with connection.cursor() as cursor:
            cursor.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ READ ONLY")
        yield


def header() -> list[str]:
    """Return the columns: all fixed ones, and one for each type, service, attribute and key that there is."""
    keys = [f"{level}.attribute.{key}" for level in LEVELS for key in _keys(MODELS[level])]
    kinds = list(ResourceType.objects.order_by("pk").values_list("code", flat=True))
    resources = [f"subscriber.{name}.{kind}" for kind in kinds for name in ("resource", "resourceValidFrom")]
    services = list(Service.objects.order_by("pk"))
    counted = [f"balance.{row.code}.{name}" for row in services if row.type in BALANCES for name in BALANCE]
    individual = set(
        ProductService.objects.filter(product__in=Offer.objects.filter(individual=True).values("product")).values_list(
            "service_id", flat=True
        )
    )
    given = [
        f"subscription.offerAttribute.{row.code}.{entry.name}"
        for row in services
        if row.pk in individual
        for entry in ATTRIBUTES[row.type]
    ]
    by_level: dict[str, list[str]] = defaultdict(list)
    for name in [*FIXED, *keys, *resources, *given, *counted]:
        by_level[name.partition(".")[0]].append(name)
    return [name for level in (*LEVELS, "balance") for name in by_level[level]]


BALANCES = ("BALANCE", "MONETARY_BALANCE")


def _keys(model: type[Entity]) -> list[str]:
    """Return the keys of all custom attributes of a level."""
    table = model._meta.db_table
    listed = "jsonb_object_keys(custom_attributes)"
    query = f'SELECT DISTINCT {listed} FROM "{table}" ORDER BY 1'
    if connection.vendor == "sqlite":
        query = f'SELECT DISTINCT j.key FROM "{table}", json_each(custom_attributes) j ORDER BY 1'
    with connection.cursor() as cursor:
        cursor.execute(query)
        return [str(row[0]) for row in cursor.fetchall()]


def export(path: Path, tell: Callable[[int], None]) -> dict[str, int]:
    """Write all customers that are not erased; return how many rows, customers, and erased ones. The file is there whole or not.

    `tell` is told how many customers are done.
    """
    unfinished = path.with_name(path.name + ".part")
    try:
        with unfinished.open("w", encoding="utf-8", newline="") as file, one_instant():
            told = _write(csv.DictWriter(file, header(), restval=""), tell)
        unfinished.replace(path)
    finally:
        unfinished.unlink(missing_ok=True)
    return told


def _write(writer: "csv.DictWriter[str]", tell: Callable[[int], None]) -> dict[str, int]:
    writer.writeheader()
    rows = customers = after = 0
    while True:
        found = with_configuration(Customer.objects.filter(pk__gt=after, erased_at=None).order_by("pk"))[:SOME]
        some = list(found)
        if not some:
            break
        for row in _Trees(some).rows():
            writer.writerow(row)
            rows += 1
        after, customers = some[-1].pk, customers + len(some)
        tell(customers)
    return {"rows": rows, "customers": customers, "erased": Customer.objects.exclude(erased_at=None).count()}


class _Trees:
    """Some customers with everything below them; a few statements for each level."""

    def __init__(self, customers: list[Customer]) -> None:
        self.customers = customers
        self.accounts = _below(Account, {"customer": customers})["customer"]
        accounts = [row for rows in self.accounts.values() for row in rows]
        self.account = {row.pk: row for row in accounts}
        self.by_ref = {row.ref_id: row for row in accounts}
        self.subscribers = _below(Subscriber, {"account": accounts})["account"]
        subscribers = [row for rows in self.subscribers.values() for row in rows]
        self.resources = _below(SubscriberResource, {"subscriber": subscribers})["subscriber"]
        owners = {"customer": customers, "account": accounts, "subscriber": subscribers}
        self.subscriptions = _below(Subscription, owners)
        subscriptions = [row for owned in self.subscriptions.values() for rows in owned.values() for row in rows]
        self.subscription = {row.pk: row for row in subscriptions}
        self.balances = _below(Balance, {"subscription": subscriptions})["subscription"]
        rows = OfferService.objects.filter(version_of__in={row.offer_version_id for row in subscriptions})
        self.ended = {(row.version_of_id, row.service_id) for row in rows if (row.values or {}).get("validTo")}
        self.told: set[tuple[str, int]] = set()

    def rows(self) -> Iterator[Cells]:
        """Yield the rows of the file."""
        for customer in self.customers:
            alone = True
            top = ("customer", customer)
            for owned in self._owned("customer", customer):
                yield self._row([top], owned)
                alone = False
            for account in self.accounts.get(customer.pk, ()):
                yield from self._account([top, ("account", account)], account)
                alone = False
            if alone:
                yield self._row([top], {})

    def _account(self, path: list[tuple[str, Entity]], account: Account) -> Iterator[Cells]:
        alone = True
        for owned in self._owned("account", account):
            yield self._row(path, owned)
            alone = False
        for subscriber in self.subscribers.get(account.pk, ()):
            yield from self._subscriber([*path, ("subscriber", subscriber)], subscriber)
            alone = False
        if alone:
            yield self._row(path, {})

    def _subscriber(self, path: list[tuple[str, Entity]], subscriber: Subscriber) -> Iterator[Cells]:
        former = telling.former_cells(subscriber, self.resources.get(subscriber.pk, []))
        rows = [*self._owned("subscriber", subscriber), *former] or [{}]
        for owned in rows:
            yield self._row(path, owned)

    def _owned(self, level: str, owner: Entity) -> list[Cells]:
        found = []
        for subscription in self.subscriptions[level].get(owner.pk, ()):
            parent = self.subscription.get(subscription.parent_id or 0)
            balances = self.balances.get(subscription.pk, [])
            cells = telling.subscription_cells(subscription, parent, balances, self._ends_of(subscription))
            found.append(cells | self._imposed("subscription", subscription, owner))
        return found

    def _ends_of(self, subscription: Subscription) -> Callable[[Balance], bool]:
        given, version = subscription.offer_attributes, subscription.offer_version_id

        def ends(balance: Balance) -> bool:
            return (
                bool(given.get(balance.service.code, {}).get("validTo")) or (version, balance.service_id) in self.ended
            )

        return ends

    def _row(self, path: list[tuple[str, Entity]], owned: Cells) -> Cells:
        row: Cells = {}
        above: Entity | None = None
        for level, entity in path:
            if (level, entity.pk) in self.told:
                row |= telling.identity(level, entity)
            else:
                self.told.add((level, entity.pk))
                row |= self._cells(level, entity) | self._imposed(level, entity, above)
            above = entity
        return row | owned

    def _cells(self, level: str, entity: Any) -> Cells:
        if level == "customer":
            return telling.customer_cells(entity)
        if level == "account":
            return telling.account_cells(entity, self.account.get(entity.parent_id or 0))
        return telling.subscriber_cells(entity, self.resources.get(entity.pk, []))

    def _imposed(self, level: str, entity: Entity, above: Entity | None) -> Cells:
        """Return what above imposed its state: by its level, an account with its name."""
        kind, _, ref_id = entity.state_imposed_by.partition(":")
        if not kind:
            return {}
        named = self.by_ref.get(ref_id) if kind == "account" else None
        if kind == "account" and named is None:
            return {}
        return {f"{level}.stateImposedBy": f"account {telling.name_of(named)}" if named else kind}


def _below(model: type[Row], above: dict[str, Any]) -> dict[str, Below[Row]]:
    """Return the rows of a model below others, by the link and the key of what is above, in the order they were made."""
    found: dict[str, Below[Row]] = {link: defaultdict(list) for link in above}
    for link, rows in above.items():
        if rows:
            queryset = model._default_manager.filter(among(f"{link}_id", [row.pk for row in rows])).order_by("pk")
            for row in with_configuration(queryset):
                found[link][getattr(row, f"{link}_id")].append(row)
    return found
