"""The catalogue, and what of it is subscribed."""

from offers.models.catalogue import (
    Offer,
    OfferService,
    OfferVersion,
    Product,
    ProductService,
    Service,
    ServiceType,
    UnitsOfMeasurement,
)
from offers.models.subscriptions import Subscription

__all__ = [
    "Offer",
    "OfferService",
    "OfferVersion",
    "Product",
    "ProductService",
    "Service",
    "ServiceType",
    "Subscription",
    "UnitsOfMeasurement",
]
