"""Write the history of the catalogue and of subscriptions by triggers; indexes to find subscriptions."""

from django.db import migrations

from ocsportal.transactions.migration_operations import InstallHistoryTriggers, RunPostgreSQL


class Migration(migrations.Migration):
    dependencies = [("offers", "0001_initial"), ("transactions", "0002_triggers"), ("customers", "0005_search")]
    operations = [
        *[
            InstallHistoryTriggers(name)
            for name in (
                "Service", "Product", "ProductService", "Offer", "OfferVersion", "OfferService", "Subscription",
            )  # fmt: skip
        ],
        RunPostgreSQL(
            "CREATE INDEX subscription_custom_name_trgm ON offers_subscription USING gin (UPPER(custom_name) gin_trgm_ops)",
            "CREATE INDEX subscription_attributes ON offers_subscription USING gin (custom_attributes jsonb_path_ops)",
        ),
        migrations.RunSQL(
            [
                "CREATE INDEX subscription_custom_name ON offers_subscription (custom_name, id)",
                "CREATE INDEX subscription_history_newest ON offers_historicalsubscription (id, history_id)",
            ],
            ["DROP INDEX subscription_custom_name", "DROP INDEX subscription_history_newest"],
        ),
    ]
