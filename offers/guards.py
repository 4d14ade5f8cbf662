"""What an offer in use is made of is held by triggers: nobody breaks it by editing, whatever way they come."""

from django.db.backends.base.base import BaseDatabaseWrapper

from ocsportal.transactions.triggers import guards
from ocsportal.transactions.triggers.guards import differ

SUBSCRIBED = "EXISTS (SELECT 1 FROM offers_subscription s WHERE s.{column} = {key})"
VERSION, OFFER = SUBSCRIBED.format(column="offer_version_id", key="{}"), SUBSCRIBED.format(column="offer_id", key="{}")
OF_PRODUCT = (
    "EXISTS (SELECT 1 FROM offers_subscription s JOIN offers_offer o ON o.id = s.offer_id WHERE o.product_id = {})"
)
OF_SERVICE = (
    "EXISTS (SELECT 1 FROM offers_subscription s JOIN offers_offer o ON o.id = s.offer_id "
    "JOIN offers_productservice p ON p.product_id = o.product_id WHERE p.service_id = {})"
)


# Its operation takes an offer of just one service, and there are no versions' values for a new one to wait for.
COMES_TO_INDIVIDUAL = (
    "EXISTS (SELECT 1 FROM offers_subscription s JOIN offers_offer o ON o.id = s.offer_id "
    "WHERE o.product_id = NEW.product_id AND o.individual)"
)
# Table, event, condition. Without these an edit in the shell, or one that races with a subscription, would change what
# has been sold already: prices, services and the validity that thousands of subscriptions rest on.
RULES = (
    (
        "offers_offerversion",
        "UPDATE",
        f"({differ('offer_id', 'number', 'valid_from', 'currency_id')}) AND {VERSION.format('OLD.id')}",
    ),
    ("offers_offerservice", "INSERT", VERSION.format("NEW.version_of_id")),
    (
        "offers_offerservice",
        "UPDATE",
        f"{VERSION.format('OLD.version_of_id')} OR {VERSION.format('NEW.version_of_id')}",
    ),
    ("offers_offerservice", "DELETE", VERSION.format("OLD.version_of_id")),
    ("offers_offer", "UPDATE", f"({differ('product_id', 'individual', 'code')}) AND {OFFER.format('OLD.id')}"),
    ("offers_productservice", "UPDATE", OF_PRODUCT.format("OLD.product_id")),
    ("offers_productservice", "DELETE", OF_PRODUCT.format("OLD.product_id")),
    ("offers_service", "UPDATE", f"({differ('type', 'balance_deducted', 'code')}) AND {OF_SERVICE.format('OLD.id')}"),
    ("offers_productservice", "INSERT", COMES_TO_INDIVIDUAL),
)


@guards.GUARDS.enter
def of_offers(connection: BaseDatabaseWrapper) -> dict[str, str]:
    """Return the triggers by name."""
    found: dict[str, str] = {}
    for table, event, condition in RULES:
        found |= guards.refusal(connection, f"in_use_{event.lower()}_{table}", event, table, condition, "offer_in_use")
    return found
