"""The check that every tracked model and its triggers agree (`manage.py check --database default`, and at migrate)."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from contextvars import ContextVar

from django.core.checks import CheckMessage, Error, Warning
from django.db import connections
from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.migrations.executor import MigrationExecutor

from ocsportal.transactions.history import tracked_models
from ocsportal.transactions.triggers import forms, generated, tracked_table
from ocsportal.transactions.triggers.editions import edition_triggers
from ocsportal.transactions.triggers.guards import declared
from ocsportal.transactions.triggers.tables import TrackedTable

REMEDY = (
    "Run manage.py install_triggers, which records what differed; for a changed model run makemigrations and migrate."
)
_migrating: ContextVar[bool] = ContextVar("migrating", default=False)


def tracked_tables() -> list[TrackedTable]:
    """Return the names of every tracked model."""
    return [tracked_table(model, model.history.model) for model in tracked_models()]  # type: ignore[attr-defined]


def wanted(connection: BaseDatabaseWrapper) -> dict[str, str]:
    """Return the definition of every trigger and function of ours, by name."""
    history = generated.definitions(connection, tracked_tables())
    return {**history, **declared(connection), **edition_triggers(connection)}


def differing(connection: BaseDatabaseWrapper) -> dict[str, str]:
    """Return what is wrong with each trigger and function that is not as it should be, by name."""
    found = generated.installed(connection)
    return {
        name: f"{name} {'differs from what the model needs' if name in found else 'is missing or switched off'}."
        for name, text in generated.as_it_stands(connection, wanted(connection)).items()
        if found.get(name) != text
    }


def trigger_faults(alias: str = "default") -> list[str]:
    """Return one line for each trigger that is missing, switched off, or differs from what the model needs."""
    connection = connections[alias]
    if connection.vendor not in ("sqlite", "postgresql"):
        return [f"History needs SQLite or PostgreSQL, not {connection.vendor}."]
    needed = {"transactions_businesstransaction", *(table.history for table in tracked_tables())}
    if not needed <= set(connection.introspection.table_names()):
        return []
    return mendable_faults(connection) + strange_faults(connection)


def mendable_faults(connection: BaseDatabaseWrapper) -> list[str]:
    """Return one line for each trigger that `install_triggers` puts right."""
    recorded = forms.recorded(connection)
    unfit = [
        f"ocs_history_{table.name} seals with another form than is recorded, or than the model needs."
        for table in tracked_tables()
        if not forms.fits(recorded.get(table.history, []), table)
    ]
    return [*differing(connection).values(), *unfit]


def strange_faults(connection: BaseDatabaseWrapper) -> list[str]:
    """Return one line for each trigger or rule of somebody else's that could keep a write from ours."""
    guarded = {name for table in tracked_tables() for name in (table.name, table.history)}
    guarded |= {"transactions_businesstransaction", *generated.KEPT}
    strange = generated.strangers(connection, guarded, wanted(connection))
    return [f"{other} is none of the portal's." for other in strange]


def migrations_wait(alias: str = "default") -> bool:
    """Whether there are migrations that the database has not seen yet."""
    executor = MigrationExecutor(connections[alias])
    return bool(executor.migration_plan(executor.loader.graph.leaf_nodes()))


@contextmanager
def only_warned() -> Iterator[None]:
    """Let the check warn instead of stopping what may put things right."""
    token = _migrating.set(True)
    try:
        yield
    finally:
        _migrating.reset(token)


def check_triggers(databases: Sequence[str] | None = None, **kwargs: object) -> list[CheckMessage]:
    """Return an error for each disagreement between a tracked model and its triggers; at migrate a warning.

    While migrations wait there is none: they are what puts the triggers right, and `migrate` asks here before it
    begins.
    """
    faults = trigger_faults() if "default" in (databases or []) else []
    if faults and migrations_wait():
        return []
    kind = Warning if _migrating.get() else Error
    return [kind(f"History trigger {fault}", hint=REMEDY, id="ocs.E001") for fault in faults]
