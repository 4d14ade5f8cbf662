"""The catalogue as REST tells it: services, products, and offers with their versions, values and attributes."""

from decimal import Decimal
from functools import partial

from django.db.models import Model, Prefetch
from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from ocsportal.entities.decimals import plain
from ocsportal.entities.representation import item_json
from ocsportal.rest.configuration import ConfigurationKind
from ocsportal.rest.fields import Instant, Several, StrictSerializer, Text, Whole
from ocsportal.transactions.change import Change
from ocsportal.transactions.given import Checked
from ocsportal.transactions.representation import instant
from offers.attributes import ATTRIBUTES, Attribute
from offers.models import Offer, OfferService, OfferVersion, Product, ProductService, Service
from offers.operations.catalogue import add_services, write_version

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


@extend_schema_field({"type": "object", "additionalProperties": {"type": "object"}})
class ValuesByService(serializers.Field):
    """Values by the code of the service and the name of the attribute."""

    def to_internal_value(self, data: object) -> dict[str, dict[str, object]]:
        """Return the values, which the rules look at."""
        if not isinstance(data, dict) or not all(isinstance(values, dict) for values in data.values()):
            raise serializers.ValidationError("Must be an object of services, each an object of attributes.")
        return data

    def to_representation(self, value: dict[str, object]) -> dict[str, object]:
        """Return the values."""
        return value


def _bound(number: Decimal | None) -> str | None:
    return None if number is None else plain(number)


class VersionFields(StrictSerializer):
    """A version of an offer: a new one with its values by service and attribute, or with a number the end of one."""

    number = Whole(least=1, most=2**31 - 1, required=False, allow_null=True)
    validFrom = Instant(required=False, allow_null=True)
    validTo = Instant(required=False, allow_null=True)
    currency = Text(max_length=60, required=False, allow_null=True)
    values = ValuesByService(required=False, allow_null=True)


def _write_product(change: Change, product: Product, given: Checked) -> list[Model]:
    return [*add_services(product, given.get("services") or [])]


def _write_offer(change: Change, offer: Offer, given: Checked) -> list[Model]:
    return write_version(change, offer, given["version"]) if given.get("version") else []


def _codes() -> Several:
    return Several(child=Text(max_length=60), max_length=100, required=False, allow_null=True)


KINDS = (
    ConfigurationKind("services", Service),
    ConfigurationKind(
        "products",
        Product,
        _product,
        (Prefetch("product_services", SERVICES),),
        {"services": _codes},
        _write_product,
    ),
    ConfigurationKind(
        "offers",
        Offer,
        _offer,
        (
            Prefetch("product__product_services", SERVICES),
            Prefetch("versions", VERSIONS),
            Prefetch("versions__services", VALUES),
        ),
        {"version": partial(VersionFields, required=False, allow_null=True)},
        _write_offer,
    ),
)
