"""Every write on accounts: one function per operation, called by REST, the portal, the schedule and imports alike."""

from accounts.models import Account
from accounts.operations.bill_cycles import (
    cancel_account_bill_cycle_change,
    perform_account_bill_cycle_change,
    update_account_bill_cycle,
)
from accounts.operations.creation import create_account, make_account
from accounts.operations.fields import (
    level,
    update_account_preferences,
    update_account_tax_exemption,
)
from accounts.operations.place import update_account_parent
from ocsportal.transactions.operation import read_operation

__all__ = [
    "cancel_account_bill_cycle_change",
    "create_account",
    "level",
    "make_account",
    "perform_account_bill_cycle_change",
    "read_account",
    "update_account_bill_cycle",
    "update_account_parent",
    "update_account_preferences",
    "update_account_tax_exemption",
]

read_account = read_operation(
    "ReadAccount",
    Account,
    "Read an account with its states, bill cycles, subscribers and subordinates, search accounts, read their history.",
)

# The level's own operations by the names of the contract, where they are called by them.
update_account_custom_name = level.custom_name
update_account_custom_attributes = level.custom_attributes
update_account_state = level.state
