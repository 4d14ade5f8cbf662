"""The report: the rows that were refused, each fault with its column, value, code and mend, and the row itself to be mended."""

import csv
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from types import TracebackType

from ocsportal.exchange.cells import APOSTROPHE
from ocsportal.exchange.given import Given, Refused
from ocsportal.exchange.reading import REPORTED, FileRefused, Source
from ocsportal.exchange.tally import Line

# What begins a formula for whoever opens the report in a spreadsheet.
FORMULAS = ("=", "@", "\t", "\r")


class Report:
    """Writes refused rows: in front what is wrong, behind it the columns of the file, so that it can be mended and fed again.

    Only the first line of a row has its cells, so that a row comes back once; its other faults follow without them.
    """

    def __init__(self, path: Path, source: Source) -> None:
        self.places = list(source.columns)
        try:
            self.file = path.open("w", encoding="utf-8", newline="")
        except OSError as error:
            raise FileRefused(f"--report: {path} can't be written: {error.strerror or error}.") from error
        self.writer = csv.writer(self.file)
        self.writer.writerow([*REPORTED, *(source.names[place] for place in self.places)])

    def __enter__(self) -> "Report":
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.file.close()

    def add(self, givens: Iterable[Given]) -> None:
        """Write the rows of customers that were refused; what is written can be read at once."""
        for given in givens:
            for number, cells, faults in lines(given):
                own = [cells[place] if place < len(cells) else "" for place in self.places]
                for fault in faults:
                    self.writer.writerow([number, fault.column, _safe(fault.value), fault.code, fault.message, *own])
                    own = [""] * len(self.places)
        self.file.flush()


def lines(given: Given) -> Iterator[tuple[int, Sequence[str], list[Refused]]]:
    """Yield the rows of a refused customer with what is wrong with each; of a sound one, which row it was refused with."""
    faults: dict[int, list[Refused]] = {}
    for fault in given.refused:
        faults.setdefault(fault.row, []).append(fault)
    first = given.refused[0]
    for number, cells in given.rows:
        words = f"Refused with row {first.row}: a customer comes whole or not at all."
        yield number, cells, faults.get(number) or [Refused(number, "", "", first.code, words)]


def _safe(value: str) -> str:
    return APOSTROPHE + value if value.startswith(FORMULAS) else value


def write_reconciliation(path: Path, compared: Sequence[Line]) -> None:
    """Write what was counted in the file and in the database, beside the report."""
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(["what", "file", "database", "agrees"])
        writer.writerows([what, here, there, "yes" if agrees else "no"] for what, here, there, agrees in compared)
