"""README's steps for a new operation, followed to the letter in a copy of the project: each block as it stands there."""

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tests.docs.markdown import ROOT, called, tracked

pytestmark = pytest.mark.once

SECTION = (
    (ROOT / "README.md").read_text(encoding="utf-8").partition("## How to add an operation\n")[2].partition("\n## ")[0]
)
BLOCKS = re.findall(r"^```(python|bash)\n(.*?)^```$", SECTION, flags=re.MULTILINE | re.DOTALL)
PLACE = re.compile(r"# (?P<file>[\w/*.]+)(?:, (?P<where>at the end|after: (?P<line>.+)))?\n")
# What has to hold in the copy afterwards, beside the test that the third step writes.
HELD = (
    "tests/customers/test_colour.py",
    *(f"tests/docs/test_operations.py::test_{what}" for what in ("table_of_operations", "bodies_of_writes")),
    "tests/portal/test_every_operation.py",
)
SEEN = """
from ocsportal.transactions.operation import OPERATIONS
from customers.admin import CustomerAdmin
made = OPERATIONS["UpdateCustomerColour"]
print(made.permission, *made.groups, sep=" | ")
print([(verb.label, verb.slug) for verb in CustomerAdmin.verbs if verb.operation is made])
"""


@pytest.fixture(scope="module")
def copy(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A copy of the project with the environment of this one."""
    found = tmp_path_factory.mktemp("project") / "ocsportal"
    for path in tracked():
        to = found / called(path)
        to.parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(path, to)
        # So that make finds the environment newer than what it was made from.
        os.utime(to, (0, 0))
    (found / ".venv").symlink_to(ROOT / ".venv", target_is_directory=True)
    (found / ".env").write_text("SECRET_KEY=of-the-copy-and-long-enough-for-anybody-who-counts-characters\n")
    return found


def run(copy: Path, *words: str) -> str:
    """Run a command in the copy, on a database of its own; return what it says."""
    mine = {name: value for name, value in os.environ.items() if name not in ("TEST_DATABASE_URL", "PYTEST_ADDOPTS")}
    mine |= {"DATABASE_URL": f"sqlite:///{copy}/copy.sqlite3", "TEST_ENGINE": "sqlite", "PYTHONDONTWRITEBYTECODE": "1"}
    done = subprocess.run(words, cwd=copy, env=mine, capture_output=True, text=True, timeout=280)
    assert done.returncode == 0, f"{' '.join(words)}\n{done.stdout[-4000:]}\n{done.stderr[-4000:]}"
    return done.stdout


def follow(copy: Path, kind: str, block: str) -> None:
    """Do what a block of the README says."""
    if kind == "bash":
        run(copy, "bash", "-e", "-c", block)
        return
    place = PLACE.match(block)
    assert place, f"The block does not begin with where it goes:\n{block}"
    code = block[place.end() :]
    paths = sorted(copy.glob(place["file"])) if "*" in place["file"] else [copy / place["file"]]
    assert len(paths) == 1, place["file"]
    path = paths[0]
    if place["where"] is None:
        assert not path.exists()
        path.write_text(code)
        return
    text = path.read_text(encoding="utf-8")
    if place["line"]:
        before, line, after = text.partition(f"{place['line']}\n")
        assert line, f"{place['file']} has no line {place['line']}"
        path.write_text(before + line + code + after)
    else:
        path.write_text(f"{text}\n{code}")


def test_followed_to_the_letter(copy: Path) -> None:
    assert len(re.findall(r"^\*\*\d\. ", SECTION, flags=re.MULTILINE)) == 4
    assert [kind for kind, _ in BLOCKS] == ["python"] * 3 + ["bash", "python", "bash"]
    for kind, block in BLOCKS:
        follow(copy, kind, block)
    # The operation is known by its name, to its groups, and has its verb; the answer of the portal is in its words.
    seen = run(copy, sys.executable, "manage.py", "shell", "-v", "0", "-c", SEEN).splitlines()
    assert seen == [
        "customers.update_customer_colour | Customer Care | Back Office | CRM",
        "[('Change colour', 'colour')]",
    ]
    openapi = (copy / "docs" / "openapi.yaml").read_text(encoding="utf-8")
    assert "/v1/casm/customers/update-colour:" in openapi
    assert "operationId: UpdateCustomerColour" in openapi
    run(copy, sys.executable, "manage.py", "migrate", "-v", "0")
    run(copy, sys.executable, "manage.py", "check", "--database", "default", "--fail-level", "WARNING")
    run(copy, sys.executable, "manage.py", "makemigrations", "--check", "--dry-run")
    told = run(copy, sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", *HELD)
    assert "failed" not in told
