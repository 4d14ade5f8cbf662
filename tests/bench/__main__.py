"""`make bench`: measure the portal beside its two rivals; print the report, or write it into docs/performance.md."""

import argparse
import os
import signal
import sys
from types import FrameType

from tests.bench import data, report
from tests.bench.database import databases, settings_of
from tests.bench.facts import facts_of
from tests.bench.load import BenchError
from tests.bench.measure import measure, warm_up
from tests.bench.servers import servers
from tests.bench.works import WORKS

ROUNDS = 9


def arguments() -> argparse.Namespace:
    """Return what the command line says."""
    parser = argparse.ArgumentParser(
        prog="make bench", description="Usage: make bench ARGS='--rounds 5 --only ReadCustomer'"
    )
    parser.add_argument(
        "--rounds", type=int, default=ROUNDS, help=f"how often each side takes its turn (default {ROUNDS})"
    )
    parser.add_argument(
        "--only",
        action="append",
        choices=[work.name for work in WORKS],
        help="measure this work alone; may be repeated",
    )
    parser.add_argument("--write", action="store_true", help="write the figures into docs/performance.md")
    parser.add_argument("--statements", action="store_true", help="show the statements; measure nothing")
    return parser.parse_args()


def main() -> None:
    """Run the bench."""
    asked = arguments()
    server = os.environ["TEST_DATABASE_URL"]
    works = [work for work in WORKS if not asked.only or work.name in asked.only]
    before = os.getloadavg()[0]
    signal.signal(signal.SIGTERM, _interrupt)
    with databases(server) as found:
        keys = data.fill(found)
        data.prepare(works, found)
        facts = {work.name: facts_of(work, found, keys) for work in works}
        if asked.statements:
            for name, sides in facts.items():
                for side, fact in sides.items():
                    print(f"\n{name}, {side}:", *fact.statements, sep="\n  ")
            return
        with servers(found) as ports:
            warm_up(works, ports, keys)
            results = measure(works, max(1, asked.rounds), found, ports, keys)
    text = report.report(works, facts, results, asked.rounds, settings_of(server), before)
    print(f"\n{text}")
    if asked.write:
        report.write(text)
        print(f"Written into {report.PAGE.name}.")


def _interrupt(number: int, frame: FrameType | None) -> None:
    signal.signal(signal.SIGTERM, signal.SIG_IGN)  # a second one must not stop the cleaning up
    raise KeyboardInterrupt


if __name__ == "__main__":
    try:
        main()
    except BenchError as error:
        sys.exit(f"bench: {error}")
    except KeyboardInterrupt:
        sys.exit(130)
