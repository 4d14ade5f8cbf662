"""The bodies of the accounts' own operations, field by field as in REST."""

from typing import ClassVar

from rest_framework import serializers

from accounts.models import InvoiceDelivery
from accounts.periods import EARLIEST, LATEST
from accounts.preferences import PREFERENCE_NAMES, understood
from ocsportal.rest.entities import StateHistoryFlag
from ocsportal.rest.fields import (
    Attributes,
    ExternalId,
    FirstState,
    Flag,
    Instant,
    Name,
    OneOf,
    OperationRequest,
    Reference,
    StrictSerializer,
    Text,
    Whole,
)
from ocsportal.rest.parameters import QueryFlag
from ocsportal.transactions.given import Checked

COLUMN_NAMES = {wire: name for name, wire in PREFERENCE_NAMES.items()}


class Preferences(StrictSerializer):
    """What an account prefers; every part is optional, and null clears it."""

    language = Text(max_length=35, required=False, allow_null=True, help_text="BCP 47, such as de-AT.")
    invoiceDelivery = OneOf(choices=InvoiceDelivery.choices, required=False, allow_null=True)
    invoiceEmail = Text(max_length=254, required=False, allow_null=True)
    itemizedBill = Flag(required=False, allow_null=True)
    notifications = Flag(required=False, allow_null=True)

    def to_internal_value(self, data: object) -> Checked:
        """Return the parts by their columns' names; raise ValidationError with all that is wrong."""
        value = {COLUMN_NAMES[wire]: part for wire, part in super().to_internal_value(data).items()}
        found, faults = understood(value, prefix="")
        if faults:
            raise serializers.ValidationError({fault.parameter.lstrip("."): [fault.message] for fault in faults})
        return found


def billing_fields() -> dict[str, serializers.Field]:
    """Return the fields by which an account brings a day of its own."""
    return {
        "billingDay": Whole(least=1, most=28, required=False, allow_null=True, help_text="Weeks: 1 is Monday."),
        "billingMonth": Whole(least=1, most=12, required=False, allow_null=True),
        "billingYear": Whole(
            least=EARLIEST.year,
            most=LATEST.year - 1,
            required=False,
            allow_null=True,
            help_text="A year in which a cycle starts.",
        ),
    }


class CreateAccount(OperationRequest):
    """Create an account."""

    externalId = ExternalId(required=False, allow_null=True)
    accountProfile = Text(max_length=60, required=False, allow_null=True)
    accountType = Text(max_length=60, required=False, allow_null=True)
    customer = Reference(required=False, allow_null=True)
    parent = Reference(required=False, allow_null=True)
    accountSegment = Text(max_length=60, required=False, allow_null=True)
    billCycle = Text(max_length=60, required=False, allow_null=True)
    billingDay, billingMonth, billingYear = billing_fields().values()
    currency = Text(max_length=60, required=False, allow_null=True, help_text="ISO 4217, such as EUR.")
    paymentResponsible = Flag(required=False, allow_null=True, help_text="Must agree with the account type.")
    state = FirstState(required=False, allow_null=True)
    testAccount = Flag(required=False, allow_null=True)
    customName = Name(required=False, allow_null=True)
    customAttributes = Attributes(required=False, allow_null=True)
    taxExemption = Flag(required=False, allow_null=True)
    taxResidence = Name(max_length=60, required=False, allow_null=True)
    preferences = Preferences(required=False, allow_null=True)


class OnAccount(OperationRequest):
    """What every operation on an account that stands begins with."""

    account = Reference()


class UpdateAccountBillCycle(OnAccount):
    """Change the bill cycle, at once or from an instant on."""

    billCycle = Text(max_length=60)
    billingDay, billingMonth, billingYear = billing_fields().values()
    validFrom = Instant(required=False, allow_null=True, help_text="Must be in the future; null means at once.")


class UpdateAccountPreferences(OnAccount):
    """Replace the preferences, or merge into them."""

    preferences = Preferences()
    merge = Flag(required=False, allow_null=True)


class UpdateAccountParent(OnAccount):
    """Hang the account under another parent; null makes it a root."""

    keep_null: ClassVar[tuple[str, ...]] = ("parent",)

    parent = Reference(allow_null=True)


class UpdateAccountTaxExemption(OnAccount):
    """Exempt from tax, or end the exemption."""

    keep_null: ClassVar[tuple[str, ...]] = ("taxResidence",)

    taxExemption = Flag()
    taxResidence = Name(max_length=60, required=False, allow_null=True, help_text="null removes it.")


class ReadAccountParameters(StateHistoryFlag):
    """The parameters of ReadAccount."""

    billCycleHistory = QueryFlag(required=False)
    subscribers = QueryFlag(required=False)
    subordinates = QueryFlag(required=False)
    offers = QueryFlag(required=False)
    balances = QueryFlag(required=False)
