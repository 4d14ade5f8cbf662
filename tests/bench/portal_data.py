"""The portal's client, and customers to read."""

from django.utils import timezone

from customers.models import Customer, CustomerProfile
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
    given = {
        "profile": profile,
        "segment": profile.segment,
        "state": profile.state,
        "state_reason": profile.state_reason,
        "state_valid_from": present(),
        "created_at": timezone.now(),
    }

    def work() -> Touched:
        Customer.objects.bulk_create([Customer(**given, **fields) for fields in customers])
        return Touched([])

    change = system_change("bench")
    door.record("LoadBench", change, None, work)
    client, key = make_client("bench", groups.CRM, system_change("bench"))
    return [client.application_id or "", key]
