"""Write the history of balances by triggers, and let nobody change or delete an entry of the ledger."""

from django.db import migrations

from ocsportal.transactions.migration_operations import InstallHistoryTriggers, MakeAppendOnly


class Migration(migrations.Migration):
    dependencies = [("balances", "0002_initial"), ("transactions", "0002_triggers")]
    operations = [
        InstallHistoryTriggers("Balance"),
        InstallHistoryTriggers("AdjustmentLimit"),
        MakeAppendOnly("LedgerEntry"),
        migrations.RunSQL(
            ["CREATE INDEX balance_history_newest ON balances_historicalbalance (id, history_id)"],
            ["DROP INDEX balance_history_newest"],
        ),
    ]
