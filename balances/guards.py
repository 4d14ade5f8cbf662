"""What stored rows rest on in configuration is held by triggers: nobody breaks it by editing, whatever way they come.

What rests on what is declared beside the models (ocsportal/entities/in_use.py). It is all here since the lowest floors'
tables are used by the highest ones. The searches end at the first row; where no index serves one
(docs/adr/0016-cheap-writes.md), an item that nothing uses costs a look through the table, once a year.
"""

from django.db.backends.base.base import BaseDatabaseWrapper

from ocsportal.transactions.triggers import guards
from ocsportal.transactions.triggers.guards import differ
from ocsportal.transactions.triggers.sealing import bind, text

ENTITIES = ("customers_customer", "accounts_account", "subscribers_subscriber", "offers_subscription")
PROFILES = ("customers_customerprofile", "accounts_accountprofile", "subscribers_subscriberprofile")
CONFIGURATION = (
    "entities_statereason", "customers_customersegment", "customers_customerprofile", "accounts_accounttype",
    "accounts_accountsegment", "accounts_currency", "accounts_billcycle", "accounts_accountprofile",
    "subscribers_subscribersegment", "subscribers_resourcetype", "subscribers_subscriberprofile", "offers_service",
    "offers_product", "offers_offer",
)  # fmt: skip


def used(*links: str, where: str = "") -> str:
    """Return the condition that a row points to the item by one of the links, each `table.column`."""
    return " OR ".join(
        f"EXISTS (SELECT 1 FROM {table} WHERE {table}.{column} = OLD.id{where})"
        for table, column in (link.split(".") for link in links)
    )


REASONS = [f"{table}.{name}_id" for table in ENTITIES for name in ("state_reason", "plan_reason", "last_plan_reason")]
PERIODS = (
    "type", "duration", "period", "billing_day", "billing_month", "billing_year", "offset_hours", "individual",
)  # fmt: skip
NO_CURRENCY = (
    "EXISTS (SELECT 1 FROM offers_subscription s JOIN offers_offerversion v ON v.id = s.offer_version_id "
    "WHERE s.customer_id IS NOT NULL AND v.currency_id IS NULL)"
)
STATED = used("accounts_accountprofile.account_type_id", where=" AND payment_responsible IS NOT NULL")
MONEY = used("accounts_account.currency_id", "balances_balance.currency_id", "offers_offerversion.currency_id")
# By table, the condition of what is refused. Without these a change of a reason's state, a currency's digits or a
# cycle's period would silently give other meaning to what thousands of rows have kept.
RULES = {
    "entities_statereason": (
        f"({differ('state', quoted=True)}) AND ({used(*REASONS, *(f'{table}.state_reason_id' for table in PROFILES))})"
    ),
    "accounts_accounttype": (
        f"({differ('payment_responsible', quoted=True)}) AND ({used('accounts_account.account_type_id')} OR {STATED})"
    ),
    "accounts_currency": (
        f'(({differ("digits", quoted=True)}) AND ({MONEY})) OR (OLD."primary" AND NOT NEW."primary" AND {NO_CURRENCY})'
    ),
    "accounts_billcycle": (
        f"({differ(*PERIODS, quoted=True)}) AND ({used('accounts_account.bill_cycle_id', 'accounts_account.planned_cycle_id')})"
    ),
    "subscribers_resourcetype": f"({differ('kind', quoted=True)}) AND {used('subscribers_subscriberresource.resource_type_id')}",
}
guards.declare_append_only("balances_amountmoved")
guards.declare_erasable(
    "balances_ledgerentry", "balances.LedgerEntry", "reason", "id", "balance_id", "number", "amount", "before", "after",
    "operation", "reason_digest", "actor_name", "at", "transaction_id",
)  # fmt: skip
bind(
    "balances_ledgerentry", "id", "balance_id", "number", "amount", "before", "after", "operation", "reason_digest", "actor_name",
    "at", "transaction_id",
)  # fmt: skip
text("balances_ledgerentry", "reason", "balances.LedgerEntry")
bind("balances_amountmoved", "id", "actor_id", "unit", "amount", "at", "transaction_id")


@guards.GUARDS.enter
def of_configuration(connection: BaseDatabaseWrapper) -> dict[str, str]:
    """Return the triggers by name; of an offer in use either one of these or of the offers' own speaks first."""
    found: dict[str, str] = {}
    for table, condition in RULES.items():
        name = f"in_use_update_{table}"
        found |= guards.refusal(connection, name, "UPDATE", table, condition, "configuration_in_use")
    # Without these a code could change below requests, stored answers and events that name items by it.
    for table in CONFIGURATION:
        name = f"keep_code_{table}"
        found |= guards.refusal(connection, name, "UPDATE", table, differ("code", quoted=True), "configuration_code")
    return found
