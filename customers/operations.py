"""Every write on customers: one function per operation, called by REST, the portal, the schedule and imports alike."""

from datetime import datetime
from typing import Any

from customers.contact import COLUMNS, set_contact
from customers.models import Customer, CustomerProfile, CustomerSegment
from ocsportal.entities import lifecycle, shared
from ocsportal.entities.configuration import configured, configured_or_none
from ocsportal.entities.identity import Ref
from ocsportal.entities.loading import lock
from ocsportal.entities.states import NewState
from ocsportal.entities.values import merged_attributes
from ocsportal.entities.writing import save
from ocsportal.transactions.change import Change
from ocsportal.transactions.constraints import name_constraint
from ocsportal.transactions.errors import Fault, OperationRefused, Stale
from ocsportal.transactions.operation import Touched, operation, read_operation

name_constraint(
    "customers_customer_external_id_key",
    Fault("EXTERNAL-ID-NOT-UNIQUE", "externalId", "Another customer has this external ID."),
    sqlite="customers_customer.external_id",
)

read_customer = read_operation(
    "ReadCustomer",
    Customer,
    "Read a customer with its states, accounts and offers, search customers, read their history.",
)


@operation("CreateCustomer", Customer)
def create_customer(
    change: Change,
    *,
    customer_profile: str | None = None,
    external_id: str | None = None,
    customer_segment: str | None = None,
    custom_name: str | None = None,
    custom_attributes: dict[str, str] | None = None,
    contact: dict[str, str | None] | None = None,
    state: NewState | None = None,
    test_customer: bool | None = None,
) -> Touched:
    """Create a customer by profile or by state and reason; what the request says overrides the profile."""
    if change.if_match is not None:
        raise Stale
    profile = None
    if customer_profile is not None:
        profile = configured(CustomerProfile, customer_profile, "customerProfile")
    segment = configured_or_none(CustomerSegment, customer_segment, "customerSegment")
    first = lifecycle.first_state(
        change, state, profile.state if profile else None, profile.state_reason if profile else None
    )
    if external_id is not None:
        shared.checked_text("externalId", external_id)
    shared.refuse_taken(Customer, external_id)
    customer = Customer(
        profile=profile,
        segment=segment or (profile.segment if profile else None),
        external_id=external_id,
        custom_name=shared.checked_text("customName", custom_name) if custom_name is not None else "",
        custom_attributes=merged_attributes({}, custom_attributes, merge=False),
        test_customer=bool(test_customer),
        created_at=change.at,
        changed_at=change.at,
    )
    customer.state, customer.state_reason, customer.state_valid_from = first
    set_contact(customer, contact, merge=False)
    customer.save(force_insert=True)
    return Touched([customer])


@operation("UpdateCustomerExternalId", Customer)
def update_customer_external_id(change: Change, *, customer: Ref, external_id: str) -> Touched:
    """Change a customer's external ID, at once; the old one finds nothing from then on."""
    return shared.set_external_id(change, lock(change, Customer, customer, "customer"), external_id)


@operation("UpdateCustomerCustomName", Customer)
def update_customer_custom_name(change: Change, *, customer: Ref, custom_name: str) -> Touched:
    """Change a customer's name as the operator knows it."""
    return shared.set_custom_name(change, lock(change, Customer, customer, "customer"), custom_name)


@operation("UpdateCustomerCustomAttributes", Customer)
def update_customer_custom_attributes(
    change: Change, *, customer: Ref, custom_attributes: dict[str, str] | None, merge: bool = False
) -> Touched:
    """Replace a customer's attributes, or merge into them."""
    return shared.set_custom_attributes(change, lock(change, Customer, customer, "customer"), custom_attributes, merge)


@operation("UpdateCustomerSegment", Customer)
def update_customer_segment(change: Change, *, customer: Ref, customer_segment: str) -> Touched:
    """Put a customer into another segment."""
    found = lock(change, Customer, customer, "customer")
    return shared.set_segment(change, found, CustomerSegment, customer_segment, "customerSegment")


@operation("UpdateCustomerState", Customer, dangerous=True, also=shared.state_permissions(Customer))
def update_customer_state(
    change: Change, *, customer: Ref, state: NewState, subordinate_updated: bool = False
) -> Touched:
    """Activate, suspend, resume or deactivate a customer, at once or as a plan, with what is below it if asked."""
    return shared.update_state(change, Customer, customer, "customer", state, subordinate_updated)


@operation("ConfirmCustomerState", Customer)
def confirm_customer_state(
    change: Change, *, customer: Ref, state: str | None = None, state_valid_from: datetime | None = None
) -> Touched:
    """Confirm a customer's pending change, at its own date or another."""
    return lifecycle.confirm(change, lock(change, Customer, customer, "customer"), state, state_valid_from)


@operation("CancelCustomerState", Customer)
def cancel_customer_state(change: Change, *, customer: Ref, state: str | None = None) -> Touched:
    """Cancel a customer's planned change."""
    return lifecycle.cancel(change, lock(change, Customer, customer, "customer"), state)


@operation("UpdateCustomerContact", Customer)
def update_customer_contact(
    change: Change, *, customer: Ref, contact: dict[str, str | None], merge: bool = False
) -> Touched:
    """Replace a customer's contact, or merge into it."""
    found = lock(change, Customer, customer, "customer")
    set_contact(found, contact, merge)
    save(change, found, *COLUMNS)
    return Touched([found])


@operation("UpdateCustomer", Customer)
def update_customer(change: Change, *, customer: Ref, merge: bool = False, **given: Any) -> Touched:
    """Change several of a customer's fields at once, all or nothing.

    `given` holds any of external_id, custom_name, custom_attributes, contact and customer_segment; a name that is not
    there leaves the field alone.
    """
    if not given:
        raise OperationRefused("REQUEST-VALIDATION", shared.GIVEN_NOTHING, "customer")
    found = lock(change, Customer, customer, "customer")
    columns: list[str] = []
    if "external_id" in given:
        shared.refuse_taken(Customer, given["external_id"], found.pk)
        found.external_id = shared.checked_text("externalId", given["external_id"])
        columns.append("external_id")
    if "custom_name" in given:
        found.custom_name = shared.checked_text("customName", given["custom_name"])
        columns.append("custom_name")
    if "custom_attributes" in given:
        found.custom_attributes = merged_attributes(found.custom_attributes, given["custom_attributes"], merge)
        columns.append("custom_attributes")
    if "customer_segment" in given:
        found.segment = configured(CustomerSegment, given["customer_segment"], "customerSegment")
        columns.append("segment")
    if "contact" in given:
        set_contact(found, given["contact"], merge)
        columns += COLUMNS
    save(change, found, *columns)
    return Touched([found])
