"""Registries: what one module declares and another one asks for, so that the second need not import the first.

Each of them is a list or a dict that modules fill as they are imported, with `enter`: as a decorator, or with the
entry.
"""

from typing import TypeVar

Entry = TypeVar("Entry")
Key = TypeVar("Key")


class Entries(list[Entry]):
    """Entries in the order in which they were declared."""

    def enter(self, entry: Entry) -> Entry:
        """Enter something, and return it; what is there already is not entered again."""
        if entry not in self:
            self.append(entry)
        return entry


class Named(dict[Key, Entry]):
    """Entries by what they are asked for."""

    def enter(self, name: Key, entry: Entry) -> Entry:
        """Enter something under a name, and return it; raise ValueError when something else has the name."""
        if self.setdefault(name, entry) != entry:
            raise ValueError(f"{name} is declared twice.")
        return entry
