"""Change the bill cycle, cancel what is planned of it, carry it out now."""

from datetime import datetime
from typing import cast

from django import forms
from django.utils import timezone

from accounts import billing, timeline
from accounts.models import Account, BillCycle
from accounts.operations.bill_cycles import (
    cancel_account_bill_cycle_change,
    checked_cycle,
    update_account_bill_cycle,
)
from accounts.periods import EARLIEST, LATEST
from ocsportal.backoffice.choosing import choices_of
from ocsportal.backoffice.drawn import Drawn
from ocsportal.backoffice.forms import MomentField
from ocsportal.backoffice.macros import MacroForm, Step
from ocsportal.backoffice.verbs import VerbForm
from ocsportal.transactions.errors import OperationRefused
from ocsportal.transactions.given import Checked

OWN = ("billing_day", "billing_month", "billing_year")
PLANNED = ("As planned", "Afterwards")
OWN_PARAMETERS = {wire: name for name, wire in billing.WIRE.items()}


def own_fields() -> dict[str, forms.IntegerField]:
    """Return the fields by which an account brings a day, month and year of its own."""
    return {
        "billing_day": forms.IntegerField(label="Own billing day", required=False, min_value=1, max_value=28),
        "billing_month": forms.IntegerField(label="Own billing month", required=False, min_value=1, max_value=12),
        "billing_year": forms.IntegerField(
            label="Own billing year", required=False, min_value=EARLIEST.year, max_value=LATEST.year - 1
        ),
    }


class BillCycleForm(VerbForm[Account]):
    """Another bill cycle, at once or from an instant on."""

    parameters = {"billCycle": "bill_cycle", "validFrom": "valid_from", "account": "bill_cycle", **OWN_PARAMETERS}
    pairs = ("bill_cycle", "valid_from")
    thirds = OWN

    bill_cycle = forms.ChoiceField(label="Bill cycle")
    valid_from = MomentField(
        label="From",
        required=False,
        help_text="Leave empty to change it at once; a date in the future makes it a planned change.",
    )

    def prepare(self) -> None:
        """Offer every cycle, the present one first chosen, and show the account's own values."""
        account = self.about
        self.fields["bill_cycle"].choices = choices_of(BillCycle)  # type: ignore[attr-defined]
        self.initial["bill_cycle"] = account.bill_cycle.code
        for name, field in own_fields().items():
            standing = getattr(account, name)
            field.widget.attrs["placeholder"] = "unchanged" if standing is None else f"{standing}, unchanged"
            self.fields[name] = field
        self.fields[
            "billing_day"
        ].help_text = "Only for cycles that start on the account's own day. Weeks: 1 is Monday."

    def arguments(self) -> Checked:
        """Return the cycle, the account's own values, and from when."""
        data = self.cleaned_data
        return {name: data[name] for name in ("bill_cycle", *OWN, "valid_from")}

    def check(self) -> None:
        """Raise OperationRefused for a cycle that the account can't get."""
        self._checked(timezone.now())

    def _checked(self, now: datetime) -> tuple[billing.Plan, datetime]:
        data = self.cleaned_data
        cycle = BillCycle.objects.get(code=data["bill_cycle"])
        asked = billing.Plan(cycle, data["billing_day"], data["billing_month"], data["billing_year"])
        return checked_cycle(self.about, asked, data["valid_from"], now)

    def foreseen(self) -> Drawn:
        """Return the periods, before and after where something valid is filled in."""
        account = self.about
        now = timezone.now()
        if self.is_bound and not set(self.errors) - {"reason"}:
            try:
                plan, at = self._checked(now)
            except OperationRefused:
                return timeline.outlook(billing.as_planned(account), now)
            after = billing.with_change(account, plan, at)
            return timeline.comparison(billing.as_it_stands(account), after, at)
        return timeline.outlook(billing.as_planned(account), now)


class CancelCycleForm(VerbForm[Account]):
    """Drop the planned cycle."""

    def arguments(self) -> Checked:
        """Return nothing: the account says it all."""
        return {}

    def foreseen(self) -> Drawn | None:
        """Return the periods with the planned change, and without it."""
        account = self.about
        at = account.planned_cycle_from
        if at is None or not account.has_cycle_plan:
            return None
        return timeline.comparison(billing.as_planned(account), billing.as_it_stands(account), at, PLANNED)


class PerformCycleForm(VerbForm[Account]):
    """Carry the planned cycle out now."""

    def arguments(self) -> Checked:
        """Return nothing: the account says it all."""
        return {}

    def foreseen(self) -> Drawn | None:
        """Return the periods as planned, and with the change now."""
        account = self.about
        plan = billing.planned(account)
        if plan is None:
            return None
        now = timezone.now()
        after = billing.with_change(account, plan, now)
        return timeline.comparison(billing.as_planned(account), after, now, PLANNED)


class MoveCycleForm(MacroForm):
    """Give the planned cycle another date: the plan is cancelled and made anew, as one order."""

    parameters = {"validFrom": "valid_from"}

    valid_from = MomentField(label="To", help_text="The account gets its new bill cycle on that date by itself.")

    def steps(self) -> list[Step]:
        """Return the cancelling, and the same cycle from the new date on."""
        account = cast(Account, self.about)
        again = {
            "bill_cycle": account.planned_cycle.code if account.planned_cycle else "",
            **{name: getattr(account, f"planned_{name}") for name in OWN},
            "valid_from": self.cleaned_data["valid_from"],
        }
        return [
            Step("valid_from", cancel_account_bill_cycle_change, {}),
            Step("valid_from", update_account_bill_cycle, again),
        ]

    def foreseen(self) -> Drawn:
        """Return the periods as planned, and with the change on its new date where one is filled in."""
        account = cast(Account, self.about)
        plan, now = billing.planned(account), timezone.now()
        at = self.cleaned_data.get("valid_from") if self.is_bound and not set(self.errors) - {"reason"} else None
        if plan is None or at is None or at <= now:
            return timeline.outlook(billing.as_planned(account), now)
        after = billing.with_change(account, plan, at)
        return timeline.comparison(billing.as_planned(account), after, at, PLANNED)
