"""Lists are read in the order of their indexes (docs/adr/0020-indexes-of-lists.md)."""

import django.db.models.deletion
from django.db import migrations, models

from ocsportal.transactions.migration_operations import OnPostgreSQL


class Migration(migrations.Migration):

    dependencies = [
        ('customers', '0009_twins'),
        ('entities', '0004_cheaper_writes'),
    ]

    operations = [
        OnPostgreSQL(
            migrations.AlterField(
                model_name='customer',
                name='segment',
                field=models.ForeignKey(db_index=False, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='customers.customersegment'),
            ),
        ),
        migrations.AddIndex(
            model_name='customer',
            index=models.Index(condition=models.Q(('segment__isnull', False)), fields=['segment', 'id'], name='customer_segment'),
        ),
        migrations.AddIndex(
            model_name='customer',
            index=models.Index(condition=models.Q(('test_customer', True)), fields=['id'], name='customer_test'),
        ),
    ]
