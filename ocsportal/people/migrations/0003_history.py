"""Write the history of users and keys by triggers."""

from django.db import migrations

from ocsportal.transactions.migration_operations import InstallHistoryTriggers


class Migration(migrations.Migration):
    dependencies = [('people', '0002_initial'), ('transactions', '0002_triggers')]
    operations = [
        InstallHistoryTriggers("User"),
        InstallHistoryTriggers("ApiKey"),
    ]
