"""Bodies that do what they say on a fresh installation; tests post them, the schema shows them."""

from ocsportal.rest.level import example

CUSTOMER = {"externalId": "cust-1"}
CREATE = example(
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
CONTACT = example("contact", customer=CUSTOMER, contact={"phone": "+49305550101"}, merge=True)
ERASE = example("erase", customer=CUSTOMER, reason="Demanded in writing on 2026-11-02")
NOTE = example(
    "note",
    customer=CUSTOMER,
    text="Accounting calls back until Friday.",
    alert=True,
    until="2099-11-30T18:00:00+01:00",
)
CLOSE_NOTE = example("close-note", customer=CUSTOMER, note="nPOA6bzMLW6FAD")
