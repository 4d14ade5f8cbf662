"""Bring the search texts of all rows up to the present rules, while the portal runs (docs/operating.md, search texts).

A run goes through the levels in batches. A batch in which nothing differs is only read; the others are written, each in a Business
Transaction of its own, `FillSearchTexts`, that says how far the run is. So a run that was stopped goes on behind the last one.
"""

import hashlib
import json
import unicodedata
import uuid
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path
from typing import Any

from django.db import connection
from django.db.models import Max

from ocsportal.entities.models import Entity, entity_models
from ocsportal.entities.search import field
from ocsportal.entities.search.filling import differing, rows_behind, rows_held, write
from ocsportal.transactions import door
from ocsportal.transactions.models import BusinessTransaction
from ocsportal.transactions.system import system_change
from ocsportal.transactions.touched import Touched
from ocsportal.values import characters, folding, searching

NAME, OBJECT = "FillSearchTexts", "io.ocs.pbs.core.model.SearchTexts"
REASON = "Search texts differed from what the present rules make"
# Rows of a batch: what is written of them is locked for about a tenth of a second.
BATCH = 1000


@dataclass(frozen=True)
class Progress:
    """How far a run is: at which level, behind which key of how many, and how many texts it has written in all."""

    level: str
    behind: int
    last: int
    written: int


@dataclass(frozen=True)
class Stopped:
    """Where an earlier run of the same rules ended before it was through, and what its Business Transactions are called."""

    level: str
    behind: int
    written: int
    case: str


# Without this each batch would read and digest four modules, only to say the same. They don't change while a process
# lives; what a run wrote by other rules is told by this digest, and done again.
@cache
def rules() -> str:
    """Return what tells these rules of making search texts from those of another version."""
    sources = [Path(str(module.__file__)).read_bytes() for module in (characters, folding, searching, field)]
    return hashlib.sha256(b"".join([unicodedata.unidata_version.encode(), *sources])).hexdigest()[:16]


def stopped() -> Stopped | None:
    """Return where the last run ended, None when it was through, there was none, or the rules are others by now."""
    last = BusinessTransaction.objects.defer(None).filter(operation=NAME).order_by("-pk").first()
    [item] = json.loads(last.answer or "[]") or [{}] if last else [{}]
    told = item.get("object", {})
    if last is None or told.get("complete", True) or told.get("rules") != rules():
        return None
    return Stopped(told["level"], told["until"], told["writtenInAll"], last.transaction_id)


def count_stale() -> dict[str, int]:
    """Return how many rows of each level have another text than the rules make, by reading all of them."""
    return {
        _level(model): sum(len(differing(rows, *_made_from(model))) for rows in rows_behind(connection, *_read(model)))
        for model in entity_models()
    }


def refill(start: Stopped | None = None, tell: Callable[[Progress], None] = lambda progress: None) -> int:
    """Write the texts that differ, from where a run stopped or from the first row on; return how many this run wrote.

    `tell` is called after each batch. Whatever is written meanwhile by others has the new text already.
    """
    case, before = (start.case, start.written) if start else (str(uuid.uuid4()), 0)
    levels = [_level(model) for model in entity_models()]
    skipped = levels.index(start.level) if start else 0
    written = 0
    for model in entity_models()[skipped:]:
        behind = start.behind if start and start.level == _level(model) else 0
        last = model._default_manager.aggregate(last=Max("pk"))["last"] or 0
        for rows in rows_behind(connection, *_read(model), behind, BATCH):
            if stale := differing(rows, *_made_from(model)):
                place = {"level": _level(model), "behind": behind, "until": rows[-1]["id"]}
                written += _record(model, [key for key, _ in stale], place, before + written, case)
            behind = rows[-1]["id"]
            tell(Progress(_level(model), behind, last, before + written))
    if written or start:
        _say({"complete": True, "writtenInAll": before + written}, case, lambda: 0)
    return written


def _level(model: type[Entity]) -> str:
    return str(model._meta.model_name)


def _made_from(model: type[Entity]) -> tuple[str, Sequence[str]]:
    return model.searched_name, model.searched


def _read(model: type[Entity]) -> tuple[str, str, Sequence[str]]:
    return model._meta.db_table, *_made_from(model)


def _record(model: type[Entity], keys: list[int], place: dict[str, Any], before: int, case: str) -> int:
    """Write the texts of some rows, as they are once they are held; return how many were written."""

    def work() -> int:
        stale = differing(rows_held(connection, *_read(model), keys), *_made_from(model))
        if stale:
            write(connection, model._meta.db_table, stale)
        return len(stale)

    return _say({**place, "complete": False}, case, work, before)


def _say(told: dict[str, Any], case: str, work: Callable[[], int], before: int = 0) -> int:
    """Do a piece of a run in a Business Transaction that says what it is."""
    written: list[int] = []

    def recorded() -> Touched:
        # A deadlock begins it anew.
        written[:] = [work()]
        shown = {**told, "rules": rules()}
        if not told["complete"]:
            shown |= {"written": written[0], "writtenInAll": before + written[0]}
        return Touched([], extra_items=[{"name": NAME, "object": shown, "objectType": OBJECT}])

    change = replace(system_change("fill_search_texts", reason=REASON), transaction_id=case)
    door.record(NAME, change, None, recorded, remembers=True)
    return written[0]
