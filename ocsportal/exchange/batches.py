"""Import customers in batches: each a Business Transaction of its own, known again when the file comes again (docs/importing.md).

Nothing that stands is locked, and what a batch makes is nobody's before it is committed. Batches of all imports follow one another,
so that none is made twice.
"""

import gc
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import Any

from django.conf import settings
from django.db import connection

from customers.models import Customer
from ocsportal.entities.store.gathering import Gathered, Keys, gathering
from ocsportal.exchange.asking import Candidate, refuse_taken
from ocsportal.exchange.given import Given, Reader
from ocsportal.exchange.making import Maker
from ocsportal.exchange.reading import Source
from ocsportal.exchange.spool import Seen
from ocsportal.exchange.tally import Tally, of_database, of_rows
from ocsportal.exchange.told import NAME, TYPE
from ocsportal.transactions import door
from ocsportal.transactions.change import Change, keyed_hash, present
from ocsportal.transactions.errors import OperationRefused
from ocsportal.transactions.given import Json
from ocsportal.transactions.models import BusinessTransaction
from ocsportal.transactions.system import system_change
from ocsportal.transactions.touched import Touched
from ocsportal.values.texts import ID

# Small enough that nobody who wants an ID that is in it waits for long.
MOST_ROWS = 500
LOCK = 0x0C5_10A7
# How often a batch is begun anew because an agent took an ID or a number between looking and writing.
ATTEMPTS = 5
LONGEST_DIGEST = 32


class NothingWritten(Exception):
    """A batch of which nothing is to be written: it was only tried, or nothing of it is left to do."""


class Unsettled(Exception):
    """A batch met others at each attempt."""


@dataclass
class Batch:
    """Some customers, and what became of them."""

    number: int
    givens: list[Given]
    # How many faults were found in reading, which stay when it is begun anew.
    read: list[int] = field(default_factory=list)
    again: list[Given] = field(default_factory=list)
    file: Tally = field(default_factory=Tally)
    database: Tally = field(default_factory=Tally)

    def begin_anew(self) -> None:
        """Forget what an earlier attempt found."""
        for given, count in zip(self.givens, self.read, strict=True):
            del given.refused[count:]
        self.again, self.file, self.database = [], Tally(), Tally()

    @property
    def rows(self) -> int:
        """How many rows of the file it is."""
        return sum(len(given.rows) for given in self.givens)

    @property
    def refused(self) -> list[Given]:
        """The customers of which nothing was made."""
        return [given for given in self.givens if given.refused]


@contextmanager
def collected_by_batch() -> Iterator[None]:
    """Have garbage collected only when it is asked for: else it is looked for among rows that are all still needed."""
    standing = gc.isenabled()
    gc.freeze()
    gc.disable()
    try:
        yield
    finally:
        gc.unfreeze()
        if standing:
            gc.enable()


class Importer:
    """Imports one file."""

    def __init__(self, source: Source, *, dry_run: bool = False, most_rows: int = MOST_ROWS) -> None:
        self.source, self.dry_run, self.most_rows = source, dry_run, most_rows
        self.case = f"import {source.digest[:40]} {most_rows}"
        self.change = system_change("import_customers", reason=f"Import of {source.path.name}")
        self.keys = Keys()
        self.seen: Seen | None = None

    def run(self) -> Iterator[Batch]:
        """Import, and yield each batch when it is committed."""
        with collected_by_batch(), ExitStack() as opened:
            if self.dry_run:
                self.seen = opened.enter_context(Seen())
            for batch in self._batches():
                yield self._done(batch)
                gc.collect()

    def _batches(self) -> Iterator[Batch]:
        reader, number = Reader(self.source), 0
        waiting: list[Given] = []
        rows = 0
        for customer in self.source.customers():
            if waiting and rows + len(customer) > self.most_rows:
                yield Batch(number, waiting)
                waiting, rows, number = [], 0, number + 1
            waiting.append(reader.given(customer))
            rows += len(customer)
        if waiting:
            yield Batch(number, waiting)

    def _done(self, batch: Batch) -> Batch:
        batch.read = [len(given.refused) for given in batch.givens]
        name = f"{self.case} {batch.number}"
        body: Json = {"file": self.source.digest, "batch": batch.number}
        for _ in range(ATTEMPTS):
            change = replace(self.change, at=present(), request_id=name, transaction_id=self.case, body=body)
            try:
                door.record(NAME, change, None, _Work(self, batch, change), remembers=True)
            except NothingWritten:
                return batch
            except OperationRefused:
                # Somebody was quicker with an ID or a number; what is taken by now is found when it is begun anew.
                continue
            return batch
        raise Unsettled(f"Batch {batch.number} met other writers {ATTEMPTS} times; run the import again.")


class _Work:
    """The work of a batch, within its Business Transaction."""

    def __init__(self, importer: Importer, batch: Batch, change: Change) -> None:
        self.importer, self.batch, self.change = importer, batch, change

    def __call__(self) -> Touched:
        """Make what is not there yet; raise NothingWritten when that is nothing."""
        importer, batch = self.importer, self.batch
        batch.begin_anew()
        importer.keys.forget()
        _wait_for_others()
        there = _There(batch, self.change)
        batch.again = [given for given in batch.givens if there.has(given)]
        again = {id(given) for given in batch.again}
        candidates = [self._made(given) for given in batch.givens if id(given) not in again]
        refuse_taken(candidates, importer.seen, self.change.at)
        gathered = Gathered(importer.keys)
        accepted = [candidate for candidate in candidates if not candidate.given.refused]
        for candidate in accepted:
            gathered.add(candidate.gathered)
        batch.file = of_rows(gathered)
        if importer.dry_run or not gathered.rows:
            raise NothingWritten
        gathered.write()
        batch.database = of_database(gathered)
        return self._told(gathered, accepted)

    def _made(self, given: Given) -> Candidate:
        own = Gathered(self.importer.keys)
        maker = Maker(self.change, given, own)
        with gathering(own):
            maker.make()
        return Candidate(given, own, maker.parts)

    def _told(self, gathered: Gathered, accepted: Sequence[Candidate]) -> Touched:
        customers = gathered.of(Customer)
        made = self.batch.file.made()
        told = {
            "refId": self.change.request_id,
            "batch": self.batch.number,
            "customers": [customer.ref_id for customer in customers],
            "digests": [_keyed(candidate.given.digest) for candidate in accepted],
            "made": made,
        }
        return Touched(
            [],
            extra_items=[{"name": NAME, "object": told, "objectType": TYPE}],
            tree_keys={customer.pk for customer in customers},
            count=sum(made.values()),
        )


class _There:
    """What of a batch is there already: the very same rows, imported by this run's forerunners or from another file."""

    def __init__(self, batch: Batch, change: Change) -> None:
        self.batch, self.change = batch, change

    def has(self, given: Given) -> bool:
        """Whether these very rows were imported before."""
        name = _external_id(given)
        stands = name is not None and name in self._standing
        known = self._imported if stands else self._before
        digest = next((found for found in _all_keyed(given.digest) if known[found] > 0), None)
        if digest is None:
            return False
        if not stands:
            known[digest] -= 1
        return True

    @cached_property
    def _standing(self) -> dict[str, int]:
        """By external ID, the keys of the customers of the batch that stand."""
        names = {name for given in self.batch.givens if (name := _external_id(given)) is not None}
        rows = Customer.objects.filter(external_id__in=names).order_by().values_list("external_id", "pk")
        return {name: key for name, key in rows if name is not None}

    @cached_property
    def _imported(self) -> Counter[str]:
        """The digests of what was imported together with the customers that stand, from whatever file."""
        history: Any = Customer.history.model
        rows = history.objects.filter(id__in=self._standing.values(), history_type="+")
        return _digests(pk__in=set(rows.values_list("transaction_id", flat=True)))

    @cached_property
    def _before(self) -> Counter[str]:
        """The digests of what earlier runs made of this batch; for customers that have no external ID."""
        return _digests(request_id=self.change.request_id, actor=None)


def _digests(**where: object) -> Counter[str]:
    rows = BusinessTransaction.objects.filter(operation=NAME, **where).exclude(answer=None)
    found: Counter[str] = Counter()
    for row in rows.defer(None).only("answer"):
        outcome = door.Outcome(row.answer or "[]")
        found.update(digest for item in outcome.items for digest in item["object"].get("digests", ()))
    return found


def _external_id(given: Given) -> str | None:
    part = next(iter(given.parts["customer"]), None)
    text = part.text("external_id") if part else None
    return ID.canonical_or_none(text) if text else None


def _keyed(digest: str, number: int | None = None) -> str:
    return keyed_hash(digest, number)[:LONGEST_DIGEST]


def _all_keyed(digest: str) -> Iterator[str]:
    """Yield the digest by each key: it may have been imported under a former one."""
    yield from (_keyed(digest, number) for number in settings.AUDIT_KEYS)


def _wait_for_others() -> None:
    """Have one batch at a time look for what is there and write the rest. SQLite has one writer anyway."""
    if connection.vendor == "postgresql":
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_advisory_xact_lock(%s)", [LOCK])
