"""The draft's search: `icontains` over the columns that have what people search for, as the admin does it."""

from functools import reduce
from operator import and_, or_

from django.db.models import Q

from tests.bench.rivals.draft.models import Customer
from tests.bench.shapes import SEARCHES, searched_customers
from tests.bench.stopwatch import measured

COLUMNS = ("external_id", "custom_name", "contact_name", "contact_email", "contact_phone", "contact_city")


def prepare() -> None:
    """Make the customers to search."""
    like = Customer.objects.order_by("pk")[0]
    given = {"profile": like.profile, "segment": like.segment, "state": like.state, "state_reason": like.state_reason}
    Customer.objects.bulk_create([Customer(**given, **row) for row in searched_customers()], 2000)


def search(number: int) -> float:
    """Search so often, each term in turn; return the seconds."""
    for term in SEARCHES:
        _find(term)
    with measured() as taken:
        for turn in range(number):
            _find(SEARCHES[turn % len(SEARCHES)])
    return taken.seconds


def _find(term: str) -> list[Customer]:
    words = (reduce(or_, (Q(**{f"{column}__icontains": word}) for column in COLUMNS)) for word in term.split())
    return list(Customer.objects.select_related("segment").filter(reduce(and_, words)).order_by("-pk")[:21])
