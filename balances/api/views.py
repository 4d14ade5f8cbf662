"""The reads of balances, and the view that takes one item's fields at the top of the body."""

from typing import Any

import django_filters
from django.db.models import QuerySet
from django.http import HttpResponse
from rest_framework.request import Request

from balances import operations, queries
from balances.api.serializers import ITEM, AllBalances, BalanceHistory, OneBalance, adjustment_of
from balances.representation import balance_json, entry_json
from ocsportal.entities.configuration import remembered
from ocsportal.entities.store.remembering import with_references
from ocsportal.rest.entities import EntityHistoryView, EntityListView
from ocsportal.rest.filters import CodeFilter, FlagFilter, ReferenceFilter, SinceFilter
from ocsportal.rest.parameters import parameters, reference
from ocsportal.rest.views import OperationView, ReadView
from offers.api.filters import TreeFilters
from offers.models import Service, ServiceType


class BalanceFilters(TreeFilters, django_filters.FilterSet):
    """The filters of balances."""

    subscriptions = "subscription"

    subscription = ReferenceFilter("subscription")
    offer = CodeFilter("subscription__offer")
    service = CodeFilter("service")
    type = django_filters.CharFilter(method="filter_type", max_length=30)
    customer = ReferenceFilter("subscription__customer")
    account = ReferenceFilter("subscription__account")
    subscriber = ReferenceFilter("subscription__subscriber")
    below = FlagFilter(method="filter_below")
    changedSince = SinceFilter()

    def filter_type(self, queryset: QuerySet[Any], name: str, value: str) -> QuerySet[Any]:
        """Keep those of services of this type, which are looked up first."""
        if value not in ServiceType.values:
            return queryset.none()
        services = remembered((Service, "type", value), lambda: list(Service.objects.filter(type=value)))
        return queryset.filter(service__in=[service.pk for service in services])


class BalanceListView(EntityListView):
    """List and search balances."""

    operation = operations.read_subscription_balances
    filters = BalanceFilters
    orderings = {"created": "pk", "changedAt": "changed_at"}

    @classmethod
    def entities(cls) -> QuerySet[Any]:
        """Return all balances."""
        return with_references(queries.balances(), "subscription")


class BalanceHistoryView(EntityHistoryView):
    """Read a balance's history, newest first, or the balance as it stood at an instant."""

    operation = operations.read_subscription_balance
    parameter_class = BalanceHistory
    find = staticmethod(queries.balance_of_ref)


class ReadSubscriptionBalanceView(ReadView):
    """Read one balance of a subscription, with its ledger if asked."""

    operation = operations.read_subscription_balance
    parameter_class = OneBalance

    def get(self, request: Request) -> HttpResponse:
        """Answer with the balance."""
        found = parameters(request, OneBalance)
        balance = queries.balance(reference(found), found.get("service"))
        body = balance_json(balance)
        if found.get("ledger"):
            body["ledger"] = [entry_json(entry) for entry in queries.ledger(balance)]
        return self.answer(body, balance.etag)


class ReadSubscriptionBalancesView(ReadView):
    """Read all balances of a subscription."""

    operation = operations.read_subscription_balances
    parameter_class = AllBalances

    def get(self, request: Request) -> HttpResponse:
        """Answer with the list."""
        found = queries.balances_of(reference(parameters(request, AllBalances)))
        return self.answer({"items": [balance_json(balance) for balance in found]})


class OneBalanceView(OperationView):
    """An operation on one balance, whose item's fields stand at the top of the body."""

    def arguments(self, body: dict[str, Any]) -> dict[str, Any]:
        """Return the operation's arguments, the item in one of them."""
        rest = {name: value for name, value in body.items() if name not in ITEM}
        return {**super().arguments(rest), "item": adjustment_of(body)}
