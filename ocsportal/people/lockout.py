"""Who tried too often: what is counted, who is kept out for how long, and how a person is let in again (docs/people.md).

Two counts, each of wrong tries within a quarter hour: those for one login from one address, which keep that address
from that login and nobody else; and those from one address for whatever logins, ten times as many, which slow down who
tries one password on everybody. No count is of a login alone: a stranger could keep its owner out with it.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from axes.handlers.database import AxesDatabaseHandler
from axes.helpers import get_cool_off
from axes.models import AccessAttempt
from django.conf import settings
from django.db.models import Max, Sum
from django.http import HttpRequest
from django.utils import timezone

from ocsportal.callers import client_network
from ocsportal.people.models import User
from ocsportal.transactions import door
from ocsportal.transactions.change import Change
from ocsportal.transactions.errors import OperationRefused
from ocsportal.transactions.touched import Touched

# How many times as many tries an address has, which may be that of a whole office.
SHARED = 10
CHANGE_USER = "people.change_user"


def counted_address(request: HttpRequest) -> str | None:
    """Return what tries are counted by."""
    return client_network(request) or None


class LockOut(AxesDatabaseHandler):
    """Count as above, and forget only the own tries of who has logged in."""

    def get_failures(self, request: HttpRequest, credentials: dict[str, object] | None = None) -> int:
        """Return the larger count, in tries for one login."""
        own, of_address = (_tries(attempts) for attempts in self.get_user_attempts(request, credentials))
        return max(own, of_address // SHARED)

    def reset_user_attempts(self, request: HttpRequest, credentials: dict[str, object] | None = None) -> int:
        """Forget the tries for the login from the address; those of the address for other logins stand."""
        own, _ = self.filter_user_attempts(request, credentials)
        count, _ = own.delete()
        return int(count)


def _tries(attempts: Any) -> int:
    return attempts.aggregate(tries=Sum("failures_since_start"))["tries"] or 0


@dataclass(frozen=True)
class Lock:
    """One address that is kept from a person's login, after how many tries, and until when."""

    address: str
    tries: int
    until: datetime


def locks_of(person: User, at: datetime | None = None) -> list[Lock]:
    """Return the addresses that are kept from a person's login, the one that waits longest first."""
    cool_off = get_cool_off()
    recent = _tries_for(person).filter(attempt_time__gt=(at or timezone.now()) - cool_off)
    rows = recent.values("ip_address").annotate(tries=Sum("failures_since_start"), last=Max("attempt_time"))
    kept_out = rows.filter(tries__gte=settings.AXES_FAILURE_LIMIT).order_by("-last")
    return [Lock(row["ip_address"] or "", row["tries"], row["last"] + cool_off) for row in kept_out]


def unlock(person: User, change: Change) -> None:
    """Let a person log in again from everywhere; raise REQUEST-VALIDATION when nothing keeps them out."""

    def work() -> Touched:
        locks = locks_of(person, change.at)
        if not locks:
            raise OperationRefused("REQUEST-VALIDATION", f"{person.display_name} is no longer locked out.")
        _tries_for(person).delete()
        return Touched([person], details={"unlocked": _told(locks)})

    door.record("UnlockUser", change, CHANGE_USER, work)


def _tries_for(person: User) -> Any:
    return AccessAttempt.objects.filter(username=person.username)


def _told(locks: Iterable[Lock]) -> list[dict[str, object]]:
    return [{"address": lock.address, "tries": lock.tries} for lock in locks]
