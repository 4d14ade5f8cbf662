"""How a customer looks from outside (docs/rest.md, answers)."""

from customers.contact import contact_json
from customers.models import Customer, CustomerNote
from ocsportal.entities.representation import (
    AGE,
    IDENTITY,
    ITEM,
    LIFE,
    PERSONAL,
    REFERENCE,
    identity_json,
    item_json,
    life_json,
    reference_json,
)
from ocsportal.transactions.representation import instant, represents
from ocsportal.transactions.shapes import FLAG, MOMENT, TEXT, WHOLE, entity, mapped, maybe

CUSTOMER = entity(
    **IDENTITY,
    customerProfile=maybe(ITEM),
    customerSegment=maybe(ITEM),
    contact=mapped(TEXT),
    testCustomer=FLAG,
    erasedAt=maybe(MOMENT),
    **LIFE,
    **AGE,
)
NOTE = entity(
    refId=TEXT, customer=REFERENCE, text=TEXT, alert=FLAG, until=maybe(MOMENT), createdAt=MOMENT, createdBy=TEXT,
    closedAt=maybe(MOMENT), closedBy=maybe(TEXT), version=WHOLE,
)  # fmt: skip


@represents(Customer, "io.ocs.pbs.core.model.CustomerEx", CUSTOMER, {**PERSONAL, "contact": {}})
def customer_json(customer: Customer) -> dict[str, object]:
    """Return a customer, or a version of one, as JSON values."""
    return {
        **identity_json(customer),
        "customerProfile": item_json(customer.profile),
        "customerSegment": item_json(customer.segment),
        "contact": contact_json(customer),
        "testCustomer": customer.test_customer,
        "erasedAt": instant(customer.erased_at),
        **life_json(customer),
    }


@represents(CustomerNote, "io.ocs.pbs.core.model.CustomerNoteEx", NOTE, {"text": ""})
def note_json(note: CustomerNote) -> dict[str, object]:
    """Return a note as JSON values; one without closedAt is open, unless its `until` has passed."""
    return {
        "refId": note.ref_id,
        "customer": reference_json(note.customer),
        "text": note.text,
        "alert": note.alert,
        "until": instant(note.until),
        "createdAt": instant(note.created_at),
        "createdBy": note.created_by,
        "closedAt": instant(note.closed_at),
        "closedBy": note.closed_by or None,
        "version": note.version,
    }
