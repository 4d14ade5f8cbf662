"""The catalogue as REST tells it: services, products, and offers with their versions, values and attributes."""

from decimal import Decimal

from django.db.models import Prefetch

from ocsportal.entities.decimals import plain
from ocsportal.entities.representation import item_json
from ocsportal.rest.configuration import Kind
from ocsportal.transactions.representation import instant
from offers.attributes import ATTRIBUTES, Attribute
from offers.models import Offer, OfferService, OfferVersion, Product, ProductService, Service

SERVICES = ProductService.objects.select_related("service").order_by("service__code")
VALUES = OfferService.objects.select_related("service").order_by("service__code")
VERSIONS = OfferVersion.objects.select_related("currency").order_by("number")


def _service(link: ProductService | OfferService) -> dict[str, object]:
    return {"service": item_json(link.service), "type": link.service.type}


def _product(product: Product) -> dict[str, object]:
    """Return the services of a product."""
    return {"services": [_service(link) for link in product.product_services.all()]}


def _offer(offer: Offer) -> dict[str, object]:
    """Return the versions of an offer with their values, and what a subscription brings itself if it is individual."""
    links = offer.product.product_services.all() if offer.individual else []
    return {
        "versions": [_version(version) for version in offer.versions.all()],
        "attributes": [_attribute(link.service, one) for link in links for one in ATTRIBUTES[link.service.type]],
    }


def _version(version: OfferVersion) -> dict[str, object]:
    return {
        "number": version.number,
        "validFrom": instant(version.valid_from),
        "validTo": instant(version.valid_to),
        "currency": item_json(version.currency),
        "services": [{**_service(link), "values": link.values} for link in version.services.all()],
    }


def _attribute(service: Service, one: Attribute) -> dict[str, object]:
    """Return what an individual subscription may give, and within which bounds; `moreThan` excludes itself."""
    return {
        "service": service.code,
        "attribute": one.name,
        "type": one.kind.value.upper(),
        "mandatory": one.mandatory,
        "moreThan": _bound(one.above),
        "least": _bound(one.least),
        "most": _bound(one.most),
        "values": list(one.words) or None,
        "description": one.explains,
    }


def _bound(number: Decimal | None) -> str | None:
    return None if number is None else plain(number)


KINDS = (
    Kind("services", Service),
    Kind("products", Product, _product, (Prefetch("product_services", SERVICES),)),
    Kind(
        "offers",
        Offer,
        _offer,
        (
            Prefetch("product__product_services", SERVICES),
            Prefetch("versions", VERSIONS),
            Prefetch("versions__services", VALUES),
        ),
    ),
)
