"""Make a subscription that was made elsewhere: in any state, of the version that it was made of."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from django.db.models import Model

from ocsportal.entities.identity import Ref
from ocsportal.entities.states import NewState, State
from ocsportal.transactions.change import Change
from ocsportal.transactions.errors import invalid, malformed
from offers.models import Service
from offers.operations.individual import given_services
from offers.operations.making import Terms, make, terms
from offers.operations.services import as_configured, services_of

BROUGHT = "ImportCustomers"


def bring_subscription(
    change: Change,
    kind: str,
    owner: Ref,
    offer: str,
    state: NewState,
    *,
    number: int | None,
    currency: str | None,
    attributes: Mapping[str, object],
    **common: Any,
) -> Sequence[Model]:
    """Make a subscription and what belongs to it; return it first.

    Without a state it is ACTIVE, without a reason it has the default one of its state. `attributes` are those of an individual
    offer, by `SERVICE.NAME`; raise what the operations on offers raise.
    """
    first = state.state or State.ACTIVE
    reason = state.state_reason or f"dflt{first.capitalize()}"
    agreed = terms(
        change, kind, owner, offer, replace(state, state=first, state_reason=reason), currency, number=number
    )
    services = _given(agreed, attributes) if agreed.offer.individual else as_configured(agreed)
    if attributes and not agreed.offer.individual:
        words = "The offer is not individual; its version has the values."
        raise invalid([malformed(f"offerAttributes.{name}", words) for name in attributes])
    return make(change, agreed, services, operation=BROUGHT, worth=(), **common).entities


def _given(agreed: Terms, attributes: Mapping[str, object]) -> list[tuple[Service, dict[str, object]]]:
    known = {service.code for service in services_of(agreed.offer)}
    named = [(name.rpartition("."), value) for name, value in attributes.items()]
    if strange := [f"{code}.{name}" for (code, _, name), _ in named if code not in known]:
        words = f"No service of the offer; it has {', '.join(sorted(known))}."
        raise invalid([malformed(f"offerAttributes.{name}", words) for name in strange])
    entries = [{"service": code, "attribute": name, "value": value} for (code, _, name), value in named]
    return given_services(agreed, entries)
