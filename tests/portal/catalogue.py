"""Offers of the tests' own."""

from typing import Any

from accounts.models import Currency
from ocsportal.transactions import door
from ocsportal.transactions.system import system_change
from ocsportal.transactions.touched import Touched
from offers.models import Offer, OfferService, OfferVersion, Product, ProductService, Service

VALUES: dict[str, dict[str, Any]] = {
    "RECURRENT_FEE": {"charge": "9.9"},
    "BALANCE": {"grantedBalance": "100", "unitsOfMeasurement": "EVENT"},
    "MONETARY_BALANCE": {"grantedBalance": "20"},
}


def make_offer(code: str, *types: str, individual: bool = False, currency: str = "") -> Offer:
    """Make an offer of services of these types, with one version."""
    made: list[Any] = []

    def work() -> Touched:
        product = Product.objects.create(code=code, name=code)
        offer = Offer.objects.create(code=code, name=code, product=product, individual=individual)
        paid = Currency.objects.get(code=currency) if currency else None
        version = OfferVersion.objects.create(offer=offer, valid_from="2020-01-01T00:00:00Z", currency=paid)
        for kind in types:
            service = Service.objects.create(code=f"{code}{kind}", name=kind.capitalize(), type=kind)
            ProductService.objects.create(product=product, service=service)
            if not individual:
                OfferService.objects.create(version_of=version, service=service, values=VALUES[kind])
        made.append(offer)
        return Touched([offer])

    door.record("AddOffer", system_change("tests"), None, work)
    offer: Offer = made[0]
    return offer
