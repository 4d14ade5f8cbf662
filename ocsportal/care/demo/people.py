"""The people and programs that the demo data was made by."""

from dataclasses import dataclass

from django.contrib.auth.models import Group

from ocsportal.people import groups
from ocsportal.people.keys import make_client
from ocsportal.people.models import User
from ocsportal.transactions import door
from ocsportal.transactions.system import system_change
from ocsportal.transactions.touched import Touched

# For trying the portal out on one's own machine; load_demo prints it, and it is given to newly made people only.
PASSWORD = "calm-instrument-42"  # noqa: S105


@dataclass(frozen=True)
class Person:
    """A demo login."""

    login: str
    first_name: str
    last_name: str
    group: str


PEOPLE = (
    Person("maria", "Maria", "Kraus", groups.CARE),
    Person("bruno", "Bruno", "Haas", groups.BACK_OFFICE),
    Person("alma", "Alma", "Lindqvist", groups.AUDITOR),
    Person("carl", "Carl", "Novák", groups.CONFIGURATION),
    Person("ada", "Ada", "Okafor", groups.ADMINISTRATOR),
    Person("dora", "Dora", "Petrov", groups.DATA_PROTECTION),
)
CRM = "crm-demo"


def load_people() -> dict[str, User]:
    """Make the demo logins and the CRM's service user that are missing; return all of them by login."""
    for person in PEOPLE:
        if not User.objects.filter(username=person.login).exists():
            _make(person)
    if not User.objects.filter(username=CRM).exists():
        make_client(CRM, groups.CRM, system_change("load_demo"))
    return {user.username: user for user in User.objects.filter(username__in=[*(p.login for p in PEOPLE), CRM])}


def _make(person: Person) -> None:
    user = User(
        username=person.login,
        first_name=person.first_name,
        last_name=person.last_name,
        email=f"{person.login}@operator.example",
        is_staff=True,
    )
    user.set_password(PASSWORD)

    def work() -> Touched:
        user.save()
        user.groups.add(Group.objects.get(name=person.group))
        return Touched([user])

    door.record("AddUser", system_change("load_demo"), None, work)
