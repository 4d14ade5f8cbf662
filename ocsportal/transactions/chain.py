"""Prove the chain of seals, against itself and against heads that were kept elsewhere."""

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime

import structlog
from django.conf import settings
from django.db import DatabaseError, connection, transaction

from ocsportal.transactions import journal, macs, seals
from ocsportal.transactions.bound import NO_KEY
from ocsportal.transactions.finding import Finding, ask, collect
from ocsportal.transactions.models import Proof, Seal

log = structlog.get_logger("ocsportal.audit")
TABLE, JOURNAL = "transactions_seal", "transactions_journalentry"
REWRITTEN = (
    "take the newest backup whose audit_head is among the kept heads, prove it with --heads --all, and compare what was "
    "written since"
)
SEALED = "compare with a backup in which the proof held, and with the heads that were kept elsewhere"


@dataclass(frozen=True)
class Head:
    """A head that was kept elsewhere."""

    number: int
    last: int
    head: str


def read_heads(text: str) -> list[Head]:
    """Return the heads of a file, one a line as `audit_head`, the log or an event tells them; raise ValueError with the line."""
    found = []
    for number, line in enumerate(text.splitlines(), start=1):
        if not line.strip():
            continue
        try:
            told = json.loads(line[line.index("{") :])
            # As an event it stands within.
            told = told.get("data", {}).get("object", told)
            found.append(Head(int(told["number"]), int(told["last"]), str(told["head"])))
        except (ValueError, KeyError, TypeError, AttributeError) as error:
            raise ValueError(f"Line {number} is no head as audit_head prints it.") from error
    return found


def chain_findings(heads: Sequence[Head] = (), after: int = 0) -> Iterator[Finding]:
    """Yield what is off with the seals; roots of blocks that end at a position up to `after` were proven before."""
    yield from collect(TABLE, _against(heads))
    yield from collect(TABLE, _links())
    yield from ask(
        TABLE,
        "block of the journal that is not what was sealed",
        f"SELECT s.number FROM {TABLE} s WHERE s.last > {after} AND (s.root <> ({seals.root_query('s.first', 's.last')}) "
        f"OR s.last - s.first + 1 <> (SELECT count(*) FROM {JOURNAL} j WHERE j.position BETWEEN s.first AND s.last))",
        SEALED,
    )
    yield from ask(
        JOURNAL,
        "journal that has a gap",
        f"SELECT max(position) FROM {JOURNAL} HAVING count(*) <> max(position) OR min(position) <> 1",
        SEALED,
    )
    yield from ask(
        JOURNAL,
        "closed Business Transaction that neither journal nor outbox knows",
        f"SELECT b.id FROM transactions_businesstransaction b LEFT JOIN {JOURNAL} j ON j.transaction_id = b.id "
        "LEFT JOIN transactions_outboxmessage o ON o.transaction_id = b.id "
        "WHERE b.answer IS NOT NULL AND j.position IS NULL AND o.id IS NULL",
        SEALED,
    )


def _against(heads: Sequence[Head]) -> Iterator[tuple[str, str, object]]:
    """Yield the heads that the database does not have any more, or has otherwise."""
    stands = {seal.number: seal for seal in Seal.objects.filter(number__in=[head.number for head in heads])}
    newest = journal.latest()
    for head in heads:
        seal = stands.get(head.number)
        if seal is None or newest < head.last:
            yield (
                "head that was kept elsewhere is gone: the end was cut off, or this is another database",
                REWRITTEN,
                head.number,
            )
        elif seal.head != head.head or seal.last != head.last:
            yield (
                "head that was kept elsewhere is another one here: the past was rewritten, or this is another database",
                REWRITTEN,
                head.number,
            )


def _links() -> Iterator[tuple[str, str, object]]:
    """Yield the seals that don't follow on the one before, don't say what they are the head of, or have no fitting signature."""
    former: Seal | None = None
    for seal in Seal.objects.order_by("number").iterator(chunk_size=1000):
        number, last, head = (former.number, former.last, former.head) if former else (0, 0, "")
        keys = former.key_number if former else 0
        if (seal.number, seal.first, seal.previous) != (number + 1, last + 1, head) or seal.key_number < keys:
            yield "seal that does not follow on the one before", SEALED, seal.number
        elif seal.head != seals.head_of(seal):
            yield "seal that was altered: its head does not fit", SEALED, seal.number
        elif seal.key_number not in settings.AUDIT_KEYS:
            yield f"seal by key {seal.key_number}, which AUDIT_KEY has not", NO_KEY, seal.number
        elif seal.signature != macs.sign(seal.key_number, seals.PURPOSE, seal.head):
            yield "seal that was forged: its signature does not fit", SEALED, seal.number
        elif former is None and seal.basis != seals.basis():
            yield "seal that begins otherwise: what is from before there was a key was altered", SEALED, seal.number
        former = seal


def newest() -> Seal | None:
    """Return the newest seal."""
    return Seal.objects.last()


def note(seal: Seal, at: datetime) -> None:
    """Note that everything up to a seal was proven, signed; where it can't be written, as in a copy, it is left."""
    if Proof.objects.filter(number=seal.number, head=seal.head).exists():
        return
    number = macs.current_number()
    try:
        with transaction.atomic():
            Proof.objects.create(
                number=seal.number,
                head=seal.head,
                at=at,
                key_number=number,
                signature=macs.sign(number, "proof", seal.number, seal.head),
            )
    except DatabaseError:
        log.info("proof_not_noted", number=seal.number)


def proven_up_to() -> int:
    """Return the last position of the newest block that was proven before, by a note that the key signed; 0 without one."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT p.number, p.head, p.key_number, p.signature, s.last FROM transactions_proof p "
            f"JOIN {TABLE} s ON s.number = p.number AND s.head = p.head ORDER BY p.id DESC LIMIT 20"
        )
        for number, head, key, signature, last in cursor.fetchall():
            if key in settings.AUDIT_KEYS and signature == macs.sign(key, "proof", number, head):
                return int(last)
    return 0
