"""An open erasure may take out reasons of the ledger (docs/adr/0029-personal-values-can-be-taken-out.md)."""

from django.db import migrations

from ocsportal.transactions.migration_operations import InstallGuards


class Migration(migrations.Migration):

    dependencies = [
        ('balances', '0011_bound_ledger'),
    ]

    operations = [
        InstallGuards(),
    ]
