"""The reads of balances, and the view that takes one item's fields at the top of the body."""

import django_filters
from django.db.models import Model, QuerySet
from django.http import HttpResponse
from rest_framework.request import Request

from accounts.models import Account
from balances import operations, queries
from balances.api.serializers import ITEM, AllBalances, BalanceHistory, OneBalance, adjustment_of
from balances.models import Balance
from balances.representation import balance_json, entry_json
from customers.models import Customer
from ocsportal.entities.configuration import remembered
from ocsportal.entities.models import Entity
from ocsportal.entities.store.remembering import with_references
from ocsportal.entities.versions import Moment
from ocsportal.rest.entities import EntityHistoryView, EntityListView, below, moment_of, part
from ocsportal.rest.filters import CodeFilter, FlagFilter, ReferenceFilter, SinceFilter
from ocsportal.rest.parameters import parameters, reference
from ocsportal.rest.views import OperationView, ReadView
from ocsportal.transactions.errors import OperationRefused
from ocsportal.transactions.given import Checked
from offers.api.filters import TreeFilters
from offers.models import Service, ServiceType
from subscribers.models import Subscriber


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

    def filter_type(self, queryset: QuerySet[Model], name: str, value: str) -> QuerySet[Model]:
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
    def entities(cls) -> QuerySet[Model]:
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
        moment = moment_of(found) if "asOf" in found else None
        body = balance_json(balance)
        if moment is not None:
            stood = below(Balance, {"pk": balance.pk}, moment)
            if not stood:
                raise OperationRefused("ENTITY-NOT-FOUND", "The balance was not there yet.", "asOf")
            body = stood[0]
        if found.get("ledger"):
            body["ledger"] = [entry_json(entry) for entry in queries.ledger(balance, moment.at if moment else None)]
        return self.answer(body, None if moment else balance.etag)


class ReadSubscriptionBalancesView(ReadView):
    """Read all balances of a subscription."""

    operation = operations.read_subscription_balances
    parameter_class = AllBalances

    def get(self, request: Request) -> HttpResponse:
        """Answer with the list."""
        found = parameters(request, AllBalances)
        balances = queries.balances_of(reference(found))
        if "asOf" in found:
            keys = [balance.pk for balance in balances]
            return self.answer({"items": below(Balance, {"pk__in": keys}, moment_of(found))})
        return self.answer({"items": [balance_json(balance) for balance in balances]})


def balances_of(owner: Entity, moment: Moment | None) -> list[dict[str, object]]:
    """Return the balances of every subscription of an owner, in the order they were made."""
    wanted = {f"subscription__{owner._meta.model_name}_id": owner.pk}
    return below(Balance, wanted, moment, with_references(queries.balances(), "subscription"))


for level in (Customer, Account, Subscriber):
    part(level, "balances")(balances_of)


class OneBalanceView(OperationView):
    """An operation on one balance, whose item's fields stand at the top of the body."""

    def arguments(self, body: Checked) -> Checked:
        """Return the operation's arguments, the item in one of them."""
        rest = {name: value for name, value in body.items() if name not in ITEM}
        return {**super().arguments(rest), "item": adjustment_of(body)}
