"""Bodies that do what they say on a fresh installation; tests post them, the schema shows them."""

from ocsportal.rest.level import example

ACCOUNT = {"externalId": "acc-1"}
CREATE = example(
    "create-account",
    externalId="acc-1",
    accountProfile="postpaid",
    customer={"externalId": "cust-1"},
    customName="Fleet",
    preferences={"invoiceDelivery": "EMAIL", "invoiceEmail": "bills@nordwind.example", "itemizedBill": True},
)
BILL_CYCLE = example(
    "bill-cycle",
    account=ACCOUNT,
    billCycle="monthly15",
    billingDay=None,
    billingMonth=None,
    billingYear=None,
    validFrom="2099-05-01T00:00:00+02:00",
)
CANCEL_CYCLE = example("cancel-cycle", account=ACCOUNT)
PERFORM_CYCLE = example("perform-cycle", account=ACCOUNT)
PREFERENCES = example("preferences", account=ACCOUNT, preferences={"language": "de"}, merge=True)
PARENT = example("parent", account=ACCOUNT, parent=None)
TAX_EXEMPTION = example("tax-exemption", account=ACCOUNT, taxExemption=True, taxResidence="DE")
