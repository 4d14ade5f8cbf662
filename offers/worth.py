"""What a subscription is worth to whom it is given: what limits of agents count (docs/balances.md, limits)."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from accounts.models import Currency
from offers.models import Service, ServiceType
from offers.models.catalogue import UnitsOfMeasurement

# Of each type the attribute that says how much. What is a share of something else has no amount of its own.
AMOUNTS = {
    ServiceType.ONE_TIME_FEE: "charge",
    ServiceType.RECURRENT_FEE: "charge",
    ServiceType.ABSOLUTE_DISCOUNT: "discount",
    ServiceType.ABSOLUTE_BILLING_DISCOUNT: "discount",
    ServiceType.BALANCE: "grantedBalance",
    ServiceType.MONETARY_BALANCE: "grantedBalance",
}
# Amounts of money whose currency nothing says: no payer, no version, and none of the operator's own.
NO_CURRENCY = "money"


@dataclass(frozen=True)
class Worth:
    """An amount that an operation moves, never below 0: in which currency or unit, and which parameter says it."""

    unit: str
    amount: Decimal
    parameter: str


def individual_worth(
    services: Sequence[tuple[Service, Mapping[str, object]]], currency: Currency | None, prefix: str = ""
) -> list[Worth]:
    """Return what services come to whose values came with the request; `prefix` is put before the parameters.

    A `{service}` in the prefix stands for the service's code. `currency` is that of amounts that name none themselves.
    """
    return [
        Worth(_unit(service, values, currency), amount, f"{prefix.format(service=service.code)}{name}")
        for service, values, name, amount in _amounts(services)
    ]


def catalogue_worth(
    services: Sequence[tuple[Service, Mapping[str, object]]], currency: Currency | None = None
) -> list[Worth]:
    """Return the money that a subscription on catalogue terms grants; whoever made the version decided all the rest."""
    return [
        Worth(_unit(service, values, currency), amount, "offer")
        for service, values, _, amount in _amounts(services)
        if service.type == ServiceType.MONETARY_BALANCE
    ]


def _amounts(
    services: Sequence[tuple[Service, Mapping[str, Any]]],
) -> Iterator[tuple[Service, Mapping[str, Any], str, Decimal]]:
    for service, values in services:
        name = AMOUNTS.get(ServiceType(service.type))
        if name is not None:
            yield service, values, name, Decimal(values[name])


def _unit(service: Service, values: Mapping[str, object], currency: Currency | None) -> str:
    if service.type == ServiceType.BALANCE:
        return str(values.get("unitsOfMeasurement") or UnitsOfMeasurement.EVENT)
    return str(values.get("currency") or (currency.code if currency else NO_CURRENCY))
