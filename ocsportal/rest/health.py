"""Is the portal alive, and is it ready (GET /healthz, GET /readyz)."""

from django.db import Error, connection
from django.db.migrations.executor import MigrationExecutor
from django.http import HttpRequest, JsonResponse
from django.views.decorators.http import require_safe


@require_safe
def healthz(request: HttpRequest) -> JsonResponse:
    """Answer that the process is alive, asking nobody."""
    return JsonResponse({"status": "alive"})


@require_safe
def readyz(request: HttpRequest) -> JsonResponse:
    """Answer 200 when the database is there and fully migrated, 503 with what is missing otherwise."""
    try:
        executor = MigrationExecutor(connection)
        waiting = executor.migration_plan(executor.loader.graph.leaf_nodes())
    except Error:
        return JsonResponse(
            {"status": "not ready", "database": "does not answer"}, status=503, headers={"Retry-After": "5"}
        )
    if waiting:
        return JsonResponse(
            {"status": "not ready", "migrations": len(waiting)}, status=503, headers={"Retry-After": "5"}
        )
    return JsonResponse({"status": "ready"})
