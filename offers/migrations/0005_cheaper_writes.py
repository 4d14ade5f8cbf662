"""Spare each write what no search needs: foreign keys of the history, indexes (docs/adr/0016-cheap-writes.md)."""

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models

from ocsportal.transactions.migration_operations import DropPatternIndexes, OnPostgreSQL


class Migration(migrations.Migration):

    dependencies = [
        ('entities', '0004_cheaper_writes'),
        ('offers', '0004_individual_in_use'),
        ('transactions', '0004_cheaper_writes'),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        OnPostgreSQL(
            migrations.AlterField(
                model_name='historicaloffer',
                name='history_user',
                field=models.ForeignKey(db_constraint=False, null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='+', to=settings.AUTH_USER_MODEL),
            ),
        ),
        OnPostgreSQL(
            migrations.AlterField(
                model_name='historicaloffer',
                name='id',
                field=models.BigIntegerField(auto_created=True, blank=True, verbose_name='ID'),
            ),
        ),
        OnPostgreSQL(
            migrations.AlterField(
                model_name='historicaloffer',
                name='transaction',
                field=models.ForeignKey(db_constraint=False, null=True, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', to='transactions.businesstransaction'),
            ),
        ),
        OnPostgreSQL(
            migrations.AlterField(
                model_name='historicalofferservice',
                name='history_user',
                field=models.ForeignKey(db_constraint=False, null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='+', to=settings.AUTH_USER_MODEL),
            ),
        ),
        OnPostgreSQL(
            migrations.AlterField(
                model_name='historicalofferservice',
                name='id',
                field=models.BigIntegerField(auto_created=True, blank=True, verbose_name='ID'),
            ),
        ),
        OnPostgreSQL(
            migrations.AlterField(
                model_name='historicalofferservice',
                name='transaction',
                field=models.ForeignKey(db_constraint=False, null=True, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', to='transactions.businesstransaction'),
            ),
        ),
        OnPostgreSQL(
            migrations.AlterField(
                model_name='historicalofferversion',
                name='history_user',
                field=models.ForeignKey(db_constraint=False, null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='+', to=settings.AUTH_USER_MODEL),
            ),
        ),
        OnPostgreSQL(
            migrations.AlterField(
                model_name='historicalofferversion',
                name='id',
                field=models.BigIntegerField(auto_created=True, blank=True, verbose_name='ID'),
            ),
        ),
        OnPostgreSQL(
            migrations.AlterField(
                model_name='historicalofferversion',
                name='transaction',
                field=models.ForeignKey(db_constraint=False, null=True, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', to='transactions.businesstransaction'),
            ),
        ),
        OnPostgreSQL(
            migrations.AlterField(
                model_name='historicalproduct',
                name='history_user',
                field=models.ForeignKey(db_constraint=False, null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='+', to=settings.AUTH_USER_MODEL),
            ),
        ),
        OnPostgreSQL(
            migrations.AlterField(
                model_name='historicalproduct',
                name='id',
                field=models.BigIntegerField(auto_created=True, blank=True, verbose_name='ID'),
            ),
        ),
        OnPostgreSQL(
            migrations.AlterField(
                model_name='historicalproduct',
                name='transaction',
                field=models.ForeignKey(db_constraint=False, null=True, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', to='transactions.businesstransaction'),
            ),
        ),
        OnPostgreSQL(
            migrations.AlterField(
                model_name='historicalproductservice',
                name='history_user',
                field=models.ForeignKey(db_constraint=False, null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='+', to=settings.AUTH_USER_MODEL),
            ),
        ),
        OnPostgreSQL(
            migrations.AlterField(
                model_name='historicalproductservice',
                name='id',
                field=models.BigIntegerField(auto_created=True, blank=True, verbose_name='ID'),
            ),
        ),
        OnPostgreSQL(
            migrations.AlterField(
                model_name='historicalproductservice',
                name='transaction',
                field=models.ForeignKey(db_constraint=False, null=True, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', to='transactions.businesstransaction'),
            ),
        ),
        OnPostgreSQL(
            migrations.AlterField(
                model_name='historicalservice',
                name='history_user',
                field=models.ForeignKey(db_constraint=False, null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='+', to=settings.AUTH_USER_MODEL),
            ),
        ),
        OnPostgreSQL(
            migrations.AlterField(
                model_name='historicalservice',
                name='id',
                field=models.BigIntegerField(auto_created=True, blank=True, verbose_name='ID'),
            ),
        ),
        OnPostgreSQL(
            migrations.AlterField(
                model_name='historicalservice',
                name='transaction',
                field=models.ForeignKey(db_constraint=False, null=True, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', to='transactions.businesstransaction'),
            ),
        ),
        OnPostgreSQL(
            migrations.AlterField(
                model_name='historicalsubscription',
                name='history_user',
                field=models.ForeignKey(db_constraint=False, null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='+', to=settings.AUTH_USER_MODEL),
            ),
        ),
        OnPostgreSQL(
            migrations.AlterField(
                model_name='historicalsubscription',
                name='id',
                field=models.BigIntegerField(auto_created=True, blank=True, verbose_name='ID'),
            ),
        ),
        OnPostgreSQL(
            migrations.AlterField(
                model_name='historicalsubscription',
                name='transaction',
                field=models.ForeignKey(db_constraint=False, null=True, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', to='transactions.businesstransaction'),
            ),
        ),
        OnPostgreSQL(
            migrations.AlterField(
                model_name='subscription',
                name='plan_reason',
                field=models.ForeignKey(db_index=False, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='entities.statereason'),
            ),
        ),
        OnPostgreSQL(
            migrations.AlterField(
                model_name='subscription',
                name='state_reason',
                field=models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='entities.statereason'),
            ),
        ),
        DropPatternIndexes("Subscription"),
    ]
