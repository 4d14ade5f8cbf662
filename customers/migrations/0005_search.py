"""Indexes for finding customers: by a part of a name, by e-mail, by attribute; and for reading a long history."""

from django.db import migrations

from ocsportal.transactions.migration_operations import RunPostgreSQL


class Migration(migrations.Migration):
    dependencies = [("customers", "0004_history")]
    operations = [
        RunPostgreSQL(
            "CREATE EXTENSION IF NOT EXISTS pg_trgm",
            # What Django's icontains and iexact ask for: the upper-cased column.
            "CREATE INDEX customer_custom_name_trgm ON customers_customer USING gin (UPPER(custom_name) gin_trgm_ops)",
            "CREATE INDEX customer_contact_name_trgm ON customers_customer USING gin (UPPER(contact_name) gin_trgm_ops)",
            "CREATE INDEX customer_contact_email_upper ON customers_customer (UPPER(contact_email))",
            "CREATE INDEX customer_attributes ON customers_customer USING gin (custom_attributes jsonb_path_ops)",
        ),
        migrations.RunSQL(
            [
                "CREATE INDEX customer_custom_name ON customers_customer (custom_name, id)",
                "CREATE INDEX customer_history_newest ON customers_historicalcustomer (id, history_id)",
            ],
            ["DROP INDEX customer_custom_name", "DROP INDEX customer_history_newest"],
        ),
    ]
