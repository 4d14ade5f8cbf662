"""Write the rows of docs/ that the table of operations knows: `python -m tests.docs.write`, a part of `make docs`.

Rows that stand keep their place and the words beside them; what is missing is added to the table of its level, what is
gone is taken out. tests/docs/test_operations.py says whether it is all there.
"""

import json
import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

Cells = tuple[str, ...]
Mend = Callable[[list[Cells]], list[Cells]]


def mended(path: Path, header: Cells, mend: Mend) -> None:
    """Write a page anew, with the rows of each table under a header as `mend` returns them."""
    from tests.docs.markdown import written

    lines, found, rows = path.read_text(encoding="utf-8").splitlines(), [], None
    for line in [*lines, ""]:
        if rows is not None and not line.startswith("|"):
            found += [written(*row).replace("|  |", "| |") for row in mend(rows)]
            rows = None
        if rows is not None and not set(line) <= set("|- "):
            rows.append(tuple(cell.strip() for cell in line.strip()[1:-1].split("|")))
            continue
        found.append(line)
        if line == written(*header):
            rows = []
    path.write_text("\n".join(found), encoding="utf-8")


def routes(views: list[tuple[str, Any]]) -> Mend:
    """Return what mends a table of routes: it is of the app that its first row's permission names."""
    from ocsportal.rest.views import OperationView
    from tests.docs.test_operations import who_may

    real = [
        (f"`{view.operation.name}`", f"`{'POST' if issubclass(view, OperationView) else 'GET'} {path}`",
         f"`{view.operation.permission}`", who_may(view.operation))
        for path, view in views
    ]  # fmt: skip

    def mend(rows: list[Cells]) -> list[Cells]:
        app = rows[0][2].partition(".")[0]
        by_route = {row[1]: row for row in real if row[2].partition(".")[0] == app}
        standing = [by_route.pop(row[1]) for row in rows if row[1] in by_route]
        return [*standing, *by_route.values()]

    return mend


def bodies(views: list[tuple[str, Any]]) -> Mend:
    """Return what mends a table of bodies: it is of the model that its first row's operation works on."""
    from ocsportal.rest.views import OperationView
    from ocsportal.transactions.operation import OPERATIONS
    from tests.docs.markdown import rows_under
    from tests.docs.test_operations import body_of

    # A model's operations may be spread over several tables.
    elsewhere = {row[0].strip("`") for row in rows_under(("Operation", "Body", "Rules"))}
    real = {view.operation.name: body_of(view) for _, view in views if issubclass(view, OperationView)}

    def mend(rows: list[Cells]) -> list[Cells]:
        standing = {row[0].strip("`"): row for row in rows}
        model = OPERATIONS[next(iter(standing))].model
        mine = {name: body for name, body in real.items() if OPERATIONS[name].model is model}
        found = [
            (row[0], row[1] if _same(row[1], mine[name]) else mine[name], row[2])
            for name, row in standing.items()
            if name in mine
        ]
        added = [name for name in mine if name not in elsewhere and name not in standing]
        return [*found, *((f"`{name}`", mine[name], OPERATIONS[name].summary) for name in added)]

    return mend


def parameters(views: list[tuple[str, Any]]) -> Mend:
    """Return what mends a table of the parameters of reads."""
    from tests.docs.markdown import ticked

    real = {f"`{path}`": set(view.parameter_class().fields) for path, view in views if hasattr(view, "parameter_class")}

    def mend(rows: list[Cells]) -> list[Cells]:
        found = []
        for path, names in rows:
            wanted = real.get(path, set())
            stand = ticked(names)
            kept = (
                names
                if not wanted or set(stand) <= wanted
                else ", ".join(f"`{name}`" for name in stand if name in wanted)
            )
            found.append((path, ", ".join([kept, *(f"`{name}`" for name in sorted(wanted - set(stand)))])))
        return found

    return mend


def event_files() -> dict[Path, str]:
    """Return the files of docs/events/ with what belongs in them: a schema for each type of object, and the channel."""
    from ocsportal.events.schemas import asyncapi, schemas, short
    from tests.docs.markdown import DOCS

    made = {f"{short(name)}.schema.json": schema for name, schema in schemas().items()} | {"asyncapi.json": asyncapi()}
    return {DOCS / "events" / name: f"{json.dumps(content, indent=2)}\n" for name, content in made.items()}


def _same(one: str, other: str) -> bool:
    return sorted(part.strip() for part in one.split(",")) == sorted(part.strip() for part in other.split(","))


def main() -> None:
    """Write what is missing."""
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "ocsportal.settings")
    import django

    django.setup()
    from tests.docs.markdown import DOCS, views
    from tests.docs.test_operations import OPERATION_HEADER

    known = list(views())
    mended(DOCS / "operations.md", OPERATION_HEADER, routes(known))
    for path in sorted(DOCS.glob("*.md")):
        mended(path, ("Operation", "Body", "Rules"), bodies(known))
        mended(path, ("Path", "Parameters"), parameters(known))
    for path, text in event_files().items():
        path.parent.mkdir(exist_ok=True)
        path.write_text(text, encoding="utf-8")
    print("docs/ has a row for every operation, and a schema for every type of event.")


if __name__ == "__main__":
    main()
