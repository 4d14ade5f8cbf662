"""Write the history of subscribers by triggers; indexes to find subscribers and to read a long history."""

from django.db import migrations

from ocsportal.transactions.migration_operations import InstallHistoryTriggers, RunPostgreSQL


class Migration(migrations.Migration):
    dependencies = [("subscribers", "0001_initial"), ("transactions", "0002_triggers"), ("customers", "0005_search")]
    operations = [
        *[
            InstallHistoryTriggers(name)
            for name in (
                "SubscriberSegment", "ResourceType", "SubscriberProfile", "Subscriber", "SubscriberResource",
            )  # fmt: skip
        ],
        RunPostgreSQL(
            "CREATE INDEX subscriber_custom_name_trgm ON subscribers_subscriber "
            "USING gin (UPPER(custom_name) gin_trgm_ops)",
            "CREATE INDEX subscriber_attributes ON subscribers_subscriber USING gin (custom_attributes jsonb_path_ops)",
            # What a caller reads out: the beginning of a number, or its last digits.
            "CREATE INDEX resource_value_prefix ON subscribers_subscriberresource (value text_pattern_ops, id)",
            "CREATE INDEX resource_value_suffix ON subscribers_subscriberresource (REVERSE(value) text_pattern_ops)",
        ),
        migrations.RunSQL(
            [
                "CREATE INDEX subscriber_custom_name ON subscribers_subscriber (custom_name, id)",
                "CREATE INDEX subscriber_history_newest ON subscribers_historicalsubscriber (id, history_id)",
                "CREATE INDEX resource_history_newest ON subscribers_historicalsubscriberresource (id, history_id)",
            ],
            [
                "DROP INDEX subscriber_custom_name",
                "DROP INDEX subscriber_history_newest",
                "DROP INDEX resource_history_newest",
            ],
        ),
    ]
