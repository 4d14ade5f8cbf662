"""How a list of subscriptions can be narrowed."""

from typing import Any

from django.db.models import Model, QuerySet
from rest_framework import serializers

from accounts.models import Account
from accounts.tree import keys_from
from customers.models import Customer
from ocsportal.rest.filters import CodeFilter, EntityFilters, FlagFilter, ReferenceFilter
from ocsportal.transactions.given import Checked
from offers.models import Subscription
from subscribers.models import Subscriber

TREES = ("customer", "account")


class TreeFilters:
    """Filters by owner mean what the owner itself has; with `below=true` all that a customer or an account has below it."""

    # What leads to the subscription.
    subscriptions = "pk"

    def filter_below(self, queryset: QuerySet[Model], name: str, value: bool) -> QuerySet[Model]:
        """Leave it to the whole: it says how the owners are meant."""
        return queryset

    def filter_queryset(self, queryset: QuerySet[Model]) -> QuerySet[Model]:
        """Narrow the list."""
        found: Checked = self.form.cleaned_data  # type: ignore[attr-defined]
        if not found.get("below"):
            return super().filter_queryset(queryset)  # type: ignore[misc]
        roots = {name: found.pop(name, "") for name in TREES}
        if not any(roots.values()):
            raise serializers.ValidationError({"below": ["Also give the customer or account whose tree is meant."]})
        found |= dict.fromkeys(TREES, "")
        queryset = super().filter_queryset(queryset)  # type: ignore[misc]
        for name, ref_id in roots.items():
            if ref_id:
                keys = _below(name, ref_id)
                queryset = queryset.none() if keys is None else queryset.filter(**{f"{self.subscriptions}__in": keys})
        return queryset


def _below(kind: str, ref_id: str) -> object:
    """Return the keys of all subscriptions of a tree, None where there is none; a part for each level, as each has its index."""
    model = Customer if kind == "customer" else Account
    root = model._default_manager.filter(ref_id=ref_id).first()
    if root is None:
        return None
    if isinstance(root, Customer):
        accounts: Any = Account.objects.filter(customer=root).order_by().values("pk")
        parts = [Subscription.objects.filter(customer=root)]
    else:
        accounts, parts = keys_from(root), []
    parts.append(Subscription.objects.filter(account__in=accounts))
    subscribers = Subscriber.objects.filter(account__in=accounts).order_by().values("pk")
    parts.append(Subscription.objects.filter(subscriber__in=subscribers))
    first, *rest = (part.order_by().values("pk") for part in parts)
    return first.union(*rest, all=True)


class SubscriptionFilters(TreeFilters, EntityFilters):
    """The filters of subscriptions."""

    offer = CodeFilter("offer")
    customer = ReferenceFilter("customer")
    account = ReferenceFilter("account")
    subscriber = ReferenceFilter("subscriber")
    below = FlagFilter(method="filter_below")
