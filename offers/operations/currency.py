"""The currency that a subscription is in: the payer's, else the one that is named, else the primary (docs/offers.md, currency)."""

from datetime import datetime

from accounts.models import Account, Currency
from ocsportal.entities.configuration import configured, remembered
from ocsportal.entities.models import Entity
from ocsportal.entities.states import State
from ocsportal.transactions.errors import OperationRefused
from ocsportal.transactions.prepared import prepared_cursor
from offers.models import Offer, OfferVersion
from offers.queries import numbered, version_for
from subscribers.models import Subscriber

NO_CURRENCY = "CASM-CURRENCY"
LIVE = f"""
    SELECT DISTINCT currency_id FROM accounts_account WHERE customer_id = %s AND state <> '{State.DEACTIVATED}' LIMIT 2
"""


def currency_of(owner: Entity) -> Currency | None:
    """Return the currency that an owner pays in: its account's, or the one that all payers of a customer share.

    None for a customer whose payers have several, or who has none. A technical account has its payer's.
    """
    if isinstance(owner, Subscriber):
        return owner.account.currency
    return owner.currency if isinstance(owner, Account) else _shared(owner.pk)


def _shared(customer: int) -> Currency | None:
    # Every account has its payer's currency, so none needs to be asked who pays. Two are enough to know that they differ.
    # Prepared: as a statement of the ORM it took a quarter of the time of a subscription on a customer.
    with prepared_cursor() as cursor:
        cursor.execute(LIVE, [customer])
        keys = [key for (key,) in cursor.fetchall()]
    if len(keys) != 1:
        return None
    return remembered((Currency, ("pk", keys[0])), lambda: Currency.objects.get(pk=keys[0]))


def primary_currency() -> Currency | None:
    """Return the operator's own currency."""
    return remembered((Currency, "primary"), lambda: Currency.objects.filter(primary=True).first())


def agreed_currency(
    owner: Entity, named: str | None, *, must_match: bool = True, stands: bool = False
) -> Currency | None:
    """Return the currency that a subscription of the owner is in; None only where no currency is configured.

    The one that is named `stands` for a subscription that was made when payers may have had others.

    Raise CASM-CURRENCY when another one than the payer's is named and `must_match`, CONFIG-NOT-FOUND for an unknown one.
    """
    other = configured(Currency, named, "currency") if named is not None else None
    if stands and other is not None:
        return other
    payers = currency_of(owner)
    if payers is None:
        return other or primary_currency()
    if must_match and other is not None and other.pk != payers.pk:
        words = f"The payer pays in {payers.code}; leave the currency out, or name that one."
        raise OperationRefused(NO_CURRENCY, words, "currency")
    return payers


def fitting_version(
    offer: Offer, at: datetime, currency: Currency | None, parameter: str = "offer", *, number: int | None = None
) -> OfferVersion:
    """Return the newest version that is valid at the instant, or that of a number, in the currency or in any.

    `parameter` is what names the currency.

    Raise CONFIG-NOT-FOUND when none is valid then, CASM-CURRENCY when only others' currencies are.
    """

    def found(money: Currency | None) -> OfferVersion | None:
        return version_for(offer, at, money) if number is None else numbered(offer, number, money)

    version = found(currency)
    if version is not None:
        return version
    which, when = ("version", " that is valid at the start") if number is None else (f"version {number}", "")
    if currency is None or found(None) is None:
        raise OperationRefused("CONFIG-NOT-FOUND", f"The offer {offer.code!r} has no {which}{when}.", "offer")
    words = f"The offer {offer.code!r} has no {which} in {currency.code}{when}."
    raise OperationRefused(NO_CURRENCY, words, parameter)
