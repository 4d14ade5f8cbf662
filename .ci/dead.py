"""Refuse what nobody uses: functions, classes, methods and constants whose names stand nowhere but where they are defined.

Tests don't count as users. What is declared (decorated) is used by whoever asks the registry, and a method that another package's
class has as well is called from there.
"""

import ast
import importlib
import os
import re
import subprocess
import sys
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import django

ROOTS = ("ocsportal", "customers", "accounts", "subscribers", "offers", "balances")
WORD = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")
# Called by names that are put together, or by a package that asks whether there is such a method.
CALLED = re.compile(
    r"clean_\w+|from_db_value|get_help_text|handler\d+|[A-Z]\w*(Config|Scheme|FieldSchema)|[A-Z]\w*Command|logger_class|urlpatterns"
)
Named = tuple[Path, int, str]


def listed(*patterns: str) -> list[Path]:
    """Return the files that git tracks."""
    command = ["git", "ls-files", *patterns]
    found = subprocess.run(command, capture_output=True, text=True, check=True)  # noqa: S603
    return [Path(name) for name in found.stdout.split() if not name.startswith("tests/")]


def defined(path: Path) -> Iterator[Named]:
    """Yield what a module defines, but for what is declared with a decorator."""
    module = None
    for node in ast.parse(path.read_text(encoding="utf-8")).body:
        if isinstance(node, ast.FunctionDef | ast.ClassDef) and not node.decorator_list:
            yield path, node.lineno, node.name
        if (
            isinstance(node, ast.Assign)
            and isinstance(node.targets[0], ast.Name)
            and not names_an_operation(node.value)
        ):
            yield path, node.lineno, node.targets[0].id
        if isinstance(node, ast.AnnAssign) and isinstance(node.target, ast.Name):
            yield path, node.lineno, node.target.id
        if isinstance(node, ast.ClassDef):
            module = module or importlib.import_module(".".join(path.with_suffix("").parts).removesuffix(".__init__"))
            yield from ((path, line, name) for line, name in methods(node, vars(module).get(node.name)))


def names_an_operation(value: ast.expr) -> bool:
    """Whether it gives one of a level's operations its own name, by which scripts and tests call it."""
    return isinstance(value, ast.Attribute) and isinstance(value.value, ast.Name) and value.value.id == "level"


def methods(node: ast.ClassDef, made: object) -> Iterator[tuple[int, str]]:
    """Yield the methods of a class that no class of another package has."""
    bases = made.__mro__[1:] if isinstance(made, type) else ()
    theirs = {name for base in bases if not base.__module__.startswith(ROOTS) for name in dir(base)}
    for inner in node.body:
        own = isinstance(inner, ast.FunctionDef) and not inner.name.startswith("__")
        if (
            own
            and inner.name not in theirs
            and not any("display" in ast.unparse(each) for each in inner.decorator_list)
        ):
            yield inner.lineno, inner.name


def main() -> int:
    """Say what nobody uses; return whether there is anything."""
    sys.path.insert(0, ".")
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "ocsportal.settings")
    django.setup()
    users = listed("*.py", "*.html", "*.toml", "*.js", ".ci/*", "Makefile")
    words = Counter(word for path in users for word in WORD.findall(path.read_text(encoding="utf-8")))
    modules = [path for path in listed("*.py") if path.parts[0] in ROOTS and "migrations" not in path.parts]
    modules.remove(Path("ocsportal/settings.py"))  # Django asks for each of them by name.
    found = [
        each for path in modules for each in defined(path) if words[each[2]] == 1 and not CALLED.fullmatch(each[2])
    ]
    for path, line, name in found:
        print(f"{path}:{line}: {name} is used nowhere.")
    return bool(found)


if __name__ == "__main__":
    sys.exit(main())
