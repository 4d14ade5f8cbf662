"""What does not depend on the machine: statements for one request, and the rows that it writes."""

from dataclasses import dataclass

from tests.bench.data import Keys
from tests.bench.database import Databases, row_counts
from tests.bench.inside import call
from tests.bench.servers import SIDES
from tests.bench.tracing import without_control
from tests.bench.works.base import HttpWork

# Enough for connections to open, for statements to be prepared, and for a use of the key to be noted.
WARM_UP = 12


@dataclass(frozen=True)
class Facts:
    """For one side of a work: its statements with BEGIN and COMMIT, and the rows written per table."""

    statements: list[str]
    rows: dict[str, int]

    @property
    def asked(self) -> int:
        """How many statements there are beside BEGIN and COMMIT."""
        return len(without_control(self.statements))


def facts_of(work: HttpWork, found: Databases, keys: Keys) -> dict[str, Facts]:
    """Return the facts of a work for each side."""
    facts = {}
    for side in SIDES:
        requests = work.requests(side, keys)
        environment = found.environment(draft=side == "draft")
        address = environment["DATABASE_URL"]
        before = row_counts(address)
        statements = call(
            environment, "tests.bench.tracing:trace", side, [next(requests).decode() for _ in range(WARM_UP)]
        )
        after = row_counts(address)
        facts[side] = Facts(
            statements,
            {name: round((after[name] - before[name]) / WARM_UP) for name in after if after[name] > before[name]},
        )
    return facts
