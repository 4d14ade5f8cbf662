"""Adjust a balance, or several of one subscription: to a value or by a difference, with what it comes to."""

from functools import cached_property
from typing import ClassVar

from django import forms

from balances import queries
from balances.drawing import drawn, money
from balances.foreseeing import Outlook, foresee, room
from balances.models import Balance
from balances.operations.updating import UPDATE_ONE, UPDATE_SEVERAL, Adjustment
from ocsportal.backoffice.drawn import Drawn
from ocsportal.backoffice.forms import MomentField
from ocsportal.backoffice.templatetags.portal import moment
from ocsportal.backoffice.verbs import VerbForm
from ocsportal.entities.decimals import plain
from ocsportal.entities.identity import Ref
from ocsportal.entities.values import KEEP
from ocsportal.transactions.change import Change
from ocsportal.transactions.errors import Fault, OperationRefused
from ocsportal.transactions.given import Checked
from ocsportal.transactions.history import with_transaction
from ocsportal.transactions.models import Channel
from offers.words import unit_words

BY, TO = "by", "to"
WAYS = [(BY, "Add, or subtract with a minus sign"), (TO, "Set to")]
PARAMETERS = {
    "balance": "amount",
    "adjustment": "amount",
    "grantedBalance": "granted",
    "validFrom": "valid_from",
    "validTo": "valid_to",
}


def amount_field(label: str, help_text: str = "") -> forms.CharField:
    """Return a field for an exact number."""
    widget = forms.TextInput(attrs={"inputmode": "decimal", "autocomplete": "off"})
    return forms.CharField(label=label, max_length=40, required=False, widget=widget, help_text=help_text)


def typed(value: str) -> str | None:
    """Return a number as it was typed, without what people put in for reading; None for none."""
    cleaned = value.replace("\u202f", "").replace("\u00a0", "").replace(" ", "").replace("−", "-").removeprefix("+")
    return cleaned or None


class BalancesForm(VerbForm[Balance]):
    """What adjusting one and several has in common."""

    # The name of the operation, whose limits the form tells.
    operation: ClassVar[str]

    def balances(self) -> list[Balance]:
        """Return the balances that the form is about, in the order of its items."""
        raise NotImplementedError

    def items(self) -> list[Adjustment]:
        """Return what is filled in, one item for each of `balances`."""
        raise NotImplementedError

    @cached_property
    def looking(self) -> Change:
        """The change that the agent would make, as far as its rules ask for it."""
        return Change(actor=self.agent, channel=Channel.PORTAL)

    def check(self) -> None:
        """Raise OperationRefused for what the rules would refuse."""
        if self.items():
            foresee(self.looking, self.operation, self.balances(), self.items())

    def foreseen(self) -> Drawn:
        """Return each balance as it stands and as it would be."""
        drawing: Drawn = {"template": "balances/foreseen.html", "rows": []}
        if not self.is_bound or set(self.errors) - {"reason"}:
            return drawing
        try:
            found = foresee(self.looking, self.operation, self.balances(), self.items())
        except OperationRefused:
            return drawing
        return drawing | {"rows": [_told(outlook) for outlook in found]}


def _told(outlook: Outlook) -> Drawn:
    before, after = outlook.before, outlook.after
    kind = "Left" if before.deducted else "Used"
    rows = [
        (kind, money(before, before.actual), money(after, after.actual)),
        ("Granted", money(before, before.granted), money(after, after.granted)),
        ("Usable from", moment(before.valid_from), moment(after.valid_from)),
        ("Usable until", _end(before), _end(after)),
    ]
    change = after.actual - before.actual
    return {
        "balance": before,
        "rows": [row for row in rows if row[1] != row[2]],
        "change": ("+" if change > 0 else "") + money(before, change) if change else "",
        "before": drawn(before),
        "after": drawn(after),
        "crossed": ", ".join(f"{threshold} %" for threshold in outlook.crossed),
    }


def _end(balance: Balance) -> str:
    return moment(balance.valid_to) if balance.valid_to else "no end"


class AdjustForm(BalancesForm):
    """Adjust one balance, its grant or its validity."""

    operation = UPDATE_ONE
    parameters = PARAMETERS
    pairs = ("way", "amount")
    thirds = ("granted", "valid_from", "valid_to")
    folded = (("Grant and validity", ("granted", "valid_from", "valid_to")),)

    way = forms.ChoiceField(label="How", choices=WAYS)
    amount = amount_field("Amount")
    granted = amount_field("Granted")
    valid_from = MomentField(label="Usable from", required=False)
    valid_to = MomentField(label="Usable until", required=False)

    def prepare(self) -> None:
        """Tell the unit, what stands, and how far the agent may go."""
        balance = self.about
        unit = unit_words(balance.unit)
        self.fields["amount"].label = f"Amount ({unit})"
        self.fields["amount"].help_text = " ".join(
            part for part in (f"{drawn(balance).words}.", room(self.looking, self.operation, balance.unit)) if part
        )
        self.fields["granted"].label = f"Granted ({unit})"
        self.fields["granted"].widget.attrs["placeholder"] = plain(balance.granted)
        self.fields["granted"].help_text = "Does not change the balance itself."
        self.fields["valid_from"].help_text = f"Leave empty to keep {moment(balance.valid_from)}."
        self.fields["valid_to"].help_text = f"Leave empty to keep {_end(balance)}."

    def balances(self) -> list[Balance]:
        """Return the one."""
        balance = self.about
        return [balance]

    def items(self) -> list[Adjustment]:
        """Return the one item."""
        return [self.item()]

    def item(self) -> Adjustment:
        """Return what is filled in."""
        data, balance = self.cleaned_data, self.balances()[0]
        amount = typed(data["amount"])
        return Adjustment(
            service=balance.service.code,
            balance=amount if data["way"] == TO else None,
            adjustment=amount if data["way"] == BY else None,
            granted_balance=typed(data["granted"]),
            valid_from=data["valid_from"],
            valid_to=data["valid_to"] or KEEP,
        )

    def arguments(self) -> Checked:
        """Return the item."""
        return {"item": self.item()}


class AdjustSeveralForm(BalancesForm):
    """Adjust several balances of one subscription, all or nothing; what is left empty stays."""

    operation = UPDATE_SEVERAL

    def prepare(self) -> None:
        """Ask for each balance how and how much."""
        # As many versions as there are balances.
        self.fields["version"] = forms.CharField(widget=forms.HiddenInput, required=False, max_length=10_000)
        pairs: list[str] = []
        for balance in self.standing:
            limit = room(self.looking, self.operation, balance.unit)
            self.fields[f"way{balance.pk}"] = forms.ChoiceField(label=balance.service.name, choices=WAYS)
            self.fields[f"amount{balance.pk}"] = amount_field(
                f"Amount ({unit_words(balance.unit)})", help_text=f"{drawn(balance).words}. {limit}".strip()
            )
            pairs += [f"way{balance.pk}", f"amount{balance.pk}"]
        self.pairs = tuple(pairs)  # type: ignore[misc]

    @cached_property
    def standing(self) -> list[Balance]:
        """The balances of the subscription."""
        return queries.balances_of(Ref(ref_id=self.entity.ref_id)) if self.entity else []

    def seen(self) -> str:
        """Return the versions of all balances, since each has its own."""
        return " ".join(balance.etag for balance in self.standing)

    def if_match(self) -> frozenset[str] | None:
        """Leave it to the items, each of which names its balance's version."""
        return None

    def changed_by(self) -> str:
        """Return who changed one of the balances last."""
        latest = max(self.standing, key=lambda balance: balance.changed_at)
        entry = with_transaction(latest.history).order_by("-history_id").first()
        return entry.transaction.actor_name if entry and entry.transaction else "somebody"

    def clean(self) -> Checked:
        """Demand at least one amount."""
        data = super().clean()
        if not self.filled(data):
            self.add_error(None, "Fill in the amount of at least one balance.")
        return data

    def filled(self, data: Checked) -> list[tuple[Balance, str]]:
        """Return the balances that have an amount."""
        found = [(balance, typed(data.get(f"amount{balance.pk}") or "")) for balance in self.standing]
        return [(balance, amount) for balance, amount in found if amount is not None]

    def balances(self) -> list[Balance]:
        """Return the balances that have an amount."""
        return [balance for balance, _ in self.filled(self.cleaned_data)]

    def items(self) -> list[Adjustment]:
        """Return an item for each balance that has an amount, with the version that the agent saw."""
        seen = {version.rpartition("-")[0]: version for version in self.cleaned_data["version"].split()}
        return [
            Adjustment(
                service=balance.service.code,
                balance=amount if self.cleaned_data[f"way{balance.pk}"] == TO else None,
                adjustment=amount if self.cleaned_data[f"way{balance.pk}"] == BY else None,
                version=seen.get(balance.ref_id),
            )
            for balance, amount in self.filled(self.cleaned_data)
        ]

    def arguments(self) -> Checked:
        """Return the items."""
        return {"balances": self.items()}

    def complain(self, fault: Fault) -> None:
        """Show a refusal at the amount of the balance that it is about."""
        head, _, _ = fault.parameter.partition("].")
        number = head.removeprefix("balances[")
        chosen = self.balances()
        position = int(number) if number.isdecimal() else 0
        field = f"amount{chosen[position].pk}" if position < len(chosen) else None
        self.add_error(field if fault.parameter and field in self.fields else None, fault.message)
