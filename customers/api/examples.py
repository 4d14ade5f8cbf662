"""One body for each operation that does what it says on a fresh installation; tests post them, the schema shows them."""

from typing import Any

CUSTOMER = {"externalId": "cust-1"}


def _body(operation: str, **fields: Any) -> dict[str, Any]:
    return {"requestId": f"example-{operation}-1", **fields}


CREATE = _body(
    "create",
    externalId="cust-1",
    customerProfile="b2b",
    customName="Nordwind Logistik GmbH",
    customAttributes={"dunningLevel": "0"},
    contact={
        "name": "Nordwind Logistik GmbH",
        "email": "p.albers@nordwind.example",
        "phone": "+49305550100",
        "country": "DE",
    },
)
EXTERNAL_ID = _body("external-id", customer=CUSTOMER, externalId="cust-1a")
CUSTOM_NAME = _body("custom-name", customer=CUSTOMER, customName="Nordwind Spedition GmbH")
CUSTOM_ATTRIBUTES = _body("custom-attributes", customer=CUSTOMER, customAttributes={"dunningLevel": "1"}, merge=True)
SEGMENT = _body("segment", customer=CUSTOMER, customerSegment="vip")
STATE = _body(
    "state", customer=CUSTOMER, state={"state": "SUSPENDED", "stateReason": "nonPayment"}, subordinateUpdated=True
)
PENDING_STATE = _body(
    "pending-state",
    customer=CUSTOMER,
    state={
        "state": "SUSPENDED",
        "stateReason": "dfltSuspended",
        "stateValidFrom": "2099-05-01T00:00:00+02:00",
        "pending": True,
    },
)
CONFIRM = _body("confirm", customer=CUSTOMER, state="SUSPENDED")
CANCEL = _body("cancel", customer=CUSTOMER, state="SUSPENDED")
CONTACT = _body("contact", customer=CUSTOMER, contact={"phone": "+49305550101"}, merge=True)
UPDATE = _body("update", customer=CUSTOMER, customName="Nordwind Spedition SE", customerSegment="b2b")
