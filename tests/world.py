"""Every route of REST, found in the URLs themselves, and what must be there before a route's example means something."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from django.urls import URLPattern, get_resolver

from balances.models import Balance
from ocsportal.rest.entities import EntityListView
from ocsportal.rest.views import OperationView, ReadView
from ocsportal.transactions.models import BusinessTransaction
from ocsportal.transactions.operation import Operation

BASE = "/v1/casm"
Step = tuple[str, dict[str, Any]]


@dataclass(frozen=True)
class Route:
    """A path below /v1/casm and what answers there."""

    path: str
    view: Any

    def __str__(self) -> str:
        return self.path

    @property
    def operation(self) -> Operation:
        """The operation behind it."""
        found: Operation = self.view.operation
        return found

    @property
    def name(self) -> str:
        """The operation's name."""
        return self.operation.name

    @property
    def writes(self) -> bool:
        """Whether it changes anything."""
        return issubclass(self.view, OperationView)

    @property
    def example(self) -> dict[str, Any]:
        """The body that the OpenAPI description shows; nothing for a read."""
        return dict(self.view.example) if self.writes else {}


def _walk(patterns: Any, prefix: str) -> Iterator[Route]:
    for entry in patterns:
        path = prefix + str(entry.pattern)
        if not isinstance(entry, URLPattern):
            yield from _walk(entry.url_patterns, path)
            continue
        view = getattr(entry.callback, "cls", None)
        if path.startswith(BASE) and view is not None and issubclass(view, OperationView | ReadView):
            yield Route(path.removeprefix(BASE), view)


ROUTES = list(_walk(get_resolver().url_patterns, "/"))
WRITES = [route for route in ROUTES if route.writes]
READS = [route for route in ROUTES if not route.writes]
BY_NAME = {route.name: route for route in WRITES}

# The examples build on each other from the top down.
CHAIN = ("CreateCustomer", "CreateAccount", "CreateSubscriber", "CreateSubscriptionOnSubscriber")
SUBSCRIBES = ("CreateSubscriptionOn", "CreateIndividualOffer")
# What else an example needs: the example of another operation.
ALSO = {
    "CancelAccountBillCycleChange": "UpdateAccountBillCycle",
    "PerformAccountBillCycleChange": "UpdateAccountBillCycle",
    "SwapSubscriberResource": "CreateSubscriberResource",
    "EndSubscriberResource": "CreateSubscriberResource",
    "CloseCustomerNote": "CreateCustomerNote",
}


def step(name: str) -> Step:
    """Return an operation's path and example."""
    return BY_NAME[name].path, BY_NAME[name].example


def world(until: str = "") -> list[Step]:
    """Return the chain from the customer down, up to but without an operation."""
    names = [name for name in CHAIN if name in BY_NAME]
    return [step(name) for name in (names[: names.index(until)] if until in names else names)]


def before(name: str) -> list[Step]:
    """Return what must have been done before an operation's example does what it says."""
    if name in CHAIN:
        return world(name)
    route = BY_NAME[name]
    steps = world(CHAIN[-1] if name.startswith(SUBSCRIBES) or route.path.startswith("/individual") else "")
    if name.startswith(("Confirm", "Cancel", "Dismiss")) and name.endswith("State"):
        steps.append(pending(route))
    if name == "EraseCustomer":
        state = {"state": "DEACTIVATED", "stateReason": "dfltDeactivated"}
        gone = {"requestId": "gone", "customer": route.example["customer"], "state": state, "subordinateUpdated": True}
        steps.append(("/customers/update-state", gone))
    if name == "ExchangeSubscriberResources":
        path, body = step("CreateSubscriber")
        steps.append((path, {**body, "requestId": "other", "externalId": "s-2", "primaryResource": "491705550199"}))
    return [*steps, step(ALSO[name])] if name in ALSO else steps


def pending(route: Route) -> Step:
    """Return the plan that a confirm or cancel of a level's state is about."""
    collection = route.path.rpartition("/")[0]
    kind, reference = next((name, value) for name, value in route.example.items() if isinstance(value, dict))
    state = {
        "state": "SUSPENDED",
        "stateReason": "dfltSuspended",
        "stateValidFrom": "2099-05-01T00:00:00+02:00",
        "pending": True,
    }
    return f"{collection}/update-state", {"requestId": f"plan-of-{kind}", kind: reference, "state": state}


def maker(collection: str) -> Step:
    """Return the path and example that make an entity of a collection."""
    made = dict(zip(("customers", "accounts", "subscribers", "subscriptions"), CHAIN, strict=True))
    return step(made[collection.strip("/")])


def query(route: Route) -> dict[str, str]:
    """Return the parameters with which a read finds what the examples made; none for a list."""
    if issubclass(route.view, EntityListView) or route.path in ("/changes", "/transactions", "/events/schemas"):
        return {}
    if route.path == "/transactions/read":
        return {"refId": str(BusinessTransaction.objects.latest("pk").pk)}
    if route.path == "/balances/history":
        return {"refId": Balance.objects.values_list("ref_id", flat=True)[0]}
    collection = route.path.strip("/").split("/")[0]
    found = {"externalId": str(maker(collection)[1]["externalId"])}
    return found | {"service": "data"} if "balance/" in route.path else found
