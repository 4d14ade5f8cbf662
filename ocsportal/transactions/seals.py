"""Seal blocks of the journal into a chain (docs/adr/0033-keyed-proof-and-seals.md).

A head that was kept elsewhere proves everything before it, whoever has the database and the key by now.
"""

import hashlib
import json
from datetime import datetime, timedelta

import structlog
from django.db import connection, transaction

from ocsportal.transactions import cursors, journal, macs
from ocsportal.transactions.models import Seal
from ocsportal.transactions.representation import instant
from ocsportal.transactions.triggers import forms, witnesses
from ocsportal.transactions.triggers.generated import TRANSACTIONS, dialect

log = structlog.get_logger("ocsportal.worker")
# A block is sealed when it is full, or when its first position has waited for so long.
MOST, EVERY = 10_000, timedelta(seconds=60)
PURPOSE = "seal"


def seal_due(now: datetime, *, all_of_it: bool = False) -> list[Seal]:
    """Seal what waits, if it is due or all of it is asked for, unless another worker is at it; return the seals."""
    made: list[Seal] = []
    with cursors.alone(cursors.SEALS) as mine:
        newest = Seal.objects.last() if mine else None
        while mine and _is_due(newest, now, all_of_it):
            newest = _seal(newest, now)
            made.append(newest)
    return made


def _is_due(newest: Seal | None, now: datetime, all_of_it: bool) -> bool:
    waiting = journal.latest() - (newest.last if newest else 0)
    return waiting > 0 and (all_of_it or newest is None or waiting >= MOST or now - newest.at >= EVERY)


def _seal(newest: Seal | None, now: datetime) -> Seal:
    first = newest.last + 1 if newest else 1
    made = Seal(
        number=newest.number + 1 if newest else 1,
        first=first,
        last=min(first + MOST - 1, journal.latest()),
        previous=newest.head if newest else "",
        basis="" if newest else basis(),
        at=now,
        key_number=macs.current_number(),
    )
    with transaction.atomic():
        made.root = root_of(made.first, made.last)
        made.head = head_of(made)
        made.signature = macs.sign(made.key_number, PURPOSE, made.head)
        made.save(force_insert=True)
        cursor = cursors.cursor_of(cursors.SEALS)
        cursors.move(cursor, made.last)
    log.info("audit_sealed", **told(made))
    return made


def root_query(first: str, last: str) -> str:
    """Return the query for the root over the positions from one to another."""
    leaf = "j.position || ':' || b.id || ':' || b.digest || ':' || coalesce(b.mac, '') || ';'"
    root = dialect(connection).root("j.position", leaf)
    return (
        f"SELECT {root} FROM transactions_journalentry j JOIN {TRANSACTIONS} b ON b.id = j.transaction_id "
        f"WHERE j.position BETWEEN {first} AND {last}"
    )


def root_of(first: int, last: int) -> str:
    """Return the root over a block of positions, as hex."""
    with connection.cursor() as cursor:
        cursor.execute(root_query("%s", "%s"), [first, last])
        return str(cursor.fetchone()[0])


def basis() -> str:
    """Return what the chain begins with, as JSON: which rows are from before there was a key, and which rights stood then."""
    known = forms.recorded(connection)
    before = {table: forms.border(known.get(table, [])) for table in (TRANSACTIONS, witnesses.TABLE)}
    return json.dumps({"before": before, "witnesses": _first_witnesses(before[witnesses.TABLE] or 0)}, sort_keys=True)


def _first_witnesses(border: int) -> str:
    values = "id || ':' || \"table\" || ':' || \"row\" || ':' || kind || ':' || content || ';'"
    with connection.cursor() as cursor:
        root = dialect(connection).root("id", values)
        cursor.execute(f"SELECT {root} FROM {witnesses.TABLE} WHERE id <= %s", [border])
        return str(cursor.fetchone()[0])


def head_of(seal: Seal) -> str:
    """Return the head of the chain at a seal, as hex: it covers all that the seal says, and the head before."""
    moment = (seal.at - macs.EPOCH) // macs.MICROSECOND
    values = [seal.number, seal.first, seal.last, seal.root, seal.previous, seal.basis, moment, seal.key_number]
    return hashlib.sha256(json.dumps(values).encode()).hexdigest()


def told(seal: Seal) -> dict[str, object]:
    """Return what is told of a seal, to be kept elsewhere."""
    return {
        "number": seal.number,
        "first": seal.first,
        "last": seal.last,
        "root": seal.root,
        "previous": seal.previous,
        "at": instant(seal.at),
        "keyNumber": seal.key_number,
        "head": seal.head,
        "signature": seal.signature,
    }
