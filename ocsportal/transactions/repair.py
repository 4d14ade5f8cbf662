"""Reinstall triggers that are missing or different: recorded, with all that differed (docs/audit.md, history)."""

from django.db import connection
from django.db.backends.utils import CursorWrapper

from ocsportal.transactions import checks, door
from ocsportal.transactions.system import system_change
from ocsportal.transactions.touched import ToldItem, Touched
from ocsportal.transactions.triggers import forms, generated

REASON = "Triggers differed from what the portal needs"


def install_triggers() -> list[str]:
    """Put right what differs, in one Business Transaction that lists it; return what it was, nothing if all stood."""
    faults = checks.mendable_faults(connection)
    if not faults:
        return []

    def work() -> Touched:
        _put_up()
        item: ToldItem = {
            "name": "InstallTriggers",
            "object": {"differed": faults},
            "objectType": "io.ocs.pbs.core.model.Triggers",
        }
        return Touched([], extra_items=[item])

    door.record("InstallTriggers", system_change("install_triggers", reason=REASON), None, work)
    return faults


def _put_up() -> None:
    speak = generated.dialect(connection)
    recorded = forms.recorded(connection)
    with connection.cursor() as cursor:
        for table in checks.tracked_tables():
            if not forms.fits(recorded.get(table.history, []), table):
                _run(cursor, speak.hold(table.name))
                forms.record(connection, table)
        definitions, different = checks.wanted(connection), checks.differing(connection)
        _run(cursor, ["SET CONSTRAINTS ALL IMMEDIATE"] if connection.vendor == "postgresql" else [])
        # A function that is gone took its triggers along; so they are among what differs.
        _run(cursor, speak.statements({name: text for name, text in definitions.items() if name in different}))


def _run(cursor: CursorWrapper, statements: list[str]) -> None:
    for statement in statements:
        cursor.execute(statement)
