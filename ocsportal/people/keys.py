"""API clients and their keys: made, shown once, kept as a hash, revoked (docs/people.md)."""

import hashlib
import re
import secrets
from datetime import timedelta

from django.contrib.auth.models import Group

from ocsportal.entities.identity import make_ref_id
from ocsportal.people.models import ApiKey, User
from ocsportal.transactions import door
from ocsportal.transactions.change import Change
from ocsportal.transactions.errors import OperationRefused
from ocsportal.transactions.operation import Touched

PREFIX_LENGTH = 8
DEFAULT_DAYS = 365
CLIENT_NAME = re.compile(r"[\w.@+-]{1,150}")


def hash_key(plain: str) -> str:
    """Return what is kept of a key. It has 256 random bits, so a plain SHA-256 can't be guessed back."""
    return hashlib.sha256(plain.encode("utf-8", "surrogatepass")).hexdigest()


def make_client(name: str, group: str, change: Change, valid_days: int = DEFAULT_DAYS) -> tuple[User, str]:
    """Make a service user of a group, or give the one that stands another key; return it with the key in plain.

    Raise REQUEST-VALIDATION for a name that can't be one or belongs to a person, CONFIG-NOT-FOUND for an unknown group.
    """
    if not CLIENT_NAME.fullmatch(name):
        raise OperationRefused("REQUEST-VALIDATION", "Use letters, digits and . _ - + @ only, at most 150.", "name")
    found_group = Group.objects.filter(name=group).first()
    if found_group is None:
        raise OperationRefused("CONFIG-NOT-FOUND", f"There is no group {group!r}.", "group")
    client = User.objects.filter(username=name).first()
    if client is not None and not client.is_service:
        raise OperationRefused("REQUEST-VALIDATION", f"{name!r} is the login of a person.", "name")
    made: list[str] = []

    def work() -> Touched:
        nonlocal client
        if client is None:
            client = User(username=name, application_id=make_ref_id())
            client.set_unusable_password()
            client.save()
        client.groups.add(found_group)
        key, plain = _new_key(client, change, valid_days)
        made.append(plain)
        return Touched([client, key])

    door.record("CreateApiClient", change, "people.add_apikey", work)
    assert client is not None
    return client, made[0]


def revoke_key(key: ApiKey, change: Change) -> None:
    """Revoke a key; the very next request with it is refused. Revoking it again changes nothing."""
    if key.revoked_at is not None:
        return

    def work() -> Touched:
        key.revoked_at = change.at
        key.version += 1
        key.save(update_fields=["revoked_at", "version"])
        return Touched([key])

    door.record("RevokeApiKey", change, "people.change_apikey", work)


def _new_key(client: User, change: Change, valid_days: int) -> tuple[ApiKey, str]:
    plain = secrets.token_urlsafe(32)
    key = ApiKey.objects.create(
        client=client,
        prefix=plain[:PREFIX_LENGTH],
        key_hash=hash_key(plain),
        created_at=change.at,
        expires_at=change.at + timedelta(days=valid_days),
    )
    return key, plain
