"""The portal itself as an actor: for scheduled work, which was authorised when it was planned, and for the command line."""

from ocsportal.transactions.change import Change
from ocsportal.transactions.models import Channel


class SystemActor:
    """Stands where a user would; has no row, no login and no key, so nobody can become it."""

    pk: int | None = None
    is_active = True
    is_authenticated = True

    def __init__(self, name: str) -> None:
        self.display_name = name

    def has_perm(self, perm: str) -> bool:
        """Allow everything: who runs commands on the server has the database already."""
        return True

    def __str__(self) -> str:
        return self.display_name


def system_change(name: str, channel: Channel = Channel.IMPORT, reason: str = "") -> Change:
    """Return a change that the portal makes by itself, under a name that says which part of it."""
    return Change(actor=SystemActor(name), channel=channel, reason=reason)
