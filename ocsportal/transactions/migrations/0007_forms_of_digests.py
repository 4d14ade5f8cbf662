"""What history rows are sealed with is recorded, so that they are proven by it whatever columns come later.

The table itself may stand by now (ocsportal/transactions/triggers/generated.py, prepare_forms).
"""

from django.db import migrations, models

from ocsportal.transactions.migration_operations import RecordForms, RunPostgreSQL


class Migration(migrations.Migration):

    dependencies = [
        ('transactions', '0006_indexes_of_lists'),
    ]

    operations = [
        migrations.SeparateDatabaseAndState(
            state_operations=[
                migrations.CreateModel(
                    name='SealedForm',
                    fields=[
                        ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                        ('history', models.CharField(max_length=63)),
                        ('after', models.BigIntegerField()),
                        ('columns', models.TextField()),
                        ('renamed', models.TextField()),
                        ('bound', models.BooleanField()),
                        ('digest', models.CharField(max_length=64)),
                    ],
                    options={
                        'default_permissions': (),
                    },
                ),
            ],
        ),
        RecordForms(),
        # The version is counted by a function of each table now.
        RunPostgreSQL("DROP FUNCTION IF EXISTS ocs_next_version()"),
    ]
