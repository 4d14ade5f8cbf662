"""Run tests under the role that `grant_runtime` sets up, as an installation should be served (docs/operating.md)."""

from typing import Any

from django.core.management import call_command
from django.db import connection
from django.db.backends.signals import connection_created

_role = ""


def enter(role: str) -> None:
    """Make the role and have every connection from now on be its own; what only an owner may do resets it for as long."""
    global _role
    role = f"{role}_{connection.settings_dict['NAME']}"[:63]
    with connection.cursor() as cursor:
        cursor.execute("SELECT 1 FROM pg_roles WHERE rolname = %s", [role])
        if not cursor.fetchone():
            cursor.execute(f'CREATE ROLE "{role}" LOGIN')
    call_command("grant_runtime", role, verbosity=0)
    _role = role
    connection_created.connect(_become, dispatch_uid="tests-runtime-role")
    connection.close()


def _become(sender: object, connection: Any, **kwargs: object) -> None:
    with connection.cursor() as cursor:
        cursor.execute(become())


def leave() -> str:
    """Return the statement that becomes the owner again."""
    return "RESET SESSION AUTHORIZATION"


def become() -> str:
    """Return the statement that becomes the role, or stays who one is without one."""
    return f'SET SESSION AUTHORIZATION "{_role}"' if _role else "SELECT 1"
