"""Open the balances of a new subscription: one per balance service of its offer."""

from collections.abc import Iterator
from decimal import Decimal
from typing import Any

from accounts.models import Currency
from balances.ledger import open_ledger
from balances.models import Balance
from ocsportal.entities.configuration import configured
from ocsportal.entities.values import read_instant
from ocsportal.transactions.change import Change
from ocsportal.transactions.errors import invalid, malformed
from offers.models import Service, ServiceType, Subscription
from offers.models.catalogue import BALANCE_TYPES, UnitsOfMeasurement
from offers.operations.individual import services_of
from offers.operations.making import currency_of

OPENING = "Opening"


def open_balances(change: Change, subscription: Subscription) -> list[Balance]:
    """Make a subscription's balances and their opening entries; return them."""
    made = [_balance(change, subscription, service, values) for service, values in _terms(subscription)]
    for balance in made:
        balance.save(force_insert=True)
    open_ledger(change, OPENING, made)
    return made


def _terms(subscription: Subscription) -> Iterator[tuple[Service, dict[str, Any]]]:
    """Return the balance services with their values: the subscription's own, else the version's."""
    if subscription.offer.individual:
        for service in services_of(subscription.offer):
            if service.type in BALANCE_TYPES:
                yield service, subscription.offer_attributes[service.code]
        return
    rows = subscription.offer_version.services.filter(service__type__in=BALANCE_TYPES).select_related("service")
    for row in rows.order_by("pk"):
        yield row.service, row.values


def _balance(change: Change, subscription: Subscription, service: Service, values: dict[str, Any]) -> Balance:
    granted = Decimal(values["grantedBalance"])
    valid_from = read_instant(values["validFrom"]) if values.get("validFrom") else subscription.state_valid_from
    valid_to = read_instant(values["validTo"]) if values.get("validTo") else None
    if valid_to is not None and valid_to <= valid_from:
        raise invalid([malformed("offer", f"Its balance of {service.code} ends before the subscription starts.")])
    monetary = service.type == ServiceType.MONETARY_BALANCE
    return Balance(
        subscription=subscription,
        service=service,
        units="" if monetary else values.get("unitsOfMeasurement") or UnitsOfMeasurement.EVENT,
        currency=_currency(subscription, values) if monetary else None,
        granted=granted,
        actual=granted if service.balance_deducted else Decimal(0),
        deducted=service.balance_deducted,
        valid_from=valid_from,
        valid_to=valid_to,
        thresholds=values.get("thresholds") or [],
        reject_when_exhausted=bool(values.get("rejectWhenExhausted")),
        changed_at=change.at,
    )


def _currency(subscription: Subscription, values: dict[str, Any]) -> Currency:
    if values.get("currency"):
        return configured(Currency, values["currency"], "currency")
    found = currency_of(subscription.owner) or subscription.offer_version.currency
    found = found or Currency.objects.filter(primary=True).first()
    if found is None:
        raise invalid([malformed("currency", "Is required, since no payer says it.")])
    return found
