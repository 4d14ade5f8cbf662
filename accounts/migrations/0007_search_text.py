"""Keep accounts with a text that they are searched by, and its indexes (docs/adr/0024-search-text.md)."""

from django.db import migrations, models

from ocsportal.entities.search.filling import FillSearchText
from ocsportal.transactions.change_tracked import ChangeTracked
from ocsportal.transactions.migration_operations import RunPostgreSQL


class Migration(migrations.Migration):

    dependencies = [
        ('accounts', '0006_indexes_of_lists'),
        ('transactions', '0007_forms_of_digests'),
    ]

    operations = [
        ChangeTracked(
            'Account',
            [
                migrations.AddField(
                    model_name='account',
                    name='search_text',
                    field=models.TextField(editable=False, null=True),
                ),
            ],
        ),
        FillSearchText("Account", others=("preference_invoice_email",)),
        RunPostgreSQL(
            "CREATE INDEX account_search ON accounts_account USING gin (search_text gin_trgm_ops) WHERE search_text IS NOT NULL",
            "CREATE INDEX account_search_start ON accounts_account (substr(search_text, 1, 100) COLLATE \"C\", id) "
            "WHERE search_text IS NOT NULL",
            "DROP INDEX account_custom_name_trgm",
        ),
    ]
