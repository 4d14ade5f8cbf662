"""Hold by a trigger that no service comes to the product of an individual offer that is subscribed."""

from typing import Any

from django.db import migrations

# Its operation takes an offer of just one service, and there are no versions' values for a new one to wait for.
CONDITION = (
    "EXISTS (SELECT 1 FROM offers_subscription s JOIN offers_offer o ON o.id = s.offer_id "
    "WHERE o.product_id = NEW.product_id AND o.individual)"
)
NAME = "in_use_insert_offers_productservice"
FUNCTION = f"""
CREATE OR REPLACE FUNCTION {NAME}() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF {CONDITION} THEN
    RAISE EXCEPTION 'The offer is subscribed.'
      USING ERRCODE = 'integrity_constraint_violation', CONSTRAINT = 'offer_in_use';
  END IF;
  RETURN NEW;
END $$
"""


def forwards(apps: Any, schema_editor: Any) -> None:
    """Create the trigger."""
    body = f"WHEN {CONDITION} BEGIN SELECT RAISE(ABORT, 'offer_in_use'); END"
    if schema_editor.connection.vendor == "postgresql":
        schema_editor.execute(FUNCTION, params=None)
        body = f"EXECUTE FUNCTION {NAME}()"
    statement = f"CREATE TRIGGER {NAME} BEFORE INSERT ON offers_productservice FOR EACH ROW {body}"
    schema_editor.execute(statement, params=None)


def backwards(apps: Any, schema_editor: Any) -> None:
    """Drop it."""
    if schema_editor.connection.vendor == "postgresql":
        schema_editor.execute(f"DROP FUNCTION {NAME}() CASCADE", params=None)
    else:
        schema_editor.execute(f"DROP TRIGGER {NAME}", params=None)


class Migration(migrations.Migration):
    dependencies = [("offers", "0003_in_use")]
    operations = [migrations.RunPython(forwards, backwards)]
