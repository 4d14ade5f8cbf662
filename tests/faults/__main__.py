"""`python -m tests.faults [scenario …]`: all of them, or those that are named."""

import signal
import sys
import time
import traceback

from tests.faults.cluster import Cluster
from tests.faults.portal import Portal
from tests.faults.scenarios import SCENARIOS


def main(names: list[str]) -> int:
    """Play the scenarios, print a line about each; return how many failed."""
    if unknown := set(names) - set(SCENARIOS):
        raise SystemExit(f"Unknown: {', '.join(sorted(unknown))}. There are: {', '.join(SCENARIOS)}.")
    failed = 0
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(1))  # so that nothing is left running
    cluster = Cluster()
    portal = Portal(cluster.url)
    try:
        cluster.start()
        portal.prepare()
        portal.start()
        for name in names or SCENARIOS:
            began = time.monotonic()
            try:
                told = SCENARIOS[name](cluster, portal)
                print(f"  ok  {name}: {told} [{time.monotonic() - began:.0f} s]", flush=True)
            except Exception:
                failed += 1
                print(f"FAIL  {name}", flush=True)
                traceback.print_exc()
                cluster.stand_up()
        found = {line for line in cluster.log().splitlines() if "deadlock" in line or "PANIC" in line}
        print(f"      in PostgreSQL's log: {len(found)} deadlocks or panics")
    finally:
        portal.kill()
        cluster.remove()
    return failed


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
