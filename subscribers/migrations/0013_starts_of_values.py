"""Beginnings of live values and of former ones have an index each (docs/adr/0034-search-at-a-million.md)."""

from django.db import migrations

from ocsportal.transactions.migration_operations import RunPostgreSQL

TABLE = 'subscribers_subscriberresource (value COLLATE "C", id)'


class Migration(migrations.Migration):
    atomic = False

    dependencies = [("subscribers", "0012_holds")]

    operations = [
        # Beside running writes; begun anew after a failure, it takes the torso away first.
        RunPostgreSQL(
            "DROP INDEX CONCURRENTLY IF EXISTS resource_start_live",
            f"CREATE INDEX CONCURRENTLY resource_start_live ON {TABLE} WHERE valid_to IS NULL",
            "DROP INDEX CONCURRENTLY IF EXISTS resource_start_former",
            f"CREATE INDEX CONCURRENTLY resource_start_former ON {TABLE} WHERE valid_to IS NOT NULL",
            "DROP INDEX CONCURRENTLY IF EXISTS resource_value_start",
        ),
    ]
