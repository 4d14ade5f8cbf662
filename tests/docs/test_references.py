"""What the project says of itself is there: paths, sections, links, make targets; and it points nowhere outside."""

import re
import tomllib
from pathlib import Path

import pytest
from django.db import models

from ocsportal.transactions import door
from ocsportal.transactions.history import tracked_models
from tests.docs.markdown import DOCS, ROOT, anchor, called, documents, headings, rows_under, text_of, tracked

pytestmark = pytest.mark.once

# Written so that these patterns don't match themselves.
HOSTS = re.compile(
    r"pypi\.(org|python)|pythonhosted\.org|npmjs\.|artifactor[y]|jsdeliv[r]|unpk[g]\.|"
    r"--(extra-)?index[-]url|--find[-]links|trusted[-]host",
    re.IGNORECASE,
)
OUTSIDE = re.compile(r"""(?:^|[\s"'`=(:,])/{1,2}(?:home|root|Users|work|mnt|srv|private|builds)/""", re.MULTILINE)
PAGE_WITH_SECTION = re.compile(r"\((docs/[\w./-]+\.md), ([\w ]+)\)")
PAGE = re.compile(r"(?<![\w/.-])docs/[\w./-]*\w")
LINK = re.compile(r"\[[^\]]*\]\(([^)\s]+)\)")
# Fonts come with the licence that their makers wrote.
FOREIGN = ("ocsportal/backoffice/static/ocs/fonts/",)


def sources() -> list[tuple[str, str]]:
    """Return every text file of the project with its text."""
    return [(called(path), text) for path in tracked() if (text := text_of(path)) is not None]


def test_every_page_that_is_named_exists() -> None:
    missing = [
        f"{name} names {page}"
        for name, text in sources()
        if not name.startswith("docs/")
        for page in PAGE.findall(text)
        if not (ROOT / page).exists() and name != "tests/docs/test_references.py"
    ]
    assert not missing, "\n".join(missing)


def test_every_section_that_is_named_exists() -> None:
    named = [(name, page, section) for name, text in sources() for page, section in PAGE_WITH_SECTION.findall(text)]
    assert len(named) >= 8
    missing = [
        f"{name} names the section {section!r}, which {page} lacks"
        for name, page, section in named
        if section.lower() not in [heading.lower() for heading in headings(ROOT / page)]
    ]
    assert not missing, "\n".join(missing)


@pytest.mark.parametrize("document", documents(), ids=called)
def test_every_link_resolves(document: Path) -> None:
    for link in LINK.findall(document.read_text(encoding="utf-8")):
        assert "://" not in link, f"{called(document)} links to {link}, outside of the project"
        path, _, fragment = link.partition("#")
        target = (document.parent / path).resolve() if path else document
        assert target.exists(), f"{called(document)} links to {link}, which is not there"
        assert target.is_relative_to(ROOT.resolve()), f"{called(document)} links to {link}, outside of the project"
        if fragment:
            found = [anchor(heading) for heading in headings(target)]
            assert fragment in found, f"{called(document)} links to {link}; the sections are {found}"


def test_every_page_is_linked_from_the_readme_or_the_list_of_decisions() -> None:
    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    decisions = (DOCS / "adr" / "README.md").read_text(encoding="utf-8")
    lost = [called(page) for page in DOCS.glob("*.md") if f"docs/{page.name}" not in readme]
    lost += [called(page) for page in (DOCS / "adr").glob("0*.md") if page.name not in decisions]
    assert not lost, f"Nothing links to {', '.join(lost)}"


def test_make_targets_that_are_named_exist() -> None:
    targets = set(re.findall(r"^([a-z]+):", (ROOT / "Makefile").read_text(encoding="utf-8"), re.MULTILINE))
    assert {"run", "test", "check"} <= targets
    for name, text in sources():
        if name.endswith(".md"):
            # In code only: prose makes all sorts of things.
            code = " ".join(re.findall(r"`[^`]*`", text, re.DOTALL))
            unknown = set(re.findall(r"\bmake ([a-z]+)", code)) - targets
            assert not unknown, f"{name} names make targets that are not there: {unknown}"


def test_the_floors_are_all_described() -> None:
    contracts = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["tool"]["importlinter"][
        "contracts"
    ]
    layers = next(contract["layers"] for contract in contracts if contract["name"].startswith("Floors"))
    page = (DOCS / "architecture.md").read_text(encoding="utf-8")
    missing = [module for layer in layers for module in layer.split(" | ") if f"`{module}`" not in page]
    assert not missing, f"docs/architecture.md, floors, lacks {', '.join(missing)}"


def test_no_package_host_and_no_path_outside_of_the_project() -> None:
    found = [
        f"{name}:{text.count(chr(10), 0, match.start()) + 1}: {match.group().strip()}"
        for name, text in sources()
        if not name.startswith(FOREIGN)
        for pattern in (HOSTS, OUTSIDE)
        for match in pattern.finditer(text)
    ]
    assert not found, "\n".join(found)


def test_every_tracked_model_is_in_the_table_of_the_audit() -> None:
    table = [row[1] for row in rows_under(("Tracked", ""), DOCS / "audit.md")]
    told = [name for cell in table for name in re.findall(r"`(\w+)`", cell)]
    assert sorted(told) == sorted(model.__name__ for model in tracked_models())


def test_how_often_the_door_tries_again_is_told_as_it_is() -> None:
    page = " ".join((DOCS / "architecture.md").read_text(encoding="utf-8").split())
    assert (door.ATTEMPTS, door.MOST_ANEW) == (10, 25)
    assert "tried again, ten times in all" in page
    assert "once for each such plan (25 at most)" in page


def test_the_changelog_counts_nothing_that_grows() -> None:
    text = (ROOT / "CHANGELOG.md").read_text(encoding="utf-8")
    assert re.findall(r"\b(?:\d+|ten|eleven|twelve|\w+teen|twenty) operations\b", text) == []


def test_classes_that_the_readme_names_exist() -> None:
    sources_ = " ".join(text for name, text in sources() if name.endswith(".py"))
    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    named = set(re.findall(r"\b[A-Z][a-z]+(?:[A-Z][a-z]+)+\b", " ".join(re.findall(r"`[^`\n]+`", readme))))
    assert {"OperationRequest", "VerbForm"} <= named
    made_up = {"UpdateCustomerColour"}
    # The fields that a column is made of are Django's.
    ours = {name for name in named - made_up if not hasattr(models, name)}
    unknown = {name for name in ours if not re.search(rf"\b(?:class|def) {name}\b", sources_)}
    assert not unknown, f"README.md names {', '.join(sorted(unknown))}"
