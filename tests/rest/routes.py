"""Every route under /v1/casm, found in the URLs themselves, so that no test forgets one."""

from dataclasses import dataclass
from typing import Any

from django.urls import URLPattern, get_resolver

from customers.api import examples
from ocsportal.rest.views import OperationView
from ocsportal.transactions.operation import Operation

BASE = "/v1/casm"


@dataclass(frozen=True)
class Route:
    """A path below /v1/casm and what answers there."""

    path: str
    operation: Operation
    example: dict[str, Any]
    writes: bool

    def __str__(self) -> str:
        return self.path


def routes() -> list[Route]:
    """Return every route of an operation, in the order of the URLs."""
    return list(_walk(get_resolver().url_patterns, "/"))


def _walk(patterns: Any, prefix: str) -> Any:
    for entry in patterns:
        path = prefix + str(entry.pattern)
        if not isinstance(entry, URLPattern):
            yield from _walk(entry.url_patterns, path)
            continue
        view = getattr(entry.callback, "cls", None)
        if path.startswith(BASE) and hasattr(view, "operation"):
            writes = issubclass(view, OperationView)
            yield Route(path.removeprefix(BASE), view.operation, view.example if writes else {}, writes)


WRITES = [route for route in routes() if route.writes]
READS = [route for route in routes() if not route.writes]

# What must have been done before an operation's example means something, beside having the customer.
_CUSTOMER = [("/customers/create", examples.CREATE)]
_PLAN = [*_CUSTOMER, ("/customers/update-state", examples.PENDING_STATE)]
BEFORE: dict[str, list[tuple[str, dict[str, Any]]]] = {
    "CreateCustomer": [],
    "ConfirmCustomerState": _PLAN,
    "CancelCustomerState": _PLAN,
}


def prepare(api: Any, route: Route) -> None:
    """Do what must have been done before the route's example."""
    for path, body in BEFORE.get(route.operation.name, _CUSTOMER):
        api.done(path, **body)
