"""Who does something, as far as a change has to know: a person, an API client, or the portal itself."""

from typing import Protocol, cast

from django.http import HttpRequest


class Rights(Protocol):
    """Whoever may be asked for permissions, a stranger included."""

    @property
    def is_active(self) -> bool:
        """Whether the permissions count."""

    def has_perm(self, perm: str) -> bool:
        """Whether there is a permission, as `app.codename`."""


class Actor(Rights, Protocol):
    """What the door asks of whoever comes. People have it (ocsportal/people/models.py), and so has the portal itself."""

    @property
    def pk(self) -> int | None:
        """The key of the row in the table of users, None for who has none."""

    @property
    def display_name(self) -> str:
        """The name that the audit trail copies."""


def actor_of(request: HttpRequest) -> Actor:
    """Return who sends a request that a login or a key has let in; Django's own type reckons with strangers."""
    return cast(Actor, request.user)
