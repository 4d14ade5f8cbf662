"""A copy of the project with a database of its own, in which models may change and commands run as a developer runs them."""

import os
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import psycopg
from django.db import connection

ROOT = Path(__file__).resolve().parents[2]
LEFT_OUT = shutil.ignore_patterns(
    ".git", ".venv", ".env", ".run", "*.sqlite3*", "__pycache__", "tests", "docs", ".*_cache", "staticfiles"
)


def manage(folder: Path, url: str, *words: str, typed: str = "", fails: bool = False) -> str:
    """Run a command of the project in a folder on a database; return what it printed, and demand that it ends well, or not."""
    environment = {name: value for name, value in os.environ.items() if not name.startswith(("DJANGO_", "TEST_"))}
    environment |= {
        "DATABASE_URL": url,
        "SECRET_KEY": "x" * 50,
        "AUDIT_KEY": os.environ["AUDIT_KEY"],
        "LOG_LEVEL": "ERROR",
    }
    done = subprocess.run(
        [sys.executable, "manage.py", *words], cwd=folder, env=environment, input=typed, text=True, capture_output=True
    )
    assert (done.returncode != 0) == fails, f"{words}: {done.stdout[-3000:]}{done.stderr[-3000:]}"
    return done.stdout + done.stderr


def other_database(name: str) -> str:
    """Make an empty database beside the tests' own on its PostgreSQL server; return its URL."""
    with server() as there:
        there.execute(f'DROP DATABASE IF EXISTS "{name}" WITH (FORCE)')
        there.execute(f'CREATE DATABASE "{name}"')
    return url_of(name)


def url_of(name: str) -> str:
    """Return the URL of a database on the tests' PostgreSQL server."""
    where = connection.settings_dict
    secret = f":{where['PASSWORD']}" if where["PASSWORD"] else ""
    return f"postgres://{where['USER']}{secret}@{where['HOST']}:{where['PORT'] or 5432}/{name}"


def server() -> Any:
    """Return a connection to the tests' PostgreSQL server that makes and drops databases."""
    return psycopg.connect(url_of("postgres").replace("postgres://", "postgresql://", 1), autocommit=True)


class Copy:
    """The project's code in a folder of its own."""

    def __init__(self, home: Path) -> None:
        self.folder = home / "copy"
        shutil.copytree(ROOT, self.folder, ignore=LEFT_OUT)
        self.database = f"{connection.settings_dict['NAME']}_copy"
        self.url = f"sqlite:///{home}/copy.sqlite3"
        if connection.vendor == "postgresql":
            self.url = other_database(self.database)

    def manage(self, *words: str, typed: str = "", fails: bool = False) -> str:
        """Run a command and return what it printed; demand that it ends well, or not."""
        return manage(self.folder, self.url, *words, typed=typed, fails=fails)

    def write(self, path: str, former: str, text: str) -> None:
        """Replace a text that stands once in a file."""
        file = self.folder / path
        content = file.read_text()
        assert content.count(former) == 1, (path, former, content.count(former))
        file.write_text(content.replace(former, text))

    def remove(self) -> None:
        """Drop its database; the folder is pytest's."""
        if connection.vendor == "postgresql":
            with server() as there:
                there.execute(f'DROP DATABASE IF EXISTS "{self.database}" WITH (FORCE)')
