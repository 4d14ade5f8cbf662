"""Subscriptions in the back office: list, page, verbs; what higher levels know of them is asked for at run time."""

from collections.abc import Callable, Sequence
from typing import ClassVar

from django.contrib import admin
from django.db.models import Q, QuerySet
from django.http import HttpRequest, HttpResponse
from django.utils.html import format_html
from django.utils.safestring import SafeString

from ocsportal.backoffice.drawn import Drawn, Fact, Section
from ocsportal.backoffice.editing import common_parts, edit_verb
from ocsportal.backoffice.entity import EntityAdmin
from ocsportal.backoffice.state_verbs import level_verbs
from ocsportal.backoffice.templatetags.portal import moment
from ocsportal.backoffice.verbs import Verb
from ocsportal.entities.models import Entity
from ocsportal.registries import Entries
from offers import operations
from offers.admin import subscribing
from offers.admin.subscribing import address_of
from offers.forms.subscribing import SubscribeForm
from offers.models import Offer, Subscription
from offers.operations.currency import currency_of
from offers.operations.plain import BY_OWNER
from offers.words import sentence, validity_words, values_words

MOST_CHILDREN = 50

# What higher levels show of subscriptions, such as their balances: beside each one of a list, by its key, and as a part
# of a subscription's own page. They enter themselves here.
BESIDE: Entries[Callable[[HttpRequest, Sequence[Subscription]], dict[int, list[object]]]] = Entries()
PARTS: Entries[Callable[[HttpRequest, Subscription], list[dict[str, object]]]] = Entries()


@admin.register(Subscription)
class SubscriptionAdmin(EntityAdmin[Subscription]):
    """Subscriptions."""

    read = operations.read_subscription
    list_display = ("__str__", "state_badge", "why_since", "owner_link", "offer_version_words", "external")
    list_filter = ("state",)
    search_fields = ("custom_name",)
    search_hint = "ID, offer code or name"
    makes = "Subscribe"
    create = Verb(
        slug="add",
        label="Subscribe to an offer",
        operation=operations.create_subscription_on_subscriber,
        form=SubscribeForm,
        argument="",
        done="",
    )
    verbs: ClassVar[tuple[Verb, ...]] = level_verbs(
        operations.level, edit_verb(operations.level, *common_parts(operations.level))
    )

    def has_add_permission(self, request: HttpRequest) -> bool:
        """Whether the user may subscribe anybody to anything."""
        creating = (*BY_OWNER.values(), *operations.SPECIAL.values(), operations.create_individual_offer_subscription)
        return any(operation.allowed(request.user) for operation in creating)

    # The list

    @admin.display(description="owner")
    def owner_link(self, subscription: Subscription) -> SafeString:
        """Return who has it, with the way there."""
        owner = subscription.owner
        account = getattr(owner, "account", owner)
        customer = getattr(account, "customer", None)
        words = f"{subscription.owner_kind} of {customer}" if customer else subscription.owner_kind
        return format_html('{} <span class="muted small">{}</span>', link(owner), words)

    @admin.display(description="offer")
    def offer_version_words(self, subscription: Subscription) -> SafeString:
        """Return the offer's code and the version."""
        return format_html(
            '<span class="mono">{}</span> <span class="muted small">version {}</span>',
            subscription.offer.code,
            subscription.offer_version.number,
        )

    def searched(self, queryset: QuerySet[Subscription], term: str) -> QuerySet[Subscription]:
        """Find by the very ID, the very code of the offer, or a part of the name."""
        wanted = self.named(term)
        offer = Offer.objects.filter(code=term).values_list("pk", flat=True).first()
        # The code is looked up first: an OR across a join would look at every row.
        return queryset.filter(wanted if offer is None else wanted | Q(offer=offer))

    # Subscribing

    def add_view(self, request: HttpRequest, form_url: str = "", extra_context: Drawn | None = None) -> HttpResponse:
        """Show and run the steps of subscribing."""
        self.refuse_who_may_not_add(request)
        return subscribing.respond(self.admin_site, request)

    def beside(self, request: HttpRequest, subscriptions: Sequence[Subscription]) -> dict[int, list[object]]:
        """Return what higher levels show beside subscriptions, by their key; so many queries however many there are."""
        found: dict[int, list[object]] = {}
        for shown in BESIDE:
            for key, parts in shown(request, subscriptions).items():
                found.setdefault(key, []).extend(parts)
        return found

    # The page

    def crumbs(self, request: HttpRequest, subscription: Subscription) -> list[tuple[str, str]]:
        """Return whose it is, the topmost first."""
        owner = subscription.owner
        above = [owner]
        while (superior := getattr(above[0], "account", None) or getattr(above[0], "customer", None)) is not None:
            above.insert(0, superior)
        return [(str(entity), address_of(entity)) for entity in above]

    def facts(self, subscription: Subscription) -> list[Fact]:
        """Return owner, offer, priority and parent in a glance."""
        owner, version = subscription.owner, subscription.offer_version
        own = "its own" if subscription.priority is not None else "the offer's"
        money = version.currency.code if version.currency else "any currency"
        parent = subscription.parent
        return [
            (subscription.owner_kind.capitalize(), link(owner), owner.get_state_display()),
            ("Offer", subscription.offer.name, f"{subscription.offer.code}, version {version.number}, {money}"),
            ("Priority", subscription.effective_priority, f"{own}; lower comes first"),
            ("Parent", link(parent) if parent else "None", parent.get_state_display() if parent else "it stands alone"),
        ]

    def parts(self, subscription: Subscription) -> list[Section]:
        """Return the commercial values in words, then what else there is."""
        version = subscription.offer_version
        currency = subscription.currency or currency_of(subscription.owner) or version.currency
        money = currency.code if currency else ""
        if subscription.offer.individual:
            links = subscription.offer.product.product_services.select_related("service").order_by("pk")
            services = [(row.service, subscription.offer_attributes.get(row.service.code, {})) for row in links]
            title = "As agreed"
        else:
            rows = version.services.select_related("service").order_by("pk")
            services = [(row.service, row.values) for row in rows]
            title = "As in the offer"
        # One service with a row for each value, several with a line for each service.
        rows_of = [(service.name, sentence(service, values, money)) for service, values in services]
        if len(services) == 1:
            service, values = services[0]
            title, rows_of = (
                f"{service.name}, {title[:1].lower()}{title[1:]}",
                values_words(service.type, values, money),
            )
        made: list[tuple[str, object]] = [
            ("Subscribed", moment(subscription.created_at)),
            ("Offer", f"{subscription.offer.name} ({subscription.offer.code})"),
            ("Version", f"{version.number}, {validity_words(version)}"),
        ]
        return [
            (title, [*rows_of]),
            ("Subscription", made),
            ("Attributes", list(subscription.custom_attributes.items())),
        ]

    def below(self, request: HttpRequest, subscription: Subscription) -> list[Drawn]:
        """Return what higher levels show of it, then its child subscriptions."""
        found = [part for shown in PARTS for part in shown(request, subscription)]
        children = list(self.get_queryset(request).filter(parent=subscription).order_by("pk")[: MOST_CHILDREN + 1])
        if not children:
            return found
        beside = self.beside(request, children)
        rows = [
            {
                "entity": child,
                "url": self.address(child),
                "why": self.why(child),
                "badge": self.state_badge(child),
                "beside": beside.get(child.pk, []),
            }
            for child in children[:MOST_CHILDREN]
        ]
        more = f"../../?parent__ref_id={subscription.ref_id}" if children[MOST_CHILDREN:] else ""
        part = {"title": "Child subscriptions", "template": "offers/subscriptions.html", "rows": rows}
        return [*found, {**part, "more": more, "shown": MOST_CHILDREN}]


def link(entity: Entity) -> SafeString:
    """Return what an entity is called, with the way to its page."""
    return format_html('<a href="{}"><bdi>{}</bdi></a>', address_of(entity), str(entity))
