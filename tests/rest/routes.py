"""The routes that the tests walk, and what they need before."""

from typing import Any

from django.db import connection

from customers.models import CustomerNote
from tests.asleep import triggers_asleep
from tests.world import BASE, READS, ROUTES, WRITES, Route, before

__all__ = ["BASE", "CONFIGURATION", "CONFIGURING", "READS", "SEVERAL", "WRITES", "Route", "prepare", "routes"]

# What runs several operations, and so has no operation of its own.
SEVERAL = ("/orders", "/batch")
CONFIGURATION = ("/configuration", "/configuration/{kind}", "/configuration/{kind}/{code}")
# What writes configuration, by the permissions of the portal's pages.
CONFIGURING = ("/configuration/{kind}/create", "/configuration/{kind}/update")


def routes() -> list[Route]:
    """Return every route of an operation, in the order of the URLs."""
    return ROUTES


def prepare(api: Any, route: Route) -> None:
    """Do what must have been done before the route's example."""
    for path, body in before(route.name) if route.writes else []:
        made = api.done(path, **body)
    if route.name == "CloseCustomerNote":
        named(made["refId"], route.example["note"])
    if route.name.startswith("Dismiss"):
        refused(route.operation.model)


def named(note: str, ref_id: str) -> None:
    """Give a note the reference ID of the examples: no client can choose one."""
    with triggers_asleep(connection):
        CustomerNote.objects.filter(ref_id=note).update(ref_id=ref_id)


def refused(model: Any) -> None:
    """Have the plans of a level be refused, as if they had fallen due and were not possible any more."""
    with triggers_asleep(connection):
        model._default_manager.exclude(plan_state="").update(plan_status="REFUSED")
