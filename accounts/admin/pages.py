"""Accounts in the back office: list, page with its tree, verbs."""

from django.contrib import admin
from django.http import HttpRequest, HttpResponse
from django.utils import timezone
from django.utils.html import format_html
from django.utils.safestring import SafeString

from accounts import billing, forms, hierarchy, operations, timeline, tree
from accounts.forms.fields import PREFERENCE_LABELS
from accounts.models import PREFERENCES, Account
from accounts.operations.bill_cycles import CANCEL, MOVE, PERFORM
from customers.models import Customer
from ocsportal.backoffice.drawn import Drawn, Fact, Section
from ocsportal.backoffice.editing import common_parts, edit_verb
from ocsportal.backoffice.entity import EntityAdmin
from ocsportal.backoffice.links import address_of, link_to
from ocsportal.backoffice.macros import Macro
from ocsportal.backoffice.moving_out import move_out_verb
from ocsportal.backoffice.state_verbs import level_verbs
from ocsportal.backoffice.templatetags.portal import day, moment
from ocsportal.backoffice.verbs import Verb


def _planned(account: Account) -> bool:
    return bool(account.has_cycle_plan)


OWN_VERBS = (
    Verb(
        slug="bill-cycle",
        label="Change bill cycle",
        operation=operations.update_account_bill_cycle,
        form=forms.BillCycleForm,
        argument="account",
        done="The bill cycle was changed; the billing periods below show the result.",
        planned="The bill cycle will change {when}.",
        when=lambda account: account.planned_cycle_from,
        fits=lambda account: not account.is_deactivated and not account.has_cycle_plan,
        foresees=True,
    ),
    Verb(
        slug=PERFORM.verb,
        label="Perform planned bill cycle",
        operation=operations.perform_account_bill_cycle_change,
        form=forms.PerformCycleForm,
        argument="account",
        done="The planned bill cycle is in force now.",
        fits=_planned,
        foresees=True,
        dangerous=True,
        explains="The change takes effect now instead of on its date. This can't be undone.",
        button="Perform the change now",
    ),
    Verb(
        slug=MOVE.verb,
        label="Move planned bill cycle",
        operation=Macro((operations.cancel_account_bill_cycle_change, operations.update_account_bill_cycle)),
        form=forms.MoveCycleForm,
        argument="account",
        done="The planned bill cycle was moved.",
        planned="The bill cycle of {entity} changes {when} instead.",
        when=lambda account: account.planned_cycle_from,
        fits=_planned,
        foresees=True,
        reaches_below=False,
        button="Move the planned change",
    ),
    Verb(
        slug=CANCEL.verb,
        label="Cancel planned bill cycle",
        operation=operations.cancel_account_bill_cycle_change,
        form=forms.CancelCycleForm,
        argument="account",
        done="The planned bill cycle was cancelled; the current one stays.",
        fits=_planned,
        foresees=True,
        explains="The planned change is dropped; the current bill cycle stays.",
        button="Cancel the planned change",
    ),
    Verb(
        slug="parent",
        label="Change parent",
        operation=operations.update_account_parent,
        form=forms.ParentForm,
        argument="account",
        done="{entity} was moved in the tree.",
        foresees=True,
    ),
    Verb(
        slug="preferences",
        label="Change preferences",
        operation=operations.update_account_preferences,
        form=forms.PreferencesForm,
        argument="account",
        done="The preferences were changed.",
    ),
    Verb(
        slug="tax-exemption",
        label="Change tax exemption",
        operation=operations.update_account_tax_exemption,
        form=forms.TaxForm,
        argument="account",
        done="The tax exemption was changed, from now on.",
        explains="It applies from now on, never to the past.",
    ),
)

EDIT = edit_verb(
    operations.level,
    *common_parts(operations.level, forms.tax_part(), forms.preferences_part()),
    pairs=("custom_name", "account_segment", "tax_exemption", "tax_residence", *forms.PREFERENCE_PAIRS),
)


@admin.register(Account)
class AccountAdmin(EntityAdmin[Account]):
    """Accounts."""

    read = operations.read_account
    list_display = ("__str__", "state_badge", "owner", "account_type", "cycle", "currency_code", "above", "external")
    list_filter = ("state", "account_type", "segment")
    search_fields = ("custom_name",)
    search_hint = "ID or name"
    create = Verb(
        slug="add",
        label="New account",
        operation=operations.create_account,
        form=forms.CreateAccountForm,
        argument="",
        done="The account was created.",
        button="Create the account",
    )
    verbs = level_verbs(operations.level, EDIT, move_out_verb(operations.level), *OWN_VERBS)

    # The list

    @admin.display(description="customer")
    def owner(self, account: Account) -> SafeString:
        """Return the customer, with the way to its page."""
        return link_to(account.customer)

    @admin.display(description="bill cycle")
    def cycle(self, account: Account) -> SafeString:
        """Return the bill cycle, with what is planned."""
        return _cycle_words(account)

    @admin.display(description="currency")
    def currency_code(self, account: Account) -> str:
        """Return the currency's code."""
        return account.currency.code

    @admin.display(description="parent")
    def above(self, account: Account) -> SafeString | str:
        """Return the parent account, with the way to its page."""
        return link_to(account.parent) if account.parent else "–"

    # The page

    def crumbs(self, request: HttpRequest, account: Account) -> list[tuple[str, str]]:
        """Return the customer and the accounts above."""
        return [(str(above), address_of(above)) for above in (account.customer, *tree.above(account))]

    def facts(self, account: Account) -> list[Fact]:
        """Return customer, payer, cycle and money in a glance."""
        now = timezone.now()
        span = billing.spans_from(account, now, 1)[0]
        until = f"this period ends {day(span.end)}"
        customer, payer = account.customer, hierarchy.payer([*tree.above(account), account])
        tax = "no tax is charged" if account.tax_exemption else "tax is charged"
        return [
            ("Customer", link_to(customer), f"{customer.get_state_display()}; segment {customer.segment or '–'}"),
            (
                "Paid by",
                "Itself" if payer == account else link_to(payer) if payer else "Nobody",
                f"{account.account_type}; segment {account.segment or '–'}",
            ),
            ("Bill cycle", account.bill_cycle, until),
            (
                "Currency",
                account.currency.code,
                f"{tax}, resident in {account.tax_residence}" if account.tax_residence else tax,
            ),
        ]

    def parts(self, account: Account) -> list[Section]:
        """Return billing, tax, preferences and attributes in full."""
        own = [
            (label, getattr(account, name))
            for name, label in (
                ("billing_day", "Own billing day"),
                ("billing_month", "Own billing month"),
                ("billing_year", "Own billing year"),
            )
            if getattr(account, name) is not None
        ]
        account_rows = [
            ("Type", str(account.account_type)),
            ("Profile", str(account.profile or "")),
            ("Parent", link_to(account.parent) if account.parent else "none; it is a top-level account"),
            ("Bill cycle", f"{account.bill_cycle}, since {moment(account.cycle_valid_from)}"),
            *own,
            ("Currency", f"{account.currency.code}, {account.currency}"),
            ("Tax", "not charged: the account is exempt" if account.tax_exemption else "charged"),
            ("Tax residence", account.tax_residence),
        ]
        preferences = []
        for name in PREFERENCES:
            value = getattr(account, f"preference_{name}")
            if value not in (None, ""):
                shown = account.get_preference_invoice_delivery_display() if name == "invoice_delivery" else value
                preferences.append((PREFERENCE_LABELS[name], shown))
        return [
            ("Account", account_rows),
            ("Preferences", preferences),
            ("Attributes", list(account.custom_attributes.items())),
        ]

    def below(self, request: HttpRequest, account: Account) -> list[Drawn]:
        """Return the billing periods, then what hangs on the account."""
        drawing = timeline.outlook(billing.as_planned(account), timezone.now())
        periods = {"title": "Billing periods", "template": "accounts/periods_part.html", "foreseen": drawing}
        return [periods, *super().below(request, account)]

    def changelist_view(self, request: HttpRequest, extra_context: Drawn | None = None) -> HttpResponse:
        """Show the list; say whose accounts they are when it is narrowed to some."""
        customer = Customer.objects.filter(ref_id=request.GET.get("customer__ref_id", "").replace("\x00", "")).first()
        scope = format_html("of {}", link_to(customer)) if customer else ""
        return super().changelist_view(request, {"scope": scope, **(extra_context or {})})


def _cycle_words(account: Account) -> SafeString:
    """Return the bill cycle, and what it is planned to become."""
    if not account.planned_cycle:
        return format_html("{}", account.bill_cycle)
    words = f"{account.planned_cycle} {day(account.planned_cycle_from)}"
    return format_html('{} <span class="badge planned">{}</span>', account.bill_cycle, words)
