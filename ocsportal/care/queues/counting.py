"""What the chips of a queue say: how many there are by date, by level and by who set them, with one statement."""

from collections import Counter
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from django.db import connection

from ocsportal.backoffice.drawn import Drawn
from ocsportal.backoffice.menu import MOST_COUNTED, shown
from ocsportal.care.queues.asking import OVERDUE, WEEK, QueueFilter
from ocsportal.care.queues.entries import Spot

# So many of each level are looked at for who set them.
LOOKED_AT = 500
NAMES_SHOWN = 4


@dataclass
class Counts:
    """How many wait, as far as one counts at a glance."""

    total: int = 0
    due: Counter[str] = field(default_factory=Counter)
    levels: dict[str, int] = field(default_factory=dict)
    by: Counter[str] = field(default_factory=Counter)

    @property
    def words(self) -> str:
        """Return the total as it is shown."""
        return shown(self.total) or "0"

    @property
    def overdue(self) -> str:
        """Return how many are overdue, as it is shown; empty for none."""
        return shown(self.due[OVERDUE])


def counted(spots: list[Spot], at: datetime) -> Counts:
    """Return how many wait in all, overdue, this week, on each level, and set by whom."""
    counts = Counts(levels={str(spot.model._meta.model_name): 0 for spot in spots})
    parts: list[str] = []
    parameters: list[Any] = []
    for number, spot in enumerate(spots):
        for due in ("", OVERDUE, WEEK):
            rows = spot.rows().filter(*QueueFilter(due=due).conditions(spot.model, spot.kind, at))
            sql, given = rows.values("pk")[: MOST_COUNTED + 1].query.sql_with_params()
            parts.append(f"SELECT {number}, '{due}', COUNT(*) FROM ({sql}) few")
            parameters += given
        sql, given = spot.rows().values(spot.kind.by)[:LOOKED_AT].query.sql_with_params()
        parts.append(f"SELECT -1, few.{spot.kind.by}, COUNT(*) FROM ({sql}) few GROUP BY 2")
        parameters += given
    if parts:
        with connection.cursor() as cursor:
            cursor.execute(" UNION ALL ".join(parts), parameters)
            for number, what, of_it in cursor.fetchall():
                _enter(counts, spots, number, what, of_it)
    return counts


def _enter(counts: Counts, spots: list[Spot], number: int, what: str, of_it: int) -> None:
    if number < 0:
        counts.by[what] += of_it
    elif what:
        counts.due[what] += of_it
    else:
        counts.total += of_it
        counts.levels[str(spots[number].model._meta.model_name)] += of_it


def chips(counts: Counts, asked: QueueFilter, spots: list[Spot], me: str) -> list[list[Drawn]]:
    """Return the chips, group by group: what each says, how many it leaves, where it leads, and whether it is on."""
    due = [_chip("All", counts.words, asked.query(due="", level="", by=""), not (asked.due or asked.level or asked.by))]
    if any(spot.waiting.undecided for spot in spots):
        due.append(_chip("Overdue", shown(counts.due[OVERDUE]) or "0", *_toggled(asked, "due", OVERDUE)))
    if any(spot.waiting.coming for spot in spots):
        due.append(_chip("This week", shown(counts.due[WEEK]) or "0", *_toggled(asked, "due", WEEK)))
    names = {str(spot.model._meta.model_name): str(spot.model._meta.verbose_name_plural) for spot in spots}
    levels = [
        _chip(words.capitalize(), shown(counts.levels[name]) or "0", *_toggled(asked, "level", name))
        for name, words in names.items()
    ]
    setters = [name for name, _ in counts.by.most_common() if name and name != me][:NAMES_SHOWN]
    if asked.by and asked.by not in (me, *setters):
        setters.append(asked.by)
    by = [_chip("Mine", shown(counts.by[me]) or "0", *_toggled(asked, "by", me))]
    by += [_chip(name, shown(counts.by[name]) or "0", *_toggled(asked, "by", name)) for name in setters]
    return [due, levels if len(levels) > 1 else [], by]


def _chip(words: str, number: str, address: str, on: bool) -> Drawn:
    return {"words": words, "number": number, "address": address, "on": on}


def _toggled(asked: QueueFilter, name: str, value: str) -> tuple[str, bool]:
    """Return where a chip leads, and whether it is on; one that is on leads to all again."""
    on = getattr(asked, name) == value
    return asked.query(**{name: "" if on else value}), on
