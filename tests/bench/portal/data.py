"""The portal's client, and customers to read."""

from collections.abc import Callable
from typing import Any

from django.utils import timezone

from customers.models import Customer, CustomerProfile
from ocsportal.entities.models import StateReason
from ocsportal.people import groups
from ocsportal.people.keys import make_client
from ocsportal.transactions import door
from ocsportal.transactions.change import present
from ocsportal.transactions.operation import Touched
from ocsportal.transactions.system import system_change


def fill(customers: list[dict[str, str]]) -> list[str]:
    """Make the customers and a client of the CRM's group; return its application ID and key."""
    groups.synchronise()
    profile = CustomerProfile.objects.get(code="b2b")
    given = {"profile": profile, "segment": profile.segment, **standing(profile.state_reason)}
    recorded(lambda: Customer.objects.bulk_create([Customer(**given, **fields) for fields in customers]))
    client, key = make_client("bench", groups.CRM, system_change("bench"))
    return [client.application_id or "", key]


def standing(reason: StateReason) -> dict[str, Any]:
    """Return the columns of an entity that came into the state of a reason just now."""
    return {
        "state": reason.state,
        "state_reason": reason,
        "state_valid_from": present(),
        "created_at": timezone.now(),
    }


def recorded(make: Callable[[], Any]) -> Any:
    """Make what the works start from under a Business Transaction; return it."""
    made: list[Any] = []

    def work() -> Touched:
        made.append(make())
        return Touched([])

    door.record("LoadBench", system_change("bench"), None, work)
    return made[-1]
