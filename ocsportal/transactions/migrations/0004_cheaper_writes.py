"""Spare each write what no search needs: foreign keys of the history, indexes (docs/adr/0016-cheap-writes.md)."""

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models

from ocsportal.transactions.migration_operations import OnPostgreSQL, RunPostgreSQL


class Migration(migrations.Migration):

    dependencies = [
        ('transactions', '0003_edition'),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        OnPostgreSQL(
            migrations.RemoveConstraint(
                model_name='businesstransaction',
                name='transaction_request_once',
            ),
        ),
        OnPostgreSQL(
            migrations.RemoveIndex(
                model_name='businesstransaction',
                name='transaction_target',
            ),
        ),
        OnPostgreSQL(
            migrations.AlterField(
                model_name='businesstransaction',
                name='actor',
                field=models.ForeignKey(db_index=False, help_text='None is the portal itself.', null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL),
            ),
        ),
        OnPostgreSQL(
            migrations.AlterField(
                model_name='businesstransaction',
                name='transaction_id',
                field=models.CharField(max_length=255),
            ),
        ),
        OnPostgreSQL(
            migrations.AlterField(
                model_name='outboxmessage',
                name='transaction',
                field=models.OneToOneField(db_constraint=False, on_delete=django.db.models.deletion.PROTECT, related_name='outbox', to='transactions.businesstransaction'),
            ),
        ),
        OnPostgreSQL(
            migrations.AddIndex(
                model_name='businesstransaction',
                index=models.Index(fields=['transaction_id'], name='transaction_case'),
            ),
        ),
        OnPostgreSQL(
            migrations.AddConstraint(
                model_name='businesstransaction',
                constraint=models.UniqueConstraint(fields=('request_id', 'actor'), name='transaction_request_once'),
            ),
        ),
        # Room on the page for the row that closes a Business Transaction, which then touches no index.
        RunPostgreSQL("ALTER TABLE transactions_businesstransaction SET (fillfactor = 75)"),
    ]
