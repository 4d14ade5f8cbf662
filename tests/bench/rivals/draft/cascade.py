"""The draft's cascade: everything below is loaded, changed and saved, one after the other, in one transaction.

`save` writes one history row by the history library's own Python. No answer is kept, and nothing is told to anybody.
"""

from typing import Any

from django.db import connection, transaction
from django.utils import timezone

from tests.bench.rivals.draft.data import new_accounts, new_subscriptions
from tests.bench.rivals.draft.models import Account, Customer, StateReason, Subscriber, SubscriberProfile, Subscription
from tests.bench.shapes import LARGE, SMALL, Shape, customer
from tests.bench.stopwatch import measured


def prepare() -> None:
    """Make a customer with few subordinates and one with many."""
    like = Customer.objects.order_by("pk")[0]
    given = {"profile": like.profile, "segment": like.segment, "state": like.state, "state_reason": like.state_reason}
    for size in (SMALL, LARGE):
        _below(Customer.objects.create(external_id=customer(size), **given), Shape(size))
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE")


def _below(above: Customer, shape: Shape) -> None:
    tops = [number for number in range(shape.accounts) if shape.parent(number) is None]
    accounts = dict(zip(tops, new_accounts([(above, None)] * len(tops)), strict=True))
    rest = [number for number in range(shape.accounts) if number not in accounts]
    parents = [(above, accounts[shape.parent(number) or 0]) for number in rest]
    accounts |= dict(zip(rest, new_accounts(parents), strict=True))
    profile = SubscriberProfile.objects.get(code="prepaidMobile")
    given = {"profile": profile, "segment": profile.segment, "state": "ACTIVE", "state_reason": profile.state_reason}
    subscribers = Subscriber.objects.bulk_create(
        [Subscriber(account=accounts[shape.account_of(number)], **given) for number in range(shape.subscribers)]
    )
    things: dict[str, Any] = {"customer": {0: above}, "account": accounts, "subscriber": dict(enumerate(subscribers))}
    new_subscriptions([(level, things[level][number]) for level, number in shape.owners()])


def suspend(size: int) -> float:
    """Suspend a customer with so many subordinates; return the seconds."""
    _suspend(SMALL)
    _resume()
    with measured() as taken:
        saved = _suspend(size)
    assert saved == size + 1
    _resume()
    return taken.seconds


@transaction.atomic
def _suspend(size: int) -> int:
    above = Customer.objects.select_for_update().get(external_id=customer(size))
    reason = StateReason.objects.get(code="dfltSuspended")
    at = timezone.now()
    saved = _save(above, reason, at)
    for subscription in above.subscriptions.filter(state="ACTIVE"):
        saved += _save(subscription, reason, at)
    for account in above.accounts.filter(state="ACTIVE"):
        saved += _save(account, reason, at)
        for subscription in account.subscriptions.filter(state="ACTIVE"):
            saved += _save(subscription, reason, at)
        for subscriber in account.subscribers.filter(state="ACTIVE"):
            saved += _save(subscriber, reason, at)
            for subscription in subscriber.subscriptions.filter(state="ACTIVE"):
                saved += _save(subscription, reason, at)
    return saved


def _save(entity: Any, reason: StateReason, at: Any) -> int:
    entity.state, entity.state_reason, entity.state_valid_from = "SUSPENDED", reason, at
    entity.save()
    return 1


def _resume() -> None:
    for model in (Customer, Account, Subscriber, Subscription):
        model.objects.filter(state="SUSPENDED").update(state="ACTIVE")
