"""Take the reasons out of the ledger of a customer who is erased (docs/privacy.md)."""

from balances.models import Balance, LedgerEntry
from ocsportal.entities.store.sets import among
from ocsportal.transactions.erasure import FURTHER, Keys


@FURTHER.enter
def erase_reasons(keys: Keys) -> tuple[str, int]:
    """Take them out of the entries of a tree's balances; return of how many."""
    entries = LedgerEntry.objects.filter(among("balance", keys[Balance]))
    return "ledgerEntries", entries.filter(salt__isnull=False).update(reason="", salt=None)
