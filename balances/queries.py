"""Read balances and their ledger."""

from datetime import datetime

from django.db.models import QuerySet

from balances.models import Balance, LedgerEntry
from ocsportal.entities.identity import Ref
from ocsportal.entities.life.locking import find
from ocsportal.entities.store.remembering import with_configuration
from ocsportal.transactions.errors import OperationRefused
from offers.models import Subscription

MOST_ENTRIES = 500


def balances() -> QuerySet[Balance]:
    """Return all balances with what their representation needs."""
    return with_configuration(Balance.objects.select_related("subscription"))


def balances_of(ref: Ref) -> list[Balance]:
    """Return the balances of the subscription that a reference names, in the order they were made."""
    return list(balances().filter(subscription=find(Subscription.objects.all(), ref)).order_by("pk"))


def balance(ref: Ref, service: str | None) -> Balance:
    """Return one balance of a subscription; raise CASM-BALANCE-NOT-FOUND, or REQUEST-VALIDATION for one of several."""
    found = balances_of(ref)
    if service is None and len(found) > 1:
        codes = ", ".join(entry.service.code for entry in found)
        raise OperationRefused("REQUEST-VALIDATION", f"Is required, since there are several: {codes}.", "service")
    for entry in found:
        if service in (None, entry.service.code):
            return entry
    raise OperationRefused("CASM-BALANCE-NOT-FOUND", "The subscription has no such balance.", "service")


def balance_of_ref(ref: Ref) -> Balance:
    """Return the balance of a refId, which is the only ID it has; raise ENTITY-NOT-FOUND."""
    found = balances().filter(ref_id=ref.ref_id).first()
    if found is None:
        raise OperationRefused("ENTITY-NOT-FOUND", f"There is no balance with refId {ref.ref_id!r}.", "refId")
    return found


def ledger(of: Balance, until: datetime | None = None) -> list[LedgerEntry]:
    """Return a balance's newest entries, the newest first; those that were there at an instant."""
    rows = of.ledger.select_related("balance__currency").order_by("-number")
    return list((rows if until is None else rows.filter(at__lte=until))[:MOST_ENTRIES])
