"""States and the one table of transitions that buttons, forms, REST and documentation come from (docs/states.md)."""

from dataclasses import dataclass
from datetime import datetime

from django.db import models


class State(models.TextChoices):
    """Where a customer, account, subscriber or subscription stands."""

    INACTIVE = "INACTIVE", "Inactive"
    ACTIVE = "ACTIVE", "Active"
    SUSPENDED = "SUSPENDED", "Suspended"
    DEACTIVATED = "DEACTIVATED", "Deactivated"


class PlanStatus(models.TextChoices):
    """What became of a planned change: open as PENDING or SCHEDULED, remembered as CANCELLED or REFUSED."""

    PENDING = "PENDING", "Pending decision"
    SCHEDULED = "SCHEDULED", "Scheduled"
    CANCELLED = "CANCELLED", "Cancelled"
    REFUSED = "REFUSED", "Refused when due"


class PendingChange(models.TextChoices):
    """What a change of state does about a plan that is still open."""

    REFUSE = "REFUSE", "Refuse the change"
    CANCEL = "CANCEL", "Cancel the plan"
    KEEP = "KEEP", "Keep the plan"


class PlanOutcome(models.TextChoices):
    """What became of the last plan, once it was not open any more."""

    DONE = "DONE", "In force"
    CANCELLED = "CANCELLED", "Cancelled"
    REFUSED = "REFUSED", "Refused when due"


# What a planned change to a state is called.
PLANS = {
    State.ACTIVE: "Activation",
    State.SUSPENDED: "Suspension",
    State.DEACTIVATED: "Deactivation",
    State.INACTIVE: "Inactivity",
}
OPEN_PLANS = (PlanStatus.PENDING, PlanStatus.SCHEDULED)
FIRST_STATES = (State.INACTIVE, State.ACTIVE)

# From each state to the states that may follow it, with the verb that an agent knows it by. A state that follows
# itself stands for another reason. DEACTIVATED is final.
TRANSITIONS: dict[State, dict[State, str]] = {
    State.INACTIVE: {
        State.ACTIVE: "Activate",
        State.DEACTIVATED: "Deactivate",
        State.INACTIVE: "Change reason",
    },
    State.ACTIVE: {
        State.SUSPENDED: "Suspend",
        State.DEACTIVATED: "Deactivate",
        State.ACTIVE: "Change reason",
    },
    State.SUSPENDED: {
        State.ACTIVE: "Resume",
        State.DEACTIVATED: "Deactivate",
        State.SUSPENDED: "Change reason",
    },
    State.DEACTIVATED: {},
}


def may_follow(before: str, after: str) -> bool:
    """Whether the table allows to go from one state to another."""
    return State(after) in TRANSITIONS[State(before)]


@dataclass(frozen=True, kw_only=True)
class NewState:
    """A state object as a request carries it; what is None was not given."""

    state: str | None = None
    state_reason: str | None = None
    state_valid_from: datetime | None = None
    pending: bool = False
    # The end of a suspension, when it is a hold.
    state_valid_to: datetime | None = None
    # It was reached elsewhere and is brought along, as an import does: then it may be any state.
    brought: bool = False


@dataclass(frozen=True, kw_only=True)
class NamedPlan:
    """What a confirm or a cancel says of the plan that it means; what is None was not given."""

    state: str | None = None
    state_reason: str | None = None
    state_valid_from: datetime | None = None
    pending: bool | None = None
    state_valid_to: datetime | None = None
