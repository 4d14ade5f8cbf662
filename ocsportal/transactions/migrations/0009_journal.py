"""The journal, the cursors on it, and the past in it (docs/adr/0025-journal-and-cursors.md)."""

import django.db.models.deletion
from django.db import migrations, models

from ocsportal.transactions.migration_operations import InstallSharedTriggers, MakeAppendOnly, RunPostgreSQL

# What was published already comes first, in the order in which it began, since nothing better is known; then what waits.
PAST = (
    "INSERT INTO transactions_journalentry (position, transaction_id) "
    "SELECT row_number() OVER (ORDER BY id), id FROM transactions_businesstransaction b WHERE answer IS NOT NULL "
    "AND NOT EXISTS (SELECT 1 FROM transactions_outboxmessage o WHERE o.transaction_id = b.id)"
)
BROKER = (
    "INSERT INTO transactions_cursor (name, position, held, passed) "
    "SELECT 'broker', coalesce(max(position), 0), '', '{}' FROM transactions_journalentry"
)
WAITING = (
    "INSERT INTO transactions_journalentry (position, transaction_id) SELECT (SELECT position FROM transactions_cursor "
    "WHERE name = 'broker') + row_number() OVER (ORDER BY id), transaction_id FROM transactions_outboxmessage"
)
TAKEN = "DELETE FROM transactions_outboxmessage"


class Migration(migrations.Migration):

    dependencies = [
        ('transactions', '0008_actors_latest'),
    ]

    operations = [
        migrations.CreateModel(
            name='Cursor',
            fields=[
                ('name', models.CharField(max_length=30, primary_key=True, serialize=False)),
                ('position', models.BigIntegerField(db_default=0, default=0, help_text='The last position that is done.')),
                ('held', models.CharField(blank=True, db_default='', default='', max_length=255)),
                ('held_since', models.DateTimeField(null=True)),
                ('passed', models.JSONField(blank=True, db_default={}, default=dict)),
            ],
            options={
                'default_permissions': (),
            },
        ),
        migrations.AddField(
            model_name='businesstransaction',
            name='customers',
            field=models.TextField(help_text='The customers in whose trees it happened.', null=True),
        ),
        # Whose trees they are is sealed from now on.
        InstallSharedTriggers(),
        migrations.CreateModel(
            name='CustomerEntry',
            fields=[
                ('pk', models.CompositePrimaryKey('customer_id', 'position', blank=True, editable=False, primary_key=True, serialize=False)),
                ('customer_id', models.BigIntegerField()),
                ('position', models.BigIntegerField()),
                ('transaction', models.ForeignKey(db_constraint=False, db_index=False, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', to='transactions.businesstransaction')),
            ],
            options={
                'default_permissions': (),
            },
        ),
        migrations.CreateModel(
            name='JournalEntry',
            fields=[
                ('position', models.BigIntegerField(primary_key=True, serialize=False)),
                ('transaction', models.OneToOneField(db_constraint=False, on_delete=django.db.models.deletion.DO_NOTHING, related_name='journal', to='transactions.businesstransaction')),
            ],
            options={
                'ordering': ['position'],
                'default_permissions': (),
            },
        ),
        migrations.RunSQL([PAST, BROKER, WAITING, TAKEN], migrations.RunSQL.noop),
        # What is taken out leaves room soon, however large the table once was.
        RunPostgreSQL(
            'ALTER TABLE transactions_outboxmessage SET (autovacuum_vacuum_scale_factor = 0, autovacuum_vacuum_threshold = 5000)'
        ),
        MakeAppendOnly('JournalEntry'),
        MakeAppendOnly('CustomerEntry'),
    ]
