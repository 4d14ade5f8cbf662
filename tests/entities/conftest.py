"""A customer whose states the tests play through, at instants of their choosing."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from customers import operations
from customers.models import Customer
from ocsportal.entities.identity import Ref
from ocsportal.entities.models import StateReason
from ocsportal.entities.states import NamedPlan, NewState
from ocsportal.transactions import door
from ocsportal.transactions.errors import OperationRefused
from ocsportal.transactions.system import system_change
from ocsportal.transactions.touched import Outcome, Touched
from tests.customers.test_rest import standing

NOON = datetime(2026, 3, 2, 12, tzinfo=UTC)
# A second reason for each state that has only its default one.
OTHER_REASONS = {"INACTIVE": "asleep", "ACTIVE": "awake", "SUSPENDED": "fraud", "DEACTIVATED": "portedOut"}
DEFAULT_REASONS = {state: f"dflt{state.capitalize()}" for state in OTHER_REASONS}


def days(number: float) -> datetime:
    """Return the instant that many days after the customer began."""
    return NOON + timedelta(days=number)


@contextmanager
def refused(code: str, parameter: str | None = None) -> Iterator[None]:
    """Demand a refusal of this code that leaves every row, version and Business Transaction as it was."""
    before = standing()
    with pytest.raises(OperationRefused) as caught:
        yield
    assert caught.value.code == code
    if parameter is not None:
        assert caught.value.parameter == parameter
    assert standing() == before


class Subject:
    """A customer that begins at noon, and what can be done to its state."""

    def __init__(self, change: Any, external_id: str = "subject") -> None:
        self.change = change
        self.ref = Ref(external_id=external_id)

    def begin(self, state: str = "ACTIVE") -> "Subject":
        """Make the customer and bring it into the state, still at noon."""
        first = state if state == "INACTIVE" else "ACTIVE"
        operations.create_customer(
            self.change(at=NOON),
            external_id=self.ref.external_id,
            state=NewState(state=first, state_reason=DEFAULT_REASONS[first]),
        )
        if state != first:
            self.go(state)
        return self

    def go(
        self,
        state: str,
        reason: str | None = None,
        *,
        at: datetime = NOON,
        since: datetime | None = None,
        pending: bool = False,
        until: datetime | None = None,
        below: bool = False,
        pending_change: str = "REFUSE",
        **options: Any,
    ) -> Outcome:
        """Order a state."""
        new = NewState(
            state=state,
            state_reason=reason or DEFAULT_REASONS[state],
            state_valid_from=since,
            pending=pending,
            state_valid_to=until,
        )
        change = self.change(at=at, **options)
        return operations.update_customer_state(
            change, customer=self.ref, state=new, subordinate_updated=below, pending_change=pending_change
        )

    def confirm(
        self, state: str | NamedPlan | None = None, since: datetime | None = None, *, at: datetime = NOON
    ) -> Outcome:
        """Confirm the plan."""
        return operations.confirm_customer_state(
            self.change(at=at), customer=self.ref, state=state, state_valid_from=since
        )

    def cancel(self, state: str | NamedPlan | None = None, *, at: datetime = NOON) -> Outcome:
        """Cancel the plan."""
        return operations.cancel_customer_state(self.change(at=at), customer=self.ref, state=state)

    def rename(self, name: str, *, at: datetime = NOON) -> Outcome:
        """Write something that has nothing to do with states."""
        return operations.update_customer_custom_name(self.change(at=at), customer=self.ref, custom_name=name)

    @property
    def row(self) -> Customer:
        """The customer as the database has it."""
        return Customer.objects.select_related("state_reason", "plan_reason").get(external_id=self.ref.external_id)

    @property
    def state(self) -> tuple[str, str, datetime]:
        """Its state, the reason's code and the start."""
        row = self.row
        return row.state, row.state_reason.code, row.state_valid_from

    @property
    def plan(self) -> tuple[str, str, datetime | None]:
        """What became of its plan, the planned state and instant."""
        row = self.row
        return row.plan_status, row.plan_state, row.plan_valid_from

    @property
    def versions(self) -> int:
        """How many rows its history has."""
        return int(Customer.history.filter(external_id=self.ref.external_id).count())


@pytest.fixture
def other_reasons(db: None) -> None:
    """Configure a second reason for each state."""

    def work() -> Touched:
        return Touched(
            [
                StateReason.objects.create(code=code, name=code, state=state)
                for state, code in OTHER_REASONS.items()
                if not StateReason.objects.filter(code=code).exists()
            ]
        )

    door.record("AddStateReason", system_change("tests"), None, work)


@pytest.fixture
def subject(change: Any, other_reasons: None) -> Subject:
    """An active customer."""
    return Subject(change).begin()


@pytest.fixture
def begun(change: Any, other_reasons: None) -> Any:
    """A maker of customers in a state."""

    def make(state: str = "ACTIVE", external_id: str = "subject") -> Subject:
        return Subject(change, external_id).begin(state)

    return make
