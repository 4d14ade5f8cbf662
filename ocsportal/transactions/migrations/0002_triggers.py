"""Guard the Business Transactions."""

from django.db import migrations

from ocsportal.transactions.migration_operations import InstallSharedTriggers


class Migration(migrations.Migration):
    dependencies = [('transactions', '0001_initial')]
    operations = [
        InstallSharedTriggers(),
    ]
