"""What every test begins with: reference data, a user of each group, a key. Made once, and put back after a test that committed.

Django empties the database after such a test, and every following one would have to make all of it anew. Here a copy
of the rows is kept in the database itself: to put it back takes a few milliseconds, and whatever a process remembers of
configuration and clients (docs/performance.md) goes on being true.
"""

from typing import Any

from django.db import connection

from ocsportal.entities.reference import load_reference_data
from ocsportal.people import groups
from ocsportal.people.keys import make_client
from ocsportal.people.models import User
from ocsportal.transactions.system import system_change
from tests.asleep import triggers_asleep
from tests.people.makers import make_user

STAFF = {"care": groups.CARE, "backoffice": groups.BACK_OFFICE, "auditor": groups.AUDITOR}
CRM = "crm"
keys: dict[str, str] = {}


def lay() -> None:
    """Make what every test begins with, and keep a copy of it."""
    load_reference_data()
    for login, group in STAFF.items():
        make_user(login, group)
    keys[CRM] = make_client(CRM, groups.CRM, system_change("tests"))[1]
    _keep()


def crm() -> tuple[User, str]:
    """Return the CRM's service user and its key."""
    return User.objects.get(username=CRM), keys[CRM]


def put_back(*_: Any) -> None:
    """Bring every table back to how it was at first; the triggers, which would refuse it, sleep meanwhile."""
    statements = [f'DELETE FROM "{table}"; INSERT INTO "{table}" SELECT * FROM {_copy(table)}' for table in _tables()]
    with triggers_asleep(connection), connection.cursor() as cursor:
        if connection.vendor == "sqlite":
            # One script is one transaction: keys that lead elsewhere are looked at when it ends.
            cursor.connection.executescript(f"BEGIN; {'; '.join(statements)}; COMMIT")
        else:
            # Every write of the portal inserts here, so this waits for whoever is still at it.
            lock = "LOCK TABLE transactions_businesstransaction IN EXCLUSIVE MODE"
            cursor.execute(f"BEGIN; {lock}; {'; '.join(statements)}; COMMIT")


def _keep() -> None:
    with connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            cursor.execute("DROP SCHEMA IF EXISTS kept CASCADE; CREATE SCHEMA kept")
        for table in _tables():
            cursor.execute(f'CREATE {_temporary()} TABLE {_copy(table)} AS SELECT * FROM "{table}"')


def _tables() -> list[str]:
    names = connection.introspection.table_names()
    return [name for name in names if name != "django_migrations" and not name.startswith("sqlite_")]


def _copy(table: str) -> str:
    # Under another name, so that who looks a table up by its name alone finds one.
    return f'{"kept" if connection.vendor == "postgresql" else "temp"}."kept_{table}"'


def _temporary() -> str:
    # SQLite's stay with the connection, which is one for the whole run, and are no table of the portal's database.
    return "" if connection.vendor == "postgresql" else "TEMPORARY"
