"""A random mix of orders on one customer's tree, by several hands at once: no deadlock, no half-done thing, a proved trail.

`TEST_RACE_ROUNDS=1000 make race` plays a thousand rounds; the suite plays a few.
"""

import os
import random
import sys
from collections import Counter
from datetime import timedelta
from typing import Any

import pytest
from django.core.management import call_command

from accounts import hierarchy
from accounts.models import Account
from balances.models import Balance
from ocsportal.entities.life.due import bring_due_into_force
from ocsportal.transactions.change import present
from ocsportal.transactions.door import BeginAnew
from ocsportal.transactions.verification import findings
from offers.models import Subscription
from subscribers.models import Subscriber, SubscriberResource
from tests.transactions.racing import Job, World, deadlocks
from tests.transactions.test_concurrency import at_once

pytestmark = [pytest.mark.postgres, pytest.mark.django_db(transaction=True), pytest.mark.usefixtures("no_deadlock")]

ROUNDS = int(os.environ.get("TEST_RACE_ROUNDS", "8"))
THREADS, STEPS = 6, 3
# A tree is played on for a few rounds; then it ends, and another one gets its numbers.
TREE = 4
NUMBERS = [f"4917000000{number:02}" for number in range(6)]
# What an order may come to; anything else is a fault.
EXPECTED = {
    "done", "CASM-STATE-DEACTIVATED", "CASM-STATE-PENDING", "CASM-STATE-TRANSITION", "CASM-SUBORDINATES-LIVE",
    "CASM-STATE-VALID-FROM", "CASM-HIERARCHY", "BILL-CYCLE-CHANGE-PENDING", "REQUEST-VALIDATION", "RESOURCE-NOT-UNIQUE",
    "RESOURCE-NOT-FOUND", "CASM-BALANCE-INSUFFICIENT", "ENTITY-NOT-FOUND",
}  # fmt: skip


class Mix:
    """A random mix on one customer's tree: five accounts, four subscribers, what they subscribed."""

    def __init__(self, world: World, name: str, chance: random.Random) -> None:
        self.world, self.name, self.chance = world, name, chance
        world.customer(name)
        self.accounts = [world.account(f"{name}-{number}", customer=name) for number in range(5)]
        # The tree before has ended, so that its numbers can be given out again.
        self.subscribers = [
            world.subscriber(f"{name}-s{number}", self.accounts[number], NUMBERS[number]) for number in range(4)
        ]
        self.subscriptions = [
            world.subscription(kind, owner, f"{name}-o{number}")
            for number, (kind, owner) in enumerate(
                [("account", self.accounts[0]), ("subscriber", self.subscribers[0]), ("customer", name)]
            )
        ]

    def order(self, number: str) -> Job:
        """Draw one order."""
        chance, world = self.chance, self.world
        account, other = chance.choice(self.accounts), chance.choice(self.accounts)
        subscriber, subscription = chance.choice(self.subscribers), chance.choice(self.subscriptions)
        soon = present() + timedelta(milliseconds=chance.randint(20, 200))
        state = chance.choice(["ACTIVE", "SUSPENDED"])
        below = chance.random() < 0.5
        new = f"{self.name}-{number}"
        orders: list[Job] = [
            world.create(new, chance.choice([None, other]), self.name),
            world.move(account, chance.choice([None, other])),
            world.move(account, other),
            world.state("customer", self.name, state, below),
            world.state("account", account, state, below),
            world.state("account", account, state, below, since=soon),
            world.state("customer", self.name, state, below, since=soon),
            world.state("subscriber", subscriber, state, below),
            world.state("subscription", subscription, state),
            world.cycle(account, chance.choice(["monthly1", "monthly15"]), chance.choice([None, soon])),
            world.rename(account),
            world.join(new, account, chance.choice([None, *NUMBERS])),
            world.swap(subscriber, chance.choice(NUMBERS), chance.choice(NUMBERS)),
            world.subscribe(*chance.choice([("account", account), ("subscriber", subscriber)]), new),
            world.subscribe("account", account, new, parent=subscription),
            world.adjust(subscription, chance.choice(["-1", "2"])),
            world.adjust(subscription, "-3000"),
            lambda: f"brought {bring_due_into_force(present())}",
        ]
        if chance.random() < 0.05:
            orders.append(world.state("account", account, "DEACTIVATED", below))
            orders.append(world.state("subscriber", subscriber, "DEACTIVATED", below))
        return chance.choice(orders)

    def hand(self, number: str) -> Job:
        """Draw what one thread does, one order after the other."""
        orders = [self.order(f"{number}-{step}") for step in range(STEPS)]
        return lambda: [order() for order in orders]

    def check(self) -> None:
        """Demand what holds of every tree, whatever was ordered on it."""
        for row in Account.objects.filter(customer__external_id=self.name):
            chain = hierarchy.chain_to(row)
            assert len(chain) <= hierarchy.MAX_LEVELS
            dead = [one.state == "DEACTIVATED" for one in chain]
            assert dead == sorted(dead), "something live lies below something deactivated"
        gone = {"state": "DEACTIVATED"}
        assert not Subscriber.objects.filter(account__state="DEACTIVATED").exclude(**gone).exists()
        for owner in ("customer", "account", "subscriber", "parent"):
            assert not Subscription.objects.filter(**{f"{owner}__state": "DEACTIVATED"}).exclude(**gone).exists()
        assert not SubscriberResource.objects.filter(subscriber__state="DEACTIVATED", valid_to=None).exists()
        assert not Balance.objects.filter(actual__lt=0).exists()


@pytest.fixture
def begun_anew(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Count how often the door took everything back because something fell due between looking and locking."""
    counted: list[str] = []

    def init(self: BeginAnew, *words: Any) -> None:
        counted.append("once")
        super(BeginAnew, self).__init__(*words)

    monkeypatch.setattr(BeginAnew, "__init__", init)
    return counted


def test_a_random_mix_on_one_tree(world: World, begun_anew: list[str]) -> None:
    met: Counter[str] = Counter()
    before = deadlocks()
    mix = None
    for number in range(ROUNDS):
        if mix is None or number % TREE == 0:
            mix = Mix(world, f"mix{number}", random.Random(number))
        for hand in at_once(*[mix.hand(f"{number}-{thread}") for thread in range(THREADS)]):
            met.update("brought" if result.startswith("brought") else result for result in hand)
        bring_due_into_force(present() + timedelta(hours=1))
        mix.check()
        if number % TREE == TREE - 1:
            assert world.state("customer", mix.name, "DEACTIVATED", below=True)() == "done"
        # The proof reads everything that was ever written, so that a long run makes it now and then only.
        if number % max(TREE, ROUNDS // 10) == TREE - 1:
            assert list(findings()) == [], f"round {number}"
            print(f"round {number}: {deadlocks() - before} deadlocks", file=sys.stderr, flush=True)
    call_command("verify_ledger")
    print(
        f"{ROUNDS} rounds, {met.total()} orders by {THREADS} hands, {deadlocks() - before} deadlocks, "
        f"{len(begun_anew)} begun anew; {dict(met.most_common())}"
    )
    assert set(met) - {"brought"} <= EXPECTED
    assert met["done"] > ROUNDS * THREADS
