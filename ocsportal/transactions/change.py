"""One change as its adapter hands it to an operation: who, on whose behalf, why, through which channel, and what time it is."""

import hashlib
import hmac
import json
import uuid
from dataclasses import dataclass, field
from datetime import datetime

from django.conf import settings
from django.db import connection
from django.db.models import Model
from django.utils import timezone

from ocsportal.transactions.actor import Actor
from ocsportal.transactions.given import Json
from ocsportal.transactions.models import Channel


def to_millisecond(moment: datetime) -> datetime:
    """Return the instant cut to the millisecond, the precision that leaves the portal: what is shown is what is kept."""
    return moment.replace(microsecond=moment.microsecond // 1000 * 1000)


def present() -> datetime:
    """Return the present instant to the millisecond. Adapters ask; operations are told."""
    return to_millisecond(timezone.now())


@dataclass(frozen=True, kw_only=True)
class Change:
    """Everything of a change that is not a field of the operation.

    `if_match` holds the versions of the entity that the client accepts, None for any. `recorded_at` dates the history
    itself and is for demo data only; everything else is dated by the database when it is written. `remembered_at` is
    the edition at which the actor's rights were remembered, None when the database has just been asked for them.
    """

    actor: Actor
    channel: Channel
    at: datetime = field(default_factory=present)
    request_id: str = field(default_factory=lambda: str(uuid.uuid4()))
    transaction_id: str = ""
    on_behalf_of: str = ""
    reason: str = ""
    if_match: frozenset[str] | None = None
    recorded_at: datetime | None = None
    body: Json = None
    remembered_at: str | None = None
    # What turned out to have a due plan when it was held already; begun anew, the work locks it instead.
    due: set[tuple[type[Model], int]] = field(default_factory=set, compare=False)

    @property
    def written_at(self) -> datetime:
        """When its rows are written: as the database says when its Business Transaction is opened, and never before that.

        `at` says when it was ordered; who had to wait for a lock since then is written later.
        """
        opened: datetime | None = getattr(connection, "ocs_opened_at", None)
        return self.recorded_at or opened or self.at

    def fingerprint(self, operation: str) -> str:
        """Return the hash by which a repeated request is told from another one under the same requestId.

        Keyed, so that nobody who has the database alone can try out values against it.
        """
        return keyed_hash(self._plain_hash(operation))

    def fits(self, operation: str, known: str) -> bool:
        """Return whether a stored hash is that of this request, also by a former key, or from before there was one."""
        plain = self._plain_hash(operation)
        return known == plain or any(known == keyed_hash(plain, number) for number in settings.AUDIT_KEYS)

    def _plain_hash(self, operation: str) -> str:
        canonical = json.dumps([operation, self.body], sort_keys=True, default=str, separators=(",", ":"))
        return hashlib.sha256(canonical.encode("utf-8", "surrogatepass")).hexdigest()


def keyed_hash(plain: str, number: int | None = None) -> str:
    """Return the keyed hash of a request, from its plain one: by the AUDIT_KEY of a number, or the one that seals now."""
    key = settings.AUDIT_KEYS[max(settings.AUDIT_KEYS) if number is None else number]
    return hmac.digest(key, f"request:{plain}".encode(), "sha256").hex()
