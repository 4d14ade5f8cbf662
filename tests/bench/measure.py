"""Rounds: short slices of each side in turn, so that what else the machine does hits all of them alike."""

import statistics
from collections.abc import Iterator
from dataclasses import dataclass, field

from tests.bench.data import Keys
from tests.bench.database import Databases
from tests.bench.inside import call
from tests.bench.load import BenchError, load
from tests.bench.servers import SIDES
from tests.bench.works.base import CLIENTS, HttpWork, TimedWork, Work

LOAD_SECONDS = 1.5
ALONE_SECONDS = 0.6
WARM_UP_SECONDS = 0.7


@dataclass
class Series:
    """What one side did in all rounds: works per second, latencies alone, and the generator's share of a core."""

    rates: list[float] = field(default_factory=list)
    alone: list[float] = field(default_factory=list)
    generator: list[float] = field(default_factory=list)
    answers: int = 0

    @property
    def rate(self) -> float:
        """The median of works per second."""
        return statistics.median(self.rates)

    def latency(self, percent: int) -> float | None:
        """Return a percentile of the latency of one client alone, in milliseconds."""
        if len(self.alone) < 100:
            return None
        return statistics.quantiles(self.alone, n=100)[percent - 1] * 1000


Measured = dict[str, Series]


def ratio(fast: Series, slow: Series) -> float:
    """Return how many times as fast one series is as another: the median over the rounds, each compared within itself."""
    return statistics.median(one / other for one, other in zip(fast.rates, slow.rates, strict=False))


def warm_up(works: list[Work], ports: dict[str, int], keys: Keys) -> None:
    """Let every worker of every side import, connect and prepare before anything counts."""
    for work in works:
        for side in SIDES:
            if isinstance(work, HttpWork):
                load(ports[side], work.requests(side, keys), CLIENTS * 2, WARM_UP_SECONDS)


def measure(works: list[Work], rounds: int, found: Databases, ports: dict[str, int], keys: Keys) -> dict[str, Measured]:
    """Measure every work on every side, round by round; raise BenchError when something answered was lost."""
    results: dict[str, Measured] = {work.name: {side: Series() for side in SIDES} for work in works}
    before = _totals(works, found)
    for number in range(rounds):
        for work in works:
            if work.rounds is not None and number >= work.rounds:
                continue
            for side in _turned(number):
                series = results[work.name][side]
                if isinstance(work, TimedWork):
                    environment = found.environment(draft=side == "draft")
                    series.rates.append(1 / call(environment, work.functions[side], work.sizes[1]))
                else:
                    _one_slice(work, side, ports[side], keys, series)
        print(f"round {number + 1} of {rounds}", flush=True)
    for (side, function), total in _totals(works, found).items():
        answered = sum(
            results[work.name][side].answers
            for work in works
            if isinstance(work, HttpWork) and work.total.get(side) == function
        )
        if total - before[side, function] != answered:
            raise BenchError(f"{side}: {answered} requests were answered, {total - before[side, function]} had effect.")
    return results


def _totals(works: list[Work], found: Databases) -> dict[tuple[str, str], int]:
    """Return what the functions that prove that nothing is lost return, each called once."""
    functions = {item for work in works if isinstance(work, HttpWork) for item in work.total.items()}
    return {(side, function): call(found.environment(draft=side == "draft"), function) for side, function in functions}


def _one_slice(work: HttpWork, side: str, port: int, keys: Keys, series: Series) -> None:
    busy = load(port, work.requests(side, keys), work.clients, LOAD_SECONDS)
    alone = load(port, work.requests(side, keys), 1, ALONE_SECONDS)
    series.rates.append(busy.per_second)
    series.generator.append(busy.cpu / busy.seconds)
    series.alone += alone.latencies
    series.answers += busy.answers + alone.answers


def _turned(number: int) -> Iterator[str]:
    """Yield the sides, each round beginning with another one."""
    for position in range(len(SIDES)):
        yield SIDES[(number + position) % len(SIDES)]
