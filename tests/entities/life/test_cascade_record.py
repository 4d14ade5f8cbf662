"""What a cascade leaves behind: one Business Transaction, a version and an item per entity, few statements, all or nothing."""

from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from accounts.models import Account
from customers.models import Customer
from ocsportal.entities.life import entering
from ocsportal.entities.models import StateReason
from ocsportal.transactions import door
from ocsportal.transactions.models import BusinessTransaction
from ocsportal.transactions.representation import object_type
from ocsportal.transactions.system import system_change
from ocsportal.transactions.touched import Touched
from ocsportal.transactions.verification import findings
from subscribers.models import ResourceType, Subscriber, SubscriberResource
from tests.entities.conftest import NOON, days
from tests.entities.tree import LEVELS, Tree

pytestmark = pytest.mark.django_db


@pytest.fixture
def tree(change: Any, other_reasons: None) -> Tree:
    """Customer c, its account p with account a below, and subscribers of both."""
    made = Tree(change)
    made.customer("c")
    made.account("p")
    made.account("a", "p")
    made.subscribers("p", "s1")
    made.subscribers("a", "s2", "s3")
    return made


def many(tree: Tree, customer: str, count: int) -> None:
    """Give a customer accounts and subscribers, half of them each, with two statements."""
    tree.customer(customer)
    root = Account.objects.get(external_id=tree.account(f"{customer}-root", customer=customer))
    reason = StateReason.objects.get(code="dfltActive")
    common = {"state": "ACTIVE", "state_reason": reason, "state_valid_from": NOON}
    kept = {
        name: getattr(root, name) for name in ("customer", "account_type", "currency", "bill_cycle", "cycle_valid_from")
    }

    def work() -> Touched:
        made = Account.objects.bulk_create(Account(parent=root, **kept, **common) for _ in range(count // 2))
        Subscriber.objects.bulk_create(Subscriber(account=account, **common) for account in made)
        return Touched([])

    door.record("MakeMany", system_change("tests"), None, work)


def stop(customer: str, count: int) -> None:
    """Suspend that many of a customer's accounts on their own."""
    reason = StateReason.objects.get(code="fraud")
    rows = Account.objects.filter(parent__external_id=f"{customer}-root").order_by("pk")[:count]
    keys = list(rows.values_list("pk", flat=True))

    def work() -> Touched:
        Account.objects.filter(pk__in=keys).update(state="SUSPENDED", state_reason=reason)
        return Touched([])

    door.record("StopMany", system_change("tests"), None, work)


class TestRecord:
    @pytest.mark.parametrize("state", ["SUSPENDED", "DEACTIVATED"])
    def test_one_transaction_one_version_and_one_item_each(self, tree: Tree, state: str) -> None:
        entries, versions = BusinessTransaction.objects.count(), [kind.history.count() for kind in LEVELS]
        outcome = tree.go("c", state, "fraud" if state == "SUSPENDED" else "portedOut", below=True, at=days(1))
        assert BusinessTransaction.objects.count() == entries + 1
        assert [kind.history.count() for kind in LEVELS] == [versions[0] + 1, versions[1] + 2, versions[2] + 3]
        entry = BusinessTransaction.objects.latest("id")
        assert (entry.operation, entry.touched, len(outcome.items)) == ("UpdateCustomerState", 6, 6)
        for kind in LEVELS:
            for row in kind.objects.all():
                newest = kind.history.filter(id=row.pk).latest("history_id")
                assert (newest.transaction_id, newest.version, newest.state) == (entry.pk, 2, state)
                assert row.changed_at > row.created_at
        assert list(findings()) == []

    def test_items_name_the_superior_first_and_tell_what_stands(self, tree: Tree) -> None:
        outcome = tree.go("c", "SUSPENDED", "nonPayment", below=True)
        kinds = [item["objectType"] for item in outcome.items]
        assert kinds == [object_type(Customer()), *[object_type(Account())] * 2, *[object_type(Subscriber())] * 3]
        assert [item["seqno"] for item in outcome.items] == [1, 2, 3, 4, 5, 6]
        assert {item["name"] for item in outcome.items} == {"UpdateCustomerState"}
        account = outcome.items[2]["object"]
        assert account["externalId"] == "a"
        assert account["state"]["state"] == "SUSPENDED"
        assert account["state"]["stateReason"]["code"] == "nonPayment"
        assert account["parent"]["externalId"] == "p"
        assert account["customer"]["externalId"] == "c"
        assert account["billCycle"]["code"] == "monthly1"

    def test_the_answer_is_about_the_superior(self, tree: Tree) -> None:
        outcome = tree.go("c", "SUSPENDED", below=True)
        assert (outcome.target_ref_id, outcome.version) == (tree.row("c").ref_id, 2)

    def test_deactivation_ends_resources_with_items_and_versions_of_their_own(self, tree: Tree) -> None:
        kind = ResourceType.objects.get(code="IMSI")

        def work() -> Touched:
            return Touched(
                [
                    SubscriberResource.objects.create(
                        subscriber=tree.row(name), resource_type=kind, value=f"{number}", valid_from=NOON
                    )
                    for number, name in enumerate(("s1", "s2"), start=10)
                ]
            )

        door.record("MakeResources", system_change("tests"), None, work)
        outcome = tree.go("a", "DEACTIVATED", below=True, at=days(2))
        assert len(outcome.items) == 1 + 2 + 1
        ended = {resource.value: (resource.valid_to, resource.version) for resource in SubscriberResource.objects.all()}
        assert ended == {"10": (None, 1), "11": (days(2), 2)}


class TestStatements:
    @pytest.mark.parametrize("orders", [["SUSPENDED", "ACTIVE"], ["DEACTIVATED"]])
    @pytest.mark.parametrize("stopped", [0, 3])
    def test_as_many_for_10_as_for_2000(
        self, change: Any, other_reasons: None, orders: list[str], stopped: int
    ) -> None:
        """Also where subscribers are touched whose accounts are not."""
        tree, counts = Tree(change), {}
        tree.customer("warm")  # what is configured is looked up once and kept
        for state in ("SUSPENDED", "ACTIVE", "DEACTIVATED"):
            tree.go("warm", state, below=True)
        for size in (10, 2000):
            many(tree, f"size-{size}", size)
            if stopped:
                stop(f"size-{size}", size // stopped)
            counts[size] = []
            for state in orders:
                with CaptureQueriesContext(connection) as captured:
                    outcome = tree.go(f"size-{size}", state, below=True)
                assert outcome.touched == size + 2 - (size // stopped if stopped and state != "DEACTIVATED" else 0)
                counts[size].append(len(captured))
        assert counts[10] == counts[2000]

    def test_history_has_a_row_for_each(self, change: Any, other_reasons: None) -> None:
        tree = Tree(change)
        many(tree, "c", 200)
        tree.go("c", "SUSPENDED", below=True)
        entry = BusinessTransaction.objects.latest("id")
        written = [kind.history.filter(transaction_id=entry.pk).count() for kind in LEVELS]
        assert written == [1, 101, 100]


class TestAllOrNothing:
    @pytest.mark.parametrize("state", ["SUSPENDED", "DEACTIVATED"])
    def test_a_failure_below_undoes_everything(self, tree: Tree, monkeypatch: pytest.MonkeyPatch, state: str) -> None:
        from ocsportal.entities.life import cascade

        genuine = cascade.updated_below

        def broken(model: Any, *given: Any, **options: Any) -> Any:
            if model is Subscriber:
                raise RuntimeError("broken")
            return genuine(model, *given, **options)

        before, entries = tree.everything(), BusinessTransaction.objects.count()
        monkeypatch.setattr(cascade, "updated_below", broken)
        with pytest.raises(RuntimeError):
            tree.go("c", state, below=True)
        assert tree.everything() == before
        assert BusinessTransaction.objects.count() == entries
        monkeypatch.undo()
        assert tree.go("c", state, below=True).touched == 6

    def test_a_failure_while_resources_end_undoes_everything(self, tree: Tree, monkeypatch: pytest.MonkeyPatch) -> None:
        def broken(*_: Any, **__: Any) -> Any:
            raise RuntimeError("broken")

        before = tree.everything()
        monkeypatch.setattr(entering, "updated_below", broken)
        with pytest.raises(RuntimeError):
            tree.go("c", "DEACTIVATED", below=True)
        assert tree.everything() == before
