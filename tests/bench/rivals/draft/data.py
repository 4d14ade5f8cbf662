"""The draft's configuration, its client, and customers to read."""

from django.contrib.auth.models import Permission, User
from rest_framework.authtoken.models import Token

from tests.bench.rivals.draft.models import Customer, Profile, Segment, StateReason


def fill(customers: list[dict[str, str]]) -> str:
    """Make the configuration, the customers and one client with every permission on customers; return its token."""
    reason = StateReason.objects.create(code="dfltActive", name="Active")
    segment = Segment.objects.create(code="b2b", name="Business")
    profile = Profile.objects.create(
        code="b2b", name="Business customer", segment=segment, state="ACTIVE", state_reason=reason
    )
    given = {"profile": profile, "segment": segment, "state": "ACTIVE", "state_reason": reason}
    Customer.objects.bulk_create([Customer(**given, **fields) for fields in customers])
    client = User.objects.create(username="bench")
    client.user_permissions.set(Permission.objects.filter(content_type__model="customer"))
    return Token.objects.create(user=client).key
