"""The routes that the tests walk, and what they need before."""

from typing import Any

from tests.world import BASE, READS, ROUTES, WRITES, Route, before

__all__ = ["BASE", "CONFIGURATION", "READS", "SEVERAL", "WRITES", "Route", "prepare", "routes"]

# What runs several operations, and so has no operation of its own.
SEVERAL = ("/orders", "/batch")
CONFIGURATION = ("/configuration", "/configuration/{kind}", "/configuration/{kind}/{code}")


def routes() -> list[Route]:
    """Return every route of an operation, in the order of the URLs."""
    return ROUTES


def prepare(api: Any, route: Route) -> None:
    """Do what must have been done before the route's example."""
    for path, body in before(route.name) if route.writes else []:
        api.done(path, **body)
