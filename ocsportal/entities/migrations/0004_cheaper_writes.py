"""Spare each write what no search needs: foreign keys of the history, indexes (docs/adr/0016-cheap-writes.md)."""

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models

from ocsportal.transactions.migration_operations import OnPostgreSQL


class Migration(migrations.Migration):

    dependencies = [
        ('entities', '0003_history'),
        ('transactions', '0004_cheaper_writes'),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        OnPostgreSQL(
            migrations.AlterField(
                model_name='historicalstatereason',
                name='history_user',
                field=models.ForeignKey(db_constraint=False, null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='+', to=settings.AUTH_USER_MODEL),
            ),
        ),
        OnPostgreSQL(
            migrations.AlterField(
                model_name='historicalstatereason',
                name='id',
                field=models.BigIntegerField(auto_created=True, blank=True, verbose_name='ID'),
            ),
        ),
        OnPostgreSQL(
            migrations.AlterField(
                model_name='historicalstatereason',
                name='transaction',
                field=models.ForeignKey(db_constraint=False, null=True, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', to='transactions.businesstransaction'),
            ),
        ),
    ]
