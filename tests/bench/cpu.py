"""Processor time of a request, and not the time that passed: `python -m tests.bench.cpu --only ReadCustomer --beside ../base`.

Each side answers requests in a process of its own, without a server around it, and they take turns. Told are the microseconds
that the process and its sessions of the database worked, so that a machine which others use too says nearly the same as a quiet
one. With `--beside` the portal of another worktree takes part, in databases that its own code makes. Linux only.
"""

import argparse
import gc
import importlib
import io
import itertools
import json
import os
import statistics
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

HERE = Path(__file__).resolve().parents[2]
# Enough for connections to open and statements to be prepared.
WARM_UP = 60
Took = tuple[float, float]


def prepare(names: list[str]) -> None:
    """Make and fill databases, say where they are, and drop them when standard input ends."""
    from tests.bench import data
    from tests.bench.database import databases
    from tests.bench.works import WORKS

    with databases(os.environ["TEST_DATABASE_URL"]) as found:
        keys = data.fill(found)
        data.prepare([work for work in WORKS if work.name in names], found)
        told = {"portal": found.environment(), "floor": found.environment(), "draft": found.environment(draft=True)}
        print(json.dumps(told | {"keys": vars(keys)}), flush=True)
        sys.stdin.read()


def serve(side: str, keys: dict[str, str]) -> None:
    """For each line with a work, a first number and how many: answer so many requests; say what one of them took."""
    out, sys.stdout = sys.stdout, sys.stderr
    sessions = _sessions()
    from tests.bench.data import Keys
    from tests.bench.servers import APPLICATIONS
    from tests.bench.works import WORKS

    module, _, name = APPLICATIONS[side].partition(":")
    application = getattr(importlib.import_module(module), name)
    works = {work.name: work for work in WORKS}
    for line in sys.stdin:
        asked, first, times = json.loads(line)
        work: Any = replace(works[asked], numbers=itertools.count(first))
        requests = work.requests(side, Keys(**keys))
        environs = [environ(next(requests)) for _ in range(times)]
        gc.collect()
        own, theirs = time.process_time_ns(), _worked(sessions)
        for one in environs:
            answer(application, one)
        own = time.process_time_ns() - own
        time.sleep(0.01)  # what a session does after its answer is its work too
        took = (own / times / 1000, (_worked(sessions) - theirs) / times / 1000)
        print(json.dumps(took), file=out, flush=True)


def _sessions() -> set[int]:
    """Return the processes of the sessions that this one is going to open, as it opens them."""
    import psycopg

    found: set[int] = set()
    original = psycopg.Connection.connect

    def connect(*arguments: Any, **options: Any) -> Any:
        made = original(*arguments, **options)
        found.add(made.info.backend_pid)
        return made

    psycopg.Connection.connect = psycopg.connect = connect  # type: ignore[method-assign, assignment]
    return found


def _worked(sessions: set[int]) -> int:
    return sum(int(Path(f"/proc/{one}/schedstat").read_text().split()[0]) for one in sessions)


def environ(request: bytes) -> dict[str, Any]:
    """Return a request as gunicorn hands it over."""
    head, _, body = request.partition(b"\r\n\r\n")
    first, *lines = head.decode().split("\r\n")
    method, target, _ = first.split(" ")
    path, _, query = target.partition("?")
    found: dict[str, Any] = {
        "REQUEST_METHOD": method, "PATH_INFO": path, "QUERY_STRING": query, "SCRIPT_NAME": "", "SERVER_NAME": "127.0.0.1",
        "SERVER_PORT": "80", "SERVER_PROTOCOL": "HTTP/1.1", "wsgi.input": io.BytesIO(body), "wsgi.url_scheme": "http",
        "wsgi.errors": sys.stderr, "REMOTE_ADDR": "127.0.0.1", "RAW_URI": target,
    }  # fmt: skip
    for line in lines:
        name, _, value = line.partition(": ")
        key = name.upper().replace("-", "_")
        found[key if key in ("CONTENT_LENGTH", "CONTENT_TYPE") else f"HTTP_{key}"] = value
    return found


def answer(application: Any, asked: dict[str, Any]) -> None:
    """Have a request answered; raise unless it is done."""
    statuses: list[str] = []
    found = application(asked, lambda status, headers: statuses.append(status))
    content = b"".join(found)
    if hasattr(found, "close"):
        found.close()
    if not statuses[0].startswith("20"):
        raise SystemExit(f"{statuses[0]}: {content[:500]!r}")


@contextmanager
def started(tree: Path, environment: dict[str, str], *arguments: str) -> Iterator[subprocess.Popen[str]]:
    """Start this file with the code of a worktree; end it by closing its input."""
    command = [sys.executable, "-P", str(Path(__file__).resolve()), *arguments]
    known = environment | {"PYTHONPATH": str(tree), "LOG_LEVEL": "ERROR"}
    pipes: Any = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE}
    process = subprocess.Popen(command, cwd=tree, env=known, text=True, **pipes)
    try:
        yield process
    finally:
        process.stdin.close()  # type: ignore[union-attr]
        process.wait(120)


def measure(names: list[str], rounds: int, times: int, beside: Path | None) -> None:
    """Let the sides take turns; print the median of each, and how many times the portal's time each of the others takes."""
    trees = {"portal": HERE, "floor": HERE} | ({"beside": beside} if beside else {})
    with ExitStack() as stack:
        made = {}
        for tree in dict.fromkeys(trees.values()):
            process = stack.enter_context(started(tree, dict(os.environ), "prepare", *names))
            made[tree] = json.loads(process.stdout.readline())  # type: ignore[union-attr]
        sides = {}
        for label, tree in trees.items():
            side = "portal" if label == "beside" else label
            arguments = ("serve", side, json.dumps(made[tree]["keys"]))
            sides[label] = stack.enter_context(started(tree, made[tree][side], *arguments))
        numbers = itertools.count(5_000_000, 10_000)
        for name in names:
            for process in sides.values():
                _ask(process, name, next(numbers), WARM_UP)
            took: dict[str, list[Took]] = {label: [] for label in sides}
            for number in range(rounds):
                labels = [*sides]
                for label in labels[number % len(labels) :] + labels[: number % len(labels)]:
                    took[label].append(_ask(sides[label], name, next(numbers), times))
            _tell(name, took)


def _ask(process: subprocess.Popen[str], name: str, first: int, times: int) -> Took:
    print(json.dumps([name, first, times]), file=process.stdin, flush=True)
    own, theirs = json.loads(process.stdout.readline())  # type: ignore[union-attr]
    return own, theirs


def _tell(name: str, took: dict[str, list[Took]]) -> None:
    print(f"{name}, load {os.getloadavg()[0]:.1f}")
    for label, those in took.items():
        own, theirs = (statistics.median(one[place] for one in those) for place in (0, 1))
        ratios = sorted(sum(one) / sum(mine) for one, mine in zip(those, took["portal"], strict=True))
        spread = f"{statistics.median(ratios):.2f} x the portal ({ratios[0]:.2f} to {ratios[-1]:.2f})"
        print(f"  {label:8} Python {own:6.0f} µs, database {theirs:6.0f} µs, {spread}", flush=True)


def main() -> None:
    """Run it."""
    parser = argparse.ArgumentParser(prog="python -m tests.bench.cpu")
    parser.add_argument("--only", action="append", required=True, help="a work that sends requests; may be repeated")
    parser.add_argument("--rounds", type=int, default=9)
    parser.add_argument("--times", type=int, default=300, help="how many requests a side answers in its turn")
    parser.add_argument("--beside", type=Path, help="another worktree whose portal takes part")
    asked = parser.parse_args()
    measure(asked.only, asked.rounds, asked.times, asked.beside and asked.beside.resolve())


if __name__ == "__main__":
    if sys.argv[1:2] == ["prepare"]:
        prepare(sys.argv[2:])
    elif sys.argv[1:2] == ["serve"]:
        serve(sys.argv[2], json.loads(sys.argv[3]))
    else:
        main()
