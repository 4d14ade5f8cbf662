"""The rules of account trees: one customer, no cycle, ten levels, a payer above, the payer's currency (docs/accounts.md)."""

from collections.abc import Iterable

from accounts.models import Account, AccountType, Currency
from customers.models import Customer
from ocsportal.entities.life.locking import parents
from ocsportal.transactions.errors import OperationRefused

MAX_LEVELS = 10


def refuse(message: str) -> OperationRefused:
    """Return the refusal of a place in the tree."""
    return OperationRefused("CASM-HIERARCHY", message, "parent")


def payer(chain: Iterable[Account]) -> Account | None:
    """Return the lowest account of a chain, topmost first, that pays; None when none does."""
    return next((account for account in reversed(list(chain)) if account.account_type.payment_responsible), None)


def chain_to(account: Account | None) -> list[Account]:
    """Return an account with everything above it, topmost first; nothing for None."""
    return [] if account is None else [*parents(account), account]


def refuse_place(customer: Customer, kind: AccountType, parent: Account | None, height: int = 1) -> Account | None:
    """Refuse a place for an account of a type, with a tree of some height below it; return who pays above it."""
    chain = chain_to(parent)
    if parent is not None and parent.customer_id != customer.pk:
        raise refuse("The parent belongs to another customer.")
    if len(chain) + height > MAX_LEVELS:
        raise refuse(f"The tree would be {len(chain) + height} levels deep; at most {MAX_LEVELS} are allowed.")
    above = payer(chain)
    if not kind.payment_responsible and above is None:
        raise refuse(f"A {kind.name.lower()} account needs a payment responsible account above it.")
    return above


def refuse_currency(currency: Currency, kind: AccountType, above: Account | None) -> None:
    """Refuse another currency than the payer's; an account that pays itself may have any."""
    if not kind.payment_responsible and above is not None and above.currency_id != currency.pk:
        raise refuse(f"The payer's currency is {above.currency.code}, not {currency.code}.")


def subtree(account: Account) -> list[set[int]]:
    """Return the keys of an account's subordinates, level by level, itself first; one query per level."""
    levels = [{account.pk}]
    while below := set(Account.objects.filter(parent__in=levels[-1]).values_list("pk", flat=True)):
        levels.append(below)
    return levels
