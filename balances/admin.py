"""Balances in the back office: list, page with the ledger, adjustments, limits; and their part of subscriptions."""

from collections.abc import Sequence
from decimal import Decimal
from typing import Any, ClassVar

from django.contrib import admin
from django.db.models import Model, Q, QuerySet
from django.forms import ChoiceField
from django.http import HttpRequest, HttpResponse, HttpResponseNotAllowed
from django.template.loader import render_to_string
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils.html import format_html
from django.utils.safestring import SafeString

from accounts.models import Currency
from balances import forms, operations
from balances.drawing import drawn, money, number
from balances.models import AdjustmentLimit, Balance, LedgerEntry
from balances.queries import balances as all_balances
from ocsportal.backoffice.drawn import Drawn
from ocsportal.backoffice.entity import EntityAdmin
from ocsportal.backoffice.templatetags.portal import day, moment
from ocsportal.backoffice.tracked import TrackedAdmin
from ocsportal.backoffice.verbs import Verb
from ocsportal.entities.decimals import grouped
from ocsportal.entities.identity import Ref
from ocsportal.transactions.history import with_transaction
from ocsportal.transactions.models import BusinessTransaction
from offers.admin.subscriptions import BESIDE, PARTS, SubscriptionAdmin, link
from offers.models import Subscription, UnitsOfMeasurement

ON_THE_PAGE = 25
MAY_READ = operations.read_subscription_balances

ADJUST = Verb(
    slug="adjust",
    label="Adjust",
    operation=operations.update_subscription_balance,
    form=forms.AdjustForm,
    argument="subscription",
    done="{entity} was adjusted.",
    fits=lambda balance: not balance.subscription.is_deactivated,
    foresees=True,
    likely=True,
    reaches_below=False,
    button="Adjust the balance",
)
ADJUST_SEVERAL = Verb(
    slug="adjust-balances",
    label="Adjust balances",
    operation=operations.update_subscription_balances,
    form=forms.AdjustSeveralForm,
    argument="subscription",
    done="The balances of {entity} were adjusted.",
    fits=lambda subscription: not subscription.is_deactivated and subscription.balances.count() > 1,
    foresees=True,
    reaches_below=False,
    explains="Fields left empty stay unchanged. Either all balances are adjusted or none.",
    button="Adjust the balances",
)


@admin.register(Balance)
class BalanceAdmin(EntityAdmin):
    """Balances: to read, with one verb that adjusts."""

    section = "levels"
    read = operations.read_subscription_balances
    list_display = ("called", "bar", "subscription_link", "owner_link", "validity")
    list_filter = ()
    search_fields = ("ref_id",)
    search_hint = "ID of the balance or its subscription"
    verbs: ClassVar[tuple[Verb, ...]] = (ADJUST,)

    @staticmethod
    def reference(balance: Any) -> Ref:
        """Return the subscription, by which the operations name a balance."""
        return Ref(ref_id=balance.subscription.ref_id)

    # The list

    @admin.display(description="balance")
    def called(self, balance: Balance) -> str:
        """Return what it is a balance of."""
        return balance.service.name

    @admin.display(description="left or used")
    def bar(self, balance: Balance) -> SafeString:
        """Return how much there is, on a bar."""
        return meter(balance)

    @admin.display(description="subscription")
    def subscription_link(self, balance: Balance) -> SafeString:
        """Return the subscription, with the way there."""
        return link(balance.subscription)

    @admin.display(description="owner")
    def owner_link(self, balance: Balance) -> SafeString:
        """Return who has the subscription, with the way there."""
        return link(balance.subscription.owner)

    @admin.display(description="usable")
    def validity(self, balance: Balance) -> str:
        """Return from when to when it can be used."""
        return validity_words(balance)

    def exact(self, term: str) -> QuerySet[Model]:
        """Return what has this very ID."""
        return Balance.objects.filter(ref_id=term)

    def searched(self, queryset: QuerySet[Balance], term: str) -> QuerySet[Balance]:
        """Find by the very ID of the balance or of its subscription."""
        named = Subscription.objects.filter(Q(ref_id=term) | Q(external_id=term)).values_list("pk", flat=True)
        # The subscription is looked up first: an OR across a join would look at every row.
        return queryset.filter(Q(ref_id=term) | Q(subscription__in=list(named)))

    # The page

    def change_view(
        self, request: HttpRequest, object_id: str, form_url: str = "", extra_context: Drawn | None = None
    ) -> HttpResponse:
        """Show the balance with its ledger, a page at a time; nothing is changed here."""
        if request.method not in ("GET", "HEAD"):
            return HttpResponseNotAllowed(["GET", "HEAD"])
        balance = self.found(request, object_id)
        given = request.GET.get("before", "")
        before = int(given) if given.isascii() and given.isdigit() and len(given) < 10 else None
        entries = ledger_page(balance, before, ON_THE_PAGE + 1)
        subscription = balance.subscription
        name = f"admin:{self.opts.app_label}_{self.opts.model_name}"
        context = {
            **self.admin_site.each_context(request),
            "opts": self.opts,
            "title": None,
            "balance": balance,
            "drawn": drawn(balance),
            "granted": money(balance, balance.granted),
            "used": money(balance, balance.granted - balance.actual if balance.deducted else balance.actual),
            "validity": validity_words(balance),
            "subscription": subscription,
            "subscription_url": reverse("admin:offers_subscription_change", args=[subscription.pk]),
            "owner": link(subscription.owner),
            "adjust": self.verb_address(balance, ADJUST) if ADJUST.offered(request.user, balance) else "",
            "entries": [entry_row(balance, entry, request) for entry in entries[:ON_THE_PAGE]],
            "older": entries[ON_THE_PAGE - 1].number if entries[ON_THE_PAGE:] else None,
            "paged": before is not None,
            "history_url": reverse(f"{name}_history", args=[balance.pk]),
        }
        return TemplateResponse(request, "balances/page.html", context)


def ledger_page(balance: Balance, before: int | None, limit: int) -> list[LedgerEntry]:
    """Return a balance's entries, the newest first, those before a number when it is given."""
    rows = with_transaction(balance.ledger.all()).order_by("-number")
    return list((rows if before is None else rows.filter(number__lt=before))[:limit])


def entry_row(balance: Balance, entry: LedgerEntry, request: HttpRequest) -> Drawn:
    """Return an entry as its row shows it."""
    name = f"admin:{BusinessTransaction._meta.app_label}_{BusinessTransaction._meta.model_name}_change"
    may = request.user.has_perm("transactions.view_businesstransaction")
    return {
        "entry": entry,
        "amount": ("+" if entry.amount > 0 else "") + number(balance, entry.amount),
        "down": entry.amount < 0,
        "before": number(balance, entry.before),
        "after": number(balance, entry.after),
        "channel": entry.transaction.channel,
        "behalf": entry.transaction.on_behalf_of,
        "url": reverse(name, args=[entry.transaction_id]) if may else "",
    }


def validity_words(balance: Balance) -> str:
    """Return from when to when a balance can be used."""
    if balance.valid_to is None:
        return f"from {day(balance.valid_from)}, no end"
    return f"{day(balance.valid_from)} to {moment(balance.valid_to)}"


def meter(balance: Balance) -> SafeString:
    """Return the bar of a balance with its words."""
    return format_html("{}", render_to_string("balances/meter.html", {"drawn": drawn(balance)}))


# The part of subscriptions


def beside(request: HttpRequest, subscriptions: Sequence[Subscription]) -> dict[int, list[object]]:
    """Return the bars of subscriptions' balances, by the subscription's key, in one query."""
    if not MAY_READ.allowed(request.user) or not subscriptions:
        return {}
    found: dict[int, list[object]] = {}
    for balance in all_balances().filter(subscription__in=[each.pk for each in subscriptions]).order_by("pk"):
        drawing = {"template": "balances/beside.html", "drawn": drawn(balance), "url": address(balance)}
        found.setdefault(balance.subscription_id, []).append(drawing | {"service": balance.service.name})
    return found


def part(request: HttpRequest, subscription: Subscription) -> list[Drawn]:
    """Return the balances on their subscription's page, each with its bar, its validity and the way to adjust it."""
    if not MAY_READ.allowed(request.user):
        return []
    balances = list(all_balances().filter(subscription=subscription).order_by("pk"))
    may = operations.update_subscription_balance.allowed(request.user) and not subscription.is_deactivated
    rows = [
        {
            "balance": balance,
            "drawn": drawn(balance),
            "validity": validity_words(balance),
            "url": address(balance),
            "adjust": reverse("admin:balances_balance_verb", args=[balance.pk, ADJUST.slug]) if may else "",
        }
        for balance in balances
    ]
    return [{"title": "Balances", "template": "balances/part.html", "rows": rows}] if rows else []


def address(balance: Balance) -> str:
    """Return the address of a balance's page."""
    return reverse("admin:balances_balance_change", args=[balance.pk])


BESIDE.enter(beside)
PARTS.enter(part)
SubscriptionAdmin.verbs = (*SubscriptionAdmin.verbs, ADJUST_SEVERAL)


@admin.register(AdjustmentLimit)
class AdjustmentLimitAdmin(TrackedAdmin):
    """How much the agents of a group may move."""

    section = "set up"
    list_display = ("group", "limited_unit", "at_once", "a_day")
    list_display_links = ("group",)
    list_select_related = ("group",)

    def get_readonly_fields(self, request: HttpRequest, obj: Model | None = None) -> list[str]:
        """Fix what it is a limit of; say the group, which leads to its page only who may see that."""
        may = request.user.has_perm("auth.view_group")
        return ["group" if may else "group_name", "unit"] if obj else []

    def get_fields(self, request: HttpRequest, obj: Model | None = None) -> Any:
        """Show the group as it is fixed."""
        fixed = self.get_readonly_fields(request, obj)
        names = [name for name in super().get_fields(request, obj) if name not in (*fixed, "group")]
        return [*fixed, *names] if obj else super().get_fields(request, obj)

    @admin.display(description="group")
    def group_name(self, limit: AdjustmentLimit) -> str:
        """Return the group's name."""
        return limit.group.name

    def formfield_for_dbfield(self, db_field: Any, request: HttpRequest, **kwargs: object) -> Any:
        """Offer the currencies and units that there are, and every other one; none is chosen beforehand."""
        field = super().formfield_for_dbfield(db_field, request, **kwargs)
        if db_field.name != "unit" or field is None:
            return field
        return ChoiceField(choices=unit_choices, label=field.label, help_text=field.help_text)

    @admin.display(description="unit", ordering="unit")
    def limited_unit(self, limit: AdjustmentLimit) -> str:
        """Return what it is a limit of."""
        return limit.unit_words

    @admin.display(description="most at once")
    def at_once(self, limit: AdjustmentLimit) -> str:
        """Return the most at once."""
        return _most(limit.per_adjustment)

    @admin.display(description="most a day")
    def a_day(self, limit: AdjustmentLimit) -> str:
        """Return the most per agent and day."""
        return _most(limit.per_day)


def unit_choices() -> list[Any]:
    """Return what a limit can be of, with nothing chosen."""
    currencies = Currency.objects.order_by("code").values_list("code", flat=True)
    return [
        ("", "Choose …"),
        (AdjustmentLimit.OTHERS, "Every other unit"),
        ("Currencies", [(code, code) for code in currencies]),
        ("Units", UnitsOfMeasurement.choices),
    ]


def _most(amount: Decimal | None) -> str:
    return "unlimited" if amount is None else grouped(amount)
