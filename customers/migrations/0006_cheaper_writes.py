"""Spare each write what no search needs: foreign keys of the history, indexes (docs/adr/0016-cheap-writes.md)."""

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models

from ocsportal.transactions.migration_operations import DropPatternIndexes, OnPostgreSQL


class Migration(migrations.Migration):

    dependencies = [
        ('customers', '0005_search'),
        ('entities', '0004_cheaper_writes'),
        ('transactions', '0004_cheaper_writes'),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        OnPostgreSQL(
            migrations.AlterField(
                model_name='customer',
                name='plan_reason',
                field=models.ForeignKey(db_index=False, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='entities.statereason'),
            ),
        ),
        OnPostgreSQL(
            migrations.AlterField(
                model_name='customer',
                name='state_reason',
                field=models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='entities.statereason'),
            ),
        ),
        OnPostgreSQL(
            migrations.AlterField(
                model_name='historicalcustomer',
                name='history_user',
                field=models.ForeignKey(db_constraint=False, null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='+', to=settings.AUTH_USER_MODEL),
            ),
        ),
        OnPostgreSQL(
            migrations.AlterField(
                model_name='historicalcustomer',
                name='id',
                field=models.BigIntegerField(auto_created=True, blank=True, verbose_name='ID'),
            ),
        ),
        OnPostgreSQL(
            migrations.AlterField(
                model_name='historicalcustomer',
                name='transaction',
                field=models.ForeignKey(db_constraint=False, null=True, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', to='transactions.businesstransaction'),
            ),
        ),
        OnPostgreSQL(
            migrations.AlterField(
                model_name='historicalcustomerprofile',
                name='history_user',
                field=models.ForeignKey(db_constraint=False, null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='+', to=settings.AUTH_USER_MODEL),
            ),
        ),
        OnPostgreSQL(
            migrations.AlterField(
                model_name='historicalcustomerprofile',
                name='id',
                field=models.BigIntegerField(auto_created=True, blank=True, verbose_name='ID'),
            ),
        ),
        OnPostgreSQL(
            migrations.AlterField(
                model_name='historicalcustomerprofile',
                name='transaction',
                field=models.ForeignKey(db_constraint=False, null=True, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', to='transactions.businesstransaction'),
            ),
        ),
        OnPostgreSQL(
            migrations.AlterField(
                model_name='historicalcustomersegment',
                name='history_user',
                field=models.ForeignKey(db_constraint=False, null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='+', to=settings.AUTH_USER_MODEL),
            ),
        ),
        OnPostgreSQL(
            migrations.AlterField(
                model_name='historicalcustomersegment',
                name='id',
                field=models.BigIntegerField(auto_created=True, blank=True, verbose_name='ID'),
            ),
        ),
        OnPostgreSQL(
            migrations.AlterField(
                model_name='historicalcustomersegment',
                name='transaction',
                field=models.ForeignKey(db_constraint=False, null=True, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', to='transactions.businesstransaction'),
            ),
        ),
        DropPatternIndexes("Customer"),
    ]
