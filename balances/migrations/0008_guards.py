"""The triggers that guard offers, configuration and ledger, in the form in which they are compared."""

from django.db import migrations

from ocsportal.transactions.migration_operations import InstallGuards, RunPostgreSQL

FORMER = (
    "in_use_update_offers_offerversion", "in_use_insert_offers_offerservice", "in_use_update_offers_offerservice",
    "in_use_delete_offers_offerservice", "in_use_update_offers_offer", "in_use_update_offers_productservice",
    "in_use_delete_offers_productservice", "in_use_update_offers_service", "in_use_insert_offers_productservice",
    "in_use_update_entities_statereason", "in_use_update_accounts_accounttype", "in_use_update_accounts_currency",
    "in_use_update_accounts_billcycle", "in_use_update_subscribers_resourcetype", "keep_code_entities_statereason",
    "keep_code_customers_customersegment", "keep_code_customers_customerprofile", "keep_code_accounts_accounttype",
    "keep_code_accounts_accountsegment", "keep_code_accounts_currency", "keep_code_accounts_billcycle",
    "keep_code_accounts_accountprofile", "keep_code_subscribers_subscribersegment", "keep_code_subscribers_resourcetype",
    "keep_code_subscribers_subscriberprofile", "keep_code_offers_service", "keep_code_offers_product",
    "keep_code_offers_offer",
)  # fmt: skip


class Migration(migrations.Migration):
    dependencies = [
        ("balances", "0007_indexes_of_lists"),
        ("transactions", "0007_forms_of_digests"),
        ("offers", "0008_indexes_of_lists"),
        ("subscribers", "0009_indexes_of_lists"),
        ("accounts", "0006_indexes_of_lists"),
        ("customers", "0010_indexes_of_lists"),
        ("entities", "0004_cheaper_writes"),
    ]
    operations = [
        RunPostgreSQL(*(f"DROP FUNCTION IF EXISTS {name}() CASCADE" for name in FORMER)),
        InstallGuards(),
    ]
