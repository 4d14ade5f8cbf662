"""Rounds: short slices of each side in turn, so that what else the machine does hits all of them alike."""

import statistics
from collections.abc import Iterator
from dataclasses import dataclass, field

from tests.bench.data import Keys
from tests.bench.database import Databases
from tests.bench.inside import call
from tests.bench.load import load
from tests.bench.servers import SIDES
from tests.bench.works.base import HttpWork, TimedWork, Work

CLIENTS = 8
LOAD_SECONDS = 1.5
ALONE_SECONDS = 0.6
WARM_UP_SECONDS = 0.7


@dataclass
class Series:
    """What one side did in all rounds: works per second, latencies alone, and the generator's share of a core."""

    rates: list[float] = field(default_factory=list)
    alone: list[float] = field(default_factory=list)
    generator: list[float] = field(default_factory=list)

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


def ratio(measured: Measured, rival: str) -> float:
    """Return how many times as fast as a rival the portal is: the median over the rounds, each compared within itself."""
    pairs = zip(measured["portal"].rates, measured[rival].rates, strict=True)
    return statistics.median(portal / other for portal, other in pairs)


def warm_up(works: list[Work], ports: dict[str, int], keys: Keys) -> None:
    """Let every worker of every side import, connect and prepare before anything counts."""
    for work in works:
        for side in SIDES:
            if isinstance(work, HttpWork):
                load(ports[side], work.requests(side, keys), CLIENTS * 2, WARM_UP_SECONDS)


def measure(works: list[Work], rounds: int, found: Databases, ports: dict[str, int], keys: Keys) -> dict[str, Measured]:
    """Measure every work on every side, round by round."""
    results: dict[str, Measured] = {work.name: {side: Series() for side in SIDES} for work in works}
    for number in range(rounds):
        for work in works:
            for side in _turned(number):
                series = results[work.name][side]
                if isinstance(work, TimedWork):
                    environment = found.environment(draft=side == "draft")
                    series.rates.append(1 / call(environment, work.functions[side], number))
                else:
                    _one_slice(work, side, ports[side], keys, series)
        print(f"round {number + 1} of {rounds}", flush=True)
    return results


def _one_slice(work: HttpWork, side: str, port: int, keys: Keys, series: Series) -> None:
    busy = load(port, work.requests(side, keys), CLIENTS, LOAD_SECONDS)
    series.rates.append(busy.per_second)
    series.generator.append(busy.cpu / busy.seconds)
    series.alone += load(port, work.requests(side, keys), 1, ALONE_SECONDS).latencies


def _turned(number: int) -> Iterator[str]:
    """Yield the sides, each round beginning with another one."""
    for position in range(len(SIDES)):
        yield SIDES[(number + position) % len(SIDES)]
