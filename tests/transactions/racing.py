"""What the races are run on: one customer's tree, and every order that can be given on it."""

from collections.abc import Callable
from typing import Any

from django.db import connection

from accounts import operations as accounts
from balances import operations as balances
from balances.operations.updating import Adjustment
from customers import operations as customers
from ocsportal.entities.identity import Ref
from ocsportal.entities.states import NewState
from ocsportal.transactions.errors import OperationRefused
from offers import operations as offers
from offers.operations.plain import BY_OWNER
from subscribers import operations as subscribers

REASONS = {"ACTIVE": "dfltActive", "SUSPENDED": "dfltSuspended", "DEACTIVATED": "dfltDeactivated"}
Job = Callable[[], Any]


def deadlocks() -> int:
    """Return how many deadlocks the server has broken in this database."""
    with connection.cursor() as cursor:
        # A backend reports at the end of a transaction, at most once a second; those of the threads have ended.
        cursor.execute("SELECT pg_stat_force_next_flush(), pg_stat_clear_snapshot()")
        cursor.execute("SELECT deadlocks FROM pg_stat_database WHERE datname = current_database()")
        return int(cursor.fetchone()[0])


class World:
    """One customer, and what can be ordered on its tree; every job says `done` or the code that refused it."""

    def __init__(self, change: Any) -> None:
        self.change = change

    def customer(self, name: str = "c") -> str:
        customers.create_customer(self.change(), external_id=name, customer_profile="b2b")
        return name

    def account(self, name: str, parent: str | None = None, customer: str = "c") -> str:
        assert self.create(name, parent, customer)() == "done"
        return name

    def subscriber(self, name: str, account: str, number: str | None = None) -> str:
        assert self.join(name, account, number)() == "done"
        return name

    def subscription(self, kind: str, owner: str, name: str) -> str:
        assert self.subscribe(kind, owner, name)() == "done"
        return name

    def job(self, operation: Any, **fields: Any) -> Job:
        def run() -> str:
            try:
                operation(self.change(), **fields)
            except OperationRefused as refusal:
                return refusal.code
            return "done"

        return run

    def create(self, name: str, parent: str | None = None, customer: str = "c") -> Job:
        above = {"parent": Ref(external_id=parent)} if parent else {}
        fields = {"external_id": name, "account_profile": "postpaid", "customer": Ref(external_id=customer), **above}
        return self.job(accounts.create_account, **fields)

    def move(self, name: str, parent: str | None) -> Job:
        above = Ref(external_id=parent) if parent else None
        return self.job(accounts.update_account_parent, account=Ref(external_id=name), parent=above)

    def state(self, kind: str, name: str, state: str, below: bool = False, since: Any = None) -> Job:
        operation = {
            "customer": customers.update_customer_state,
            "account": accounts.update_account_state,
            "subscriber": subscribers.update_subscriber_state,
            "subscription": offers.update_subscription_state,
        }[kind]
        new = NewState(state=state, state_reason=REASONS[state], state_valid_from=since)
        reach = {} if kind == "subscription" else {"subordinate_updated": below}
        return self.job(operation, **{kind: Ref(external_id=name)}, state=new, **reach)

    def cycle(self, name: str, cycle: str, since: Any = None) -> Job:
        given = {"valid_from": since} if since else {}
        return self.job(accounts.update_account_bill_cycle, account=Ref(external_id=name), bill_cycle=cycle, **given)

    def rename(self, name: str) -> Job:
        return self.job(accounts.update_account_custom_name, account=Ref(external_id=name), custom_name="x")

    def join(self, name: str, account: str, number: str | None = None) -> Job:
        known = {"primary_resource_type": "MSISDN", "primary_resource": number} if number else {}
        fields = {"external_id": name, "subscriber_profile": "mobile", "account": Ref(external_id=account), **known}
        return self.job(subscribers.create_subscriber, **fields)

    def swap(self, name: str, old: str, new: str) -> Job:
        fields = {"resource_type": "MSISDN", "swap_resource": old, "resource": new}
        return self.job(subscribers.swap_subscriber_resource, subscriber=Ref(external_id=name), **fields)

    def subscribe(self, kind: str, owner: str, name: str, parent: str | None = None) -> Job:
        above = {"parent_offer_subscription": Ref(external_id=parent)} if parent else {}
        state = NewState(state="ACTIVE", state_reason="dfltActive")
        fields = {"external_id": name, "offer": "dataBundle10", "state": state, **above}
        return self.job(BY_OWNER[kind], **{kind: Ref(external_id=owner)}, **fields)

    def adjust(self, name: str, by: str) -> Job:
        item = Adjustment(service="data", adjustment=by)
        return self.job(balances.update_subscription_balance, subscription=Ref(external_id=name), item=item)
