"""Spare each write what no search needs: foreign keys of the history, indexes (docs/adr/0016-cheap-writes.md)."""

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models

from ocsportal.transactions.migration_operations import OnPostgreSQL


class Migration(migrations.Migration):

    dependencies = [
        ('people', '0004_api_key_names'),
        ('transactions', '0004_cheaper_writes'),
    ]

    operations = [
        OnPostgreSQL(
            migrations.AlterField(
                model_name='historicalapikey',
                name='history_user',
                field=models.ForeignKey(db_constraint=False, null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='+', to=settings.AUTH_USER_MODEL),
            ),
        ),
        OnPostgreSQL(
            migrations.AlterField(
                model_name='historicalapikey',
                name='id',
                field=models.BigIntegerField(auto_created=True, blank=True, verbose_name='ID'),
            ),
        ),
        OnPostgreSQL(
            migrations.AlterField(
                model_name='historicalapikey',
                name='transaction',
                field=models.ForeignKey(db_constraint=False, null=True, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', to='transactions.businesstransaction'),
            ),
        ),
        OnPostgreSQL(
            migrations.AlterField(
                model_name='historicaluser',
                name='history_user',
                field=models.ForeignKey(db_constraint=False, null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='+', to=settings.AUTH_USER_MODEL),
            ),
        ),
        OnPostgreSQL(
            migrations.AlterField(
                model_name='historicaluser',
                name='id',
                field=models.BigIntegerField(auto_created=True, blank=True, verbose_name='ID'),
            ),
        ),
        OnPostgreSQL(
            migrations.AlterField(
                model_name='historicaluser',
                name='transaction',
                field=models.ForeignKey(db_constraint=False, null=True, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', to='transactions.businesstransaction'),
            ),
        ),
    ]
