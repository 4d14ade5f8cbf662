"""The reads of accounts; the writes are declared in urls.py."""

from typing import Any

from django.db.models import QuerySet

from accounts import billing, operations, queries
from accounts.api.filters import AccountFilters
from accounts.api.serializers import ReadAccountParameters
from accounts.models import Account
from customers.models import Customer
from ocsportal.entities.store.reading import fetch_all
from ocsportal.rest.entities import EntityHistoryView, EntityListView, EntityReadView, part
from ocsportal.transactions.representation import represent


class ReadAccountView(EntityReadView):
    """Read an account by refId or externalId, with states, bill cycles and what is below it if asked."""

    operation = operations.read_account
    parameter_class = ReadAccountParameters
    find = staticmethod(queries.account)


class AccountHistoryView(EntityHistoryView):
    """Read an account's history, newest first, or the account as it stood at an instant."""

    operation = operations.read_account
    find = staticmethod(queries.account)


class AccountListView(EntityListView):
    """List and search accounts."""

    operation = operations.read_account
    filters = AccountFilters

    @classmethod
    def entities(cls) -> QuerySet[Any]:
        """Return all accounts."""
        return queries.accounts()


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
