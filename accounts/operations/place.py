"""Hang an account under another parent, or make it a root."""

from accounts.hierarchy import refuse, refuse_currency, refuse_place, subtree
from accounts.models import Account
from customers.models import Customer
from ocsportal.entities.identity import Ref
from ocsportal.entities.life.cascade import hand_over, marks_above
from ocsportal.entities.life.locking import by_reference, hold, lock, settled
from ocsportal.entities.store.reading import lock_row, not_found
from ocsportal.entities.store.writing import save
from ocsportal.transactions.change import Change
from ocsportal.transactions.operation import Touched, operation


@operation("UpdateAccountParent", Account, deed="Parent changed", dangerous=True)
def update_account_parent(change: Change, *, account: Ref, parent: Ref | None) -> Touched:
    """Hang an account, with everything below it, under another parent of its customer, or make it a root.

    Trees of one customer are changed one at a time: the customer is locked first, so that two agents can't hang two
    accounts under each other. What superiors that are no longer above had suspended in the moved tree stays so, and
    counts as suspended by the moved account (docs/states.md, cascade).
    """
    settled(change, lock_row(Customer, _customer_of(account)))
    found = lock(change, Account, account, "account")
    above = hold(change, Account, parent, "parent") if parent else None
    refuse_parent(found, above)
    former = marks_above(found)
    found.parent = above
    gone = former - marks_above(found)
    if found.state_imposed_by in gone:
        found.state_imposed_by = ""
    save(change, found, "parent", "state_imposed_by")
    return Touched([found, *hand_over(change, found, gone)])


def refuse_parent(account: Account, parent: Account | None) -> None:
    """Raise CASM-HIERARCHY when the account, with what is below it, may not hang under the parent (docs/accounts.md)."""
    levels = subtree(account)
    if parent is not None and any(parent.pk in level for level in levels):
        raise refuse("The parent is the account itself or one below it.")
    payer = refuse_place(account.customer, account.account_type, parent, height=len(levels))
    refuse_currency(account.currency, account.account_type, payer)


def _customer_of(account: Ref) -> int:
    found = by_reference(Account.objects.all(), account).values_list("customer", flat=True).first()
    if found is None:
        raise not_found(Account, account, "account")
    return found
