"""Read the project's own Markdown and sources: tables, headings, links, tracked files."""

import ast
import re
import subprocess
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any

from django.apps import apps
from django.conf import settings
from django.urls import URLPattern, get_resolver

ROOT = Path(settings.BASE_DIR)
DOCS = ROOT / "docs"
UNTRACKED = ("staticfiles", "__pycache__")
Row = tuple[str, ...]


@cache
def tracked() -> list[Path]:
    """Return the files that are, or could be, under version control; without git, those outside of hidden folders."""
    words = ["git", "ls-files", "--cached", "--others", "--exclude-standard", "-z"]
    listed = subprocess.run(words, cwd=ROOT, capture_output=True, text=True) if (ROOT / ".git").exists() else None
    if listed is not None and listed.returncode == 0:
        return [path for name in listed.stdout.split("\0") if name and (path := ROOT / name).is_file()]
    return [path for path in _walked(ROOT) if path.suffix not in (".pyc", ".sqlite3")]


def _walked(folder: Path) -> Iterator[Path]:
    for path in sorted(folder.iterdir()):
        if path.is_file() and path.name != ".env":
            yield path
        elif path.is_dir() and (path.name == ".ci" or not path.name.startswith(".")) and path.name not in UNTRACKED:
            yield from _walked(path)


@cache
def text_of(path: Path) -> str | None:
    """Return a file's text, None when it is no text."""
    try:
        return path.read_text(encoding="utf-8")
    except UnicodeDecodeError:
        return None


def called(path: Path) -> str:
    """Return what a file is called in the project."""
    return path.relative_to(ROOT).as_posix()


def documents() -> list[Path]:
    """Return the Markdown files."""
    return [path for path in tracked() if path.suffix == ".md"]


def project_apps() -> list[Any]:
    """Return the apps that are the project's own."""
    return [app for app in apps.get_app_configs() if Path(app.path).is_relative_to(ROOT) and ".venv" not in app.path]


@cache
def product_trees() -> list[tuple[str, ast.Module]]:
    """Return the product's own modules, parsed, without migrations."""
    folders = {Path(app.path) for app in project_apps()} | {ROOT / "ocsportal"}
    files = [path for path in tracked() if path.suffix == ".py" and "migrations" not in path.parts]
    ours = [path for path in files if any(path.is_relative_to(folder) for folder in folders)]
    return [(called(path), ast.parse(text_of(path) or "")) for path in ours]


def tables(path: Path) -> Iterator[tuple[Row, list[Row]]]:
    """Yield each table of a Markdown file: its header and its rows, cells as they are written."""
    header: Row | None = None
    rows: list[Row] = []
    for line in [*path.read_text(encoding="utf-8").splitlines(), ""]:
        if line.startswith("|"):
            cells = tuple(cell.strip() for cell in re.split(r"(?<!\\)\|", line.strip()[1:-1]))
            if header is None:
                header = cells
            elif not all(set(cell) <= set("-: ") and cell for cell in cells):
                rows.append(cells)
        elif header is not None:
            yield header, rows
            header, rows = None, []


def rows_under(header: Row, *paths: Path) -> list[Row]:
    """Return the rows of all tables with this header, in the given documents or in all of docs/."""
    found = [row for path in paths or sorted(DOCS.glob("*.md")) for head, rows in tables(path) if head == header
             for row in rows]  # fmt: skip
    assert found, f"There is no table with the header | {' | '.join(header)} |"
    return found


def written(*cells: str) -> str:
    """Return a table's row as it is written."""
    return f"| {' | '.join(cells)} |"


def compare(where: str, documented: set[Row], real: set[Row]) -> None:
    """Fail with the very rows to add and to remove."""
    lacking = [f"add     {written(*row)}" for row in sorted(real - documented)]
    stale = [f"remove  {written(*row)}" for row in sorted(documented - real)]
    assert not lacking + stale, "\n".join([f"{where} differs from the code:", *lacking, *stale])


def plain(cell: str) -> str:
    """Return a cell without its backticks."""
    return cell.strip("`")


def ticked(cell: str) -> list[str]:
    """Return everything in a cell that stands in backticks."""
    return re.findall(r"`([^`]+)`", cell)


def headings(path: Path) -> list[str]:
    """Return a document's headings."""
    text = re.sub(r"```.*?```", "", path.read_text(encoding="utf-8"), flags=re.DOTALL)
    return [title.strip() for title in re.findall(r"^#+ (.+)$", text, re.MULTILINE)]


def anchor(heading: str) -> str:
    """Return the anchor that Markdown renderers give a heading."""
    return re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-")


def views() -> Iterator[tuple[str, Any]]:
    """Yield the path and the class of every REST view that belongs to an operation."""
    for path, pattern in _patterns(get_resolver().url_patterns, "/"):
        view = getattr(pattern.callback, "view_class", None) or getattr(pattern.callback, "cls", None)
        if view is not None and hasattr(view, "operation"):
            yield path, view


def _patterns(patterns: list[Any], prefix: str) -> Iterator[tuple[str, URLPattern]]:
    for pattern in patterns:
        path = prefix + str(pattern.pattern)
        if isinstance(pattern, URLPattern):
            yield path, pattern
        else:
            yield from _patterns(pattern.url_patterns, path)
