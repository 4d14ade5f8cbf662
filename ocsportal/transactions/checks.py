"""The check that every tracked model and its triggers agree (`manage.py check --database default`, and at migrate)."""

from collections.abc import Sequence
from typing import Any

from django.core.checks import CheckMessage, Error
from django.db import connections
from django.db.migrations.executor import MigrationExecutor

from ocsportal.transactions.history import tracked_models
from ocsportal.transactions.triggers import expected, forms, installed, tracked_table
from ocsportal.transactions.triggers.editions import missing_triggers


def trigger_faults(alias: str = "default") -> list[str]:
    """Return one line for each trigger that is missing, switched off, or differs from what the model needs."""
    connection = connections[alias]
    tables = [tracked_table(model, model.history.model) for model in tracked_models()]  # type: ignore[attr-defined]
    if connection.vendor not in ("sqlite", "postgresql"):
        return [f"History needs SQLite or PostgreSQL, not {connection.vendor}."]
    standing = set(connection.introspection.table_names())
    tables = [table for table in tables if table.name in standing and table.history in standing]
    if not tables or "transactions_businesstransaction" not in standing:
        return []
    found = installed(connection)
    faults = []
    for name, fingerprint in expected(connection, tables).items():
        if name not in found:
            faults.append(f"{name} is missing or switched off.")
        elif found[name] != fingerprint:
            faults.append(f"{name} differs from what the model needs.")
    recorded = forms.recorded(connection)
    faults += [
        f"ocs_history_{table.name} seals with another form than is recorded, or than the model needs."
        for table in tables
        if not forms.fits(recorded.get(table.history, []), table)
    ]
    return faults + [f"{name} is missing or differs." for name in missing_triggers(connection)]


def migrations_wait(alias: str = "default") -> bool:
    """Whether there are migrations that the database has not seen yet."""
    executor = MigrationExecutor(connections[alias])
    return bool(executor.migration_plan(executor.loader.graph.leaf_nodes()))


def check_triggers(databases: Sequence[str] | None = None, **kwargs: Any) -> list[CheckMessage]:
    """Return an error for each disagreement between a tracked model and its triggers.

    While migrations wait there is none: they are what puts the triggers right, and `migrate` asks here before it begins.
    """
    faults = trigger_faults() if "default" in (databases or []) else []
    if faults and migrations_wait():
        return []
    hint = "Run migrate; for a changed model change it by ChangeTracked in its migration."
    return [Error(f"History trigger {fault}", hint=hint, id="ocs.E001") for fault in faults]
