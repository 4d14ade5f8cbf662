"""`python -m tests.drill`: back up and restore in every way that docs/operating.md names, and prove what came back."""

import signal
import sys
import time

from tests.drill.restores import Drill


def main() -> int:
    """Play the drill, print a line about each way; return how many failed."""
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(1))  # so that nothing is left running
    failed, began = 0, time.monotonic()
    drill = Drill()
    try:
        print(f"      {drill.fill()}", flush=True)
        for name, way in drill.ways().items():
            try:
                print(f"  ok  {name}: {drill.play(way)}", flush=True)
            except Exception as error:
                failed += 1
                print(f"FAIL  {name}: {error}", flush=True)
    finally:
        drill.remove()
    print(f"      {time.monotonic() - began:.0f} s in all")
    return failed


if __name__ == "__main__":
    sys.exit(main())
