"""Hold by triggers what an offer in use is made of: nobody breaks it by editing, whatever way they come."""

from typing import Any

from django.db import migrations

SUBSCRIBED = "EXISTS (SELECT 1 FROM offers_subscription s WHERE s.{column} = {key})"
VERSION, OFFER = SUBSCRIBED.format(column="offer_version_id", key="{}"), SUBSCRIBED.format(column="offer_id", key="{}")
OF_PRODUCT = (
    "EXISTS (SELECT 1 FROM offers_subscription s JOIN offers_offer o ON o.id = s.offer_id WHERE o.product_id = {})"
)
OF_SERVICE = (
    "EXISTS (SELECT 1 FROM offers_subscription s JOIN offers_offer o ON o.id = s.offer_id "
    "JOIN offers_productservice p ON p.product_id = o.product_id WHERE p.service_id = {})"
)


def differ(*columns: str) -> str:
    """Return the condition that one of the columns is about to change, as both engines understand it."""
    return " OR ".join(
        f"NEW.{column} <> OLD.{column} OR (NEW.{column} IS NULL) <> (OLD.{column} IS NULL)" for column in columns
    )


# Table, event, condition.
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
)
# A condition with a subquery stands in the function on PostgreSQL, in the trigger itself on SQLite.
FUNCTION = """
CREATE OR REPLACE FUNCTION {name}() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF {condition} THEN
    RAISE EXCEPTION 'The offer is subscribed.'
      USING ERRCODE = 'integrity_constraint_violation', CONSTRAINT = 'offer_in_use';
  END IF;
  RETURN {row};
END $$
"""


def forwards(apps: Any, schema_editor: Any) -> None:
    """Create the triggers."""
    postgresql = schema_editor.connection.vendor == "postgresql"
    for table, event, condition in RULES:
        name = f"in_use_{event.lower()}_{table}"
        body = f"WHEN {condition} BEGIN SELECT RAISE(ABORT, 'offer_in_use'); END"
        if postgresql:
            row = "OLD" if event == "DELETE" else "NEW"
            schema_editor.execute(FUNCTION.format(name=name, condition=condition, row=row), params=None)
            body = f"EXECUTE FUNCTION {name}()"
        schema_editor.execute(f"CREATE TRIGGER {name} BEFORE {event} ON {table} FOR EACH ROW {body}", params=None)


def backwards(apps: Any, schema_editor: Any) -> None:
    """Drop them."""
    for table, event, _ in RULES:
        name = f"in_use_{event.lower()}_{table}"
        if schema_editor.connection.vendor == "postgresql":
            schema_editor.execute(f"DROP FUNCTION {name}() CASCADE", params=None)
        else:
            schema_editor.execute(f"DROP TRIGGER {name}", params=None)


class Migration(migrations.Migration):
    dependencies = [("offers", "0002_history")]
    operations = [migrations.RunPython(forwards, backwards)]
