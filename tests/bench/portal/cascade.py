"""The portal's cascade: UpdateCustomerState with subordinateUpdated, as REST calls it."""

from functools import partial

from django.db import connection

from customers.models import Customer
from customers.operations import update_customer_state
from ocsportal.entities.identity import Ref
from ocsportal.entities.states import NewState
from ocsportal.people.models import User
from ocsportal.transactions.change import Change
from ocsportal.transactions.models import Channel
from ocsportal.transactions.touched import Outcome
from tests.bench.portal.data import recorded
from tests.bench.portal.entities import new_accounts, new_customers, new_subscribers, new_subscriptions
from tests.bench.shapes import LARGE, SMALL, Shape, customer
from tests.bench.stopwatch import measured

REASONS = {"SUSPENDED": "dfltSuspended", "ACTIVE": "dfltActive"}


def prepare() -> None:
    """Make a customer with few subordinates and one with many."""
    for size in (SMALL, LARGE):
        recorded(partial(_make, size))
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE")


def _make(size: int) -> None:
    _below(new_customers([customer(size)])[0], Shape(size))


def _below(above: Customer, shape: Shape) -> None:
    tops = [number for number in range(shape.accounts) if shape.parent(number) is None]
    accounts = dict(zip(tops, new_accounts([above] * len(tops)), strict=True))
    rest = [number for number in range(shape.accounts) if number not in accounts]
    parents = [accounts[shape.parent(number) or 0] for number in rest]
    accounts |= dict(zip(rest, new_accounts([above] * len(rest), parents), strict=True))
    subscribers = new_subscribers(
        [accounts[shape.account_of(number)] for number in range(shape.subscribers)], 491700000000 + shape.size * 10
    )
    things = {"customer": {0: above}, "account": accounts, "subscriber": dict(enumerate(subscribers))}
    new_subscriptions([(level, things[level][number]) for level, number in shape.owners()])


def suspend(size: int) -> float:
    """Suspend a customer with so many subordinates; return the seconds."""
    actor = User.objects.get(username="bench")
    _go(actor, SMALL, "SUSPENDED")  # Configuration and the actor's rights are remembered, everything is imported.
    _go(actor, SMALL, "ACTIVE")
    with measured() as taken:
        outcome = _go(actor, size, "SUSPENDED")
    assert outcome.touched == size + 1
    _go(actor, size, "ACTIVE")
    return taken.seconds


def _go(actor: User, size: int, state: str) -> Outcome:
    new = NewState(state=state, state_reason=REASONS[state])
    return update_customer_state(
        Change(actor=actor, channel=Channel.REST),
        customer=Ref(external_id=customer(size)),
        state=new,
        subordinate_updated=True,
    )
