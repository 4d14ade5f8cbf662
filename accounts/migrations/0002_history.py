"""Write the history of accounts by triggers; indexes to find accounts and to read a long history."""

from django.db import migrations

from ocsportal.transactions.migration_operations import InstallHistoryTriggers, RunPostgreSQL


class Migration(migrations.Migration):
    dependencies = [("accounts", "0001_initial"), ("transactions", "0002_triggers"), ("customers", "0005_search")]
    operations = [
        *[
            InstallHistoryTriggers(name)
            for name in ("AccountType", "AccountSegment", "Currency", "BillCycle", "AccountProfile", "Account")
        ],
        RunPostgreSQL(
            "CREATE INDEX account_custom_name_trgm ON accounts_account USING gin (UPPER(custom_name) gin_trgm_ops)",
            "CREATE INDEX account_attributes ON accounts_account USING gin (custom_attributes jsonb_path_ops)",
        ),
        migrations.RunSQL(
            [
                "CREATE INDEX account_custom_name ON accounts_account (custom_name, id)",
                "CREATE INDEX account_history_newest ON accounts_historicalaccount (id, history_id)",
            ],
            ["DROP INDEX account_custom_name", "DROP INDEX account_history_newest"],
        ),
    ]
