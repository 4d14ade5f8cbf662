"""The pages of an entity with a life cycle: its list, its page, its verbs, its history. None of them edits a column."""

from collections.abc import Callable
from functools import partial
from typing import Any, ClassVar

from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.db.models import Model, Q, QuerySet
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseNotAllowed, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.urls import URLPattern, path, reverse
from django.utils.html import format_html

from ocsportal.backoffice.alerts import alerts_of, erased_at
from ocsportal.backoffice.drawn import Drawn, Fact, Section
from ocsportal.backoffice.hanging import AnEntity, Hanging
from ocsportal.backoffice.history_pages import ON_THE_HISTORY, history_page
from ocsportal.backoffice.links import back_to
from ocsportal.backoffice.listing import CountFreeAdmin
from ocsportal.backoffice.templatetags.portal import badge, day, plan_told
from ocsportal.backoffice.verbs import Verb, VerbPage
from ocsportal.backoffice.words import briefly, cause, plan_words, refused_because, who_can
from ocsportal.entities.identity import Ref
from ocsportal.entities.life.plans import as_due, kinds_of
from ocsportal.entities.models import Entity
from ocsportal.entities.search.conditions import anywhere
from ocsportal.entities.store.whole import whole
from ocsportal.entities.versions import VersionEntry, version_entries
from ocsportal.transactions.change import present
from ocsportal.transactions.operation import Operation
from ocsportal.transactions.touched import Outcome

ON_THE_PAGE = 8


class EntityAdmin(Hanging[AnEntity], CountFreeAdmin[AnEntity]):
    """A read-only page per entity, with a verb page for each operation that the user may do."""

    read: ClassVar[Operation]
    verbs: ClassVar[tuple[Verb, ...]] = ()
    # Beside the likely ones, the verbs that stand in the entity's row among others.
    verbs_in_rows: ClassVar[tuple[str, ...]] = ()
    list_filter: ClassVar[Any] = ("state",)
    # Nothing beyond what the query names, whatever the columns are.
    list_select_related = ()
    search_hint = "ID, name, e-mail or phone"
    page_template = "entity/page.html"

    # Permissions: Django's questions, answered by the operations.

    def has_view_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        """Whether the user may read this level."""
        return self.read.allowed(request.user)

    def has_module_permission(self, request: HttpRequest) -> bool:
        """Whether the user sees this level at all."""
        return self.has_view_permission(request)

    def has_add_permission(self, request: HttpRequest) -> bool:
        """Whether the user may run the creating verb."""
        return self.create is not None and self.create.operation.allowed(request.user)

    def has_change_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        """Never: changes are verbs."""
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        """Never: what is over is deactivated."""
        return False

    # The list

    def get_queryset(self, request: HttpRequest) -> QuerySet[AnEntity]:
        """Return the entities with what a row shows."""
        return whole(super().get_queryset(request))

    def exact(self, term: str) -> QuerySet[AnEntity]:
        """Return what has this very ID."""
        return self.model._default_manager.filter(Q(ref_id=term) | Q(external_id=term))

    def get_search_results(
        self, request: HttpRequest, queryset: QuerySet[AnEntity], search_term: str
    ) -> tuple[QuerySet[AnEntity], bool]:
        """Return what a term finds; nothing for one that no database keeps."""
        term = search_term.strip()
        if not term:
            return queryset, False
        return queryset.none() if "\x00" in term else self.searched(queryset, term), False

    def searched(self, queryset: QuerySet[AnEntity], term: str) -> QuerySet[AnEntity]:
        """Narrow the list to what a term finds: by the very ID, or a part of the name or an attribute."""
        return queryset.filter(self.named(term))

    @staticmethod
    def named(term: str) -> Q:
        """Return the condition that a term is the very ID, or a part of the name or an attribute."""
        return Q(ref_id=term) | Q(external_id=term) | anywhere(term)

    def changelist_view(self, request: HttpRequest, extra_context: Drawn | None = None) -> HttpResponse:
        """Show the list; what has the very ID that was searched is shown at once."""
        term = request.GET.get("q", "").strip()
        if term and self.has_view_permission(request) and "\x00" not in term:
            found = list(self.exact(term)[:2])
            if len(found) == 1:
                return HttpResponseRedirect(self.address(found[0]))
        extra = {"search_hint": self.search_hint, "title": None}
        return super().changelist_view(request, extra | (extra_context or {}))

    # The page

    def get_urls(self) -> list[URLPattern]:
        """Return the addresses: the verbs' before Django's own."""
        name = f"{self.opts.app_label}_{self.opts.model_name}_verb"
        verb = path("<path:object_id>/<slug:slug>/", self.admin_site.admin_view(self.verb_view), name=name)
        # Django's own addresses with a fixed word after the key come first; ours takes every other word.
        own = super().get_urls()
        return [*own[:-1], verb, own[-1]]

    def verb_address(self, entity: Entity, verb: Verb) -> str:
        """Return the address of a verb page."""
        return reverse(f"admin:{self.opts.app_label}_{self.opts.model_name}_verb", args=[entity.pk, verb.slug])

    def found(self, request: HttpRequest, object_id: str) -> AnEntity:
        """Return the entity; raise 404 or 403."""
        if not self.has_view_permission(request):
            raise PermissionDenied
        entity: AnEntity | None = self.get_object(request, object_id)
        if entity is None:
            raise Http404
        # Shown as any write finds it, which settles a due plan first.
        return as_due(entity, present())

    def change_view(
        self, request: HttpRequest, object_id: str, form_url: str = "", extra_context: Drawn | None = None
    ) -> HttpResponse:
        """Show the entity; nothing is changed here."""
        if request.method not in ("GET", "HEAD"):
            return HttpResponseNotAllowed(["GET", "HEAD"])
        entity = self.found(request, object_id)
        offered = [(verb, self.verb_address(entity, verb)) for verb in self.verbs if verb.offered(request.user, entity)]
        below, story = self.below(request, entity), self.story(request, entity)
        deciding = self.deciding()
        context = {
            **self.admin_site.each_context(request),
            "opts": self.opts,
            "title": None,
            "entity": entity,
            "why": self.why(entity),
            "main": next((pair for pair in offered if pair[0].likely), None),
            "verbs": [pair for pair in offered if not pair[0].likely and pair[0].slug not in deciding],
            # Those of them that are no further than one click away.
            "direct": {"edit", *self.verbs_in_rows},
            "plan_verbs": [pair for pair in offered if pair[0].slug in deciding],
            "plans": self.plans(entity, offered),
            "alerts": alerts_of(entity, request.user),
            "erased_at": erased_at(entity),
            "refused_because": refused_because(entity),
            "crumbs": [self.level_crumb(), *self.crumbs(request, entity)],
            "facts": [*self.facts(entity), *(fact for part in below for fact in part.get("facts", ()))],
            "parts": self.parts(entity),
            "below": below,
            "makes": [add for part in below for add in part.get("makes", ())],
            "story": story,
            "timeline": [] if story else self.timeline(entity),
            "history_url": reverse(f"admin:{self.opts.app_label}_{self.opts.model_name}_history", args=[entity.pk]),
        }
        return TemplateResponse(request, self.page_template, context)

    def crumbs(self, request: HttpRequest, entity: AnEntity) -> list[tuple[str, str]]:
        """Return what is above the entity, the topmost first, each with its address."""
        return []

    def deciding(self) -> set[str]:
        """Return the verbs that decide on plans: they stand beside the plan that they are about."""
        return {decision.verb for kind in kinds_of(self.model) for decision in kind.decisions()}

    def plans(self, entity: Entity, offered: list[tuple[Verb, str]]) -> list[Drawn]:
        """Return what is planned in words, what the user may decide, or else who may."""
        return [
            {
                "words": plan_told(entity, kind),
                "decisions": [
                    (decision.word, verb, address)
                    for decision in kind.decisions_on(entity)
                    for verb, address in offered
                    if verb.slug == decision.verb
                ],
                "deciders": who_can(kind.decisions_on(entity)[-1].operation_on(self.model).permission, "decide"),
            }
            for kind in kinds_of(self.model)
            if kind.is_open(entity)
        ]

    def facts(self, entity: AnEntity) -> list[Fact]:
        """Return the facts at the top of the page: name, value, and what else there is to say."""
        return []

    def parts(self, entity: AnEntity) -> list[Section]:
        """Return the parts of the page: a title, and its names and values."""
        return []

    def timeline(self, entity: AnEntity) -> list[VersionEntry]:
        """Return the newest of what happened, as the page tells it."""
        return self.told([briefly(entry) for entry in version_entries(entity, ON_THE_PAGE, told_by="name")])

    def told(self, entries: list[VersionEntry]) -> list[VersionEntry]:
        """Return versions as people of this level tell them."""
        return entries

    def lookup_allowed(self, lookup: str, value: str, request: HttpRequest) -> bool:
        """Let a list be narrowed to what hangs on one superior, by its reference ID."""
        link, _, part = lookup.rpartition("__")
        above = (*getattr(self.model, "superiors", ()), getattr(self.model, "parent_link", ""))
        return (bool(link) and part == "ref_id" and link in above) or super().lookup_allowed(lookup, value, request)

    def add_view(self, request: HttpRequest, form_url: str = "", extra_context: Drawn | None = None) -> HttpResponse:
        """Show and run the creating verb."""
        self.refuse_who_may_not_add(request)
        assert self.create is not None
        back = reverse(f"admin:{self.opts.app_label}_{self.opts.model_name}_changelist")
        page = _CreatePage(self.admin_site, self.create, _by_ref_id)
        page.address = partial(self._address_of, back)
        return page.respond(request, None, back)

    def refuse_who_may_not_add(self, request: HttpRequest) -> None:
        """Raise 403 for who may not make one; what is sent by who may look gets it said on the form, which keeps it."""
        may = self.has_add_permission(request)
        if self.create is None or not (may or (request.method == "POST" and self.has_view_permission(request))):
            raise PermissionDenied

    def _address_of(self, otherwise: str, ref_id: str) -> str:
        found = self.model._default_manager.filter(ref_id=ref_id).first()
        return self.address(found) if found else otherwise

    def verb_view(self, request: HttpRequest, object_id: str, slug: str) -> HttpResponse:
        """Show and run a verb."""
        entity = self.found(request, object_id)
        verb = next((verb for verb in self.verbs if verb.slug == slug), None)
        if verb is None:
            raise Http404
        back = back_to(request) or self.address(entity)
        return VerbPage(self.admin_site, verb, self.reference).respond(request, entity, back)

    @staticmethod
    def reference(entity: Entity) -> Ref:
        """Return by what the operations of the verbs name the entity."""
        return _by_ref_id(entity)

    def history_view(self, request: HttpRequest, object_id: str, extra_context: Drawn | None = None) -> HttpResponse:
        """Show the entity's versions, a page at a time."""
        if request.method not in ("GET", "HEAD"):
            return HttpResponseNotAllowed(["GET", "HEAD"])
        entity = self.found(request, object_id)
        return history_page(
            self,
            request,
            entity,
            self.address(entity),
            lambda before: self.told(version_entries(entity, ON_THE_HISTORY, before, told_by="name")),
        )

    @admin.display(description="why, since")
    def why_since(self, entity: Entity) -> str:
        """Return why the entity is in its state, and since when, in a row of a list."""
        return " · ".join(filter(None, (cause(entity), day(entity.state_valid_from))))

    @admin.display(description="external ID")
    def external(self, entity: Entity) -> str:
        """Return the external ID."""
        return entity.external_id or "–"

    @admin.display(description="state")
    def state_badge(self, entity: Entity) -> str:
        """Return the state, with what is planned beside it."""
        if not entity.has_plan:
            return badge(entity.state)
        return format_html(
            '{} <span class="badge planned">{} {}</span>',
            badge(entity.state),
            plan_words(entity.plan_state),
            day(entity.plan_valid_from),
        )


class _CreatePage(VerbPage):
    """A verb page that leads to what it made."""

    address: Callable[[str], str]

    def finish(self, request: HttpRequest, entity: Entity, outcome: Outcome, back: str) -> HttpResponse:
        """Say what was made and go to it."""
        messages.success(request, self.verb.done)
        return HttpResponseRedirect(self.address(outcome.target_ref_id))


def _by_ref_id(entity: Entity) -> Ref:
    return Ref(ref_id=entity.ref_id)
