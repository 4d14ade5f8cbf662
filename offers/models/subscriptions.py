"""Subscriptions: an offer on exactly one customer, account or subscriber."""

from typing import ClassVar

from django.db import models
from django.db.models import Q

from accounts.models import Account, Currency
from customers.models import Customer
from ocsportal.entities.in_use import rests
from ocsportal.entities.models import Entity, rests_on_reasons
from ocsportal.transactions.history import tracked_history
from offers.models.catalogue import Offer, OfferVersion
from subscribers.models import Subscriber

OWNERS = ("customer", "account", "subscriber")


class Subscription(Entity):
    """An offer that a customer, an account or a subscriber has."""

    superiors: ClassVar[tuple[str, ...]] = OWNERS
    parent_link: ClassVar[str] = "parent"
    parent_parameter: ClassVar[str] = "parentOfferSubscription"
    dependents: ClassVar[tuple[str, ...]] = ("children",)

    customer = models.ForeignKey(
        Customer, on_delete=models.PROTECT, null=True, related_name="subscriptions", db_index=False
    )
    account = models.ForeignKey(
        Account, on_delete=models.PROTECT, null=True, related_name="subscriptions", db_index=False
    )
    subscriber = models.ForeignKey(
        Subscriber, on_delete=models.PROTECT, null=True, related_name="subscriptions", db_index=False
    )
    parent = models.ForeignKey("self", on_delete=models.PROTECT, null=True, related_name="children", db_index=False)
    offer = models.ForeignKey(Offer, on_delete=models.PROTECT, related_name="subscriptions", db_index=False)
    offer_version = models.ForeignKey(OfferVersion, on_delete=models.PROTECT, related_name="subscriptions")
    # Of its fees, discounts and prices. None of subscriptions older than this column: `offers.money` says theirs.
    currency = models.ForeignKey(Currency, on_delete=models.PROTECT, null=True, related_name="+", db_index=False)
    # The subscription's own, which beats the offer's.
    priority = models.IntegerField(null=True)
    # Of individual offers: by the code of the service, its attributes by name, decimals as strings.
    offer_attributes = models.JSONField(default=dict, blank=True)

    history = tracked_history(
        personal=True,
        excluded_fields=["search_text"],
        no_db_index=[
            "customer", "account", "subscriber", "parent", "offer", "offer_version", "currency", "state_reason", "plan_reason",
            "last_plan_reason", "ref_id", "external_id",
        ]
    )  # fmt: skip

    class Meta(Entity.Meta):
        constraints = [
            *Entity.Meta.constraints,
            # An OR of three: an exclusive or of three is a parity, and accepts all three at once.
            models.CheckConstraint(
                condition=Q(customer__isnull=False, account=None, subscriber=None)
                | Q(customer=None, account__isnull=False, subscriber=None)
                | Q(customer=None, account=None, subscriber__isnull=False),
                name="subscription_one_owner",
            ),
        ]
        indexes = [
            *Entity.Meta.indexes,
            # With the key behind it, so that a list is read in its order (docs/adr/0020-indexes-of-lists.md). A new row
            # is entered for its one owner only.
            models.Index(fields=["customer", "id"], name="subscription_customer", condition=Q(customer__isnull=False)),
            models.Index(fields=["account", "id"], name="subscription_account", condition=Q(account__isnull=False)),
            models.Index(
                fields=["subscriber", "id"], name="subscription_subscriber", condition=Q(subscriber__isnull=False)
            ),
            models.Index(fields=["parent", "id"], name="subscription_parent", condition=Q(parent__isnull=False)),
            models.Index(fields=["offer", "id"], name="subscription_offer"),
        ]

    def __str__(self) -> str:
        return self.custom_name or str(self.offer)

    @property
    def owner(self) -> Entity:
        """The customer, account or subscriber that has it."""
        found: Entity | None = self.customer or self.account or self.subscriber
        assert found is not None
        return found

    @property
    def owner_kind(self) -> str:
        """Which of the three has it."""
        return next(name for name in OWNERS if getattr(self, f"{name}_id") is not None)

    @property
    def effective_priority(self) -> int:
        """Its own priority, else the offer's; lower comes first."""
        return self.offer.priority if self.priority is None else self.priority


def _no_longer_primary(standing: Currency, row: Currency) -> bool:
    return standing.primary and not row.primary


rests_on_reasons(Subscription)
# Amounts of old subscriptions of customers are in the version's currency, else in the operator's own.
rests(
    Subscription,
    [],
    Currency,
    "primary",
    where=Q(customer__isnull=False, offer_version__currency=None),
    harms=_no_longer_primary,
)
