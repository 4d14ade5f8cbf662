"""Is the portal alive, and is it ready (GET /healthz, GET /readyz): cheap, and without a word of the inside to strangers."""

from dataclasses import dataclass
from threading import Lock

import structlog
from django.db import Error, connection
from django.db.migrations.executor import MigrationExecutor
from django.http import HttpRequest, JsonResponse
from django.views.decorators.http import require_safe

from ocsportal.failures import RETRY_AFTER_SECONDS
from ocsportal.transactions.outage import is_undefined

log = structlog.get_logger("ocsportal.health")
# Every migration that is recorded, or taken back, changes one of the two. What else there is to tell is asked with it.
RECORDED = "SELECT count(*), max(id) FROM django_migrations"
HELD = "(SELECT position FROM transactions_cursor WHERE name = 'broker' AND held <> '')"
READY = f"SELECT count(*), max(id), {HELD} FROM django_migrations"


@dataclass(frozen=True)
class Verdict:
    """How many migrations wait, as found out when the database's record of them looked like this."""

    recorded: object
    waiting: int


_lock = Lock()
_verdict = Verdict(None, 0)


@require_safe
def healthz(request: HttpRequest) -> JsonResponse:
    """Answer that the process is alive, asking nobody."""
    return JsonResponse({"status": "alive"})


@require_safe
def readyz(request: HttpRequest) -> JsonResponse:
    """Answer 200 when the database is there and fully migrated, 503 otherwise; the log says why.

    Events that wait make nobody less ready: they are told beside it.
    """
    try:
        recorded, held = _recorded()
        waiting = migrations_waiting(recorded)
    except Error as error:
        log.warning("not_ready", database="does not answer", exc_info=error)
        return _not_ready()
    if waiting:
        log.warning("not_ready", migrations=waiting)
        return _not_ready()
    details = {} if held is None else {"details": {"events": f"waiting from position {held + 1} on"}}
    return JsonResponse({"status": "ready", **details})


def migrations_waiting(recorded: object) -> int:
    """Return how many migrations of this code the database lacks, whose record looks like this.

    To compare all of them is dear, so it is done once for each state of the record; a look at that state is one small
    statement.
    """
    global _verdict
    found = _verdict
    if found.recorded != recorded or recorded is None:
        with _lock:
            found = _verdict
            if found.recorded != recorded or recorded is None:
                executor = MigrationExecutor(connection)
                waiting = len(executor.migration_plan(executor.loader.graph.leaf_nodes()))
                _verdict = found = Verdict(recorded, waiting)
    return found.waiting


def _recorded() -> tuple[tuple[int, int | None] | None, int | None]:
    """Return what names the state of the database's record of migrations, and up to where events are done if they wait.

    The first is None where there is no record, the second where nothing waits.
    """
    for statement in (READY, RECORDED):
        try:
            with connection.cursor() as cursor:
                cursor.execute(statement)
                count, newest, *held = cursor.fetchone()
                return (count, newest), held[0] if held else None
        except Error as error:
            if not is_undefined(error):
                raise
    return None, None


def _not_ready() -> JsonResponse:
    return JsonResponse({"status": "not ready"}, status=503, headers={"Retry-After": RETRY_AFTER_SECONDS})
