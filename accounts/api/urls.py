"""The accounts' paths under /v1/casm/, one line per operation."""

from django.urls import path

from accounts import operations as do
from accounts.api import configuration, examples, serializers, views
from ocsportal.rest.configuration import declare
from ocsportal.rest.level import Write, shared_writes, write_paths

WRITES: list[Write] = [
    ("create", do.create_account, serializers.CreateAccount, examples.CREATE),
    *shared_writes(
        do.level,
        sample=examples.ACCOUNT,
        segment="b2b",
        extra={"preferences": serializers.Preferences(required=False, allow_null=True)},
    ),
    (
        "update-bill-cycle",
        do.update_account_bill_cycle,
        serializers.UpdateAccountBillCycle,
        examples.BILL_CYCLE,
    ),
    (
        "cancel-bill-cycle-change",
        do.cancel_account_bill_cycle_change,
        serializers.OnAccount,
        examples.CANCEL_CYCLE,
    ),
    (
        "perform-bill-cycle-change",
        do.perform_account_bill_cycle_change,
        serializers.OnAccount,
        examples.PERFORM_CYCLE,
    ),
    (
        "update-preferences",
        do.update_account_preferences,
        serializers.UpdateAccountPreferences,
        examples.PREFERENCES,
    ),
    ("update-parent", do.update_account_parent, serializers.UpdateAccountParent, examples.PARENT),
    (
        "update-tax-exemption",
        do.update_account_tax_exemption,
        serializers.UpdateAccountTaxExemption,
        examples.TAX_EXEMPTION,
    ),
]

declare(*configuration.KINDS)

urlpatterns = [
    path("accounts", views.AccountListView.as_view()),
    path("accounts/read", views.ReadAccountView.as_view()),
    path("accounts/history", views.AccountHistoryView.as_view()),
    *write_paths("accounts", WRITES),
]
