"""What the answers of levels further up and of accounts show when it is asked for: accounts, subordinates, bill cycles."""

from accounts import billing
from accounts.models import Account
from customers.models import Customer
from ocsportal.entities.store.reading import fetch_all
from ocsportal.rest.entities import part
from ocsportal.transactions.representation import represent


@part(Customer, "accounts")
def accounts_of_customer(customer: Customer) -> list[dict[str, object]]:
    """Return every account of a customer, in the order they were made."""
    return [represent(account) for account in fetch_all(Account, {"customer_id": customer.pk})]


@part(Account, "subordinates")
def subordinates_of_account(account: Account) -> list[dict[str, object]]:
    """Return the accounts right below an account, in the order they were made."""
    return [represent(below) for below in fetch_all(Account, {"parent_id": account.pk})]


@part(Account, "billCycleHistory")
def bill_cycles_of_account(account: Account) -> list[dict[str, object]]:
    """Return the bill cycles that an account had, oldest first."""
    return billing.bill_cycle_history(account)
