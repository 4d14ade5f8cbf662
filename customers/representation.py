"""How a customer looks from outside (docs/rest.md, answers)."""

from customers.contact import contact_json
from customers.models import Customer
from ocsportal.entities.representation import (
    age_json,
    identity_json,
    item_json,
    last_plan_json,
    planned_json,
    state_json,
)
from ocsportal.transactions.representation import represents


@represents(Customer, "io.ocs.pbs.core.model.CustomerEx")
def customer_json(customer: Customer) -> dict[str, object]:
    """Return a customer, or a version of one, as JSON values."""
    return {
        **identity_json(customer),
        "customerProfile": item_json(customer.profile),
        "customerSegment": item_json(customer.segment),
        "contact": contact_json(customer),
        "testCustomer": customer.test_customer,
        "state": state_json(customer),
        "plannedState": planned_json(customer),
        "lastPlan": last_plan_json(customer),
        **age_json(customer),
    }
