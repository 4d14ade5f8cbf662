"""An open erasure may take out answers and reasons of Business Transactions (docs/adr/0029-personal-values-can-be-taken-out.md)."""

from django.db import migrations

from ocsportal.transactions.migration_operations import InstallSharedTriggers


class Migration(migrations.Migration):

    dependencies = [
        ('transactions', '0013_seals'),
    ]

    operations = [
        InstallSharedTriggers(),
    ]
