"""The bodies and parameters of the balances' operations, field by field as in REST."""

from drf_spectacular.utils import extend_schema_field, extend_schema_serializer
from rest_framework import serializers

from balances.operations.updating import Adjustment
from ocsportal.entities.decimals import read_decimal
from ocsportal.entities.values import KEEP
from ocsportal.rest.entities import AsOf
from ocsportal.rest.fields import Instant, OperationRequest, Reference, Several, StrictSerializer, Text
from ocsportal.rest.parameters import Page, QueryFlag, QueryInstant
from ocsportal.transactions.given import Checked

MOST_BALANCES = 100


@extend_schema_field({"type": ["string", "number"], "examples": ["12.50"]})
class ExactNumber(serializers.Field):
    """An exact decimal, as a JSON string or number."""

    def to_internal_value(self, data: object) -> object:
        """Return the decimal."""
        try:
            return read_decimal(data)
        except ValueError as error:
            raise serializers.ValidationError(str(error)) from error

    def to_representation(self, value: object) -> str:
        """Return the decimal as text."""
        return str(value)


def item_fields() -> dict[str, serializers.Field]:
    """Return the fields of one item: which balance, to what or by how much, and what else changes."""
    return {
        "service": Text(
            max_length=60, required=False, allow_null=True, help_text="Optional if there is only one balance."
        ),
        "balance": ExactNumber(required=False, allow_null=True, help_text="The new actual value."),
        "adjustment": ExactNumber(required=False, allow_null=True, help_text="The signed difference."),
        "grantedBalance": ExactNumber(required=False, allow_null=True),
        "validFrom": Instant(required=False, allow_null=True),
        "validTo": Instant(required=False, allow_null=True, help_text="null removes the end."),
        "reason": Text(max_length=1000, required=False, allow_null=True),
    }


ITEM = tuple(item_fields())


def adjustment_of(value: Checked) -> Adjustment:
    """Return an item as the operation takes it."""
    return Adjustment(
        service=value.get("service"),
        balance=value.get("balance"),
        adjustment=value.get("adjustment"),
        granted_balance=value.get("grantedBalance"),
        valid_from=value.get("validFrom"),
        valid_to=value.get("validTo", KEEP),
        reason=value.get("reason") or "",
    )


@extend_schema_serializer(component_name="Item")
class AdjustmentItem(StrictSerializer):
    """One of several balances."""

    service, balance, adjustment, grantedBalance, validFrom, validTo, reason = item_fields().values()

    def to_internal_value(self, data: object) -> Adjustment:
        """Return the item."""
        return adjustment_of(super().to_internal_value(data))


class UpdateSubscriptionBalance(OperationRequest):
    """Set or adjust one balance."""

    subscription = Reference()
    service, balance, adjustment, grantedBalance, validFrom, validTo, reason = item_fields().values()


class UpdateSubscriptionBalances(OperationRequest):
    """Set or adjust several balances of one subscription, all or nothing."""

    subscription = Reference()
    balances = Several(child=AdjustmentItem(), min_length=1, max_length=MOST_BALANCES)


class OneBalance(AsOf):
    """The parameters that name one balance of a subscription."""

    service = Text(max_length=60, required=False, help_text="Optional if there is only one balance.")
    ledger = QueryFlag(required=False, help_text="Answer with its ledger entries too, newest first.")


class AllBalances(AsOf):
    """The parameters that name a subscription."""


class BalanceHistory(Page):
    """The parameters of a balance's history: which one, and either a page of it or one instant."""

    refId = Text(help_text="The balance's own; it has no external ID.")
    asOf = QueryInstant(required=False, help_text="Answer with the balance as it stood at this instant.")
