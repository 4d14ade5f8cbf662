"""Subscribers in the back office: list, page with their resources, verbs."""

from dataclasses import replace
from datetime import timedelta
from typing import Any

from django.contrib import admin
from django.db.models import OuterRef, Prefetch, Q, QuerySet, Subquery
from django.http import HttpRequest
from django.utils import timezone
from django.utils.html import format_html
from django.utils.safestring import SafeString

from ocsportal.backoffice.drawn import Drawn, Fact, Section
from ocsportal.backoffice.editing import common_parts, edit_verb
from ocsportal.backoffice.entity import EntityAdmin
from ocsportal.backoffice.links import address_of, link_to
from ocsportal.backoffice.macros import Macro
from ocsportal.backoffice.moving_out import move_out_verb
from ocsportal.backoffice.reading import portal_reading
from ocsportal.backoffice.state_verbs import level_verbs
from ocsportal.backoffice.templatetags.portal import day
from ocsportal.backoffice.verbs import Verb
from ocsportal.entities.states import State
from ocsportal.entities.store.narrowing import few_of
from ocsportal.entities.store.remembering import with_configuration
from ocsportal.entities.versions import VersionEntry
from subscribers import forms, kinds, operations, queries
from subscribers.models import ResourceType, Subscriber, SubscriberResource

ADD = Verb(
    slug="add-resource",
    label="Add resource",
    operation=operations.create_subscriber_resource,
    form=forms.AddResourceForm,
    argument="subscriber",
    done="The resource was added; the network now knows {entity} by it.",
)
SWAP = Verb(
    slug="swap-resource",
    label="Swap resource",
    operation=operations.swap_subscriber_resource,
    form=forms.SwapResourceForm,
    argument="subscriber",
    done="The resource was swapped; the old one can be reused.",
    fits=lambda subscriber: not subscriber.is_deactivated and bool(subscriber.live_resources),
    button="Swap it now",
)
END = Verb(
    slug="end-resource",
    label="End resource",
    operation=operations.end_subscriber_resource,
    form=forms.EndResourceForm,
    argument="subscriber",
    done="The resource was ended; the network now knows {entity} only by its others.",
    fits=lambda subscriber: not subscriber.is_deactivated and _can_spare(subscriber),
    button="End it now",
    dangerous=True,
)
EXCHANGE = Verb(
    slug="exchange-resources",
    label="Exchange resources",
    operation=operations.exchange_subscriber_resources,
    form=forms.ExchangeResourcesForm,
    argument="subscriber",
    done="The two subscribers have exchanged their resources.",
    fits=lambda subscriber: not subscriber.is_deactivated and bool(subscriber.live_resources),
    button="Exchange them now",
    reaches_below=False,
)
SIM_LOST = Verb(
    slug="sim-lost",
    label="SIM lost",
    heading="SIM lost: {entity}",
    operation=Macro((operations.update_subscriber_state, operations.swap_subscriber_resource)),
    form=forms.SimLostForm,
    argument="subscriber",
    done="The SIM card of {entity} was swapped.",
    fits=lambda subscriber: subscriber.state in (State.ACTIVE, State.SUSPENDED),
    explains="All of it is done or none of it, for one reason.",
    foresees=True,
    reaches_below=False,
)
EDIT = edit_verb(operations.level, *common_parts(operations.level), pairs=("custom_name", "subscriber_segment"))


def _can_spare(subscriber: Subscriber) -> bool:
    """Whether a subscriber has a live resource beside the one that it is known by."""
    kind = subscriber.primary_resource_type
    return any(code != (kind and kind.code) for code in subscriber.live_resources)


class ChangedHands(admin.SimpleListFilter):
    """Who got or gave back a resource lately, as `changedHolderSince` tells programs."""

    title = "resource got or given back"
    parameter_name = "changedHands"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        """Offer some spans of time."""
        return [("1", "since yesterday"), ("7", "last 7 days"), ("30", "last 30 days")]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        """Keep whose resources changed since."""
        if self.value() not in {days for days, _ in self.lookups(request, None)}:
            return queryset
        told = queries.changed_hands(timezone.now() - timedelta(days=int(str(self.value()))))
        few = few_of(queryset, told.values_list("subscriber_id", flat=True))
        return queryset.filter(pk__in=told.order_by().values("subscriber_id")) if few is None else few


@admin.register(Subscriber)
class SubscriberAdmin(EntityAdmin[Subscriber]):
    """Subscribers."""

    read = operations.read_subscriber
    list_display = (
        "known_by",
        "called",
        "state_badge",
        "why_since",
        "account_link",
        "customer_link",
        "segment",
        "external",
    )
    list_display_links = ("known_by",)
    list_filter = ("state", "segment", ChangedHands)
    search_fields = ("custom_name",)
    search_hint = "Number, its last digits, ID or name"
    page_template = "subscribers/page.html"
    verbs_in_rows = ("sim-lost",)
    create = Verb(
        slug="add",
        label="New subscriber",
        operation=operations.create_subscriber,
        form=forms.CreateSubscriberForm,
        argument="",
        done="The subscriber was created.",
        button="Create the subscriber",
    )
    verbs = level_verbs(operations.level, EDIT, move_out_verb(operations.level), SIM_LOST, ADD, SWAP, END, EXCHANGE)

    # The list

    def get_queryset(self, request: HttpRequest) -> QuerySet[Subscriber]:
        """Return the subscribers with what a row shows, their resources included."""
        resources = with_configuration(SubscriberResource.objects.order_by("pk"))
        return super().get_queryset(request).prefetch_related(Prefetch("resources", queryset=resources))

    @admin.display(description="known by")
    def known_by(self, subscriber: Subscriber) -> SafeString | str:
        """Return the number that the subscriber is known by, or had; and the former one that a search found it by."""
        found = getattr(subscriber, "found_by", None)
        had = next((row for row in subscriber.resources.all() if row.pk == found), None)
        now = _number(subscriber)
        if had is None:
            return now
        then = format_html('<span class="muted small">had {} until {}</span>', had.shown, day(had.valid_to))
        return then if subscriber.is_deactivated else format_html("{}<br>{}", now, then)

    @admin.display(description="name")
    def called(self, subscriber: Subscriber) -> str:
        """Return the name."""
        return subscriber.custom_name or "–"

    @admin.display(description="account")
    def account_link(self, subscriber: Subscriber) -> SafeString:
        """Return the account, with the way to its page."""
        return link_to(subscriber.account)

    @admin.display(description="customer")
    def customer_link(self, subscriber: Subscriber) -> SafeString:
        """Return the customer, with the way to its page."""
        return link_to(subscriber.account.customer)

    def exact(self, term: str) -> QuerySet[Subscriber]:
        """Return who has this very ID, else who has this very number now."""
        found = super().exact(term)
        return (
            found if found.exists() else Subscriber.objects.filter(pk__in=queries.exact_holders(term, portal_reading()))
        )

    def searched(self, queryset: QuerySet[Subscriber], term: str) -> QuerySet[Subscriber]:
        """Find by the very ID, a part of the name, or a value that a subscriber has or had, its ends included."""
        rows = queries.by_value(term, portal_reading())
        wanted = self.named(term)
        wanted |= Q(pk__in={row.subscriber_id for row in rows})
        former = [row.pk for row in rows if row.valid_to]
        held = SubscriberResource.objects.filter(subscriber=OuterRef("pk"), pk__in=former).order_by("-pk")
        return queryset.filter(wanted).annotate(found_by=Subquery(held.values("pk")[:1]))

    def lookup_allowed(self, lookup: str, value: str, request: HttpRequest) -> bool:
        """Let the list be narrowed to one customer's subscribers."""
        return lookup == "account__customer__ref_id" or super().lookup_allowed(lookup, value, request)

    # The page

    def crumbs(self, request: HttpRequest, subscriber: Subscriber) -> list[tuple[str, str]]:
        """Return the customer and the account."""
        account = subscriber.account
        return [(str(above), address_of(above)) for above in (account.customer, account)]

    def facts(self, subscriber: Subscriber) -> list[Fact]:
        """Return number, account, customer and segment in a glance."""
        account, customer = subscriber.account, subscriber.account.customer
        return [
            self._known(subscriber),
            ("Account", link_to(account), f"{account.get_state_display()}; {account.external_id or account.ref_id}"),
            (
                "Customer",
                link_to(customer),
                f"{customer.get_state_display()}; {customer.external_id or customer.ref_id}",
            ),
            (
                "Segment",
                str(subscriber.segment or "–"),
                f"profile {subscriber.profile}" if subscriber.profile else "no profile",
            ),
        ]

    def _known(self, subscriber: Subscriber) -> tuple[str, object, object]:
        """Return since when the subscriber is known by what it is known by, and what was before."""
        kind = subscriber.primary_resource_type
        rows = [row for row in subscriber.resources.all() if row.resource_type_id == (kind and kind.pk)]
        if not kind or not rows:
            return "Known by", "Nothing", "no primary resource"
        newest = rows[-1]
        if newest.valid_to:
            return f"{kind.name} until", day(newest.valid_to), f"{newest.shown}, since {day(newest.valid_from)}"
        return f"{kind.name} since", day(newest.valid_from), f"{rows[-2].shown} before" if rows[1:] else "the first one"

    def parts(self, subscriber: Subscriber) -> list[Section]:
        """Return the attributes in full."""
        return [("Attributes", list(subscriber.custom_attributes.items()))]

    def below(self, request: HttpRequest, subscriber: Subscriber) -> list[Drawn]:
        """Return the resources, live and former, then what hangs on the subscriber."""
        primary = subscriber.primary_resource_type_id
        rows = sorted(
            subscriber.resources.all(),
            key=lambda row: (
                row.valid_to is not None,
                row.valid_to is None and row.resource_type_id != primary,
                -row.pk,
            ),
        )
        swap, end = (
            self.verb_address(subscriber, verb) if verb.offered(request.user, subscriber) else ""
            for verb in (SWAP, END)
        )
        resources = {
            "title": "Resources",
            "template": "subscribers/resources.html",
            "rows": rows,
            "primary": primary,
            "swap": swap,
            "end": end,
            "add": self.verb_address(subscriber, ADD) if ADD.offered(request.user, subscriber) else "",
            "add_words": ADD.label,
        }
        return [resources, *super().below(request, subscriber)]

    def told(self, entries: list[VersionEntry]) -> list[VersionEntry]:
        """Tell resources by the name of their type and as they are read out; the primary one is not told twice."""
        types = {kind.code: kind for kind in ResourceType.objects.all()}
        return [replace(entry, changes=list(_retold(entry.changes, types))) for entry in entries]


def _retold(changes: list[Fact], types: dict[str, ResourceType]) -> Any:
    for field, old, new in changes:
        head, _, code = field.partition(".")
        if head == "liveResources" and code in types:
            kind = types[code]
            shown = (kinds.shown(kind, value) if isinstance(value, str) else value for value in (old, new))
            yield (kind.name, *shown)
        elif field != "primaryResource":
            yield field, old, new


def _number(subscriber: Subscriber) -> SafeString | str:
    """Return the primary resource as it is read out, or else what there is; of the former ones the last."""
    rows = list(subscriber.resources.all())
    if number := subscriber.number:
        return number
    if kept := next((row for row in rows if not row.valid_to), None):
        return kept.shown
    if rows:
        kind = subscriber.primary_resource_type_id
        last = next((row for row in reversed(rows) if row.resource_type_id == kind), rows[-1])
        return format_html('<span class="muted">had {}</span>', last.shown)
    return subscriber.external_id or subscriber.ref_id
