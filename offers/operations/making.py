"""Make a subscription of an offer: the owner held, the version chosen, the parent checked (docs/offers.md)."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime

from django.db.models import Model

from accounts.models import Account, Currency
from customers.models import Customer
from ocsportal.entities import shared
from ocsportal.entities.configuration import configured
from ocsportal.entities.identity import Ref
from ocsportal.entities.life import changes
from ocsportal.entities.life.locking import hold
from ocsportal.entities.models import Entity, StateReason
from ocsportal.entities.states import NewState
from ocsportal.entities.store.making import new
from ocsportal.entities.store.writing import insert
from ocsportal.entities.values import merged_attributes
from ocsportal.registries import Entries
from ocsportal.transactions.change import Change
from ocsportal.transactions.errors import OperationRefused, Stale, invalid, malformed
from ocsportal.transactions.given import Checked
from ocsportal.transactions.operation import Touched
from offers.models import Offer, OfferVersion, Service, Subscription
from offers.operations.currency import agreed_currency, fitting_version
from offers.worth import Worth
from subscribers.models import Subscriber

OWNER_MODELS: dict[str, type[Entity]] = {"customer": Customer, "account": Account, "subscriber": Subscriber}
PARENT = "parentOfferSubscription"
MOST_PRIORITY = 2**31 - 1

# What higher levels make with each subscription from its services and their values, such as its balances; each returns
# what it made.
Services = Sequence[tuple[Service, Checked]]
WHEN_SUBSCRIBED: Entries[Callable[[Change, Subscription, Services], Sequence[Model]]] = Entries()
# What higher levels ask when everything is locked and before anything is made: the change, the operation's name and what
# it is worth, such as the limits of who does it; each raises OperationRefused.
BEFORE_SUBSCRIBED: Entries[Callable[[Change, str, Sequence[Worth]], None]] = Entries()
# The same asked beforehand, by who only wants to know what would be refused; nothing is written.
FORESEEN: Entries[Callable[[Change, str, Sequence[Worth]], None]] = Entries()


@dataclass(frozen=True)
class Terms:
    """What a subscription is to be made of, looked up and held."""

    kind: str
    owner: Entity
    offer: Offer
    version: OfferVersion
    currency: Currency | None
    first: tuple[str, StateReason, datetime]

    @property
    def starts(self) -> datetime:
        """When the subscription begins."""
        return self.first[2]


def customer_of(owner: Entity) -> int:
    """Return the key of the customer at the top."""
    if isinstance(owner, Subscriber):
        return owner.account.customer_id
    return owner.customer_id if isinstance(owner, Account) else owner.pk


def terms(
    change: Change,
    kind: str,
    owner: Ref,
    offer: str,
    state: NewState | None,
    currency: str | None = None,
    *,
    must_match: bool = True,
    number: int | None = None,
) -> Terms:
    """Hold the owner, agree on the currency and choose the offer's version; raise the named error for what does not fit.

    Unless it `must_match`, the currency that is named gives way to the payer's, without a word. `number` is the version of a
    subscription that was made elsewhere, and is brought along with it, as its currency is.
    """
    if change.if_match is not None:
        raise Stale
    found = configured(Offer, offer, "offer")
    first = changes.first_state(change, state, None, None)
    held = hold(change, OWNER_MODELS[kind], owner, kind)
    agreed = agreed_currency(held, currency, must_match=must_match, stands=number is not None)
    version = fitting_version(found, first[2], agreed, "offer" if currency is None else "currency", number=number)
    return Terms(kind, held, found, version, agreed, first)


def make(
    change: Change,
    agreed: Terms,
    services: Services,
    *,
    operation: str,
    worth: Sequence[Worth],
    external_id: str | None = None,
    custom_name: str | None = None,
    custom_attributes: dict[str, str] | None = None,
    priority: int | None = None,
    parent_offer_subscription: Ref | None = None,
) -> Touched:
    """Make the subscription of these services with their values, and what belongs to it.

    `operation` and `worth` are the name of the operation and what it moves; raise what is refused of that.
    """
    if external_id is not None:
        external_id = shared.checked_id(external_id)
    if priority is not None and abs(priority) > MOST_PRIORITY:
        raise invalid([malformed("priority", f"Must be between -{MOST_PRIORITY} and {MOST_PRIORITY}.")])
    subscription = new(
        Subscription,
        **{agreed.kind: agreed.owner},
        parent=_parent(change, agreed, parent_offer_subscription),
        offer=agreed.offer,
        offer_version=agreed.version,
        currency=agreed.currency,
        priority=priority,
        offer_attributes={service.code: values for service, values in services} if agreed.offer.individual else {},
        external_id=external_id,
        custom_name=shared.checked_text("customName", custom_name) if custom_name is not None else "",
        custom_attributes=merged_attributes({}, custom_attributes, merge=False),
        created_at=change.written_at,
        changed_at=change.written_at,
    )
    subscription.state, subscription.state_reason, subscription.state_valid_from = agreed.first
    for ask in BEFORE_SUBSCRIBED:
        ask(change, operation, worth)
    insert(subscription)
    made = [entity for maker in WHEN_SUBSCRIBED for entity in maker(change, subscription, services)]
    return Touched([subscription, *made])


def _parent(change: Change, agreed: Terms, ref: Ref | None) -> Subscription | None:
    if ref is None:
        return None
    parent = hold(change, Subscription, ref, PARENT)
    if customer_of(parent.owner) != customer_of(agreed.owner):
        raise OperationRefused("CASM-HIERARCHY", "The parent subscription belongs to another customer.", PARENT)
    return parent
