"""Open the balances of a new subscription: one per balance service of its offer."""

from decimal import Decimal

from accounts.models import Currency
from balances.ledger import open_ledger
from balances.models import Balance
from ocsportal.entities.configuration import configured
from ocsportal.entities.store.making import new
from ocsportal.entities.store.writing import insert
from ocsportal.entities.values import read_instant
from ocsportal.transactions.change import Change
from ocsportal.transactions.errors import invalid, malformed
from ocsportal.transactions.given import Checked
from offers.models import Service, ServiceType, Subscription
from offers.models.catalogue import BALANCE_TYPES, UnitsOfMeasurement
from offers.operations.making import Services

OPENING = "Opening"


def open_balances(change: Change, subscription: Subscription, services: Services) -> list[Balance]:
    """Make a subscription's balances and their opening entries; return them."""
    made = [
        _balance(change, subscription, service, values) for service, values in services if service.type in BALANCE_TYPES
    ]
    for balance in made:
        insert(balance)
    open_ledger(change, OPENING, made)
    return made


def _balance(change: Change, subscription: Subscription, service: Service, values: Checked) -> Balance:
    granted = Decimal(values["grantedBalance"])
    valid_from = read_instant(values["validFrom"]) if values.get("validFrom") else subscription.state_valid_from
    valid_to = read_instant(values["validTo"]) if values.get("validTo") else None
    if valid_to is not None and valid_to <= valid_from:
        raise invalid([malformed("offer", f"Its balance of {service.code} ends before the subscription starts.")])
    monetary = service.type == ServiceType.MONETARY_BALANCE
    return new(
        Balance,
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
        changed_at=change.written_at,
    )


def _currency(subscription: Subscription, values: Checked) -> Currency:
    mine = subscription.currency
    return mine if mine and mine.code == values["currency"] else configured(Currency, values["currency"], "currency")
