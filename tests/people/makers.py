"""Makers of people."""

from django.contrib.auth.models import Group

from ocsportal.people.models import User
from ocsportal.transactions import door
from ocsportal.transactions.system import system_change
from ocsportal.transactions.touched import Touched


def make_user(login: str, *group_names: str) -> User:
    """Make a person of the groups."""
    user = User(username=login, first_name=login.capitalize(), is_staff=True)
    user.set_password("correct-horse-battery")

    def work() -> Touched:
        user.save()
        user.groups.set(Group.objects.filter(name__in=group_names))
        return Touched([user])

    door.record("AddUser", system_change("tests"), None, work)
    return user
