"""A customer with a tree of accounts and subscribers whose states the tests play through, each known by its name."""

from datetime import datetime
from typing import Any

from accounts import operations as accounts
from accounts.models import Account
from customers import operations as customers
from customers.models import Customer
from ocsportal.entities.identity import Ref
from ocsportal.entities.models import Entity, StateReason
from ocsportal.entities.states import NewState
from ocsportal.transactions import door
from ocsportal.transactions.system import system_change
from ocsportal.transactions.touched import Outcome, Touched
from subscribers import operations as subscribers
from subscribers.models import Subscriber, SubscriberProfile
from tests.entities.conftest import DEFAULT_REASONS, NOON

LEVELS: tuple[type[Entity], ...] = (Customer, Account, Subscriber)
WRITES = {
    Customer: customers.update_customer_state,
    Account: accounts.update_account_state,
    Subscriber: subscribers.update_subscriber_state,
}


class Tree:
    """Everything is begun at noon; names are external IDs and differ across levels."""

    def __init__(self, change: Any) -> None:
        self.change = change
        self.kinds: dict[str, type[Entity]] = {}

    def customer(self, name: str = "c", state: str = "ACTIVE") -> str:
        """Make a customer."""
        customers.create_customer(
            self.change(at=NOON),
            external_id=name,
            state=NewState(state=state, state_reason=DEFAULT_REASONS[state]),
        )
        self.kinds[name] = Customer
        return name

    def account(self, name: str, parent: str | None = None, state: str = "ACTIVE", customer: str = "c") -> str:
        """Make an account, below another one or at the top."""
        accounts.create_account(
            self.change(at=NOON),
            external_id=name,
            account_profile="postpaid",
            customer=Ref(external_id=customer),
            state=NewState(state=state, state_reason=DEFAULT_REASONS[state]),
            **({"parent": Ref(external_id=parent)} if parent else {}),
        )
        self.kinds[name] = Account
        return name

    def subscribers(self, account: str, *names: str, state: str = "ACTIVE") -> None:
        """Make subscribers below an account, with one statement."""
        above = Account.objects.get(external_id=account)
        reason = StateReason.objects.get(code=DEFAULT_REASONS[state])
        profile = SubscriberProfile.objects.get(code="mobile")
        made = [
            Subscriber(
                account=above, profile=profile, external_id=name, state=state, state_reason=reason,
                state_valid_from=NOON,
            )
            for name in names
        ]  # fmt: skip

        def work() -> Touched:
            Subscriber.objects.bulk_create(made)
            return Touched([])

        door.record("MakeSubscribers", system_change("tests"), None, work)
        self.kinds |= dict.fromkeys(names, Subscriber)

    def go(
        self,
        name: str,
        state: str,
        reason: str | None = None,
        *,
        below: bool = False,
        at: datetime = NOON,
        since: datetime | None = None,
        pending: bool = False,
    ) -> Outcome:
        """Order a state."""
        new = NewState(
            state=state, state_reason=reason or DEFAULT_REASONS[state], state_valid_from=since, pending=pending
        )
        kind = self.kinds[name]
        argument = kind._meta.model_name
        return WRITES[kind](
            self.change(at=at), state=new, subordinate_updated=below, **{argument: Ref(external_id=name)}
        )

    def row(self, name: str) -> Any:
        """Return an entity as the database has it."""
        return self.kinds[name]._default_manager.select_related("state_reason", "plan_reason").get(external_id=name)

    def state(self, name: str) -> str:
        """Return a state, and in brackets who imposed it."""
        row = self.row(name)
        imposed = {
            f"{kind._meta.model_name}:{one.ref_id}": one.external_id for kind in LEVELS for one in kind.objects.all()
        }
        return f"{row.state} ({imposed[row.state_imposed_by]})" if row.state_imposed_by else str(row.state)

    def states(self, *names: str) -> list[str]:
        """Return the states of several."""
        return [self.state(name) for name in names]

    def everything(self) -> list[Any]:
        """Return every row of every level and how many versions there are: what a refusal leaves as it was."""
        rows = [list(kind._default_manager.order_by("pk").values()) for kind in LEVELS]
        return [*rows, *(kind.history.count() for kind in LEVELS)]
