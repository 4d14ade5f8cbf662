"""Random orders against a model of states and plans in a few lines of plain Python: both must always agree."""

from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any

import pytest
from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule, run_state_machine_as_test

from customers.models import Customer
from ocsportal.entities.life.due import bring_due_into_force
from ocsportal.transactions.errors import OperationRefused
from tests.entities.conftest import DEFAULT_REASONS, NOON, OTHER_REASONS, Subject, days
from tests.entities.test_states import ALLOWED, STATES

ALL_REASONS = {code: state for reasons in (DEFAULT_REASONS, OTHER_REASONS) for state, code in reasons.items()}
# The end is rarer than what comes before it, so that there is something before it.
REASONS = 3 * sorted(code for code, state in ALL_REASONS.items() if state != "DEACTIVATED") + ["portedOut"]
OPEN = ("PENDING", "SCHEDULED")


@dataclass(frozen=True)
class Model:
    """What the documentation says of a customer's state, and nothing else."""

    state: str
    reason: str
    since: datetime = NOON
    plan: tuple[str, str, str, datetime] | None = None  # what became of it, state, reason, instant

    def settled(self, now: datetime) -> "Model":
        """Return the model with its due plan in force."""
        if self.plan is None or self.plan[0] != "SCHEDULED" or self.plan[3] > now:
            return self
        _, state, reason, instant = self.plan
        return replace(self, state=state, reason=reason, since=instant, plan=None)

    def ordered(self, now: datetime, state: str, reason: str, since: datetime | None, pending: bool) -> "Model | str":
        """Return the model after an order of a state, or the code that refuses it."""
        future = since is not None and since > now
        if self.plan and self.plan[0] in OPEN:
            return "CASM-STATE-PENDING"
        if ALL_REASONS[reason] != state:
            return "CONFIG-NOT-FOUND"
        if (self.state, state) not in ALLOWED or (self.state, self.reason) == (state, reason):
            return "CASM-STATE-TRANSITION"
        if (pending and not future) or (since is not None and since < self.since):
            return "CASM-STATE-VALID-FROM"
        if future:
            return replace(self, plan=("PENDING" if pending else "SCHEDULED", state, reason, since))
        return replace(self, state=state, reason=reason, since=since or max(now, self.since), plan=None)

    def confirmed(self, now: datetime, state: str | None, since: datetime | None) -> "Model | str":
        """Return the model after a confirmation, or the code that refuses it."""
        if self.plan is None or self.plan[0] not in OPEN:
            return "CASM-STATE-NOT-PENDING"
        status, planned, reason, instant = self.plan
        if state not in (None, planned):
            return "CASM-STATE-PENDING-MISMATCH"
        if status == "SCHEDULED" and since in (None, instant):
            return self
        if (since or instant) < self.since:
            return "CASM-STATE-VALID-FROM"
        return replace(self, plan=("SCHEDULED", planned, reason, since or instant)).settled(now)

    def cancelled(self, state: str | None) -> "Model | str":
        """Return the model after a cancellation, or the code that refuses it."""
        if self.plan is None:
            return "CASM-STATE-NOT-PENDING"
        if state not in (None, self.plan[1]):
            return "CASM-STATE-PENDING-MISMATCH"
        return replace(self, plan=("CANCELLED", *self.plan[1:]))


def machine(make_change: Any) -> type[RuleBasedStateMachine]:
    """Return the machine, whose customers are made by this maker of changes."""
    numbers = iter(range(1_000_000))
    offsets = st.none() | st.integers(-30, 30).map(lambda hours: timedelta(hours=hours))
    named = st.none() | st.sampled_from(STATES)

    class States(RuleBasedStateMachine):
        @initialize(state=st.sampled_from(["INACTIVE", "ACTIVE"]))
        def begin(self, state: str) -> None:
            self.now = NOON
            self.subject = Subject(make_change, f"machine-{next(numbers)}").begin(state)
            self.model = Model(state, DEFAULT_REASONS[state])

        def both(self, work: Any, expected: Any) -> None:
            """Do it, and demand what the model expects of it, once it has settled what is due."""
            settled = self.model.settled(self.now)
            wanted = "CASM-STATE-DEACTIVATED" if settled.state == "DEACTIVATED" else expected(settled)
            refusal = self.refusal(work)
            assert refusal == (wanted if isinstance(wanted, str) else None)
            if isinstance(wanted, Model):
                self.model = wanted

        def refusal(self, work: Any) -> str | None:
            try:
                work()
            except OperationRefused as refused:
                return refused.code
            return None

        def moment(self, offset: timedelta | None) -> datetime | None:
            return None if offset is None else self.now + offset

        @rule(reason=st.sampled_from(REASONS), offset=offsets, pending=st.booleans())
        def order(self, reason: str, offset: timedelta | None, pending: bool) -> None:
            self._order(ALL_REASONS[reason], reason, offset, pending)

        @rule(number=st.integers(0, 99), hours=st.integers(1, 30), pending=st.booleans())
        def plan(self, number: int, hours: int, pending: bool) -> None:
            """Plan something that is possible, so that there is more often a plan than not."""
            possible = sorted(
                code
                for code, state in ALL_REASONS.items()
                if (self.model.state, state) in ALLOWED and code != self.model.reason and state != "DEACTIVATED"
            )
            if possible:
                reason = possible[number % len(possible)]
                self._order(ALL_REASONS[reason], reason, timedelta(hours=hours), pending)

        @rule(state=st.sampled_from(STATES), reason=st.sampled_from(REASONS), offset=offsets)
        def order_for_any_reason(self, state: str, reason: str, offset: timedelta | None) -> None:
            self._order(state, reason, offset, pending=False)

        def _order(self, state: str, reason: str, offset: timedelta | None, pending: bool) -> None:
            since = self.moment(offset)
            self.both(
                lambda: self.subject.go(state, reason, at=self.now, since=since, pending=pending),
                lambda model: model.ordered(self.now, state, reason, since, pending),
            )

        @rule(state=named, offset=offsets)
        def confirm(self, state: str | None, offset: timedelta | None) -> None:
            since = self.moment(offset)
            self.both(
                lambda: self.subject.confirm(state, since, at=self.now),
                lambda model: model.confirmed(self.now, state, since),
            )

        @rule(state=named)
        def cancel(self, state: str | None) -> None:
            self.both(lambda: self.subject.cancel(state, at=self.now), lambda model: model.cancelled(state))

        @rule()
        def write_something_else(self) -> None:
            self.both(lambda: self.subject.rename(f"At {self.now}", at=self.now), lambda model: model)

        @rule(hours=st.integers(1, 20))
        def time_passes(self, hours: int) -> None:
            self.now += timedelta(hours=hours)

        @rule()
        def worker_runs(self) -> None:
            bring_due_into_force(self.now)
            self.model = self.model.settled(self.now)

        def teardown(self) -> None:
            """Leave nothing due for the workers of the machines that follow."""
            Customer.objects.exclude(plan_status="").update(plan_status="")

        @invariant()
        def agree(self) -> None:
            if not hasattr(self, "model"):
                return
            assert self.subject.state == (self.model.state, self.model.reason, self.model.since)
            status, state, instant = self.subject.plan
            planned = self.subject.row.plan_reason
            standing = (status, state, planned.code, instant) if status and planned else None
            assert standing == self.model.plan
            assert self.subject.versions == self.subject.row.version

    return States


@pytest.mark.django_db
def test_states_and_plans_agree_with_the_model(change: Any, other_reasons: None) -> None:
    run_state_machine_as_test(
        machine(change),
        settings=settings(
            max_examples=25,
            stateful_step_count=20,
            deadline=None,
            derandomize=True,
            database=None,
            # Shrinking a failure would take minutes; add Phase.shrink to see the shortest story that fails.
            phases=[Phase.generate],
            suppress_health_check=list(HealthCheck),
        ),
    )


def test_the_model_itself() -> None:
    model = Model("ACTIVE", "dfltActive")
    assert model.ordered(days(1), "INACTIVE", "asleep", None, False) == "CASM-STATE-TRANSITION"
    planned = model.ordered(days(1), "SUSPENDED", "fraud", days(2), True)
    assert isinstance(planned, Model)
    assert planned.settled(days(3)) == planned
    assert isinstance(planned.confirmed(days(3), None, None), Model)
    assert planned.cancelled("ACTIVE") == "CASM-STATE-PENDING-MISMATCH"
