"""The newest version of a note is looked up whenever the note is written (docs/adr/0033-keyed-proof-and-seals.md)."""

from django.db import migrations

from ocsportal.transactions.migration_operations import RunPostgreSQL


class Migration(migrations.Migration):
    atomic = False

    dependencies = [("customers", "0013_personal")]

    operations = [
        # Beside running writes; begun anew after a failure, it takes the torso away first.
        RunPostgreSQL(
            "DROP INDEX CONCURRENTLY IF EXISTS customernote_history_newest",
            "CREATE INDEX CONCURRENTLY customernote_history_newest ON customers_historicalcustomernote (id, history_id)",
        ),
    ]
