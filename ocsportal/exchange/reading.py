"""Read the file: its encoding, its delimiter, its header, and its rows, customer by customer (docs/importing.md).

All of it is looked through before anything is made, so that a file that breaks off in the middle is refused as a whole. It is never
in memory as a whole.
"""

import codecs
import csv
import hashlib
import itertools
from collections.abc import Iterator
from dataclasses import dataclass
from difflib import get_close_matches
from pathlib import Path
from typing import NamedTuple

from ocsportal.exchange.columns import Column, column_of, shown_names
from ocsportal.exchange.spool import Spool, scattered

DELIMITERS = {",": "comma", ";": "semicolon", "\t": "tab"}
# What a report has before the columns of the file, when it is mended and fed again.
REPORTED = ("row", "column", "value", "code", "message")
LONGEST_LINE = 1024 * 1024
CHUNK = 1024 * 1024
WIDE_MARKS = {
    codecs.BOM_UTF32_LE: "utf-32",
    codecs.BOM_UTF32_BE: "utf-32",
    codecs.BOM_UTF16_LE: "utf-16",
    codecs.BOM_UTF16_BE: "utf-16",
}


class FileRefused(Exception):
    """The file as a whole can't be read; nothing was made. Its message is a sentence for whoever wrote the file."""


class Row(NamedTuple):
    """A row with its number as a spreadsheet counts, the header being 1."""

    number: int
    cells: list[str]


@dataclass(frozen=True)
class Source:
    """A file that was looked through: all that is known of it before its rows are read again."""

    path: Path
    encoding: str
    delimiter: str
    # As they stand in the header.
    names: list[str]
    # By their places; what a report put before them is none of them.
    columns: dict[int, Column]
    digest: str
    rows: int
    scattered: bool

    def place(self, name: str) -> int | None:
        """Return where a column stands, None where the file has none of that name."""
        return self.names.index(name) if name in self.names else None

    def read(self) -> Iterator[Row]:
        """Yield the rows in their order; those in which nothing stands are left out."""
        with OpenRows(self.path, self.encoding, self.delimiter) as rows:
            next(rows)
            places = list(self.columns)
            for number, cells in enumerate(rows, start=2):
                if any(cells) and (len(cells) != len(self.names) or any(cells[place] for place in places)):
                    yield Row(number, cells)

    def customers(self) -> Iterator[list[Row]]:
        """Yield the rows of one customer after the other, in the order in which each stands first."""
        rows = self.read()
        if self.scattered:
            with Spool() as spool:
                spool.fill((self.owner(row), row.number, row.cells) for row in rows)
                yield from _grouped((key, Row(number, cells)) for key, number, cells in spool.sorted())
        else:
            yield from _grouped((self.owner(row), row) for row in rows)

    def owner(self, row: Row) -> str:
        """Return what tells the customer of a row: its external ID or key, or that it is one by itself."""
        for kind, place in ((0, self.place("customer.externalId")), (1, self.place("customer.key"))):
            if place is not None and place < len(row.cells) and row.cells[place]:
                return f"{kind}{row.cells[place]}"
        return f"2{row.number}"


def _grouped(rows: Iterator[tuple[str, Row]]) -> Iterator[list[Row]]:
    for _, found in itertools.groupby(rows, key=lambda pair: pair[0]):
        yield [row for _, row in found]


def look_through(path: Path, encoding: str | None) -> Source:
    """Return what a file is; raise FileRefused, in words, for one that can't be read to its end."""
    digest = _digest(path)
    spoken = _encoding(path, encoding)
    delimiter = _delimiter(path, spoken)
    with OpenRows(path, spoken, delimiter) as rows:
        names = [name.strip() for name in next(rows)]
        columns = _columns(names, delimiter)
    found = Source(path, spoken, delimiter, names, columns, digest, 0, False)
    rows_of, split = 0, False
    with scattered() as is_scattered:
        for row in found.read():
            rows_of += 1
            split = is_scattered(found.owner(row)) or split
        split = is_scattered(None) or split
    return Source(path, spoken, delimiter, names, columns, digest, rows_of, split)


def _digest(path: Path) -> str:
    hashed, size = hashlib.sha256(), 0
    try:
        with path.open("rb") as file:
            while chunk := file.read(CHUNK):
                hashed.update(chunk)
                size += len(chunk)
    except OSError as error:
        raise FileRefused(f"{path} can't be read: {error.strerror or error}.") from error
    if not size:
        raise FileRefused(f"{path} is empty.")
    return hashed.hexdigest()


def _encoding(path: Path, asked: str | None) -> str:
    with path.open("rb") as file:
        first = file.read(4)
    wide = next((name for mark, name in WIDE_MARKS.items() if first.startswith(mark)), "")
    if asked is None:
        if wide:
            raise FileRefused(
                f"{path} is {wide.upper()}, not UTF-8; save it as “CSV UTF-8”, or give --encoding {wide}."
            )
        return "utf-8-sig"
    try:
        known = codecs.lookup(asked).name
        "".encode(known)
    except (LookupError, UnicodeError) as error:
        raise FileRefused(f"--encoding: there is no encoding {asked!r}; try utf-8, cp1252 or utf-16.") from error
    return "utf-8-sig" if known == "utf-8" else known


class OpenRows:
    """The rows of a file, each a list of its cells, within a `with`; raise FileRefused where it can't be read on."""

    def __init__(self, path: Path, encoding: str, delimiter: str) -> None:
        self.path, self.encoding, self.delimiter = path, encoding, delimiter
        self.line = 0

    def __enter__(self) -> Iterator[list[str]]:
        self.file = self.path.open(encoding=self.encoding, newline="")
        return self._rows()

    def __exit__(self, *_: object) -> None:
        self.file.close()

    def _lines(self) -> Iterator[str]:
        while line := self.file.readline(LONGEST_LINE + 1):
            self.line += 1
            if len(line) > LONGEST_LINE:
                raise FileRefused(f"Line {self.line} has more than {LONGEST_LINE:,} characters: this is no such file.")
            yield line

    def _rows(self) -> Iterator[list[str]]:
        rows, number = csv.reader(self._lines(), delimiter=self.delimiter, strict=True), 0
        while True:
            number += 1
            try:
                cells = next(rows, None)
            except csv.Error as error:
                raise FileRefused(
                    f"Row {number}, up to line {self.line}, can't be read ({error}); is a quotation mark never closed, "
                    "or does one stand within a value? Within a quoted value it is written twice."
                ) from error
            except UnicodeError as error:
                raise FileRefused(self._undecodable(error)) from error
            if cells is None:
                return
            yield cells

    def _undecodable(self, error: UnicodeError) -> str:
        words = f"After line {self.line} stands what is not {self.encoding.removesuffix('-sig').upper()}"
        if isinstance(error, UnicodeDecodeError) and error.start < len(error.object):
            words += f" (byte 0x{error.object[error.start]:02x})"
        return f"{words}; save the file as “CSV UTF-8”, or name its encoding, such as --encoding cp1252."


def _delimiter(path: Path, encoding: str) -> str:
    """Return the delimiter by which the first row has the most names of columns."""
    counted: dict[str, int] = {}
    for delimiter in DELIMITERS:
        with OpenRows(path, encoding, delimiter) as rows:
            names = next(rows, [])
        counted[delimiter] = sum(column_of(name.strip()) is not None for name in names)
    best = max(counted, key=lambda delimiter: counted[delimiter])
    if not counted[best]:
        raise FileRefused(
            "The first row has none of the columns' names, such as customer.externalId, between commas, semicolons or "
            "tabs; it must be the header. See docs/importing.md."
        )
    return best


def _columns(names: list[str], delimiter: str) -> dict[int, Column]:
    found: dict[int, Column] = {}
    reported = len(REPORTED) if tuple(names[: len(REPORTED)]) == REPORTED else 0
    for place, name in enumerate(names[reported:], start=reported):
        column = column_of(name)
        if column is None:
            raise FileRefused(_unknown(name, place, delimiter))
        if name in names[:place]:
            raise FileRefused(f"The column {name} stands in the header twice.")
        found[place] = column
    return found


def _unknown(name: str, place: int, delimiter: str) -> str:
    if not name:
        return f"Column {place + 1} has no name in the header; take it out."
    near = get_close_matches(name[:100], shown_names(), 3, 0.6)
    like = f" Did you mean {' or '.join(near)}?" if near else ""
    return f"There is no column {name[:100]!r} (the header is read with {DELIMITERS[delimiter]}s between names).{like}"
