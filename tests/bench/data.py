"""What every side starts from: the same customers to read, the configuration to make more of them, and a client."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from tests.bench.database import Databases
from tests.bench.inside import call

CUSTOMERS = 2000


@dataclass(frozen=True)
class Keys:
    """What the clients send to be known."""

    application_id: str
    api_key: str
    token: str


def fill(found: Databases) -> Keys:
    """Fill both databases; return the clients' keys. The floor reads the portal's customers."""
    customers = [
        {
            "external_id": f"seed-{number}",
            "custom_name": f"Nordwind {number} GmbH",
            "contact_name": f"Nordwind {number} GmbH",
            "contact_email": f"office{number}@nordwind.example",
            "contact_phone": f"+4930555{number:05}",
            "contact_country": "DE",
        }
        for number in range(CUSTOMERS)
    ]
    application_id, api_key = call(found.environment(), "tests.bench.portal.data:fill", customers)
    token = call(found.environment(draft=True), "tests.bench.rivals.draft.data:fill", customers)
    return Keys(application_id, api_key, token)


def prepare(works: Iterable[Any], found: Databases) -> None:
    """Make what the works need beside that, each function once."""
    for side, function in dict.fromkeys(step for work in works for step in work.prepare):
        call(found.environment(draft=side == "draft"), function)
