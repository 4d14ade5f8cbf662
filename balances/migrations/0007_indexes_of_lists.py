"""Lists are read in the order of their indexes (docs/adr/0020-indexes-of-lists.md)."""

import django.db.models.deletion
from django.db import migrations, models

from ocsportal.transactions.migration_operations import OnPostgreSQL


class Migration(migrations.Migration):

    dependencies = [
        ('accounts', '0006_indexes_of_lists'),
        ('balances', '0006_configuration_in_use'),
        ('offers', '0007_last_plan'),
    ]

    operations = [
        OnPostgreSQL(
            migrations.AlterField(
                model_name='balance',
                name='currency',
                field=models.ForeignKey(db_index=False, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='accounts.currency'),
            ),
        ),
        OnPostgreSQL(
            migrations.AlterField(
                model_name='balance',
                name='service',
                field=models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='offers.service'),
            ),
        ),
        OnPostgreSQL(
            migrations.AlterField(
                model_name='balance',
                name='subscription',
                field=models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='balances', to='offers.subscription'),
            ),
        ),
        OnPostgreSQL(
            migrations.AlterField(
                model_name='ledgerentry',
                name='balance',
                field=models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='ledger', to='balances.balance'),
            ),
        ),
        migrations.AddIndex(
            model_name='balance',
            index=models.Index(fields=['service', 'id'], name='balance_service'),
        ),
        migrations.AddIndex(
            model_name='balance',
            index=models.Index(fields=['changed_at', 'id'], name='balance_changed'),
        ),
    ]
