"""Somebody who administers stays, and nobody changes the own groups."""

from collections.abc import Callable
from typing import Any

import pytest
from django.contrib.auth.models import Group, Permission
from django.core.management import CommandError, call_command
from django.db import transaction
from django.test import Client

from ocsportal.people import groups
from ocsportal.people.models import ApiKey, User
from ocsportal.people.standing import LAST, administrators, one_stays
from ocsportal.transactions.errors import OperationRefused
from ocsportal.transactions.models import BusinessTransaction
from tests.conftest import make_user
from tests.transactions.test_concurrency import at_once

pytestmark = pytest.mark.django_db

BACKEND = "ocsportal.people.permissions.OneQueryBackend"
NEW = "tuesday-rain-umbrella-9"


def of(person: User) -> Client:
    """Return a browser in which a person has logged in."""
    client = Client()
    client.force_login(person, BACKEND)
    return client


def page(person: User) -> str:
    """Return the address of a person's page."""
    return f"/admin/people/user/{person.pk}/change/"


def save(client: Client, person: User, *names: str, **other: Any) -> Any:
    """Save a person as the form would, in groups of these names; None leaves a field out."""
    fields = {"username": person.username, "first_name": "X", "is_active": "on", "is_staff": "on", **other}
    sent = {name: value for name, value in fields.items() if value is not None}
    keys = list(Group.objects.filter(name__in=names).values_list("pk", flat=True))
    return client.post(page(person), {**sent, **({"groups": keys} if keys else {}), "audit_reason": "because"})


def stands() -> list[Any]:
    """Return everything about people and groups."""
    people = list(User.objects.order_by("pk").values("pk", "is_active", "is_staff", "is_superuser", "first_name"))
    members = sorted(User.groups.through.objects.values_list("user_id", "group_id"))
    may = sorted(Group.permissions.through.objects.values_list("group_id", "permission_id"))
    return [people, members, may, BusinessTransaction.objects.count()]


@pytest.fixture
def ada(db: None) -> User:
    """The only administrator."""
    return make_user("ada", groups.ADMINISTRATOR)


class TestOwnGroups:
    @pytest.mark.parametrize("wanted", [(groups.BACK_OFFICE,), (groups.ADMINISTRATOR, groups.BACK_OFFICE)])
    def test_are_nobodys_own_to_change(self, ada: User, wanted: tuple[str, ...]) -> None:
        make_user("bob", groups.ADMINISTRATOR)
        before = stands()
        answer = save(of(ada), ada, *wanted)
        assert answer.status_code == 200
        assert "You can&#x27;t change your own groups" in answer.content.decode()
        assert stands() == before

    def test_not_a_superusers_either(self, ada: User) -> None:
        root = User.objects.create_superuser("root", password=NEW)
        before = stands()
        assert save(of(root), root, groups.CRM, is_superuser="on").status_code == 200
        assert stands() == before

    def test_the_own_page_says_so_and_saves_the_rest(self, ada: User) -> None:
        text = of(ada).get(page(ada)).content.decode()
        assert "Administrator. You can&#x27;t change your own groups" in text
        assert 'name="groups"' not in text
        assert save(of(ada), ada, first_name="Adele").status_code == 302
        ada.refresh_from_db()
        assert (ada.first_name, [group.name for group in ada.groups.all()]) == ("Adele", [groups.ADMINISTRATOR])

    def test_others_are(self, ada: User, care: User) -> None:
        assert save(of(ada), care, groups.BACK_OFFICE).status_code == 302
        assert [group.name for group in care.groups.all()] == [groups.BACK_OFFICE]

    def test_nor_what_the_own_group_may(self, ada: User) -> None:
        own, other = (Group.objects.get(name=name) for name in (groups.ADMINISTRATOR, groups.CARE))
        more = [*own.permissions.values_list("pk", flat=True), Permission.objects.get(codename="create_customer").pk]
        sent = {"name": own.name, "permissions": more, "audit_reason": "because"}
        before = stands()
        assert of(ada).post(f"/admin/auth/group/{own.pk}/change/", sent).status_code == 403
        assert stands() == before
        assert of(ada).get(f"/admin/auth/group/{own.pk}/change/").status_code == 200
        assert of(ada).post(f"/admin/auth/group/{other.pk}/change/", {**sent, "name": "Care"}).status_code == 302


class TestTheLastOne:
    @pytest.mark.parametrize("field", ["is_active", "is_staff"])
    def test_does_not_switch_itself_off(self, ada: User, field: str) -> None:
        before = stands()
        answer = save(of(ada), ada, **{field: None})
        assert answer.status_code == 200
        assert LAST in answer.content.decode()
        assert stands() == before

    def test_may_once_there_is_another(self, ada: User) -> None:
        make_user("bob", groups.ADMINISTRATOR)
        assert save(of(ada), ada, is_active=None).status_code == 302
        assert list(administrators().values_list("username", flat=True)) == ["bob"]

    def test_nor_is_it_done_for_it(self, ada: User) -> None:
        root = User.objects.create_superuser("root", password=NEW)
        assert save(of(root), ada, is_active=None).status_code == 302
        before = stands()
        assert save(of(root), root, is_superuser=None).status_code == 200
        assert stands() == before

    def test_nor_by_what_its_group_may(self, ada: User) -> None:
        root = User.objects.create_superuser("root", password=NEW)
        group = Group.objects.get(name=groups.ADMINISTRATOR)
        sent = {"name": group.name, "audit_reason": "because"}
        assert of(root).post(f"/admin/auth/group/{group.pk}/change/", sent).status_code == 302
        assert list(administrators()) == [root]

    def test_nor_by_a_shell(self, ada: User) -> None:
        before = stands()
        ada.is_active = False
        with pytest.raises(OperationRefused, match="Nobody who can log in"):
            ada.save()
        assert stands() == before

    @pytest.mark.parametrize(
        "taking",
        [
            lambda ada, group: ada.groups.remove(group),
            lambda ada, group: ada.groups.clear(),
            lambda ada, group: ada.groups.set(Group.objects.filter(name=groups.CARE)),
            lambda ada, group: group.user_set.remove(ada),
            lambda ada, group: group.user_set.clear(),
            lambda ada, group: group.permissions.remove(Permission.objects.get(codename="change_user")),
            lambda ada, group: group.permissions.clear(),
            lambda ada, group: group.delete(),
            lambda ada, group: Group.objects.filter(pk=group.pk).delete(),
        ],
    )
    def test_nor_by_what_a_shell_takes_from_groups(self, ada: User, taking: Callable[[User, Group], Any]) -> None:
        group = Group.objects.get(name=groups.ADMINISTRATOR)
        before = stands()
        with pytest.raises(OperationRefused, match="Nobody who can log in"), transaction.atomic():
            taking(ada, group)
        assert stands() == before
        make_user("bob").user_permissions.add(Permission.objects.get(codename="change_user"))
        taking(ada, group)
        assert list(administrators().values_list("username", flat=True)) == ["bob"]
        with pytest.raises(OperationRefused), transaction.atomic():
            User.objects.get(username="bob").user_permissions.clear()

    def test_a_form_may_exchange_the_group_that_makes_it_one(self, ada: User) -> None:
        root = User.objects.create_superuser("root", password=NEW)
        other = Group.objects.create(name="Others who administer")
        other.permissions.add(Permission.objects.get(codename="change_user"))
        assert save(of(root), root, is_active=None).status_code == 302
        assert list(administrators()) == [ada]
        with one_stays():
            ada.groups.set([other])
        assert list(administrators()) == [ada]

    def test_nor_by_taking_its_password_away(self, ada: User) -> None:
        sent = {"usable_password": "false", "unset-password": "1", "audit_reason": "because"}
        before = stands()
        assert of(ada).post(f"/admin/people/user/{ada.pk}/password/", sent).status_code == 302
        ada.refresh_from_db()
        assert ada.has_usable_password()
        assert stands() == before

    def test_who_can_not_log_in_is_none(self, ada: User) -> None:
        for name in ("gone", "outside", "program"):
            make_user(name, groups.ADMINISTRATOR)
        User.objects.filter(username="gone").update(is_active=False)
        User.objects.filter(username="outside").update(is_staff=False)
        User.objects.filter(username="program").update(application_id="x" * 14)
        assert list(administrators()) == [ada]


@pytest.mark.postgres
@pytest.mark.django_db(transaction=True)
def test_two_remove_each_other_at_once() -> None:
    ada, bob = (make_user(name, groups.ADMINISTRATOR) for name in ("ada", "bob"))
    browsers = of(ada), of(bob)

    def removing(mine: Client, other: User) -> Callable[[], int]:
        return lambda: save(mine, other, groups.ADMINISTRATOR, is_active=None).status_code

    answers = at_once(removing(browsers[0], bob), removing(browsers[1], ada))
    assert answers.count(302) == 1
    assert administrators().count() == 1


class TestPasswords:
    WEAK = (
        "123456789012",
        "abcdefghijkl",
        "aaaaaaaaaaaa",
        "qwertyuiopas",
        "abcabcabcabc",
        "210987654321",
        "short",
        "121212121212",
    )

    @pytest.mark.parametrize("weak", [*WEAK, "password1234"])
    def test_weak_ones_are_refused_by_every_form(self, ada: User, care: User, weak: str) -> None:
        sent = {"password1": weak, "password2": weak, "usable_password": "true", "audit_reason": "because"}
        assert of(ada).post(f"/admin/people/user/{care.pk}/password/", sent).status_code == 200
        own = {"old_password": "correct-horse-battery", "new_password1": weak, "new_password2": weak}
        assert of(care).post("/admin/password_change/", own).status_code == 200
        count = User.objects.count()
        name = {"username": "careperson", "is_staff": "on"}
        assert of(ada).post("/admin/people/user/add/", {**name, **sent}).status_code == 200
        assert User.objects.count() == count
        care.refresh_from_db()
        assert care.check_password("correct-horse-battery")

    @pytest.mark.parametrize("weak", WEAK)
    def test_and_by_createsuperuser(self, weak: str, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setenv("DJANGO_SUPERUSER_PASSWORD", weak)
        count = User.objects.count()
        with pytest.raises(CommandError, match="password"):
            call_command("createsuperuser", username="root", email="root@example.com", interactive=False)
        assert User.objects.count() == count

    @pytest.mark.parametrize(
        "good", [NEW, "calm-instrument-42", "correct-horse-battery", "xK9#vQ2!mZ7p", "der grüne Hut 1"]
    )
    def test_good_ones_pass(self, good: str, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setenv("DJANGO_SUPERUSER_PASSWORD", good)
        call_command("createsuperuser", username="root", email="root@example.com", interactive=False, verbosity=0)
        assert User.objects.get(username="root").check_password(good)

    def test_somebody_elses_asks_why(self, ada: User, care: User) -> None:
        address, sent = f"/admin/people/user/{care.pk}/password/", {"password1": NEW, "password2": NEW}
        before = stands()
        assert of(ada).post(address, {**sent, "audit_reason": " "}).status_code == 200
        assert stands() == before
        assert of(ada).post(address, {**sent, "audit_reason": "forgot it"}).status_code == 302
        entry = BusinessTransaction.objects.latest("id")
        assert (entry.operation, entry.actor_name, entry.reason) == ("ChangePassword", "Ada", "forgot it")


def test_no_group_of_a_new_key_is_chosen_for_anybody(ada: User) -> None:
    text = of(ada).get("/admin/people/apikey/add/").content.decode()
    assert '<option value="" selected>Choose a group</option>' in text
    keys = ApiKey.objects.count()
    sent = {"name": "shop", "days": "7", "reason": "because"}
    assert of(ada).post("/admin/people/apikey/add/", {**sent, "group": ""}).status_code == 200
    assert ApiKey.objects.count() == keys
