"""Make the dumps anew as a release is cut: python -m tests.transactions.previous.dump sqlite|postgresql.

It needs PostgreSQL's tools, and the server of TEST_DATABASE_URL. The numbers in `test_previous_release.py` follow.
"""

import lzma
import os
import sqlite3
import subprocess
import sys
import tempfile
from contextlib import closing
from pathlib import Path

import psycopg

from tests.transactions.copied import ROOT, manage

HERE = Path(__file__).parent
NAME = "ocs_previous_release"
STEPS = (
    ("migrate", "-v", "0"),
    ("load_demo", "--customers", "4"),
    ("worker", "--once"),
    ("load_demo", "--customers", "5"),
)
# Commands of psql, which a connection doesn't know.
PSQL = (b"\\restrict", b"\\unrestrict")


def fill(url: str) -> None:
    """Fill a database: part of it relayed, part of it waiting."""
    for step in STEPS:
        manage(ROOT, url, *step)


def of_sqlite() -> bytes:
    """Return a full database of SQLite as statements."""
    with tempfile.TemporaryDirectory() as home:
        fill(f"sqlite:///{home}/previous.sqlite3")
        with closing(sqlite3.connect(f"{home}/previous.sqlite3")) as there:
            return "\n".join(there.iterdump()).encode()


def of_postgresql() -> bytes:
    """Return a full database of PostgreSQL as statements."""
    url = os.environ["TEST_DATABASE_URL"]
    with psycopg.connect(url.replace("postgres://", "postgresql://", 1), autocommit=True) as server:
        server.execute(f"DROP DATABASE IF EXISTS {NAME}".encode())
        server.execute(f"CREATE DATABASE {NAME}".encode())
    other = url.rpartition("/")[0] + f"/{NAME}"
    fill(other)
    tool = ["pg_dump", "--no-owner", "--inserts", "--rows-per-insert=100", other]
    lines = subprocess.run(tool, capture_output=True, check=True).stdout.splitlines(keepends=True)
    return b"".join(line for line in lines if not line.startswith(PSQL))


if __name__ == "__main__":
    for engine, dumped in (("sqlite", of_sqlite), ("postgresql", of_postgresql)):
        if engine in sys.argv[1:]:
            (HERE / f"{engine}.sql.xz").write_bytes(lzma.compress(dumped(), preset=9 | lzma.PRESET_EXTREME))
