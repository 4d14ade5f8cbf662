"""Every write on customers: one function per operation, called by REST, the portal, the schedule and imports alike."""

from typing import Any

from customers.contact import set_contact
from customers.models import Customer, CustomerProfile, CustomerSegment
from customers.twins import notice, question
from ocsportal.entities import shared
from ocsportal.entities.configuration import configured, configured_or_none
from ocsportal.entities.life import changes
from ocsportal.entities.states import NewState
from ocsportal.entities.store.making import new
from ocsportal.entities.store.writing import insert
from ocsportal.entities.values import merged_attributes
from ocsportal.transactions.change import Change
from ocsportal.transactions.constraints import name_constraint
from ocsportal.transactions.errors import Fault, Stale
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
def create_customer(change: Change, **given: Any) -> Touched:
    """Create a customer by profile or by state and reason; what the request says overrides the profile."""
    if change.if_match is not None:
        raise Stale
    customer, twins = _made(change, **given)
    return Touched([customer], notice=notice(twins))


def make_customer(change: Change, **given: Any) -> Customer:
    """Make a customer inside the operation under way."""
    return _made(change, **given)[0]


def _made(
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
) -> tuple[Customer, str]:
    """Make a customer; return it and the reference IDs of those that may be the same."""
    profile = None
    if customer_profile is not None:
        profile = configured(CustomerProfile, customer_profile, "customerProfile")
    segment = configured_or_none(CustomerSegment, customer_segment, "customerSegment")
    first = changes.first_state(
        change, state, profile.state if profile else None, profile.state_reason if profile else None
    )
    if external_id is not None:
        external_id = shared.checked_id(external_id)
    customer = new(
        Customer,
        profile=profile,
        segment=segment or (profile.segment if profile else None),
        external_id=external_id,
        custom_name=shared.checked_text("customName", custom_name) if custom_name is not None else "",
        custom_attributes=merged_attributes({}, custom_attributes, merge=False),
        test_customer=bool(test_customer),
        created_at=change.written_at,
        changed_at=change.written_at,
    )
    customer.state, customer.state_reason, customer.state_valid_from = first
    set_contact(customer, contact, merge=False)
    return customer, insert(customer, *question(customer)) or ""


level = shared.Level(
    Customer,
    "customer",
    segments=CustomerSegment,
    setters={"contact": set_contact},
)
update_customer_contact = level.single(
    "Contact", "contact", "Replace a customer's contact, or merge into it.", deed="Contact changed"
)
update_customer_external_id = level.external_id
update_customer_custom_name = level.custom_name
update_customer_custom_attributes = level.custom_attributes
update_customer_segment = level.segment
update_customer_state = level.state
confirm_customer_state = level.confirm
cancel_customer_state = level.cancel
update_customer = level.update
