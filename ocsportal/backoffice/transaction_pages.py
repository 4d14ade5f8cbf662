"""Business Transactions in the back office: to read only."""

import json

from django.contrib import admin
from django.db import connection
from django.db.models import Q, QuerySet, Value
from django.db.models.functions import Coalesce, Substr
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseNotAllowed
from django.template.response import TemplateResponse
from django.utils.html import format_html
from django.utils.safestring import SafeString

from ocsportal.backoffice.drawn import Drawn
from ocsportal.backoffice.listing import CountFreeAdmin
from ocsportal.backoffice.templatetags.portal import moment
from ocsportal.backoffice.words import operation_words
from ocsportal.entities.identity import REF_ID_LENGTH
from ocsportal.entities.models import Identified
from ocsportal.transactions.history import HistoryStamp, Versions, history_of, tracked_models
from ocsportal.transactions.models import BusinessTransaction

MOST_SHOWN = 50
# Characters of an answer that its page reads. The largest single item has fewer.
MOST_READ = 300_000
# Of what an ID has to do with, the newest.
MOST_FOUND = 1000


@admin.register(BusinessTransaction)
class BusinessTransactionAdmin(CountFreeAdmin):
    """Who ordered what, when, why, and what was answered."""

    list_display = ("what", "when", "who", "channel", "why", "touched")
    list_filter = ("channel",)
    list_display_links = ("what",)
    search_fields = ("request_id",)

    @admin.display(description="operation")
    def what(self, entry: BusinessTransaction) -> str:
        """Return the operation in words."""
        return operation_words(entry.operation)

    @admin.display(description="when")
    def when(self, entry: BusinessTransaction) -> str:
        """Return when it was ordered."""
        return moment(entry.at)

    @admin.display(description="who")
    def who(self, entry: BusinessTransaction) -> SafeString | str:
        """Return who ordered it, and for whom."""
        if not entry.on_behalf_of:
            return entry.actor_name
        return format_html('{} <span class="muted small">for {}</span>', entry.actor_name, entry.on_behalf_of)

    @admin.display(description="why")
    def why(self, entry: BusinessTransaction) -> str:
        """Return the reason that was given."""
        return "erased" if entry.erased_by else entry.reason or "–"

    def get_search_results(
        self, request: HttpRequest, queryset: QuerySet[BusinessTransaction], search_term: str
    ) -> tuple[QuerySet[BusinessTransaction], bool]:
        """Find by the very requestId or transactionId, by the refId of anything that was touched, or by operation."""
        term = search_term.strip()
        if not term:
            return queryset, False
        if "\x00" in term:
            return queryset.none(), False
        known = BusinessTransaction.objects.filter(Q(request_id=term) | Q(transaction_id=term))
        keys = [*known.order_by("-pk").values_list("pk", flat=True)[:MOST_FOUND], *touching(term)]
        if keys:
            return queryset.filter(pk__in=keys), False
        named = [name for name in operations() if name.lower() == term.lower()]
        return queryset.filter(operation__in=named) if named else queryset.none(), False

    def changelist_view(self, request: HttpRequest, extra_context: Drawn | None = None) -> HttpResponse:
        """Show the list."""
        hint = "Request, transaction, reference ID or operation"
        return super().changelist_view(
            request, {"search_hint": hint, "heading": "Transactions", "title": None, **(extra_context or {})}
        )

    def change_view(
        self, request: HttpRequest, object_id: str, form_url: str = "", extra_context: Drawn | None = None
    ) -> HttpResponse:
        """Show one Business Transaction with its items."""
        if request.method not in ("GET", "HEAD"):
            return HttpResponseNotAllowed(["GET", "HEAD"])
        entry = self.get_object(request, object_id) if self.has_view_permission(request) else None
        if entry is None:
            raise Http404
        items, hidden = first_items(entry)
        for item in items:
            item["pretty"] = json.dumps(item["object"], ensure_ascii=False, indent=2)
        context = {
            **self.admin_site.each_context(request),
            "opts": self.opts,
            "title": None,
            "entry": entry,
            "called": operation_words(entry.operation),
            "items": items,
            "hidden": hidden,
        }
        return TemplateResponse(request, "entity/transaction.html", context)

    def has_add_permission(self, request: HttpRequest) -> bool:
        """Never."""
        return False

    def has_change_permission(self, request: HttpRequest, obj: object = None) -> bool:
        """Never."""
        return False

    def has_delete_permission(self, request: HttpRequest, obj: object = None) -> bool:
        """Never."""
        return False


def first_items(entry: BusinessTransaction) -> tuple[list[dict[str, object]], int]:
    """Return the first items of an answer, and how many more it has; only the answer's beginning is read."""
    rows = BusinessTransaction.objects.filter(pk=entry.pk)
    start = rows.values_list(Substr(Coalesce("answer", Value("[]")), 1, MOST_READ), flat=True).get()
    items, whole = _decoded(start)
    # The entities come first, the events after them.
    known = len(items) if whole else max(len(items), entry.touched)
    items = items[:MOST_SHOWN]
    return items, known - len(items)


def _decoded(start: str) -> tuple[list[dict[str, object]], bool]:
    """Return the items that the beginning of an answer has as a whole, and whether these are all."""
    decode = json.JSONDecoder().raw_decode
    items: list[dict[str, object]] = []
    place = 1
    # Stored without blanks: items follow each other by one comma, and the list ends with its bracket.
    while place < len(start) and start[place] != "]":
        try:
            item, place = decode(start, place)
        except json.JSONDecodeError:
            return items, False
        items.append(item)
        place += start[place : place + 1] == ","
    return items, start[place:] == "]"


# From each name to the next one in the index, however many rows have it.
DISTINCT = (
    "WITH RECURSIVE found (name) AS (SELECT MIN(operation) FROM {table} UNION ALL "
    "SELECT (SELECT MIN(operation) FROM {table} WHERE operation > found.name) FROM found WHERE found.name IS NOT NULL) "
    "SELECT name FROM found WHERE name IS NOT NULL"
)


def operations() -> list[str]:
    """Return the names of all operations that were ever done, by one statement that reads one row of each."""
    with connection.cursor() as cursor:
        cursor.execute(DISTINCT.format(table=f'"{BusinessTransaction._meta.db_table}"'))
        return [name for (name,) in cursor.fetchall()]


def touching(ref_id: str) -> list[int]:
    """Return the keys of the Business Transactions that made or changed what has a refId, the newest first; one query."""
    if len(ref_id) != REF_ID_LENGTH:
        return []
    each: list[QuerySet[HistoryStamp, int]] = []
    for model in tracked_models():
        if issubclass(model, Identified):
            versions: Versions = history_of(model)._default_manager.order_by()
            named = versions.filter(id__in=model._default_manager.filter(ref_id=ref_id).values("pk"))
            each.append(named.exclude(transaction=None).values_list("transaction", flat=True))
    found: list[int] = list(each[0].union(*each[1:]).order_by("-transaction")[:MOST_FOUND])
    return found
