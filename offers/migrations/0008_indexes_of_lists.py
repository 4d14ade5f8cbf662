"""Lists are read in the order of their indexes (docs/adr/0020-indexes-of-lists.md)."""

import django.db.models.deletion
from django.db import migrations, models

from ocsportal.transactions.migration_operations import OnPostgreSQL


class Migration(migrations.Migration):

    dependencies = [
        ('accounts', '0006_indexes_of_lists'),
        ('customers', '0010_indexes_of_lists'),
        ('entities', '0004_cheaper_writes'),
        ('offers', '0007_last_plan'),
        ('subscribers', '0008_canonical_values'),
    ]

    operations = [
        OnPostgreSQL(
            migrations.AlterField(
                model_name='subscription',
                name='account',
                field=models.ForeignKey(db_index=False, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='subscriptions', to='accounts.account'),
            ),
        ),
        OnPostgreSQL(
            migrations.AlterField(
                model_name='subscription',
                name='customer',
                field=models.ForeignKey(db_index=False, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='subscriptions', to='customers.customer'),
            ),
        ),
        OnPostgreSQL(
            migrations.AlterField(
                model_name='subscription',
                name='offer',
                field=models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='subscriptions', to='offers.offer'),
            ),
        ),
        OnPostgreSQL(
            migrations.AlterField(
                model_name='subscription',
                name='parent',
                field=models.ForeignKey(db_index=False, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='children', to='offers.subscription'),
            ),
        ),
        OnPostgreSQL(
            migrations.AlterField(
                model_name='subscription',
                name='subscriber',
                field=models.ForeignKey(db_index=False, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='subscriptions', to='subscribers.subscriber'),
            ),
        ),
        migrations.AddIndex(
            model_name='subscription',
            index=models.Index(condition=models.Q(('customer__isnull', False)), fields=['customer', 'id'], name='subscription_customer'),
        ),
        migrations.AddIndex(
            model_name='subscription',
            index=models.Index(condition=models.Q(('account__isnull', False)), fields=['account', 'id'], name='subscription_account'),
        ),
        migrations.AddIndex(
            model_name='subscription',
            index=models.Index(condition=models.Q(('subscriber__isnull', False)), fields=['subscriber', 'id'], name='subscription_subscriber'),
        ),
        migrations.AddIndex(
            model_name='subscription',
            index=models.Index(condition=models.Q(('parent__isnull', False)), fields=['parent', 'id'], name='subscription_parent'),
        ),
        migrations.AddIndex(
            model_name='subscription',
            index=models.Index(fields=['offer', 'id'], name='subscription_offer'),
        ),
    ]
