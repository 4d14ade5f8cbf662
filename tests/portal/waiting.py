"""Plans that wait in the queues, for the tests of these: made by operations, and refused as if they had fallen due."""

from datetime import timedelta
from typing import Any

from django.db import connection
from django.utils import timezone

from customers import operations
from customers.models import Customer
from ocsportal.entities.identity import Ref
from ocsportal.entities.states import NewState
from tests.asleep import triggers_asleep

# The verbs by which one decides on plans as a queue does; tried at customers, by page (test_verbs.py) and by queue.
DECIDED = {"move-plan", "dismiss-plan", "plan-anew", "try-plan-again"}


def shown(answer: Any) -> list[Any]:
    """Return the entries that a queue shows, in its order."""
    return [row["entry"] for group in answer.context["groups"] for row in group["rows"] if "entry" in row]


def planned(change: Any, name: str, days: float = 30, **options: Any) -> Customer:
    """Make a customer with a plan, pending unless said otherwise: a suspension for fraud in some days."""
    below = options.pop("below", False)
    state = {"state": "SUSPENDED", "state_reason": "fraud", "pending": True, **options}
    by = {"on_behalf_of": state.pop("by")} if "by" in state else {}
    operations.create_customer(change(), external_id=name.lower(), customer_profile="b2b", custom_name=name)
    at = timezone.now().replace(microsecond=0) + timedelta(days=days)
    late = max(at, timezone.now() + timedelta(days=1))
    operations.update_customer_state(
        change(**by),
        customer=Ref(external_id=name.lower()),
        state=NewState(state_valid_from=late, **state),
        subordinate_updated=below,
    )
    if late != at:
        with triggers_asleep(connection):
            Customer.objects.filter(external_id=name.lower()).update(plan_valid_from=at)
    return customer(name)


def customer(name: str) -> Customer:
    """Return a customer as it stands."""
    return Customer.objects.get(external_id=name.lower())


def refused(change: Any, name: str, code: str = "CASM-STATE-TRANSITION", **options: Any) -> Customer:
    """Make a customer whose plan was refused when it was due."""
    planned(change, name, -3, pending=False, **options)
    with triggers_asleep(connection):
        Customer.objects.filter(external_id=name.lower()).update(
            plan_status="REFUSED",
            last_plan_outcome="REFUSED",
            last_plan_code=code,
            last_plan_message=f"refused with {code}",
            last_plan_state="SUSPENDED",
            last_plan_at=timezone.now(),
        )
    return customer(name)


def value(row: Any, kind: str = "State") -> str:
    """Return what names a row in the form of a queue."""
    return f"{row._meta.model_name}.{kind}.{row.pk}.{row.version}"
