"""The portal's search, as the box on its pages asks it while somebody types."""

from functools import partial

from django.db import connection

from customers.models import Customer, CustomerProfile
from ocsportal.care import search as portal
from ocsportal.care.views import LIVE
from ocsportal.people.models import User
from tests.bench.portal.data import recorded, standing
from tests.bench.shapes import SEARCHES, searched_customers
from tests.bench.stopwatch import measured


def prepare() -> None:
    """Make the customers to search."""
    profile = CustomerProfile.objects.get(code="b2b")
    given = {"profile": profile, "segment": profile.segment, **standing(profile.state_reason)}
    recorded(partial(Customer.objects.bulk_create, [Customer(**given, **row) for row in searched_customers()], 2000))
    with connection.cursor() as cursor:
        cursor.execute("VACUUM ANALYZE customers_customer")


def search(number: int) -> float:
    """Search so often, each term in turn; return the seconds."""
    actor = User.objects.get(username="bench")
    for term in SEARCHES:
        portal.find(actor, term, LIVE)
    with measured() as taken:
        for turn in range(number):
            portal.find(actor, SEARCHES[turn % len(SEARCHES)], LIVE)
    return taken.seconds
