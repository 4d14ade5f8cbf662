"""The balances' paths under /v1/casm/."""

from django.urls import path

from balances import operations as do
from balances.api import examples, serializers, views
from ocsportal.rest.views import operation_view

ONE = ("update-balance", do.update_subscription_balance, serializers.UpdateSubscriptionBalance, examples.ONE)
SEVERAL = (
    "update-balances",
    do.update_subscription_balances,
    serializers.UpdateSubscriptionBalances,
    examples.SEVERAL,
)

urlpatterns = [
    path("balances", views.BalanceListView.as_view()),
    path("balances/history", views.BalanceHistoryView.as_view()),
    path("subscriptions/balance/read", views.ReadSubscriptionBalanceView.as_view()),
    path("subscriptions/balances/read", views.ReadSubscriptionBalancesView.as_view()),
    path(f"subscriptions/{ONE[0]}", operation_view(*ONE[1:], views.OneBalanceView)),
    path(f"subscriptions/{SEVERAL[0]}", operation_view(*SEVERAL[1:])),
]
