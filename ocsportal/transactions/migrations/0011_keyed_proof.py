"""Business Transactions are bound to their rows and sealed by a key (docs/adr/0033-keyed-proof-and-seals.md)."""

from django.db import migrations, models

from ocsportal.transactions.migration_operations import RecordBorder, RecordForms, RunPostgreSQL, RunSQLite
from ocsportal.transactions.triggers.sqlite import MAKE_WRITTEN

FIELDS = {
    'salt': models.CharField(max_length=32, null=True),
    'reason_digest': models.CharField(max_length=64, null=True),
    'answer_digest': models.CharField(max_length=64, null=True),
    'opened_in': models.BigIntegerField(null=True),
    'rows_count': models.IntegerField(help_text='How many rows of history and ledger it wrote.', null=True),
    'rows_digest': models.CharField(max_length=64, null=True),
    'key_number': models.SmallIntegerField(null=True),
    'mac': models.CharField(max_length=64, null=True),
}


class Migration(migrations.Migration):

    dependencies = [
        ('transactions', '0010_personal'),
    ]

    operations = [
        *(
            migrations.AddField(model_name='businesstransaction', name=name, field=field)
            for name, field in FIELDS.items()
        ),
        # A process of the version before, which goes on until it is started anew, says nothing of it.
        RunPostgreSQL(
            "ALTER TABLE transactions_businesstransaction ALTER opened_in SET DEFAULT pg_current_xact_id()::text::bigint"
        ),
        RunSQLite(MAKE_WRITTEN),
        RecordForms(),
        RecordBorder('BusinessTransaction'),
    ]
