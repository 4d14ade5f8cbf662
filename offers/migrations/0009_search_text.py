"""Keep subscriptions with a text that they are searched by, and its indexes (docs/adr/0024-search-text.md)."""

from django.db import migrations, models

from ocsportal.entities.search.filling import FillSearchText
from ocsportal.transactions.change_tracked import ChangeTracked
from ocsportal.transactions.migration_operations import RunPostgreSQL


class Migration(migrations.Migration):

    dependencies = [
        ('offers', '0008_indexes_of_lists'),
        ('transactions', '0007_forms_of_digests'),
    ]

    operations = [
        ChangeTracked(
            'Subscription',
            [
                migrations.AddField(
                    model_name='subscription',
                    name='search_text',
                    field=models.TextField(editable=False, null=True),
                ),
            ],
        ),
        FillSearchText("Subscription"),
        RunPostgreSQL(
            "CREATE INDEX subscription_search ON offers_subscription USING gin (search_text gin_trgm_ops) WHERE search_text IS NOT NULL",
            "CREATE INDEX subscription_search_start ON offers_subscription (substr(search_text, 1, 100) COLLATE \"C\", id) "
            "WHERE search_text IS NOT NULL",
            "DROP INDEX subscription_custom_name_trgm",
        ),
    ]
