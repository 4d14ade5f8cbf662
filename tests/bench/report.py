"""Say what was found: on the console, and between two markers in docs/performance.md."""

import os
import platform
from datetime import UTC, datetime
from pathlib import Path

from tests.bench.facts import Facts
from tests.bench.measure import Measured, ratio
from tests.bench.servers import SIDES
from tests.bench.works.base import Goal, HttpWork, TimedWork, Work

PAGE = Path(__file__).resolve().parents[2] / "docs" / "performance.md"
BEGIN, END = "<!-- begin of what make bench writes -->", "<!-- end of what make bench writes -->"


def report(
    works: list[Work],
    facts: dict[str, dict[str, Facts]],
    results: dict[str, Measured],
    rounds: int,
    server: dict[str, str],
    before: float,
) -> str:
    """Return the whole report as Markdown."""
    parts = [_machine(rounds, server, before)]
    for work in works:
        parts.append(f"### {work.name}\n\n{work.summary}.")
        parts.append(_counts(work, facts[work.name]) if isinstance(work, TimedWork) else _facts(facts[work.name]))
        parts.append(
            _seconds(work, results[work.name]) if isinstance(work, TimedWork) else _figures(work, results[work.name])
        )
        parts += [_beside(work, goal, results) for goal in work.goals if goal.at in results]
    busiest = max((max(s.generator, default=0.0) for sides in results.values() for s in sides.values()), default=0.0)
    parts.append(f"The load generator used at most {busiest:.0%} of one core; at 100 % it would be the bottleneck.")
    return "\n\n".join(parts) + "\n"


def _machine(rounds: int, server: dict[str, str], before: float) -> str:
    durability = ", ".join(f"{name} {value}" for name, value in server.items() if name != "server_version")
    return (
        f"{datetime.now(UTC):%Y-%m-%d}, {os.cpu_count()} cores ({platform.machine()}), Python {platform.python_version()}, "
        f"PostgreSQL {server['server_version']} on the same machine ({durability}), {rounds} rounds, "
        f"load of the machine {before:.1f} before the run."
    )


def _facts(facts: dict[str, Facts]) -> str:
    lines = ["| | statements | with BEGIN and COMMIT | rows written |", "|---|---:|---:|---|"]
    for side in SIDES:
        rows = ", ".join(f"{count} {name}" for name, count in facts[side].rows.items()) or "none"
        lines.append(f"| {side} | {facts[side].asked} | {len(facts[side].statements)} | {rows} |")
    return "\n".join(lines)


def _counts(work: TimedWork, facts: dict[str, Facts]) -> str:
    few, many = work.sizes
    lines = [f"| statements | for {few:,} | for {many:,} |", "|---|---:|---:|"]
    lines += [f"| {side} | {facts[side].asked:,} | {facts[side].larger:,} |" for side in SIDES]
    return "\n".join(lines)


def _figures(work: HttpWork, measured: Measured) -> str:
    lines = ["| | per second | portal is | goal | alone, p50 | alone, p99 |", "|---|---:|---:|---:|---:|---:|"]
    for side in SIDES:
        series = measured[side]
        lines.append(
            f"| {side} | {series.rate:,.0f} | {_compared(work, measured, side)} "
            f"| {_ms(series.latency(50))} | {_ms(series.latency(99))} |"
        )
    if work.total:
        answered = sum(series.answers for series in measured.values())
        lines.append(f"\nNone of {answered:,} answered requests was lost: the values moved by exactly as much.")
    return "\n".join(lines)


def _seconds(work: TimedWork, measured: Measured) -> str:
    lines = ["| | seconds | portal is | goal |", "|---|---:|---:|---:|"]
    lines += [f"| {side} | {1 / measured[side].rate:,.2f} | {_compared(work, measured, side)} |" for side in SIDES]
    return "\n".join(lines)


def _compared(work: Work, measured: Measured, side: str) -> str:
    """Return two cells: how many times as fast as a side the portal is, and the goal."""
    goals = {goal.rival: goal.at_least for goal in work.goals if not goal.at}
    compared = "" if side == "portal" else f"{ratio(measured['portal'], measured[side]):.2f} ×"
    return f"{compared} | {f'≥ {goals[side]} ×' if side in goals else ''}"


def _beside(work: Work, goal: Goal, results: dict[str, Measured]) -> str:
    found = ", ".join(f"{side} {ratio(results[work.name][side], results[goal.at][side]):.2f} ×" for side in SIDES)
    return f"Beside {goal.at} of the same side: {found}. Goal of the {goal.rival}: ≥ {goal.at_least} ×."


def _ms(value: float | None) -> str:
    return "" if value is None else f"{value:.1f} ms"


def write(text: str) -> None:
    """Put the report between the markers of the page."""
    page = PAGE.read_text(encoding="utf-8")
    before, _, rest = page.partition(BEGIN)
    _, _, after = rest.partition(END)
    PAGE.write_text(f"{before}{BEGIN}\n\n{text}\n{END}{after}", encoding="utf-8")
