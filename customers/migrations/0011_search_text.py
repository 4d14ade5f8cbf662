"""Keep customers with a text that they are searched by, and its indexes (docs/adr/0024-search-text.md)."""

from django.db import migrations, models

from ocsportal.entities.search.filling import FillSearchText
from ocsportal.transactions.change_tracked import ChangeTracked
from ocsportal.transactions.migration_operations import RunPostgreSQL


class Migration(migrations.Migration):

    dependencies = [
        ('customers', '0010_indexes_of_lists'),
        ('transactions', '0007_forms_of_digests'),
    ]

    operations = [
        ChangeTracked(
            'Customer',
            [
                migrations.AddField(
                    model_name='customer',
                    name='search_text',
                    field=models.TextField(editable=False, null=True),
                ),
            ],
        ),
        FillSearchText("Customer", legal="contact_name", others=(
                "contact_email", "contact_phone", "contact_address_line1", "contact_address_line2",
                "contact_postal_code", "contact_city", "contact_tax_number",
            )),
        RunPostgreSQL(
            "CREATE INDEX customer_search ON customers_customer USING gin (search_text gin_trgm_ops) WHERE search_text IS NOT NULL",
            "CREATE INDEX customer_search_start ON customers_customer (substr(search_text, 1, 100) COLLATE \"C\", id) "
            "WHERE search_text IS NOT NULL",
            "DROP INDEX customer_custom_name_trgm",
            "DROP INDEX customer_contact_name_trgm",
        ),
    ]
