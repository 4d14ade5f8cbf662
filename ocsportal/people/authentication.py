"""Who is calling: an API client by its application ID and key, with its permissions, in one query (docs/people.md)."""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from django.db import DEFAULT_DB_ALIAS, connection
from django.utils import timezone
from rest_framework.authentication import BaseAuthentication
from rest_framework.exceptions import AuthenticationFailed
from rest_framework.request import Request

from ocsportal.entities.values import is_storable
from ocsportal.people.keys import hash_key
from ocsportal.people.models import ApiKey, User
from ocsportal.transactions import edition
from ocsportal.transactions.prepared import prepared_cursor

# Last use is noted this often at most, so that reading does not become writing.
NOTE_USE_EVERY = timedelta(minutes=1)
REFUSED = "The API key or the application ID is missing, wrong, expired or revoked."

CLIENT = f"""
SELECT k.id, k.last_used_at, u.id, u.username, u.first_name, u.last_name, u.application_id, u.is_superuser, (
  SELECT {{join}} FROM (
    SELECT permission_id FROM people_user_user_permissions WHERE user_id = u.id
    UNION
    SELECT gp.permission_id FROM people_user_groups ug JOIN auth_group_permissions gp ON gp.group_id = ug.group_id
    WHERE ug.user_id = u.id
  ) mine JOIN auth_permission p ON p.id = mine.permission_id JOIN django_content_type c ON c.id = p.content_type_id
), k.expires_at, {edition.CURRENT}
FROM people_apikey k JOIN people_user u ON u.id = k.client_id
WHERE k.key_hash = %s AND u.application_id = %s AND u.is_active AND k.revoked_at IS NULL AND k.expires_at > %s
"""
JOIN = {
    "sqlite": "group_concat(c.app_label || '.' || p.codename, ' ')",
    "postgresql": "string_agg(c.app_label || '.' || p.codename, ' ')",
}
# What this statement reads: every change there draws a new edition. A login or the use of a key is none.
WATCHED: dict[str, tuple[str, ...]] = {
    "people_user": ("username", "first_name", "last_name", "application_id", "is_active", "is_superuser"),
    "people_apikey": ("client_id", "key_hash", "expires_at", "revoked_at"),
    "people_user_user_permissions": (),
    "people_user_groups": (),
    "auth_group_permissions": (),
    "auth_permission": (),
    "django_content_type": (),
}


@dataclass
class Known:
    """A client as the database knew it at one edition, and when its key was last noted as used."""

    key_id: int
    last_used_at: datetime | None
    expires_at: datetime
    columns: dict[str, object]
    permissions: frozenset[str]
    # The client itself, once it was asked for at the edition that this is remembered for; requests only read it.
    client: User | None = None


class ApiKeyAuthentication(BaseAuthentication):
    """Authenticate by X-Ocs-Io-Application-Id and X-Ocs-Io-API-Key.

    A view that promises to check the edition (`verifies_client`) is given what this process remembers of the client;
    every other one asks the database, as does this one for a client that it does not know.
    """

    def authenticate(self, request: Request) -> tuple[User, None]:
        """Return the client with its permissions filled in; raise AuthenticationFailed for anything less."""
        key = request.META.get("HTTP_X_OCS_IO_API_KEY", "")
        application_id = request.META.get("HTTP_X_OCS_IO_APPLICATION_ID", "")
        if not key or not application_id or not is_storable(application_id):
            raise AuthenticationFailed(REFUSED)
        credentials = ("client", hash_key(key), application_id)
        now = timezone.now()
        found, known = None, None
        if getattr(request.parser_context.get("view"), "verifies_client", False):
            found, known = edition.recall_last(credentials)
        if known is None or known.expires_at <= now:
            found, known = None, self._find(credentials, now)
        self._note_use(known, now)
        if found is None:
            return _client(known, None), None
        known.client = known.client or _client(known, found)
        return known.client, None

    def authenticate_header(self, request: Request) -> str:
        """Return what WWW-Authenticate says, which also makes the answer 401 rather than 403."""
        return "X-Ocs-Io-API-Key"

    def _find(self, credentials: tuple[str, str, str], now: datetime) -> Known:
        # Without preparing, every request whose client is not remembered would plan a join of keys, users and
        # permissions.
        with prepared_cursor() as cursor:
            moment: Any = connection.ops.adapt_datetimefield_value(now)
            cursor.execute(CLIENT.format(join=JOIN[connection.vendor]), [*credentials[1:], moment])
            row = cursor.fetchone()
        if row is None:
            raise AuthenticationFailed(REFUSED)
        names = ("id", "username", "first_name", "last_name", "application_id", "is_superuser")
        found = dict(zip(names, row[2:8], strict=True)) | {"is_superuser": bool(row[7]), "is_active": True}
        # In the order of the model's fields, which from_db goes by.
        columns = {
            field.attname: found[field.attname] for field in User._meta.concrete_fields if field.attname in found
        }
        known = Known(row[0], _aware(row[1]), _aware(row[9]), columns, frozenset((row[8] or "").split()))
        edition.remember(row[10] or "", credentials, known)
        return known

    def _note_use(self, known: Known, now: datetime) -> None:
        if known.last_used_at is None or now - known.last_used_at > NOTE_USE_EVERY:
            known.last_used_at = now
            ApiKey.objects.filter(pk=known.key_id, revoked_at=None).update(last_used_at=now)


def _aware(moment: Any) -> Any:
    """Return an instant with its zone, which SQLite's driver leaves out."""
    if isinstance(moment, str):
        moment = datetime.fromisoformat(moment)
    return moment.replace(tzinfo=UTC) if moment is not None and moment.tzinfo is None else moment


def _client(known: Known, remembered_at: str | None) -> User:
    client = User.from_db(DEFAULT_DB_ALIAS, [*known.columns], [*known.columns.values()])
    # Where Django's own backend looks first, so that has_perm asks the database nothing more.
    client._perm_cache = known.permissions  # type: ignore[attr-defined]
    # The edition that this rests on; None for what the database has just said.
    client.remembered_at = remembered_at  # type: ignore[attr-defined]
    return client
