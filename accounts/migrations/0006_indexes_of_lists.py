"""Lists are read in the order of their indexes (docs/adr/0020-indexes-of-lists.md)."""

import django.db.models.deletion
from django.db import migrations, models

from ocsportal.transactions.migration_operations import OnPostgreSQL


class Migration(migrations.Migration):

    dependencies = [
        ('accounts', '0005_last_plan'),
        ('customers', '0008_last_plan'),
        ('entities', '0004_cheaper_writes'),
    ]

    operations = [
        OnPostgreSQL(
            migrations.AlterField(
                model_name='account',
                name='customer',
                field=models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='accounts', to='customers.customer'),
            ),
        ),
        OnPostgreSQL(
            migrations.AlterField(
                model_name='account',
                name='parent',
                field=models.ForeignKey(blank=True, db_index=False, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='subordinate_accounts', to='accounts.account'),
            ),
        ),
        OnPostgreSQL(
            migrations.AlterField(
                model_name='account',
                name='segment',
                field=models.ForeignKey(db_index=False, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='accounts.accountsegment'),
            ),
        ),
        migrations.AddIndex(
            model_name='account',
            index=models.Index(fields=['customer', 'id'], name='account_customer'),
        ),
        migrations.AddIndex(
            model_name='account',
            index=models.Index(condition=models.Q(('parent__isnull', False)), fields=['parent', 'id'], name='account_parent'),
        ),
        migrations.AddIndex(
            model_name='account',
            index=models.Index(condition=models.Q(('segment__isnull', False)), fields=['segment', 'id'], name='account_segment'),
        ),
        migrations.AddIndex(
            model_name='account',
            index=models.Index(fields=['account_type', 'id'], name='account_type'),
        ),
        migrations.AddIndex(
            model_name='account',
            index=models.Index(condition=models.Q(('test_account', True)), fields=['id'], name='account_test'),
        ),
    ]
