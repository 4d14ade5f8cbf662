"""Who works here: people with a login, and service users (API clients) with keys."""

from typing import Any

from django.contrib.auth.models import AbstractUser
from django.db import models
from django.db.models.functions import Now
from django.utils import timezone

from ocsportal.people.managers import PeopleManager
from ocsportal.transactions import door, recording
from ocsportal.transactions.history import Tracked, tracked_history
from ocsportal.transactions.operation import Touched
from ocsportal.transactions.system import system_change

UNTRACKED = frozenset({"password", "last_login"})


class User(AbstractUser, Tracked):
    """A person who logs in, or an API client that sends keys. Deactivated when gone, never deleted."""

    application_id = models.CharField(
        max_length=14,
        unique=True,
        null=True,
        blank=True,
        editable=False,
        help_text="Names an API client in every request.",
    )

    objects = PeopleManager()  # type: ignore[misc]
    # A login is no change of the person, and a password, even hashed, has no place in an audit trail.
    history = tracked_history(excluded_fields=sorted(UNTRACKED))

    class Meta(AbstractUser.Meta):
        swappable = "AUTH_USER_MODEL"
        db_table = "people_user"
        default_permissions = ("add", "change", "view")

    def save(self, *args: object, **kwargs: Any) -> None:
        """Save; outside of the portal (createsuperuser, a shell) under a Business Transaction of its own."""
        fields = kwargs.get("update_fields")
        if recording.current() or (fields is not None and set(fields) <= {"last_login"}):
            super().save(*args, **kwargs)
            return

        def work() -> Touched:
            from ocsportal.people.standing import one_stays  # It asks for users.

            with one_stays():
                super(User, self).save(*args, **kwargs)
            return Touched([self])

        name = "AddUser" if self._state.adding else "ChangeUser"
        door.record(name, system_change("command line"), None, work)

    @property
    def is_service(self) -> bool:
        """Whether this is an API client rather than a person."""
        return self.application_id is not None

    @property
    def display_name(self) -> str:
        """The full name, or the user name where there is none; what the audit trail copies."""
        return self.get_full_name() or self.username


class ApiKey(Tracked):
    """A secret of an API client, kept as a hash only; it expires, can be revoked, and remembers its last use."""

    client = models.ForeignKey(
        User, on_delete=models.PROTECT, related_name="api_keys", limit_choices_to={"application_id__isnull": False}
    )
    prefix = models.CharField(
        max_length=8, editable=False, help_text="The first characters of the key, to tell keys apart."
    )
    key_hash = models.CharField(max_length=64, unique=True, editable=False)
    created_at = models.DateTimeField(default=timezone.now, db_default=Now(), editable=False)
    expires_at = models.DateTimeField()
    revoked_at = models.DateTimeField(null=True, blank=True, editable=False)
    last_used_at = models.DateTimeField(null=True, blank=True, editable=False)

    history = tracked_history(excluded_fields=["key_hash", "last_used_at"])

    class Meta:
        default_permissions = ("add", "change", "view")
        ordering = ["-created_at"]
        verbose_name = "API key"
        verbose_name_plural = "API clients"

    def __str__(self) -> str:
        return f"{self.prefix}… of {self.client}"
