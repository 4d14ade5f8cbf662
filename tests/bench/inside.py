"""Call a function inside one side's own process and settings: to fill its tables, to trace it, to time a work."""

import importlib
import json
import os
import subprocess
import sys
from typing import Any


def call(environment: dict[str, str], function: str, *arguments: Any) -> Any:
    """Call `module:function` in a process of its own; return its result, which like the arguments must be JSON."""
    command = [sys.executable, "-m", "tests.bench.inside", function]
    done = subprocess.run(command, input=json.dumps(arguments), env=environment, stdout=subprocess.PIPE, text=True)
    if done.returncode:
        sys.exit(f"{function} failed.")
    return json.loads(done.stdout)


def main() -> None:
    """Set Django up, call the function that the command line names with the arguments on standard input."""
    out, sys.stdout = sys.stdout, sys.stderr
    if os.environ.get("DJANGO_SETTINGS_MODULE"):
        import django

        django.setup()
    module, _, name = sys.argv[1].partition(":")
    result = getattr(importlib.import_module(module), name)(*json.load(sys.stdin))
    json.dump(result, out)


if __name__ == "__main__":
    main()
