"""Make subscribers: under an account that stands, or with the account and the customer that a profile makes."""

from typing import Any

from django.db.models import Model

from accounts.models import Account, AccountProfile
from accounts.operations import make_account
from ocsportal.entities import shared
from ocsportal.entities.configuration import configured_or_none
from ocsportal.entities.identity import Ref
from ocsportal.entities.life import changes
from ocsportal.entities.life.locking import hold
from ocsportal.entities.states import NewState
from ocsportal.entities.store.making import new
from ocsportal.entities.store.writing import insert
from ocsportal.entities.values import merged_attributes
from ocsportal.transactions.change import Change
from ocsportal.transactions.errors import Fault, OperationRefused, Stale, invalid, malformed
from ocsportal.transactions.operation import Touched, operation
from subscribers.models import ResourceType, Subscriber, SubscriberProfile, SubscriberSegment
from subscribers.operations.quarantine import OVERRIDE
from subscribers.operations.resources import canonical_value, give


@operation("CreateSubscriber", Subscriber, also=[OVERRIDE])
def create_subscriber(change: Change, **given: Any) -> Touched:
    """Create a subscriber by profile or by state and reason, with a resource if given; the profile may make its account."""
    if change.if_match is not None:
        raise Stale
    return Touched(make_subscriber(change, **given))


def make_subscriber(
    change: Change,
    *,
    account: Ref | None = None,
    subscriber_profile: str | None = None,
    subscriber_segment: str | None = None,
    primary_resource_type: str | None = None,
    primary_resource: str | None = None,
    external_id: str | None = None,
    custom_name: str | None = None,
    custom_attributes: dict[str, str] | None = None,
    state: NewState | None = None,
) -> list[Model]:
    """Make a subscriber inside the operation under way; return it and what was made with it.

    The rest is its primary resource, the account and the customer, each where it was made.
    """
    profile = configured_or_none(SubscriberProfile, subscriber_profile, "subscriberProfile")
    segment = configured_or_none(SubscriberSegment, subscriber_segment, "subscriberSegment")
    kind = configured_or_none(ResourceType, primary_resource_type, "primaryResourceType")
    state_of, reason_of = (profile.state, profile.state_reason) if profile else (None, None)
    makes = profile.account_profile if profile else None
    faults = changes.missing_first(state, state_of, reason_of) + _missing(account, makes, kind, primary_resource)
    if faults:
        raise invalid(faults)
    first = changes.first_state(change, state, state_of, reason_of)
    subscriber = new(
        Subscriber,
        profile=profile,
        segment=segment or (profile.segment if profile else None),
        primary_resource_type=kind,
        external_id=shared.checked_id(external_id) if external_id is not None else None,
        custom_name=shared.checked_text("customName", custom_name) if custom_name is not None else "",
        custom_attributes=merged_attributes({}, custom_attributes, merge=False),
        created_at=change.written_at,
        changed_at=change.written_at,
    )
    subscriber.state, subscriber.state_reason, subscriber.state_valid_from = first
    if kind is not None and primary_resource is not None:
        primary_resource = canonical_value(kind, primary_resource, "primaryResource")
        subscriber.live_resources = {kind.code: primary_resource}
    subscriber.account, made = _account(change, account, makes)
    insert(subscriber)
    if kind is None or primary_resource is None:
        return [subscriber, *made]
    return [subscriber, give(change, subscriber, kind, primary_resource, "primaryResource"), *made]


def _missing(
    account: Ref | None, makes: AccountProfile | None, kind: ResourceType | None, resource: str | None
) -> list[Fault]:
    faults = []
    if account is None and makes is None:
        faults.append(malformed("account", "Is required, since no profile makes one."))
    if kind is None and resource is not None:
        faults.append(malformed("primaryResourceType", "Is required, since primaryResource is given."))
    if kind is not None and resource is None:
        faults.append(malformed("primaryResource", "Is required, since primaryResourceType is given."))
    return faults


def _account(change: Change, named: Ref | None, makes: AccountProfile | None) -> tuple[Account, list[Model]]:
    """Return the account, held, and what had to be made; the one that the request names comes before the profile's."""
    if named is not None:
        return hold(change, Account, named, "account"), []
    assert makes is not None
    try:
        account, above = make_account(change, account_profile=makes.code)
    except OperationRefused as refusal:
        # The profile's fault, and nothing that the request says: no parameter of it is named.
        words = f"The account profile {makes.code} can't create an account on its own: {refusal.message}"
        raise OperationRefused(refusal.code, words, "account") from refusal
    return account, [account, *above]
