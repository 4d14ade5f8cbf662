"""Subscribe to an individual offer: its commercial values come with the request (docs/offers.md)."""

from collections.abc import Mapping, Sequence
from typing import Any

from ocsportal.entities.identity import Ref
from ocsportal.entities.states import NewState
from ocsportal.transactions.change import Change
from ocsportal.transactions.errors import Fault, OperationRefused, invalid, malformed
from ocsportal.transactions.given import Checked
from ocsportal.transactions.groups import AGENTS
from ocsportal.transactions.operation import Operation, Touched, operation
from offers.models import Service, ServiceType, Subscription
from offers.operations.making import Terms, make, terms
from offers.operations.services import money, read_service, services_of
from offers.worth import individual_worth

NOT_POSSIBLE = "CASM-INDIVIDUAL-OFFER-NOT-POSSIBLE"
GENERAL = "CreateIndividualOfferSubscription"


def name_of(service_type: ServiceType) -> str:
    """Return the name of a type's own operation: `CreateOneTimeFeeSubscription`."""
    return f"Create{''.join(word.capitalize() for word in service_type.split('_'))}Subscription"


def route(service_type: ServiceType) -> str:
    """Return the last word of the path of a type's own operation: `create-one-time-fee`."""
    return f"create-{service_type.lower().replace('_', '-')}"


def _owner(owners: Mapping[str, Ref | None]) -> tuple[str, Ref]:
    given = [(kind, ref) for kind, ref in owners.items() if ref is not None]
    if len(given) != 1:
        words = "Give exactly one of customer, account and subscriber."
        raise invalid([malformed(given[1][0] if given else "customer", words)])
    return given[0]


def _special(service_type: ServiceType) -> Operation:
    name, words = name_of(service_type), service_type.label.lower()

    def create(
        change: Change,
        *,
        offer: str,
        customer: Ref | None = None,
        account: Ref | None = None,
        subscriber: Ref | None = None,
        state: NewState | None = None,
        currency: str | None = None,
        attributes: Mapping[str, object],
        **common: Any,
    ) -> Touched:
        kind, owner = _owner({"customer": customer, "account": account, "subscriber": subscriber})
        # A balance of money may be in another currency than the payer's; where nobody pays, it decides for both.
        named = currency or attributes.get("currency")
        other = named if isinstance(named, str) else None
        agreed = terms(change, kind, owner, offer, state, other, must_match=currency is not None)
        services = services_of(agreed.offer)
        if not agreed.offer.individual or [service.type for service in services] != [service_type]:
            raise OperationRefused(NOT_POSSIBLE, f"{offer} is not an individual offer of exactly one {words}.", "offer")
        values, faults = read_service(services[0], attributes, agreed, "", agreed.starts)
        if faults:
            raise invalid(faults)
        kept = [(services[0], values)]
        return make(change, agreed, kept, operation=name, worth=individual_worth(kept, money(agreed)), **common)

    create.__doc__ = f"Subscribe to an individual {words} on a customer, an account or a subscriber."
    return operation(name, Subscription, groups=AGENTS)(create)


SPECIAL: dict[ServiceType, Operation] = {kind: _special(kind) for kind in ServiceType}


@operation(GENERAL, Subscription, groups=AGENTS)
def create_individual_offer_subscription(
    change: Change,
    *,
    offer: str,
    customer: Ref | None = None,
    account: Ref | None = None,
    subscriber: Ref | None = None,
    state: NewState | None = None,
    currency: str | None = None,
    offer_attributes: Sequence[Mapping[str, Any]] = (),
    **common: Any,
) -> Touched:
    """Subscribe to any individual offer on a customer, an account or a subscriber, its values given one by one."""
    kind, owner = _owner({"customer": customer, "account": account, "subscriber": subscriber})
    agreed = terms(change, kind, owner, offer, state, currency)
    if not agreed.offer.individual:
        raise OperationRefused(NOT_POSSIBLE, f"{offer} is not an individual offer.", "offer")
    kept = given_services(agreed, offer_attributes)
    worth = individual_worth(kept, money(agreed), "offerAttributes.{service}.")
    return make(change, agreed, kept, operation=GENERAL, worth=worth, **common)


def given_services(
    agreed: Terms, offer_attributes: Sequence[Mapping[str, Any]]
) -> list[tuple[Service, dict[str, object]]]:
    """Return the services of an individual offer with the values that are given for them, or raise what is wrong with these."""
    services = services_of(agreed.offer)
    given, faults = _sorted(services, offer_attributes)
    kept: list[tuple[Service, Checked]] = []
    for service in services:
        prefix = f"offerAttributes.{service.code}."
        values, wrong = read_service(service, given[service.code], agreed, prefix, agreed.starts)
        kept.append((service, values))
        faults += wrong
    if faults:
        raise invalid(faults)
    return kept


def _sorted(services: list[Service], entries: Sequence[Mapping[str, Any]]) -> tuple[dict[str, Checked], list[Fault]]:
    """Return the given values by service, and what is wrong with the list itself."""
    found: dict[str, Checked] = {service.code: {} for service in services}
    faults = []
    for number, entry in enumerate(entries):
        code, name = entry["service"], entry["attribute"]
        if code not in found:
            faults.append(malformed(f"offerAttributes[{number}].service", f"{code!r} is not a service of the offer."))
        elif name in found[code]:
            faults.append(malformed(f"offerAttributes[{number}].attribute", f"{name!r} is given twice."))
        else:
            found[code][name] = entry["value"]
    return found, faults
