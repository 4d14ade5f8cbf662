"""Lists are read in the order of their indexes (docs/adr/0020-indexes-of-lists.md)."""

import django.db.models.deletion
from django.db import migrations, models

from ocsportal.transactions.migration_operations import OnPostgreSQL


class Migration(migrations.Migration):

    dependencies = [
        ('accounts', '0006_indexes_of_lists'),
        ('entities', '0004_cheaper_writes'),
        ('subscribers', '0008_canonical_values'),
    ]

    operations = [
        migrations.RemoveConstraint(
            model_name='subscriberresource',
            name='resource_one_per_type',
        ),
        OnPostgreSQL(
            migrations.AlterField(
                model_name='subscriber',
                name='account',
                field=models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='subscribers', to='accounts.account'),
            ),
        ),
        OnPostgreSQL(
            migrations.AlterField(
                model_name='subscriber',
                name='primary_resource_type',
                field=models.ForeignKey(db_index=False, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='subscribers.resourcetype'),
            ),
        ),
        OnPostgreSQL(
            migrations.AlterField(
                model_name='subscriber',
                name='segment',
                field=models.ForeignKey(db_index=False, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='subscribers.subscribersegment'),
            ),
        ),
        OnPostgreSQL(
            migrations.AlterField(
                model_name='subscriberresource',
                name='resource_type',
                field=models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='subscribers.resourcetype'),
            ),
        ),
        OnPostgreSQL(
            migrations.AlterField(
                model_name='subscriberresource',
                name='subscriber',
                field=models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='resources', to='subscribers.subscriber'),
            ),
        ),
        migrations.AddIndex(
            model_name='subscriber',
            index=models.Index(fields=['account', 'id'], name='subscriber_account'),
        ),
        migrations.AddIndex(
            model_name='subscriber',
            index=models.Index(condition=models.Q(('segment__isnull', False)), fields=['segment', 'id'], name='subscriber_segment'),
        ),
        migrations.AddIndex(
            model_name='subscriberresource',
            index=models.Index(fields=['subscriber', 'id'], name='resource_subscriber'),
        ),
        migrations.AddIndex(
            model_name='subscriberresource',
            index=models.Index(fields=['resource_type', 'id'], name='resource_type'),
        ),
        migrations.AddIndex(
            model_name='subscriberresource',
            index=models.Index(condition=models.Q(('valid_to__isnull', False)), fields=['id'], name='resource_former'),
        ),
        migrations.AddConstraint(
            model_name='subscriberresource',
            constraint=models.UniqueConstraint(condition=models.Q(('valid_to', None)), fields=('resource_type', 'subscriber'), name='resource_one_per_type'),
        ),
    ]
