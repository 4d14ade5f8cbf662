"""Account operations that arrive at once, on real connections: each pair ends as it would have one after the other."""

from datetime import timedelta

import pytest

from accounts import operations as accounts
from accounts.models import Account
from customers.models import Customer
from ocsportal.entities.identity import Ref
from ocsportal.entities.life.due import bring_due_into_force
from ocsportal.transactions.change import present
from ocsportal.transactions.models import BusinessTransaction
from offers.models import Subscription
from subscribers.models import Subscriber
from tests.transactions.racing import World
from tests.transactions.test_concurrency import at_once

pytestmark = [pytest.mark.postgres, pytest.mark.django_db(transaction=True), pytest.mark.usefixtures("no_deadlock")]

PAIRS = 6


def states(*names: str) -> list[str]:
    return [Account.objects.get(external_id=name).state for name in names]


def test_the_end_of_a_customer_and_a_new_account(world: World) -> None:
    for number in range(PAIRS):
        name = world.customer(f"c{number}")
        ended, made = at_once(world.state("customer", name, "DEACTIVATED"), world.create(f"a{number}", customer=name))
        customer = Customer.objects.get(external_id=name)
        outcome = (ended, made, customer.state, Account.objects.filter(customer=customer).count())
        assert outcome in [
            ("done", "CASM-STATE-DEACTIVATED", "DEACTIVATED", 0),
            ("CASM-SUBORDINATES-LIVE", "done", "ACTIVE", 1),
        ]


def test_two_accounts_under_each_other(world: World) -> None:
    for number in range(PAIRS):
        a, b = world.account(f"a{number}"), world.account(f"b{number}")
        assert sorted(at_once(world.move(a, b), world.move(b, a))) == ["CASM-HIERARCHY", "done"]
        parents = {row.external_id: row.parent_id for row in Account.objects.filter(external_id__in=[a, b])}
        assert sorted(parent is None for parent in parents.values()) == [False, True]


def test_a_move_and_the_end_of_the_new_parent(world: World) -> None:
    for number in range(PAIRS):
        a, b = world.account(f"a{number}"), world.account(f"b{number}")
        moved, ended = at_once(world.move(a, b), world.state("account", b, "DEACTIVATED", below=True))
        assert ended == "done"
        assert (moved, *states(a, b)) in [
            ("done", "DEACTIVATED", "DEACTIVATED"),
            ("CASM-STATE-DEACTIVATED", "ACTIVE", "DEACTIVATED"),
        ]


def test_a_cascade_and_a_resume_below(world: World) -> None:
    for number in range(PAIRS):
        name = world.customer(f"c{number}")
        a = world.account(f"a{number}", customer=name)
        world.state("account", a, "SUSPENDED")()
        suspended, resumed = at_once(
            world.state("customer", name, "SUSPENDED", below=True), world.state("account", a, "ACTIVE")
        )
        assert (suspended, resumed) == ("done", "done")
        row = Account.objects.get(external_id=a)
        # Resumed first and then suspended with the customer, or passed over and then resumed.
        imposed = bool(row.state_imposed_by)
        assert (row.state, imposed, row.version) in [("SUSPENDED", True, 4), ("ACTIVE", False, 3)]


def test_the_end_of_a_customer_and_what_goes_on_below(world: World) -> None:
    """A resumed account, a new subscriber, a new subscription: each comes in time and ends with the customer, or is refused."""
    for number in range(PAIRS):
        name = world.customer(f"c{number}")
        a, b = world.account(f"a{number}", customer=name), world.account(f"b{number}", customer=name)
        world.state("account", a, "SUSPENDED")()
        ended, *others = at_once(
            world.state("customer", name, "DEACTIVATED", below=True),
            world.state("account", a, "ACTIVE"),
            world.join(f"s{number}", b),
            world.subscribe("account", a, f"o{number}"),
        )
        assert ended == "done"
        assert set(others) <= {"done", "CASM-STATE-DEACTIVATED"}
        resumed, joined, subscribed = (other == "done" for other in others)
        row = Account.objects.get(external_id=a)
        assert (row.state, row.version) == ("DEACTIVATED", 4 if resumed else 3)
        assert list(Subscriber.objects.filter(external_id=f"s{number}").values_list("state", flat=True)) == (
            ["DEACTIVATED"] if joined else []
        )
        assert list(Subscription.objects.filter(external_id=f"o{number}").values_list("state", flat=True)) == (
            ["DEACTIVATED"] if subscribed else []
        )


def test_the_end_of_an_owner_and_a_new_subscription(world: World) -> None:
    """Without the flag, one of the two has it: the owner stays for what was subscribed, or nothing more is."""
    for number in range(PAIRS):
        a = world.account(f"a{number}")
        ended, made = at_once(world.state("account", a, "DEACTIVATED"), world.subscribe("account", a, f"o{number}"))
        outcome = (ended, made, *states(a), Subscription.objects.filter(external_id=f"o{number}").count())
        assert outcome in [
            ("done", "CASM-STATE-DEACTIVATED", "DEACTIVATED", 0),
            ("CASM-SUBORDINATES-LIVE", "done", "ACTIVE", 1),
        ]


def test_cascades_from_two_heights(world: World) -> None:
    for number in range(PAIRS):
        name = world.customer(f"c{number}")
        p = world.account(f"p{number}", customer=name)
        a = world.account(f"a{number}", p, customer=name)
        jobs = [
            world.state("customer", name, "SUSPENDED", below=True),
            world.state("account", p, "SUSPENDED", below=True),
        ]
        assert set(at_once(*jobs)) <= {"done", "CASM-STATE-TRANSITION"}
        mark = Account.objects.get(external_id=a).state_imposed_by.partition(":")[0]
        own = Account.objects.get(external_id=p).state_imposed_by
        # The customer's first: the account's turned it into its own. Either way the nearest counts.
        assert (own, mark) == ("", "account")


def test_the_worker_and_an_agent_on_one_due_plan(world: World) -> None:
    soon = present() + timedelta(hours=1)
    later = soon + timedelta(seconds=1)
    for number in range(2 * PAIRS):
        a, of_state = world.account(f"a{number}"), number % 2 == 0
        plan = world.state("account", a, "SUSPENDED", since=soon) if of_state else world.cycle(a, "monthly15", soon)
        assert plan() == "done"
        brought, renamed = at_once(
            lambda: bring_due_into_force(later),
            lambda a=a: accounts.update_account_custom_name(
                world.change(at=later), account=Ref(external_id=a), custom_name="x"
            ),
        )
        row = Account.objects.select_related("bill_cycle").get(external_id=a)
        assert brought in (0, 1)
        assert renamed.items[0]["object"]["customName"] == "x"
        in_force = (row.state, row.state_valid_from) if of_state else (row.bill_cycle.code, row.cycle_valid_from)
        assert in_force == ("SUSPENDED" if of_state else "monthly15", soon)
        assert (row.version, row.plan_status, row.planned_cycle_id) == (4, "", None)
    # Each plan was brought into force once, by one of the two.
    assert BusinessTransaction.objects.filter(channel="SCHEDULE").count() == 2 * PAIRS


def test_several_workers_bring_each_plan_into_force_once(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("ocsportal.entities.life.due.BATCH", 5)
    soon = present() + timedelta(hours=1)
    names = [world.account(f"a{number}") for number in range(30)]
    for number, name in enumerate(names):
        plan = (
            world.cycle(name, "monthly15", soon)
            if number % 2
            else world.state("account", name, "SUSPENDED", since=soon)
        )
        assert plan() == "done"
    # A few that reach below and so are done one by one.
    for number in range(3):
        world.account(f"below{number}", world.account(f"top{number}"))
        assert world.state("account", f"top{number}", "SUSPENDED", below=True, since=soon)() == "done"
    brought = at_once(*[lambda: bring_due_into_force(soon + timedelta(seconds=1))] * 4)
    assert sum(brought) + bring_due_into_force(soon + timedelta(seconds=1)) == 33
    assert {row.version for row in Account.objects.filter(external_id__in=names)} == {3}
    assert states("top0", "below0", "below1", "below2") == ["SUSPENDED"] * 4
    assert not Account.objects.filter(planned_cycle__isnull=False).exists()
