"""Somebody who administers stays, whatever is taken from whom, and by how many at once (docs/people.md)."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager

from django.contrib.auth.hashers import UNUSABLE_PASSWORD_PREFIX
from django.contrib.auth.models import Permission
from django.db.models import Q, QuerySet

from ocsportal.people.models import User
from ocsportal.transactions.errors import OperationRefused

LAST = "Nobody who can log in and administer people would be left; make somebody else an administrator first."
OWN_GROUPS = "You can't change your own groups; ask another administrator."

# Of this thread: whether it is within `one_stays`, and whether somebody administered before something was taken.
_here = threading.local()


def administrators() -> QuerySet[User]:
    """Return the people who can log in and change people."""
    theirs = Q(content_type__app_label="people", codename="change_user")
    permission = Permission.objects.filter(theirs).values("pk")
    may = Q(is_superuser=True) | Q(groups__permissions__in=permission) | Q(user_permissions__in=permission)
    can_log_in = User.objects.filter(is_active=True, is_staff=True, application_id=None)
    return can_log_in.exclude(password__startswith=UNUSABLE_PASSWORD_PREFIX).filter(may).distinct()


@contextmanager
def one_stays() -> Iterator[None]:
    """Run a change of people or groups; raise REQUEST-VALIDATION when it would leave nobody who administers.

    The administrators are locked first, so that two of them can't remove each other at once. Where there was none
    before, as in a new installation, nothing is demanded.
    """
    _lock()
    had = administrators().exists()
    outer, _here.within = getattr(_here, "within", False), True
    try:
        yield
    finally:
        _here.within = outer
    if had and not administrators().exists():
        raise OperationRefused("REQUEST-VALIDATION", LAST)


def on_links_changed(sender: object, action: str, **kwargs: object) -> None:
    """Hold the rule where memberships or permissions are taken by a shell; what `one_stays` surrounds is left to it.

    Django sends this within the database transaction of the change, which a refusal takes back.
    """
    if action in ("pre_remove", "pre_clear"):
        before_taking(sender)
    elif action in ("post_remove", "post_clear"):
        after_taking(sender)


def before_taking(sender: object, **kwargs: object) -> None:
    """Note whether somebody administers, before something is taken."""
    if not getattr(_here, "within", False):
        _lock()
        _here.had = administrators().exists()


def after_taking(sender: object, **kwargs: object) -> None:
    """Raise REQUEST-VALIDATION when nobody does any more."""
    if not getattr(_here, "within", False) and getattr(_here, "had", False) and not administrators().exists():
        raise OperationRefused("REQUEST-VALIDATION", LAST)


def refuse_last(person: User) -> None:
    """Raise REQUEST-VALIDATION when a person is the only one who administers; no other can be removed meanwhile."""
    _lock()
    found = administrators()
    if found.filter(pk=person.pk).exists() and not found.exclude(pk=person.pk).exists():
        raise OperationRefused("REQUEST-VALIDATION", LAST)


def _lock() -> None:
    keys = list(administrators().order_by().values_list("pk", flat=True))
    list(User.objects.select_for_update(no_key=True).filter(pk__in=keys).order_by("pk").values_list("pk"))
