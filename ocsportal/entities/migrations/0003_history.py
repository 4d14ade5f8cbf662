"""Write the history of state reasons by triggers."""

from django.db import migrations

from ocsportal.transactions.migration_operations import InstallHistoryTriggers


class Migration(migrations.Migration):
    dependencies = [('entities', '0002_initial'), ('transactions', '0002_triggers')]
    operations = [
        InstallHistoryTriggers("StateReason"),
    ]
