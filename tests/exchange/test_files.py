"""The file as a whole: what it may look like, and what is refused before anything is made."""

from pathlib import Path

import pytest

from customers.models import Customer
from tests.exchange.files import counts, run, written
from tests.exchange.rows import whole

pytestmark = pytest.mark.django_db

HEADER = "customer.externalId,customer.customerProfile,customer.customName"


@pytest.mark.parametrize("delimiter", [",", ";", "\t"])
@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig"])
def test_understood(tmp_path: Path, delimiter: str, encoding: str) -> None:
    row = whole(1) | {"customer.customName": 'Žluťoučký "Kůň", s. r. o.; und Co'}
    path = tmp_path / "in.csv"
    outcome = run(written(path, row, delimiter=delimiter, encoding=encoding))
    assert (outcome.code, outcome.made) == (0, [1, 1, 1, 1])
    assert Customer.objects.get().custom_name == row["customer.customName"]


@pytest.mark.parametrize(("encoding", "name"), [("cp1252", "Müller"), ("utf-16", "Žluťoučký"), ("cp1250", "Kůň")])
def test_encoding(tmp_path: Path, encoding: str, name: str) -> None:
    path = written(tmp_path / "in.csv", whole(1) | {"customer.customName": name}, encoding=encoding)
    outcome = run(path)
    assert outcome.code == 1
    assert "--encoding" in outcome.error
    assert counts() == [0] * 6
    assert run(path, encoding=encoding).code == 0
    assert Customer.objects.get().custom_name == name


REFUSED = {
    "empty": (b"", "is empty"),
    "a blank": (b"\n", "must be the header"),
    "no header": (b"c-1,b2c,Name\n", "must be the header"),
    "other delimiter": (HEADER.replace(",", "|").encode() + b"\nc-1|b2c|x\n", "must be the header"),
    "unknown column": (f"{HEADER},customer.custmName\nc-1,b2c,x,y\n".encode(), "Did you mean customer.customName"),
    "unnamed column": (f"{HEADER},\nc-1,b2c,x,\n".encode(), "Column 4 has no name"),
    "column twice": (f"{HEADER},customer.customName\nc-1,b2c,x,y\n".encode(), "stands in the header twice"),
    "UTF-16": (f"{HEADER}\nc-1,b2c,x\n".encode("utf-16"), "--encoding utf-16"),
    "bad byte": (f"{HEADER}\nc-1,b2c,".encode() + b"\xff\xfe\n", "byte 0xff"),
    "bad byte at the end": (f"{HEADER}\n".encode() + b"c-1,b2c,x\n" * 20_000 + b"c-2,b2c,\xfc\n", "--encoding cp1252"),
    "open quote": (f'{HEADER}\nc-1,b2c,x\nc-2,b2c,"x\n'.encode() + b"c-3,b2c,x\n" * 20_000, "quotation mark"),
    "quote within": (f'{HEADER}\nc-1,b2c,"a"b\n'.encode(), "quotation mark"),
    "long line": (HEADER.encode() + b"\nc-1,b2c," + b"x" * 100_000_000 + b"\n", "1,048,576 characters"),
    "long header": (b"x" * 100_000_000, "1,048,576 characters"),
    "NUL in the header": (b"customer.externalId,customer.custom\0Name\nc-1,x\n", "There is no column"),
    "not text": (bytes(range(256)) * 100, "--encoding"),
}


@pytest.mark.parametrize(("content", "words"), REFUSED.values(), ids=REFUSED)
@pytest.mark.parametrize("dry_run", [True, False])
def test_refused_whole(tmp_path: Path, content: bytes, words: str, dry_run: bool) -> None:
    path = tmp_path / "in.csv"
    path.write_bytes(content)
    outcome = run(path, dry_run=dry_run)
    assert outcome.code == 1
    assert words in outcome.error
    assert counts() == [0] * 6


def test_no_such_file(tmp_path: Path) -> None:
    assert "can't be read" in run(tmp_path / "none.csv").error
    assert "can't be read" in run(tmp_path).error
    path = written(tmp_path / "in.csv", whole(1))
    assert "can't be written" in run(path, report=tmp_path / "none" / "r.csv").error
    assert "can't take the place" in run(path, report=path).error
    assert "no encoding" in run(path, encoding="klingon").error
    assert counts() == [0] * 6


def test_header_alone_and_empty_rows(tmp_path: Path) -> None:
    path = tmp_path / "in.csv"
    path.write_text(f"{HEADER}\n", encoding="utf-8")
    assert (run(path).code, run(path).told["rows"]) == (0, 0)
    path.write_text(f"{HEADER}\r\n\r\n,,\r\nc-1,b2c,x\r\n,,\r\n", encoding="utf-8")
    assert (run(path).told["rows"], counts()[0]) == (1, 1)


def test_rows_of_other_length(tmp_path: Path) -> None:
    path = tmp_path / "in.csv"
    path.write_text(f"{HEADER}\nc-1,b2c,x,y\nc-2,b2c\nc-3,b2c,x\n", encoding="utf-8")
    outcome = run(path)
    assert (outcome.told["rows"], outcome.told["refused"], counts()[0]) == (3, 2, 1)
    assert "Row 2, whole row: REQUEST-VALIDATION: Has 4 cells, and the header 3" in outcome.printed
    assert "Row 3, whole row: REQUEST-VALIDATION: Has 2 cells" in outcome.printed
