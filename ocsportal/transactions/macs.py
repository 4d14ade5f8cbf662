"""The key of a Business Transaction, by which the trigger that closes it seals its digest (docs/adr/0033-keyed-proof-and-seals.md).

It comes from AUDIT_KEY and from all that the portal knows of the one Business Transaction; it is used once and kept nowhere.
"""

import hashlib
import hmac
import json
import os
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from django.conf import settings

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
MICROSECOND = timedelta(microseconds=1)
# What the key of a Business Transaction is made of, in this order: what opens it, then what closes it.
OPENS = (
    "id", "operation", "channel", "actor_id", "actor_name", "on_behalf_of", "request_id", "transaction_id", "at",
    "request_hash", "reason_digest",
)  # fmt: skip
CLOSES = (
    "answer_digest", "notice", "target_kind", "target_ref_id", "target_version", "touched", "customers",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Opened:
    """A Business Transaction that was just opened: its key, its salt, and what is known of it so far."""

    id: int
    salt: str
    known: tuple[object, ...]


def current_number() -> int:
    """Return the number of the key that seals now: the highest."""
    return max(settings.AUDIT_KEYS)


def new_salt() -> str:
    """Return what makes the digests of a reason and an answer tell nothing once it is gone."""
    return os.urandom(16).hex()


def text_digest(salt: str, text: str) -> str:
    """Return the salted digest of a reason or an answer, as hex."""
    return hashlib.sha256((salt + text).encode("utf-8", "surrogatepass")).hexdigest()


def key_for(known: Sequence[object], number: int) -> str:
    """Return the key of the one Business Transaction of which all this is known, as hex; KeyError without that AUDIT_KEY."""
    plain = [(value - EPOCH) // MICROSECOND if isinstance(value, datetime) else value for value in known]
    return hmac.digest(settings.AUDIT_KEYS[number], json.dumps(plain).encode(), "sha256").hex()


def sealed(key: str, digest: str) -> str:
    """Return the MAC that the trigger makes of a key and the digest of all that stands in the row, its rows included."""
    return hashlib.sha256((key + digest).encode()).hexdigest()


def sign(number: int, purpose: str, *values: object) -> str:
    """Return an HMAC over values by a key, for a purpose, as hex; KeyError without that AUDIT_KEY."""
    return hmac.digest(settings.AUDIT_KEYS[number], json.dumps([purpose, *values]).encode(), "sha256").hex()
