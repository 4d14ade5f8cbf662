"""Bodies that do what they say on a fresh installation; tests post them, the schema shows them."""

from ocsportal.rest.level import example
from offers.models import ServiceType

ACTIVE = {"state": "ACTIVE", "stateReason": "dfltActive"}
SUBSCRIPTION = {"externalId": "sub-1"}


def on(kind: str, reference: dict[str, str]) -> dict[str, object]:
    """Return the example that subscribes on a customer, an account or a subscriber."""
    external = "sub-1" if kind == "subscriber" else f"sub-on-{kind}"
    return example(
        f"subscription-on-{kind}", **{kind: reference}, offer="dataBundle10", externalId=external, state=ACTIVE
    )


VALUES: dict[ServiceType, tuple[str, dict[str, object]]] = {
    ServiceType.ONE_TIME_FEE: ("indOneTimeFee", {"charge": "25.00", "taxIncluded": True}),
    ServiceType.RECURRENT_FEE: (
        "indRecurrentFee",
        {"charge": "9.90", "chargeAt": "BILL_CYCLE_START", "everyX": 1, "recurrenceCycles": 24},
    ),
    ServiceType.ABSOLUTE_DISCOUNT: ("indAbsoluteDiscount", {"discount": "5.00", "chargeMin": "20.00"}),
    ServiceType.PERCENTAGE_DISCOUNT: ("indPercentageDiscount", {"percentage": "12.5"}),
    ServiceType.ABSOLUTE_BILLING_DISCOUNT: (
        "indAbsoluteBillingDiscount",
        {"discount": "10.00", "billingDiscountType": "ACCOUNT"},
    ),
    ServiceType.PERCENTAGE_BILLING_DISCOUNT: (
        "indPercentageBillingDiscount",
        {"percentage": "10", "billingDiscountType": "SUBSCRIPTION"},
    ),
    ServiceType.BALANCE: (
        "indBalance",
        {"grantedBalance": "5000", "unitsOfMeasurement": "MEGABYTE", "thresholds": ["80", "95"]},
    ),
    ServiceType.MONETARY_BALANCE: ("indMonetaryBalance", {"grantedBalance": "20.00", "rejectWhenExhausted": True}),
}


def special(service_type: ServiceType) -> dict[str, object]:
    """Return the example of a service type's own operation."""
    offer, values = VALUES[service_type]
    return example(
        service_type.lower().replace("_", "-"), account={"externalId": "acc-1"}, offer=offer, state=ACTIVE, **values
    )


INDIVIDUAL = example(
    "individual",
    account={"externalId": "acc-1"},
    offer="indOneTimeFee",
    state=ACTIVE,
    offerAttributes=[{"service": "oneTimeFee", "attribute": "charge", "value": "25.00"}],
)
