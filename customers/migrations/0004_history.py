"""Write the history of customers by triggers."""

from django.db import migrations

from ocsportal.transactions.migration_operations import InstallHistoryTriggers


class Migration(migrations.Migration):
    dependencies = [('customers', '0003_initial'), ('transactions', '0002_triggers')]
    operations = [
        InstallHistoryTriggers("CustomerSegment"),
        InstallHistoryTriggers("CustomerProfile"),
        InstallHistoryTriggers("Customer"),
    ]
