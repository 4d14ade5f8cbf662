"""Business Transactions in the back office: to read only."""

import json
from typing import Any

from django.contrib import admin
from django.db.models import Q, QuerySet
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseNotAllowed
from django.template.response import TemplateResponse
from django.utils.html import format_html
from django.utils.safestring import SafeString

from ocsportal.backoffice.listing import CountFreeAdmin
from ocsportal.backoffice.templatetags.portal import moment
from ocsportal.backoffice.words import operation_words
from ocsportal.transactions.models import BusinessTransaction

MOST_SHOWN = 50


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
        return entry.reason or "–"

    def get_search_results(
        self, request: HttpRequest, queryset: QuerySet[BusinessTransaction], search_term: str
    ) -> tuple[QuerySet[BusinessTransaction], bool]:
        """Find by the very requestId, transactionId, reference ID or operation."""
        term = search_term.strip()
        if not term:
            return queryset, False
        if "\x00" in term:
            return queryset.none(), False
        exact = Q(request_id=term) | Q(transaction_id=term) | Q(target_ref_id=term) | Q(operation__iexact=term)
        return queryset.filter(exact), False

    def changelist_view(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> Any:
        """Show the list."""
        hint = "Request, transaction, reference ID or operation"
        return super().changelist_view(
            request, {"search_hint": hint, "heading": "Transactions", "title": None, **(extra_context or {})}
        )

    def change_view(
        self, request: HttpRequest, object_id: str, form_url: str = "", extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        """Show one Business Transaction with its items."""
        if request.method not in ("GET", "HEAD"):
            return HttpResponseNotAllowed(["GET", "HEAD"])
        entry = self.get_object(request, object_id) if self.has_view_permission(request) else None
        if entry is None:
            raise Http404
        items = json.loads(entry.answer or "[]")
        for item in items[:MOST_SHOWN]:
            item["pretty"] = json.dumps(item["object"], ensure_ascii=False, indent=2)
        context = {
            **self.admin_site.each_context(request),
            "opts": self.opts,
            "title": None,
            "entry": entry,
            "called": operation_words(entry.operation),
            "items": items[:MOST_SHOWN],
            "hidden": max(0, len(items) - MOST_SHOWN),
        }
        return TemplateResponse(request, "entity/transaction.html", context)

    def has_add_permission(self, request: HttpRequest) -> bool:
        """Never."""
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Never."""
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Never."""
        return False
