"""Keep subscribers with a text that they are searched by, and its indexes (docs/adr/0024-search-text.md)."""

from django.db import migrations, models

from ocsportal.entities.search.filling import FillSearchText
from ocsportal.transactions.change_tracked import ChangeTracked
from ocsportal.transactions.migration_operations import RunPostgreSQL


class Migration(migrations.Migration):

    dependencies = [
        ('subscribers', '0009_indexes_of_lists'),
        ('transactions', '0007_forms_of_digests'),
    ]

    operations = [
        ChangeTracked(
            'Subscriber',
            [
                migrations.AddField(
                    model_name='subscriber',
                    name='search_text',
                    field=models.TextField(editable=False, null=True),
                ),
            ],
        ),
        FillSearchText("Subscriber"),
        RunPostgreSQL(
            "CREATE INDEX subscriber_search ON subscribers_subscriber USING gin (search_text gin_trgm_ops) "
            "WHERE search_text IS NOT NULL",
            "CREATE INDEX subscriber_search_start ON subscribers_subscriber (substr(search_text, 1, 100) COLLATE \"C\", id) "
            "WHERE search_text IS NOT NULL",
            "DROP INDEX subscriber_custom_name_trgm",
            # What stands anywhere in a value is found by one index, so that its end needs none of its own.
            "CREATE INDEX resource_value_part ON subscribers_subscriberresource USING gin (value gin_trgm_ops)",
            "DROP INDEX resource_value_suffix",
            # Beginnings in the order of their bytes, to be read page by page.
            "CREATE INDEX resource_value_start ON subscribers_subscriberresource (value COLLATE \"C\", id)",
            "DROP INDEX resource_value_prefix",
        ),
    ]
