"""Entries of the ledger are bound to their Business Transactions (docs/adr/0033-keyed-proof-and-seals.md)."""

from django.db import migrations, models

from ocsportal.transactions.migration_operations import InstallGuards


class Migration(migrations.Migration):

    dependencies = [
        ('balances', '0010_personal'),
        ('transactions', '0011_keyed_proof'),
    ]

    operations = [
        migrations.AddField(
            model_name='ledgerentry',
            name='reason_digest',
            field=models.CharField(max_length=64, null=True),
        ),
        migrations.AddField(
            model_name='ledgerentry',
            name='salt',
            field=models.CharField(max_length=32, null=True),
        ),
        InstallGuards(),
    ]
