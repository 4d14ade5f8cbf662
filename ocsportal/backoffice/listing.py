"""Lists that count nothing: a page is fetched by key, with one row more to know whether another page follows."""

from typing import Any, Generic, TypeVar

from django.contrib.admin import ModelAdmin, ShowFacets
from django.contrib.admin.options import IncorrectLookupParameters
from django.contrib.admin.views.main import ChangeList
from django.core.exceptions import BadRequest
from django.core.paginator import Paginator
from django.db.models import Model, QuerySet
from django.db.models.expressions import Combinable
from django.http import HttpRequest, HttpResponse, HttpResponseNotAllowed, QueryDict

from ocsportal.backoffice.drawn import Drawn
from ocsportal.entities.store.narrowing import below
from ocsportal.entities.values import is_storable

Row = TypeVar("Row", bound=Model)
AFTER, BEFORE = "after", "before"


class KeysetChangeList(ChangeList):
    """The admin's list, newest first, paged by key instead of by number."""

    superiors: tuple[tuple[str, str], ...] = ()
    newer: str | None = None
    older: str | None = None

    def get_filters(self, request: HttpRequest) -> Any:
        """Return the filters, without those by the reference ID of what is above, which is looked up first."""
        specs, any_specs, others, duplicates, active = super().get_filters(request)
        # Lists of what stands in the query, which Django's types take for single values.
        named: Any = {name: given for name, given in others.items() if name.endswith("__ref_id")}
        alone = {name: given[0] for name, given in named.items() if len(given) == 1}
        self.superiors = tuple(alone.items())
        others = {name: given for name, given in others.items() if name not in alone}
        return specs, any_specs, others, duplicates, active

    def get_queryset(self, request: HttpRequest, *args: Any, **kwargs: Any) -> QuerySet[Model]:
        """Return what fits the filters and the search, below what it is narrowed to."""
        found = super().get_queryset(request, *args, **kwargs)
        for name, ref_id in self.superiors:
            found = below(found, name.removesuffix("__ref_id"), ref_id)
        return found

    def get_results(self, request: HttpRequest) -> None:
        """Fetch one page without counting."""
        try:
            self._fetch(request)
        except OverflowError as error:  # a filter by a number that SQLite has no integer for
            raise IncorrectLookupParameters(error) from error

    def _fetch(self, request: HttpRequest) -> None:
        given: QueryDict | dict[str, str] = getattr(request, "keyset", {})
        rows: QuerySet[Model] = self.queryset.order_by("-pk")
        size = self.list_per_page
        after, before = _key(given.get(AFTER)), _key(given.get(BEFORE))
        if before is not None:
            found = list(rows.filter(pk__gt=before).order_by("pk")[: size + 1])
            more_newer, more_older = len(found) > size, True
            found = found[:size][::-1]
        else:
            found = list((rows if after is None else rows.filter(pk__lt=after))[: size + 1])
            more_newer, more_older = after is not None, len(found) > size
            found = found[:size]
        self.result_list = found
        self.result_count = self.full_result_count = len(found)
        self.show_full_result_count = False
        self.show_admin_actions = False
        self.can_show_all, self.multi_page = False, False
        self.paginator = Paginator(found, size)
        if found:
            self.newer = self._address({BEFORE: found[0].pk}) if more_newer else None
            self.older = self._address({AFTER: found[-1].pk}) if more_older else None

    def _address(self, key: dict[str, object]) -> str:
        return self.get_query_string(key)

    def get_ordering(self, request: HttpRequest, queryset: QuerySet[Model]) -> list[str | Combinable]:
        """Return the one order that the keys follow."""
        return ["-pk"]


def _key(given: str | None) -> int | None:
    return int(given) if given and given.isascii() and given.isdigit() and len(given) < 19 else None


class CountFreeAdmin(ModelAdmin, Generic[Row]):
    """A ModelAdmin whose list is a KeysetChangeList."""

    model: type[Row]

    list_per_page = 50
    show_full_result_count = False
    # They count the whole table, once for each value of each filter.
    show_facets = ShowFacets.NEVER
    actions = None
    sortable_by = ()

    def get_changelist(self, request: HttpRequest, **kwargs: object) -> type[ChangeList]:
        """Return the count-free list."""
        return KeysetChangeList

    def history_view(self, request: HttpRequest, object_id: str, extra_context: Drawn | None = None) -> HttpResponse:
        """Show what Django knows of the row; answers GET only, as every history."""
        if request.method not in ("GET", "HEAD"):
            return HttpResponseNotAllowed(["GET", "HEAD"])
        return super().history_view(request, object_id, extra_context)

    def changelist_view(self, request: HttpRequest, extra_context: Drawn | None = None) -> HttpResponse:
        """Take the keys out of the query, where the admin would hold them for filters."""
        if not all(is_storable(text) for name, values in request.GET.lists() for text in (name, *values)):
            raise BadRequest("The search text contains characters that can't be stored.")
        query = request.GET.copy()
        keyset = QueryDict(mutable=True)
        for name in (AFTER, BEFORE):
            if name in query:
                keyset[name] = query.pop(name)[-1]
        request.GET = query  # type: ignore[assignment]
        request.keyset = keyset  # type: ignore[attr-defined]
        return super().changelist_view(request, extra_context)
