"""What does not depend on the machine: statements for one request or work, and the rows that it writes."""

from dataclasses import dataclass

from tests.bench.data import Keys
from tests.bench.database import Databases, row_counts
from tests.bench.inside import call
from tests.bench.servers import SIDES
from tests.bench.tracing import without_control
from tests.bench.works.base import HttpWork, TimedWork, Work

# Enough for connections to open, for statements to be prepared, and for a use of the key to be noted.
WARM_UP = 12


@dataclass(frozen=True)
class Facts:
    """For one side of a work: its statements with BEGIN and COMMIT, and the rows written per table.

    For a timed work they are those of the smaller size, and `larger` is how many the larger one takes.
    """

    statements: list[str]
    rows: dict[str, int]
    larger: int | None = None

    @property
    def asked(self) -> int:
        """How many statements there are beside BEGIN and COMMIT."""
        return len(without_control(self.statements))


def facts_of(work: Work, found: Databases, keys: Keys) -> dict[str, Facts]:
    """Return the facts of a work for each side."""
    if isinstance(work, TimedWork):
        return {side: _of_timed(work, side, found) for side in SIDES}
    return {side: _of_request(work, side, found, keys) for side in SIDES}


def _of_request(work: HttpWork, side: str, found: Databases, keys: Keys) -> Facts:
    requests = work.requests(side, keys)
    environment = found.environment(draft=side == "draft")
    address = environment["DATABASE_URL"]
    before = row_counts(address)
    statements = call(environment, "tests.bench.tracing:trace", side, [next(requests).decode() for _ in range(WARM_UP)])
    after = row_counts(address)
    rows = {name: round((after[name] - before[name]) / WARM_UP) for name in after if after[name] > before[name]}
    return Facts(statements, rows)


def _of_timed(work: TimedWork, side: str, found: Databases) -> Facts:
    environment = found.environment(draft=side == "draft")
    few, many = (
        call(environment, "tests.bench.tracing:trace_timed", work.functions[side], size) for size in work.sizes
    )
    return Facts(few, {}, len(without_control(many)))
