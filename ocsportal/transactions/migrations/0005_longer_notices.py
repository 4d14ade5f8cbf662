"""A notice may name entities, such as customers that may be the same."""

from django.db import migrations, models

from ocsportal.transactions.migration_operations import OnPostgreSQL


class Migration(migrations.Migration):

    dependencies = [
        ('transactions', '0004_cheaper_writes'),
    ]

    operations = [
        # SQLite holds no length, and would make the table anew.
        OnPostgreSQL(
            migrations.AlterField(
                model_name='businesstransaction',
                name='notice',
                field=models.CharField(blank=True, max_length=120),
            ),
        ),
    ]
