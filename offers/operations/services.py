"""The services of an offer with their values: as its version says, or as the request does (docs/offers.md)."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from accounts.models import Currency
from ocsportal.entities.configuration import configured, remembered
from ocsportal.transactions.errors import Fault, OperationRefused, malformed
from ocsportal.transactions.given import Checked
from offers.models import Offer, OfferService, ProductService, Service, ServiceType
from offers.operations.making import Terms
from offers.values import read_values


def services_of(offer: Offer) -> list[Service]:
    """Return the services of an offer's product, in the order they were put together."""
    # Without memory a subscription would read the catalogue again for each of its services; the edition lets go of it with
    # the very change that touches it.
    return remembered((ProductService, "product", offer.product_id), lambda: offer.services)


def money(agreed: Terms) -> Currency | None:
    """Return the currency that amounts are in: what was agreed, else the version's."""
    return agreed.currency or agreed.version.currency


def read_service(
    service: Service, given: Mapping[str, Any], agreed: Terms, prefix: str, begins: datetime | None = None
) -> tuple[dict[str, object], list[Fault]]:
    """Read one service's values; a balance of money is in its own currency, by default the payer's."""
    # What is counted is no money, whatever the payer pays in.
    currency = None if service.type == ServiceType.BALANCE else money(agreed)
    if service.type != ServiceType.MONETARY_BALANCE:
        return read_values(service.type, given, currency, prefix, begins=begins)
    if isinstance(given.get("currency"), str):
        currency = configured(Currency, given["currency"], f"{prefix}currency")
    values, faults = read_values(service.type, given, currency, prefix, begins=begins)
    if currency is None:
        faults.append(malformed(f"{prefix}currency", "Is required, since there is no payer to take it from."))
    else:
        values["currency"] = currency.code
    return values, faults


def as_configured(agreed: Terms) -> list[tuple[Service, Checked]]:
    """Return the services of the version with their values.

    Forms check what they save, but not what was typed past them into the database: that is refused here.
    """
    return [(row.service, _configured_values(row, agreed)) for row in agreed.version.rows]


def _configured_values(row: OfferService, agreed: Terms) -> Checked:
    values: Checked = {}
    try:
        values, faults = read_service(row.service, row.values if isinstance(row.values, dict) else {}, agreed, "")
    except OperationRefused as refusal:
        faults = list(refusal.faults)
    if faults:
        raise OperationRefused(
            "CONFIG-NOT-FOUND",
            f"Version {agreed.version.number} of the offer {agreed.offer.code!r} can't be subscribed as it is "
            f"configured; {row.service.code}, {faults[0].parameter}: {faults[0].message}",
            "offer",
        )
    return values
