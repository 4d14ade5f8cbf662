"""Who is calling: an API client by its application ID and key, with its permissions, in one query (docs/people.md)."""

from datetime import UTC, timedelta
from typing import Any

from django.db import connection
from django.utils import timezone
from rest_framework.authentication import BaseAuthentication
from rest_framework.exceptions import AuthenticationFailed
from rest_framework.request import Request

from ocsportal.entities.values import is_storable
from ocsportal.people.keys import hash_key
from ocsportal.people.models import ApiKey, User
from ocsportal.transactions.prepared import prepared_cursor

# Last use is noted this often at most, so that reading does not become writing.
NOTE_USE_EVERY = timedelta(minutes=1)
REFUSED = "The API key or the application ID is missing, wrong, expired or revoked."

CLIENT = """
SELECT k.id, k.last_used_at, u.id, u.username, u.first_name, u.last_name, u.application_id, u.is_superuser, (
  SELECT {join} FROM (
    SELECT permission_id FROM people_user_user_permissions WHERE user_id = u.id
    UNION
    SELECT gp.permission_id FROM people_user_groups ug JOIN auth_group_permissions gp ON gp.group_id = ug.group_id
    WHERE ug.user_id = u.id
  ) mine JOIN auth_permission p ON p.id = mine.permission_id JOIN django_content_type c ON c.id = p.content_type_id
)
FROM people_apikey k JOIN people_user u ON u.id = k.client_id
WHERE k.key_hash = %s AND u.application_id = %s AND u.is_active AND k.revoked_at IS NULL AND k.expires_at > %s
"""
JOIN = {
    "sqlite": "group_concat(c.app_label || '.' || p.codename, ' ')",
    "postgresql": "string_agg(c.app_label || '.' || p.codename, ' ')",
}


class ApiKeyAuthentication(BaseAuthentication):
    """Authenticate by X-Ocs-Io-Application-Id and X-Ocs-Io-API-Key. Asked at every request, so revocation acts at once."""

    def authenticate(self, request: Request) -> tuple[User, None]:
        """Return the client with its permissions filled in; raise AuthenticationFailed for anything less."""
        key = request.headers.get("X-Ocs-Io-API-Key", "")
        application_id = request.headers.get("X-Ocs-Io-Application-Id", "")
        if not key or not application_id or not is_storable(application_id):
            raise AuthenticationFailed(REFUSED)
        row = self._find(key, application_id)
        if row is None:
            raise AuthenticationFailed(REFUSED)
        self._note_use(row[0], row[1])
        return _client(row), None

    def authenticate_header(self, request: Request) -> str:
        """Return what WWW-Authenticate says, which also makes the answer 401 rather than 403."""
        return "X-Ocs-Io-API-Key"

    def _find(self, key: str, application_id: str) -> Any:
        now = timezone.now()
        with prepared_cursor() as cursor:
            moment: Any = connection.ops.adapt_datetimefield_value(now)
            cursor.execute(CLIENT.format(join=JOIN[connection.vendor]), [hash_key(key), application_id, moment])
            return cursor.fetchone()

    def _note_use(self, key_id: int, last_used_at: Any) -> None:
        now = timezone.now()
        if last_used_at is not None and last_used_at.tzinfo is None:  # as SQLite hands it over
            last_used_at = last_used_at.replace(tzinfo=UTC)
        if last_used_at is None or now - last_used_at > NOTE_USE_EVERY:
            ApiKey.objects.filter(pk=key_id).update(last_used_at=now)


def _client(row: Any) -> User:
    client = User(
        id=row[2],
        username=row[3],
        first_name=row[4],
        last_name=row[5],
        application_id=row[6],
        is_superuser=bool(row[7]),
        is_active=True,
    )
    client._state.adding = False
    # Where Django's own backend looks first, so that has_perm asks the database nothing more.
    client._perm_cache = set((row[8] or "").split())  # type: ignore[attr-defined]
    return client
