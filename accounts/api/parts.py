"""What the answers of levels further up and of accounts show when it is asked for: accounts, subordinates, bill cycles."""

from accounts import billing
from accounts.models import Account
from customers.models import Customer
from ocsportal.entities.versions import Moment, rows_at
from ocsportal.rest.entities import below, part
from ocsportal.transactions.representation import represent_as


@part(Customer, "accounts")
def accounts_of_customer(customer: Customer, moment: Moment | None) -> list[dict[str, object]]:
    """Return every account of a customer, in the order they were made."""
    return below(Account, {"customer_id": customer.pk}, moment)


@part(Account, "subordinates")
def subordinates_of_account(account: Account, moment: Moment | None) -> list[dict[str, object]]:
    """Return the accounts right below an account, in the order they were made."""
    if moment is None:
        return below(Account, {"parent_id": account.pk}, moment)
    # Parents change, though never to another customer's: whoever is below it by now may have been elsewhere.
    stood = rows_at(Account, Account.objects.filter(customer_id=account.customer_id), moment)
    return [represent_as(Account, row) for row in stood if row.parent_id == account.pk]


@part(Account, "billCycleHistory")
def bill_cycles_of_account(account: Account, moment: Moment | None) -> list[dict[str, object]]:
    """Return the bill cycles that an account had, oldest first."""
    return billing.bill_cycle_history(account, moment)
