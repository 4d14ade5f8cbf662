"""Indexes for finding who may be the same customer: by tax number, by postal code and name."""

from django.db import migrations

from ocsportal.transactions.migration_operations import RunPostgreSQL


class Migration(migrations.Migration):
    dependencies = [("customers", "0008_last_plan")]
    operations = [
        RunPostgreSQL(
            "CREATE INDEX customer_tax_number ON customers_customer (contact_tax_number) WHERE contact_tax_number <> ''",
            "CREATE INDEX customer_name_there ON customers_customer (contact_postal_code, UPPER(contact_name)) "
            "WHERE contact_postal_code <> '' AND contact_name <> ''",
        ),
    ]
