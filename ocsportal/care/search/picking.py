"""What a form's field offers while one types whom it is about: the best hits of one level, to be taken over by its ID."""

from django.contrib.auth.decorators import login_required
from django.db.models import Q
from django.http import Http404, HttpRequest, JsonResponse
from django.views.decorators.http import require_safe

from ocsportal.care.person import person
from ocsportal.care.search import LONGEST_TERM, accounts, customers, subscribers
from ocsportal.care.search.hits import Source, searched
from ocsportal.entities.search.asking import first_of
from ocsportal.entities.search.conditions import anywhere
from ocsportal.entities.search.ranking import Rank
from ocsportal.entities.states import State
from ocsportal.entities.values import is_storable

SOURCES: dict[str, Source] = {
    "customer": customers.SOURCE,
    "account": accounts.SOURCE,
    "subscriber": subscribers.SOURCE,
}
SHOWN = 8


@require_safe
@login_required
def picks(request: HttpRequest, kind: str) -> JsonResponse:
    """Answer the best hits of a level for what was typed: by which ID each is taken, its name, and what tells it apart."""
    source = SOURCES.get(kind)
    if source is None or not source.may(person(request)):
        raise Http404
    term = request.GET.get("q", "").strip()
    if not term or len(term) > LONGEST_TERM or not is_storable(term):
        return JsonResponse({"picks": []})
    query = searched(term)
    whose = request.GET.get("whose", "")
    if whose and kind == "account" and is_storable(whose):
        # Of one customer's accounts, however many others are called so.
        same = anywhere(term) | Q(ref_id=term) | Q(external_id=term)
        own = source.rows().filter(same, customer__ref_id=whose).order_by("pk")[:SHOWN]
        those = [(row, source.told(row, Rank.PART, query)) for row in own]
    else:
        [found] = first_of([source.tiers(query)], SHOWN)
        rows = {row.pk: row for row in source.rows().filter(pk__in=[one.key for one in found])} if found else {}
        those = [(rows[one.key], source.told(rows[one.key], one.rank, query)) for one in found if one.key in rows]
    return JsonResponse(
        {
            "picks": [
                {
                    "value": row.external_id or row.ref_id,
                    "title": told.title,
                    "where": told.where,
                    "state": State(told.state).label,
                }
                for row, told in those
            ]
        }
    )
