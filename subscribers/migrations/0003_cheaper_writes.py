"""Spare each write what no search needs: foreign keys of the history, indexes (docs/adr/0016-cheap-writes.md)."""

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models

from ocsportal.transactions.migration_operations import DropPatternIndexes, OnPostgreSQL


class Migration(migrations.Migration):

    dependencies = [
        ('entities', '0004_cheaper_writes'),
        ('subscribers', '0002_history'),
        ('transactions', '0004_cheaper_writes'),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        OnPostgreSQL(
            migrations.AlterField(
                model_name='historicalresourcetype',
                name='history_user',
                field=models.ForeignKey(db_constraint=False, null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='+', to=settings.AUTH_USER_MODEL),
            ),
        ),
        OnPostgreSQL(
            migrations.AlterField(
                model_name='historicalresourcetype',
                name='id',
                field=models.BigIntegerField(auto_created=True, blank=True, verbose_name='ID'),
            ),
        ),
        OnPostgreSQL(
            migrations.AlterField(
                model_name='historicalresourcetype',
                name='transaction',
                field=models.ForeignKey(db_constraint=False, null=True, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', to='transactions.businesstransaction'),
            ),
        ),
        OnPostgreSQL(
            migrations.AlterField(
                model_name='historicalsubscriber',
                name='history_user',
                field=models.ForeignKey(db_constraint=False, null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='+', to=settings.AUTH_USER_MODEL),
            ),
        ),
        OnPostgreSQL(
            migrations.AlterField(
                model_name='historicalsubscriber',
                name='id',
                field=models.BigIntegerField(auto_created=True, blank=True, verbose_name='ID'),
            ),
        ),
        OnPostgreSQL(
            migrations.AlterField(
                model_name='historicalsubscriber',
                name='transaction',
                field=models.ForeignKey(db_constraint=False, null=True, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', to='transactions.businesstransaction'),
            ),
        ),
        OnPostgreSQL(
            migrations.AlterField(
                model_name='historicalsubscriberprofile',
                name='history_user',
                field=models.ForeignKey(db_constraint=False, null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='+', to=settings.AUTH_USER_MODEL),
            ),
        ),
        OnPostgreSQL(
            migrations.AlterField(
                model_name='historicalsubscriberprofile',
                name='id',
                field=models.BigIntegerField(auto_created=True, blank=True, verbose_name='ID'),
            ),
        ),
        OnPostgreSQL(
            migrations.AlterField(
                model_name='historicalsubscriberprofile',
                name='transaction',
                field=models.ForeignKey(db_constraint=False, null=True, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', to='transactions.businesstransaction'),
            ),
        ),
        OnPostgreSQL(
            migrations.AlterField(
                model_name='historicalsubscriberresource',
                name='history_user',
                field=models.ForeignKey(db_constraint=False, null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='+', to=settings.AUTH_USER_MODEL),
            ),
        ),
        OnPostgreSQL(
            migrations.AlterField(
                model_name='historicalsubscriberresource',
                name='id',
                field=models.BigIntegerField(auto_created=True, blank=True, verbose_name='ID'),
            ),
        ),
        OnPostgreSQL(
            migrations.AlterField(
                model_name='historicalsubscriberresource',
                name='transaction',
                field=models.ForeignKey(db_constraint=False, null=True, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', to='transactions.businesstransaction'),
            ),
        ),
        OnPostgreSQL(
            migrations.AlterField(
                model_name='historicalsubscribersegment',
                name='history_user',
                field=models.ForeignKey(db_constraint=False, null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='+', to=settings.AUTH_USER_MODEL),
            ),
        ),
        OnPostgreSQL(
            migrations.AlterField(
                model_name='historicalsubscribersegment',
                name='id',
                field=models.BigIntegerField(auto_created=True, blank=True, verbose_name='ID'),
            ),
        ),
        OnPostgreSQL(
            migrations.AlterField(
                model_name='historicalsubscribersegment',
                name='transaction',
                field=models.ForeignKey(db_constraint=False, null=True, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', to='transactions.businesstransaction'),
            ),
        ),
        OnPostgreSQL(
            migrations.AlterField(
                model_name='subscriber',
                name='plan_reason',
                field=models.ForeignKey(db_index=False, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='entities.statereason'),
            ),
        ),
        OnPostgreSQL(
            migrations.AlterField(
                model_name='subscriber',
                name='state_reason',
                field=models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='entities.statereason'),
            ),
        ),
        DropPatternIndexes("Subscriber", "SubscriberResource"),
    ]
