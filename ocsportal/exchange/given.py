"""From rows to what they give: one customer with its accounts, subscribers and subscriptions, each once, however often repeated."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from hashlib import sha256
from typing import Any

from ocsportal.entities.values import UNSTORABLE
from ocsportal.exchange.cells import bare, ruined
from ocsportal.exchange.columns import LEVELS, Column
from ocsportal.exchange.reading import Row, Source

INVALID = "REQUEST-VALIDATION"
# Stands where a cell can't be read.
BROKEN = object()
# Slots whose values are maps, each column one place in them.
MAPS = {
    *("contact", "custom_attributes", "planned", "last_plan", "planned_cycle", "preferences"),
    *("resources", "resources_from", "offer_attributes"),
}
ABOVE = {"customer": None, "account": "customer", "subscriber": "account"}


@dataclass(frozen=True)
class Refused:
    """One thing that is wrong with a row: the column, the value, the code of the contract, and how to mend it."""

    row: int
    column: str
    value: str
    code: str
    message: str


@dataclass(eq=False)
class Part:
    """A customer, an account, a subscriber or a subscription as the file gives it, with the row in which it first stands."""

    level: str
    row: int
    name: str
    above: "Part | None" = None
    # As the arguments of operations take them.
    values: dict[str, Any] = field(default_factory=dict)
    # By column, what stands there and in which row.
    cells: dict[str, tuple[str, int]] = field(default_factory=dict)
    # Columns whose cells can't be read, which is told already.
    broken: set[str] = field(default_factory=set)
    former: list[Mapping[str, object]] = field(default_factory=list)
    balances: dict[str, dict[str, object]] = field(default_factory=dict)

    def fault(self, column: str, code: str, message: str) -> Refused:
        """Return what is wrong with one of its columns."""
        value, row = self.cells.get(column, ("", self.row))
        return Refused(row, column, value, code, message)

    def text(self, slot: str) -> str | None:
        """Return a value that is a text, None when it is not given."""
        found = self.values.get(slot)
        return found if isinstance(found, str) else None

    def map(self, slot: str) -> dict[str, object]:
        """Return a value that is a map, empty when nothing of it is given."""
        found = self.values.get(slot)
        return found if isinstance(found, dict) else {}


@dataclass
class Given:
    """What the rows of one customer give, and what is wrong with them."""

    rows: list[Row]
    digest: str
    parts: dict[str, list[Part]] = field(default_factory=lambda: {level: [] for level in LEVELS})
    refused: list[Refused] = field(default_factory=list)
    _named: dict[tuple[str, str], Part] = field(default_factory=dict)

    def add(self, part: Part) -> None:
        """Take a part, to be found by its name."""
        self.parts[part.level].append(part)
        if part.name:
            self._named[part.level, part.name] = part

    def all(self) -> Iterator[Part]:
        """Yield its parts from the top down."""
        for level in LEVELS:
            yield from self.parts[level]

    def named(self, level: str, name: str) -> Part | None:
        """Return the part that an external ID or a key names."""
        return self._named.get((level, name))


class Reader:
    """Reads the rows of a source."""

    def __init__(self, source: Source) -> None:
        self.width = len(source.names)
        self.columns = [(place, column, column.whole_name) for place, column in source.columns.items()]
        # In the order of their names, so that the same content has one digest in whatever order columns stand.
        self.ordered = sorted((name, place) for place, _, name in self.columns)

    def given(self, rows: list[Row]) -> Given:
        """Return what the rows of one customer give."""
        found = Given(rows, self._digest(rows))
        for row in rows:
            self._take(row, found)
        return found

    def _digest(self, rows: list[Row]) -> str:
        """Return the digest of what stands in the rows, wherever they stand in a file and however that is written."""
        told = (
            "\x1e".join(
                f"{name}\x1f{cells[place]}" for name, place in self.ordered if place < len(cells) and cells[place]
            )
            for _, cells in rows
        )
        return sha256("\x1d".join(told).encode("utf-8", "surrogatepass")).hexdigest()

    def _take(self, row: Row, found: Given) -> None:
        if len(row.cells) != self.width:
            words = (
                f"Has {len(row.cells)} cells, and the header {self.width}; a value with the delimiter in it is quoted."
            )
            found.refused.append(Refused(row.number, "", "", INVALID, words))
            return
        if UNSTORABLE.search("".join(row.cells)) is not None:
            found.refused += self._unstorable(row)
            return
        _Placing(found, row, self._read(row, found)).place()

    def _unstorable(self, row: Row) -> Iterator[Refused]:
        for place, _, name in self.columns:
            if (odd := UNSTORABLE.search(row.cells[place])) is not None:
                words = f"Contains U+{ord(odd.group()):04X}, which can't be stored; take it out."
                yield Refused(row.number, name, row.cells[place].replace("\0", "\N{SYMBOL FOR NULL}"), INVALID, words)

    def _read(self, row: Row, found: Given) -> dict[str, list[tuple[Column, str, str, object]]]:
        """Return by level what stands in the row, as the columns read it."""
        read: dict[str, list[tuple[Column, str, str, object]]] = {}
        for place, column, name in self.columns:
            cell = row.cells[place]
            if not cell:
                continue
            try:
                value = _value(column, cell)
            except ValueError as error:
                found.refused.append(Refused(row.number, name, cell, INVALID, str(error)))
                value = BROKEN
            read.setdefault(column.level, []).append((column, name, cell, value))
        return read


def _value(column: Column, cell: str) -> object:
    """Return what a cell says; raise ValueError, in words, for what a spreadsheet ruined or the column does not take."""
    text = bare(cell)
    if text is None:
        text = cell
        if wrong := ruined(cell, number=column.number):
            raise ValueError(wrong)
    return column.read(text) if text else text


class _Placing:
    """Puts what stands in a row where it belongs."""

    def __init__(self, found: Given, row: Row, read: dict[str, list[tuple[Column, str, str, object]]]) -> None:
        self.found, self.row, self.read = found, row, read

    def place(self) -> None:
        """Place all levels, the topmost first."""
        above: Part | None = None
        for level in ("customer", "account", "subscriber"):
            if level in self.read:
                above = self._part(level, above)
        if "subscription" in self.read:
            self._subscription(above)
        elif "balance" in self.read:
            _, name, cell, _ = self.read["balance"][0]
            words = "Balances belong to a subscription; give subscription.offer in the same row."
            self._refuse(name, cell, INVALID, words)

    def _refuse(self, column: str, value: str, code: str, message: str) -> None:
        self.found.refused.append(Refused(self.row.number, column, value, code, message))

    def _name(self, level: str) -> str:
        """Return the external ID, else the key, by which a row names something."""
        named = ("external_id", "key")
        # A broken one still names the same thing in each row.
        told = {c.slot: cell if value is BROKEN else value for c, _, cell, value in self.read[level] if c.slot in named}
        return str(told.get("external_id") or told.get("key") or "")

    def _part(self, level: str, above: Part | None) -> Part:
        name = self._name(level)
        part = self.found.named(level, name)
        if part is None:
            part = Part(level, self.row.number, name, above)
            self.found.add(part)
        elif above is not None and above.level == ABOVE[level] and part.above is not above:
            words = f"The {level} {name} stands below another {above.level} in row {part.row}."
            self._refuse(f"{level}.externalId", name, "CASM-HIERARCHY", words)
        self._fill(part)
        return part

    def _fill(self, part: Part) -> None:
        former: dict[str, object] = {}
        for column, name, cell, value in self.read[part.level]:
            if column.slot == "former":
                former[column.key] = None if value is BROKEN else value
                part.broken |= {name} if value is BROKEN else set()
                part.cells[name] = (cell, self.row.number)
                continue
            if name in part.cells:
                self._repeated(part, column, name, cell)
                continue
            part.cells[name] = (cell, self.row.number)
            if value is BROKEN:
                part.broken.add(name)
            elif column.slot in MAPS:
                part.values.setdefault(column.slot, {})[column.key] = value
            else:
                part.values[column.slot] = value
        if former:
            part.former.append(former)

    def _repeated(self, part: Part, column: Column, name: str, cell: str) -> None:
        standing, row = part.cells[name]
        if cell != standing:
            code = "RESOURCE-TYPE-IN-USE" if column.slot == "resources" else INVALID
            words = f"Differs from {standing!r} in row {row}, which gives the same {part.level}; leave it empty here."
            self._refuse(name, cell, code, words)

    def _subscription(self, owner: Part | None) -> None:
        name = self._name("subscription")
        if self.found.named("subscription", name) is not None:
            words = "Another row has this subscription; a further one needs an external ID or key of its own."
            self._refuse("subscription.externalId", name, "EXTERNAL-ID-NOT-UNIQUE", words)
            return
        part = Part("subscription", self.row.number, name, owner)
        self.found.add(part)
        self._fill(part)
        for column, whole, cell, value in self.read.get("balance", ()):
            part.cells[whole] = (cell, self.row.number)
            if value is not BROKEN:
                part.balances.setdefault(column.key, {})[column.slot] = value
        if owner is None:
            words = "Give the customer, account or subscriber that has the subscription in the same row."
            self._refuse("subscription.offer", "", INVALID, words)
        if "subscription.offer" not in part.cells:
            self._refuse(
                "subscription.offer", "", INVALID, "Is required, since other values of a subscription are given."
            )
