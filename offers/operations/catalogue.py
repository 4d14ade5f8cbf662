"""Write the catalogue by the rules of the portal's pages: services of a product, versions of an offer with their values."""

from collections.abc import Sequence

from django.db.models import Max, Model

from accounts.models import Currency
from ocsportal.entities.configuration import configured, configured_or_none
from ocsportal.entities.configuring import checked
from ocsportal.transactions.change import Change
from ocsportal.transactions.errors import Fault, OperationRefused, invalid, malformed
from ocsportal.transactions.given import Checked
from offers.models import Offer, OfferService, OfferVersion, Product, ProductService, Service
from offers.values import has_money, read_values


def add_services(product: Product, codes: Sequence[str]) -> list[ProductService]:
    """Give a product the services of these codes that it has not yet; raise CONFIG-NOT-FOUND, or what forbids a further one."""
    known = set(product.product_services.values_list("service__code", flat=True))
    made = []
    for number, code in enumerate(codes):
        service = configured(Service, code, f"services[{number}]")
        if service.code not in known:
            link = ProductService(product=product, service=service)
            checked(link, f"services[{number}].")
            link.save()
            made.append(link)
            known.add(service.code)
    return made


def write_version(change: Change, offer: Offer, given: Checked) -> list[Model]:
    """Make an offer's next version with the values of its services, or with a number change the end of one that stands."""
    if given.get("number") is not None:
        return [_ended(offer, given)]
    currency = configured_or_none(Currency, given.get("currency"), "version.currency")
    newest = offer.versions.aggregate(newest=Max("number"))["newest"] or 0
    version = OfferVersion(
        offer=offer,
        number=newest + 1,
        valid_from=given.get("validFrom") or change.at,
        valid_to=given.get("validTo"),
        currency=currency,
    )
    values = _values(offer, given.get("values") or {}, currency)
    checked(version, "version.")
    version.save()
    rows = [OfferService(version_of=version, service=service, values=read) for service, read in values]
    for row in rows:
        row.save()
    version.refresh_from_db()
    return [version]


def _ended(offer: Offer, given: Checked) -> OfferVersion:
    version = offer.versions.select_for_update(no_key=True).filter(number=given["number"]).first()
    if version is None:
        raise OperationRefused("REQUEST-VALIDATION", f"{offer} has no version {given['number']}.", "version.number")
    if fixed := [name for name in ("validFrom", "currency", "values") if given.get(name) is not None]:
        words = "Only the end of a version changes; leave the number out to make another version."
        raise invalid([malformed(f"version.{name}", words) for name in fixed])
    version.valid_to = given.get("validTo")
    checked(version, "version.")
    version.save()
    version.refresh_from_db()
    return version


def _values(offer: Offer, given: Checked, currency: Currency | None) -> list[tuple[Service, Checked]]:
    """Return the values of each service of the offer's product; those of an individual offer come with its subscriptions."""
    links = ProductService.objects.filter(product=offer.product_id).select_related("service").order_by("pk")
    services = [] if offer.individual else [link.service for link in links]
    known = {service.code for service in services}
    faults: list[Fault] = [
        malformed(f"version.values.{code}", "Is no service of this offer whose values a version has.")
        for code in given
        if code not in known
    ]
    found = []
    for service in services:
        mine = given.get(service.code) or {}
        read, wrong = read_values(service.type, mine, currency, f"version.values.{service.code}.")
        faults += wrong
        found.append((service, read))
        if currency is None and has_money(service.type, read):
            faults.append(malformed("version.currency", f"Is required: {service.name} has amounts of money."))
    if faults:
        raise invalid(faults)
    return found
