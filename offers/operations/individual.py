"""Subscribe to an individual offer: its commercial values come with the request (docs/offers.md)."""

from collections.abc import Mapping, Sequence
from typing import Any

from accounts.models import Currency
from ocsportal.entities.configuration import configured
from ocsportal.entities.identity import Ref
from ocsportal.entities.states import NewState
from ocsportal.transactions.change import Change
from ocsportal.transactions.errors import Fault, OperationRefused, invalid, malformed
from ocsportal.transactions.operation import Operation, Touched, operation
from offers.models import Offer, Service, ServiceType, Subscription
from offers.operations.making import Terms, make, terms
from offers.values import read_values

NOT_POSSIBLE = "CASM-INDIVIDUAL-OFFER-NOT-POSSIBLE"
# Each service type's own operation, by the words in its name and in its path.
NAMES = {
    ServiceType.BALANCE: ("CreateBalanceSubscription", "create-balance"),
    ServiceType.MONETARY_BALANCE: ("CreateMonetaryBalanceSubscription", "create-monetary-balance"),
    ServiceType.ONE_TIME_FEE: ("CreateOneTimeFeeSubscription", "create-one-time-fee"),
    ServiceType.RECURRENT_FEE: ("CreateRecurrentFeeSubscription", "create-recurrent-fee"),
    ServiceType.ABSOLUTE_DISCOUNT: ("CreateAbsoluteDiscountSubscription", "create-absolute-discount"),
    ServiceType.PERCENTAGE_DISCOUNT: ("CreatePercentageDiscountSubscription", "create-percentage-discount"),
    ServiceType.ABSOLUTE_BILLING_DISCOUNT: (
        "CreateAbsoluteBillingDiscountSubscription",
        "create-absolute-billing-discount",
    ),
    ServiceType.PERCENTAGE_BILLING_DISCOUNT: (
        "CreatePercentageBillingDiscountSubscription",
        "create-percentage-billing-discount",
    ),
}


def services_of(offer: Offer) -> list[Service]:
    """Return the services of an offer's product, in the order they were put together."""
    links = offer.product.product_services.select_related("service").order_by("pk")
    return [link.service for link in links]


def _owner(owners: Mapping[str, Ref | None]) -> tuple[str, Ref]:
    given = [(kind, ref) for kind, ref in owners.items() if ref is not None]
    if len(given) != 1:
        words = "Give exactly one of customer, account and subscriber."
        raise invalid([malformed(given[1][0] if given else "customer", words)])
    return given[0]


def money(agreed: Terms) -> Currency | None:
    """Return the currency that amounts are in: the payer's, else the version's, else the operator's own."""
    return agreed.currency or agreed.version.currency or Currency.objects.filter(primary=True).first()


def _read(service: Service, given: Mapping[str, Any], agreed: Terms, prefix: str) -> tuple[dict[str, Any], list[Fault]]:
    """Read one service's values; a balance of money is in its own currency, by default the payer's."""
    currency, begins = money(agreed), agreed.first[2]
    if service.type != ServiceType.MONETARY_BALANCE:
        return read_values(service.type, given, currency, prefix, begins=begins)
    if isinstance(given.get("currency"), str):
        currency = configured(Currency, given["currency"], f"{prefix}currency")
    values, faults = read_values(service.type, given, currency, prefix, begins=begins)
    if currency is None:
        faults.append(malformed(f"{prefix}currency", "Is required, since no payer says it."))
    else:
        values["currency"] = currency.code
    return values, faults


def _special(service_type: ServiceType, name: str) -> Operation:
    words = service_type.label.lower()

    def create(
        change: Change,
        *,
        offer: str,
        customer: Ref | None = None,
        account: Ref | None = None,
        subscriber: Ref | None = None,
        state: NewState | None = None,
        attributes: Mapping[str, Any],
        **common: Any,
    ) -> Touched:
        kind, owner = _owner({"customer": customer, "account": account, "subscriber": subscriber})
        agreed = terms(change, kind, owner, offer, state)
        services = services_of(agreed.offer)
        if not agreed.offer.individual or [service.type for service in services] != [service_type]:
            raise OperationRefused(NOT_POSSIBLE, f"{offer} is no individual offer of just one {words}.", "offer")
        values, faults = _read(services[0], attributes, agreed, "")
        if faults:
            raise invalid(faults)
        return make(change, agreed, offer_attributes={services[0].code: values}, **common)

    create.__doc__ = f"Subscribe to an individual {words} on a customer, an account or a subscriber."
    return operation(name, Subscription)(create)


SPECIAL: dict[ServiceType, Operation] = {kind: _special(kind, name) for kind, (name, _) in NAMES.items()}


@operation("CreateIndividualOfferSubscription", Subscription)
def create_individual_offer_subscription(
    change: Change,
    *,
    offer: str,
    customer: Ref | None = None,
    account: Ref | None = None,
    subscriber: Ref | None = None,
    state: NewState | None = None,
    offer_attributes: Sequence[Mapping[str, Any]] = (),
    **common: Any,
) -> Touched:
    """Subscribe to any individual offer on a customer, an account or a subscriber, its values given one by one."""
    kind, owner = _owner({"customer": customer, "account": account, "subscriber": subscriber})
    agreed = terms(change, kind, owner, offer, state)
    if not agreed.offer.individual:
        raise OperationRefused(NOT_POSSIBLE, f"{offer} is no individual offer.", "offer")
    given, faults = _sorted(services_of(agreed.offer), offer_attributes)
    kept: dict[str, dict[str, Any]] = {}
    for service in services_of(agreed.offer):
        kept[service.code], wrong = _read(service, given[service.code], agreed, f"offerAttributes.{service.code}.")
        faults += wrong
    if faults:
        raise invalid(faults)
    return make(change, agreed, offer_attributes=kept, **common)


def _sorted(
    services: list[Service], entries: Sequence[Mapping[str, Any]]
) -> tuple[dict[str, dict[str, Any]], list[Fault]]:
    """Return the given values by service, and what is wrong with the list itself."""
    found: dict[str, dict[str, Any]] = {service.code: {} for service in services}
    faults = []
    for number, entry in enumerate(entries):
        code, name = entry["service"], entry["attribute"]
        if code not in found:
            faults.append(malformed(f"offerAttributes[{number}].service", f"{code!r} is no service of the offer."))
        elif name in found[code]:
            faults.append(malformed(f"offerAttributes[{number}].attribute", f"{name!r} is given twice."))
        else:
            found[code][name] = entry["value"]
    return found, faults


def route(service_type: ServiceType) -> str:
    """Return the last word of the path of a type's own operation."""
    return NAMES[service_type][1]
