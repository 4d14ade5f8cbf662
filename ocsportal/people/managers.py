"""How users are made: by a shell or `createsuperuser` too, with no password that a form would refuse."""

from typing import Any

from django.contrib.auth.models import UserManager
from django.contrib.auth.password_validation import validate_password


class PeopleManager(UserManager):
    """Django's own, which checks the password whoever asks."""

    def _create_user_object(self, username: str, email: str | None, password: str | None, **extra: Any) -> object:
        if password is not None:
            person: Any = self.model(username=username, email=email or "", **extra)
            validate_password(password, person)
        return super()._create_user_object(username, email, password, **extra)  # type: ignore[misc]
