"""The reasons of a balance's versions can be taken out (docs/adr/0029-personal-values-can-be-taken-out.md)."""

from django.db import migrations

from ocsportal.transactions.migration_operations import InstallHistoryTriggers


class Migration(migrations.Migration):

    dependencies = [
        ('balances', '0009_past_by_customer'),
        ('transactions', '0010_personal'),
    ]

    operations = [
        InstallHistoryTriggers("Balance"),
    ]
