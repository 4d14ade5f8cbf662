"""What a user may do, read with one statement."""

from typing import Any

from django.contrib.auth.backends import ModelBackend
from django.contrib.auth.models import Permission
from django.db.models import Model, QuerySet

from ocsportal.people.models import User


class OneQueryBackend(ModelBackend):
    """Django's own backend, which asks for a user's own permissions and those of the groups together."""

    def get_all_permissions(self, user_obj: Any, obj: Model | None = None) -> set[str]:
        """Return the permissions as `app.codename`; remembered for the request, as Django does."""
        if not user_obj.is_active or user_obj.is_anonymous or obj is not None:
            return set()
        if not hasattr(user_obj, "_perm_cache"):
            user_obj._perm_cache = {f"{app}.{codename}" for app, codename in _rows(user_obj)}
        return user_obj._perm_cache


def _rows(user: User) -> QuerySet[Permission, tuple[str, str]]:
    named = Permission.objects.order_by().values_list("content_type__app_label", "codename")
    if user.is_superuser:
        return named
    # As one UNION: Django asks twice, and with OR over both relations the joins would multiply the rows.
    return named.filter(user=user).union(named.filter(group__user=user))
