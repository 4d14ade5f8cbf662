"""Files to import, and what came of it."""

import csv
import json
from dataclasses import dataclass
from io import StringIO
from pathlib import Path
from typing import Any

from django.core.management import call_command
from django.core.management.base import CommandError

from accounts.models import Account
from balances.models import Balance, LedgerEntry
from customers.models import Customer
from ocsportal.transactions.representation import represent
from ocsportal.transactions.verification import findings
from offers.models import Subscription
from subscribers.models import Subscriber, SubscriberResource

MODELS = (Customer, Account, Subscriber, SubscriberResource, Subscription, Balance)
# Made by the database or the import, and said by no file.
UNTOLD = {"refId", "createdAt", "changedAt", "version"}


@dataclass
class Outcome:
    """What a run printed, and how it ended."""

    code: int
    printed: str
    error: str = ""

    @property
    def told(self) -> dict[str, Any]:
        """The last line."""
        found: dict[str, Any] = json.loads(self.printed.splitlines()[-1])
        return found

    @property
    def made(self) -> list[int]:
        """How many customers, accounts, subscribers and subscriptions were made."""
        return list(self.told["made"].values())


def run(path: Path, **options: Any) -> Outcome:
    """Import a file."""
    out, code, error = StringIO(), 0, ""
    try:
        call_command("import_customers", str(path), stdout=out, **options)
    except SystemExit as ended:
        code = int(ended.code or 0)
    except CommandError as refused:
        code, error = 1, str(refused)
    return Outcome(code, out.getvalue(), error)


def written(path: Path, *rows: dict[str, str], delimiter: str = ",", encoding: str = "utf-8") -> Path:
    """Write a file of these rows; a column that a row has not is empty there."""
    names = list(dict.fromkeys(name for row in rows for name in row))
    with path.open("w", encoding=encoding, newline="") as file:
        writer = csv.DictWriter(file, names, restval="", delimiter=delimiter)
        writer.writeheader()
        writer.writerows(rows)
    return path


def reported(path: Path) -> list[tuple[int, str, str, str]]:
    """Return row, column, value and code of each line of a report."""
    with path.open(encoding="utf-8", newline="") as file:
        return [(int(row["row"]), row["column"], row["value"], row["code"]) for row in csv.DictReader(file)]


def counts() -> list[int]:
    """Return how many customers, accounts, subscribers, resources, subscriptions and balances there are."""
    return [model._default_manager.count() for model in MODELS]


def proven() -> None:
    """Demand that the audit trail and the ledger hold."""
    found = [str(finding) for finding in findings()]
    assert found == [], found
    call_command("verify_ledger", stdout=StringIO())


def state_of_all() -> dict[str, list[Any]]:
    """Return everything that stands, as REST tells it, without what no file says."""
    names: dict[str, str] = {}
    for model in MODELS:
        for row in model._default_manager.order_by("pk"):
            names[row.ref_id] = f"{model.__name__} {_name(row)}"
    return {
        model.__name__: sorted(
            (_told(represent(row), names) | _beside(row, names) for row in model._default_manager.order_by("pk")),
            key=lambda told: json.dumps(told, sort_keys=True, default=str),
        )
        for model in MODELS
    }


def _beside(row: Any, names: dict[str, str]) -> dict[str, Any]:
    """Return what REST does not tell of a row."""
    kind, _, ref_id = getattr(row, "state_imposed_by", "").partition(":")
    found: dict[str, Any] = {"imposed": kind and f"{kind} {names[ref_id]}"}
    if isinstance(row, Account):
        found["cycle"] = str(row.cycle_valid_from)
    if isinstance(row, Subscription):
        found["version"] = row.offer_version.number
    if isinstance(row, Balance):
        found["sum"] = str(sum(entry.amount for entry in LedgerEntry.objects.filter(balance=row)))
    return found


def _name(row: Any) -> str:
    return getattr(row, "external_id", None) or getattr(row, "value", None) or ""


def _told(value: Any, names: dict[str, str]) -> Any:
    if isinstance(value, dict):
        told = {name: _told(inner, names) for name, inner in value.items() if name not in UNTOLD}
        # Configuration stays what it is; another entity is told by its name.
        return told | ({"named": names.get(value["refId"], "")} if "refId" in value and "code" not in value else {})
    return [_told(inner, names) for inner in value] if isinstance(value, list) else value
