"""The accounts' paths under /v1/casm/, one line per operation."""

from accounts import operations as do
from accounts import queries
from accounts.api import configuration, examples, parts, serializers
from accounts.api.filters import AccountFilters
from ocsportal.rest.configuration import declare
from ocsportal.rest.level import Write, shared_writes, write_paths
from ocsportal.rest.reads import read_paths

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
# Named here, since parts are entered by being imported.
PARTS = parts

urlpatterns = [
    *read_paths(
        "accounts",
        do.read_account,
        "Read an account by refId or externalId, with states, bill cycles and what is below it if asked.",
        find=queries.account,
        entities=queries.accounts,
        parameters=serializers.ReadAccountParameters,
        filters=AccountFilters,
    ),
    *write_paths("accounts", WRITES),
]
