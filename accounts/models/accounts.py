"""Accounts: columns, constraints, history."""

from typing import ClassVar

from django.db import models
from django.db.models import F, Q

from accounts.models.configuration import AccountProfile, AccountSegment, AccountType, BillCycle, Currency
from customers.models import Customer
from ocsportal.entities.in_use import rests
from ocsportal.entities.models import Entity, rests_on_reasons
from ocsportal.transactions.history import PERSONAL, tracked_history

PREFERENCES = ("language", "invoice_delivery", "invoice_email", "itemized_bill", "notifications")


class InvoiceDelivery(models.TextChoices):
    """How a bill reaches who pays it."""

    EMAIL = "EMAIL", "E-mail"
    POST = "POST", "Post"
    PORTAL = "PORTAL", "Portal"
    NONE = "NONE", "Not at all"


class Account(Entity):
    """What is billed: an account of one customer, alone or in a tree of departments."""

    subordinates: ClassVar[tuple[str, ...]] = ("subordinate_accounts", "subscribers", "subscriptions")
    superiors: ClassVar[tuple[str, ...]] = ("customer",)
    parent_link: ClassVar[str] = "parent"
    moves: ClassVar[bool] = True
    dated: ClassVar[dict[str, tuple[str, ...]]] = {
        **Entity.dated,
        "cycle_valid_from": ("bill_cycle", "billing_day", "billing_month", "billing_year", "cycle_valid_from"),
    }
    searched: ClassVar[tuple[str, ...]] = ("preference_invoice_email",)

    customer = models.ForeignKey(Customer, on_delete=models.PROTECT, related_name="accounts", db_index=False)
    parent = models.ForeignKey(
        "self", on_delete=models.PROTECT, null=True, blank=True, related_name="subordinate_accounts", db_index=False
    )
    profile = models.ForeignKey(AccountProfile, on_delete=models.PROTECT, null=True, related_name="+", db_index=False)
    account_type = models.ForeignKey(AccountType, on_delete=models.PROTECT, related_name="+", db_index=False)
    segment = models.ForeignKey(AccountSegment, on_delete=models.PROTECT, null=True, related_name="+", db_index=False)
    currency = models.ForeignKey(Currency, on_delete=models.PROTECT, related_name="+", db_index=False)
    test_account = models.BooleanField(default=False)

    bill_cycle = models.ForeignKey(BillCycle, on_delete=models.PROTECT, related_name="+", db_index=False)
    # The account's own, where the cycle is an individual one.
    billing_day = models.PositiveSmallIntegerField(null=True)
    billing_month = models.PositiveSmallIntegerField(null=True)
    billing_year = models.PositiveSmallIntegerField(null=True)
    cycle_valid_from = models.DateTimeField()

    planned_cycle = models.ForeignKey(BillCycle, on_delete=models.PROTECT, null=True, related_name="+", db_index=False)
    planned_billing_day = models.PositiveSmallIntegerField(null=True)
    planned_billing_month = models.PositiveSmallIntegerField(null=True)
    planned_billing_year = models.PositiveSmallIntegerField(null=True)
    planned_cycle_from = models.DateTimeField(null=True)
    planned_cycle_by = models.CharField(max_length=150, blank=True)

    tax_exemption = models.BooleanField(default=False)
    tax_residence = models.CharField(max_length=60, blank=True, db_comment=PERSONAL)

    preference_language = models.CharField(max_length=35, blank=True, db_comment=PERSONAL)
    preference_invoice_delivery = models.CharField(max_length=6, choices=InvoiceDelivery.choices, blank=True)
    preference_invoice_email = models.CharField(max_length=254, blank=True, db_comment=PERSONAL)
    preference_itemized_bill = models.BooleanField(null=True)
    preference_notifications = models.BooleanField(null=True)

    history = tracked_history(
        personal=True,
        excluded_fields=["search_text"],
        no_db_index=[
            "profile", "account_type", "segment", "currency", "bill_cycle", "planned_cycle", "state_reason",
            "plan_reason", "last_plan_reason", "ref_id", "external_id", "customer", "parent",
        ]
    )  # fmt: skip

    class Meta(Entity.Meta):
        constraints = [
            *Entity.Meta.constraints,
            models.CheckConstraint(condition=Q(parent=None) | ~Q(parent=F("id")), name="account_not_its_own_parent"),
            models.CheckConstraint(
                condition=Q(planned_cycle=None, planned_cycle_from=None)
                | Q(planned_cycle__isnull=False, planned_cycle_from__isnull=False),
                name="account_cycle_plan_complete",
            ),
        ]
        indexes = [
            *Entity.Meta.indexes,
            models.Index(
                fields=["planned_cycle_from", "id"], name="account_cycle_due", condition=Q(planned_cycle__isnull=False)
            ),
            # With the key behind it, so that a list is read in its order (docs/adr/0020-indexes-of-lists.md).
            models.Index(fields=["customer", "id"], name="account_customer"),
            models.Index(fields=["parent", "id"], name="account_parent", condition=Q(parent__isnull=False)),
            models.Index(fields=["segment", "id"], name="account_segment", condition=Q(segment__isnull=False)),
            models.Index(fields=["account_type", "id"], name="account_type"),
            models.Index(fields=["id"], name="account_test", condition=Q(test_account=True)),
        ]

    @property
    def has_cycle_plan(self) -> bool:
        """Whether a change of the bill cycle is planned."""
        return self.planned_cycle_id is not None


# What decides when its periods begin and end.
PERIODS = (
    "type", "duration", "period", "billing_day", "billing_month", "billing_year", "offset_hours", "individual",
)  # fmt: skip

rests_on_reasons(Account)
rests(Account, ["account_type"], AccountType, "payment_responsible")
rests(Account, ["currency"], Currency, "digits")
rests(Account, ["bill_cycle", "planned_cycle"], BillCycle, *PERIODS)
