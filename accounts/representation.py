"""How an account looks from outside (docs/rest.md, answers)."""

from accounts.billing import WIRE
from accounts.models import Account
from accounts.preferences import preferences_json
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
from ocsportal.transactions.shapes import FLAG, MOMENT, TEXT, WHOLE, entity, listed, maybe, record

OWN_CYCLE = dict.fromkeys(WIRE.values(), maybe(WHOLE))
PERIOD = record(start=MOMENT, end=MOMENT, billCycle=TEXT, shortened=FLAG)
ACCOUNT = entity(
    **IDENTITY,
    accountProfile=maybe(ITEM),
    accountType=ITEM,
    paymentResponsible=FLAG,
    customer=REFERENCE,
    parent=maybe(REFERENCE),
    accountSegment=maybe(ITEM),
    currency=ITEM,
    billCycle=ITEM,
    **OWN_CYCLE,
    plannedBillCycle=maybe(record(billCycle=ITEM, **OWN_CYCLE, validFrom=MOMENT)),
    taxExemption=FLAG,
    taxResidence=maybe(TEXT),
    preferences={"type": "object"},
    testAccount=FLAG,
    **LIFE,
    **AGE,
    # With what changes the bill cycle.
    billingPeriods=listed(PERIOD),
)


@represents(
    Account,
    "io.ocs.pbs.core.model.AccountEx",
    ACCOUNT,
    {**PERSONAL, "taxResidence": None, "preferences.language": None, "preferences.invoiceEmail": None},
)
def account_json(account: Account) -> dict[str, object]:
    """Return an account, or a version of one, as JSON values."""
    return {
        **identity_json(account),
        "accountProfile": item_json(account.profile),
        "accountType": item_json(account.account_type),
        "paymentResponsible": account.account_type.payment_responsible,
        "customer": reference_json(account.customer),
        "parent": reference_json(account.parent),
        "accountSegment": item_json(account.segment),
        "currency": item_json(account.currency),
        "billCycle": item_json(account.bill_cycle),
        **{wire: getattr(account, column) for column, wire in WIRE.items()},
        "plannedBillCycle": planned_cycle_json(account),
        "taxExemption": account.tax_exemption,
        "taxResidence": account.tax_residence or None,
        "preferences": preferences_json(account),
        "testAccount": account.test_account,
        **life_json(account),
    }


def planned_cycle_json(account: Account) -> dict[str, object] | None:
    """Return the planned bill cycle, None when none is planned."""
    if account.planned_cycle is None:
        return None
    return {
        "billCycle": item_json(account.planned_cycle),
        **{wire: getattr(account, f"planned_{column}") for column, wire in WIRE.items()},
        "validFrom": instant(account.planned_cycle_from),
    }
