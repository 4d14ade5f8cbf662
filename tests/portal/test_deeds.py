"""What versions say that an operation did: in the operation's own words, else by what changed."""

import pytest

from ocsportal.backoffice.words import version_words
from ocsportal.transactions.operation import OPERATIONS

pytestmark = pytest.mark.once

LEVELS = ("Account", "Customer", "Subscriber", "Subscription")
SAID = {
    **{f"Confirm{level}State": "Plan confirmed" for level in LEVELS},
    **{f"Cancel{level}State": "Plan cancelled" for level in LEVELS},
    **{f"Dismiss{level}State": "Refused plan dismissed" for level in LEVELS},
    "CreateSubscriberResource": "Resource added",
    "SwapSubscriberResource": "Resource swapped",
    "EndSubscriberResource": "Resource ended",
    "ExchangeSubscriberResources": "Resources exchanged",
    "UpdateCustomerContact": "Contact changed",
    "CreateCustomerNote": "Note written",
    "CloseCustomerNote": "Note closed",
    "EraseCustomer": "Erased",
    "UpdateAccountPreferences": "Preferences changed",
    "UpdateAccountParent": "Parent changed",
    "UpdateAccountTaxExemption": "Tax changed",
    "UpdateAccountBillCycle": "Bill cycle planned",
    "CancelAccountBillCycleChange": "Planned bill cycle cancelled",
    "PerformAccountBillCycleChange": "Planned bill cycle performed",
}


def test_operations_that_say_it_themselves() -> None:
    assert {name: entry.did({}) for name, entry in OPERATIONS.items() if entry.deed} == SAID


@pytest.mark.parametrize(
    ("operation", "changes", "words"),
    [
        ("UpdateAccountTaxExemption", [("taxExemption", False, True)], "Tax exempt"),
        ("UpdateAccountTaxExemption", [("taxExemption", True, False)], "Tax changed"),
        ("UpdateAccountBillCycle", [("billingDay", 1, 5)], "Bill cycle changed"),
        ("UpdateAccountBillCycle", [("plannedBillCycle.billCycle", None, "x")], "Bill cycle planned"),
        ("PlannedBillCycleInForce", [("billCycle", "a", "b"), ("plannedBillCycle.billCycle", "b", None)],
         "Bill cycle changed"),
        ("PlannedBillCycleRefused", [("plannedBillCycle.billCycle", "b", None)], "Plan refused"),
        ("PlannedStateRefused", [("plannedState.status", "SCHEDULED", "REFUSED")], "Plan refused"),
        ("PlannedStateInForce", [("state", "ACTIVE", "SUSPENDED")], "Suspended"),
        ("CreateCustomer", [], "Created"),
        ("Created", [("customName", "", "x")], "Created"),
        ("UpdateCustomerCustomName", [("customName", "a", "b")], "Name changed"),
        ("UpdateCustomer", [("customName", "a", "b"), ("externalId", "a", "b")], "Update customer"),
        ("", [], "Changed"),
    ],
)  # fmt: skip
def test_words(operation: str, changes: list[tuple[str, object, object]], words: str) -> None:
    assert version_words(operation, changes) == words
