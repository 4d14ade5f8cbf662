"""People: every change of them is kept, nobody is deleted, and a password is nobody's business but its owner's."""

from typing import Any

import pytest
from django.contrib import admin
from django.contrib.auth import get_permission_codename
from django.contrib.auth.models import Group
from django.db import DatabaseError, connection, transaction
from django.test import Client
from django.utils import timezone

from ocsportal.people.groups import ADMINISTRATOR
from ocsportal.people.models import User
from ocsportal.transactions.models import BusinessTransaction, Witness
from tests.conftest import make_user
from tests.customers.test_rest import standing

pytestmark = pytest.mark.django_db

NEW = "tuesday-rain-umbrella-9"


@pytest.fixture
def administrator(db: None) -> User:
    """An administrator."""
    return make_user("ada", ADMINISTRATOR)


@pytest.fixture
def browser(administrator: User) -> Client:
    """A browser in which the administrator has logged in."""
    client = Client()
    client.force_login(administrator)
    return client


def newest() -> BusinessTransaction:
    """Return the newest Business Transaction."""
    return BusinessTransaction.objects.latest("id")


class TestOutsideOfTheDoor:
    """A shell or createsuperuser."""

    def test_new_user_is_recorded(self) -> None:
        user = User.objects.create_superuser("root", password=NEW)
        entry = newest()
        assert (entry.operation, entry.actor, entry.actor_name) == ("AddUser", None, "command line")
        (version,) = User.history.filter(id=user.pk)
        assert version.transaction_id == entry.pk
        assert NEW not in entry.answer
        assert "password" not in entry.answer

    def test_change_is_recorded(self, care: User) -> None:
        versions = User.history.filter(id=care.pk).count()
        care.first_name = "Carola"
        care.save()
        assert newest().operation == "ChangeUser"
        version = User.history.filter(id=care.pk).latest("history_id")
        assert (version.first_name, version.transaction_id) == ("Carola", newest().pk)
        assert User.history.filter(id=care.pk).count() == versions + 1

    def test_update_of_many_is_kept_too(self) -> None:
        versions, users = User.history.count(), User.objects.count()
        assert users > 1
        User.objects.update(is_active=False)
        assert User.history.count() == versions + users
        assert User.history.latest("history_id").transaction_id is None

    def test_a_login_is_no_version_and_no_change(self, care: User) -> None:
        before = User.history.count(), BusinessTransaction.objects.count()
        care.last_login = timezone.now()
        care.save(update_fields=["last_login"])
        assert (User.history.count(), BusinessTransaction.objects.count()) == before

    def test_a_password_is_no_version_and_its_change_is_witnessed(self, care: User) -> None:
        versions = User.history.count()
        care.set_password(NEW)
        care.save(update_fields=["password"])
        entry, witness = BusinessTransaction.objects.latest("pk"), Witness.objects.latest("pk")
        assert (entry.operation, entry.actor_name, User.history.count()) == ("ChangeUser", "command line", versions)
        told = (witness.table, witness.row, witness.kind, witness.transaction_id)
        assert told == ("people_user", str(care.pk), "~", entry.pk)
        assert care.password not in witness.content
        assert len(witness.content) == 64

    def test_history_has_no_password(self) -> None:
        names = {field.name for field in User.history.model._meta.get_fields()}
        assert not names & {"password", "last_login"}


class TestNeverDeleted:
    @pytest.mark.parametrize("login", ["ada", "root"])
    def test_not_in_the_portal(self, browser: Client, care: User, login: str) -> None:
        if login == "root":
            browser.force_login(User.objects.create_superuser("root", password=NEW))
        before = User.objects.count(), standing()
        assert browser.post(f"/admin/people/user/{care.pk}/delete/", {"post": "yes"}).status_code in (403, 404)
        action = {"action": "delete_selected", "_selected_action": [care.pk], "post": "yes"}
        browser.post("/admin/people/user/", action)
        assert (User.objects.count(), standing()) == before

    def test_there_is_no_permission_for_it(self) -> None:
        from django.contrib.auth.models import Permission

        assert not Permission.objects.filter(codename=get_permission_codename("delete", User._meta)).exists()
        assert "delete" not in User._meta.default_permissions
        assert User in admin.site._registry

    def test_not_who_ever_did_anything(self, care: User, change: Any) -> None:
        from customers import operations

        operations.create_customer(change(actor=User.objects.get(username="backoffice")), customer_profile="b2c")
        with pytest.raises(DatabaseError):
            _remove("backoffice")
        assert User.objects.filter(username="backoffice").exists()


def _remove(login: str) -> None:
    """Remove a user without asking Django, as an SQL client would."""
    with transaction.atomic():
        User.objects.filter(username=login)._raw_delete("default")
        connection.check_constraints()


class TestInThePortal:
    def test_deactivated_person_is_out(self, browser: Client, care: User) -> None:
        session = Client()
        session.force_login(care)
        assert session.get("/").status_code == 200
        fields = {"username": "care", "first_name": "Care", "groups": [Group.objects.get(name="Customer Care").pk]}
        answer = browser.post(
            f"/admin/people/user/{care.pk}/change/", {**fields, "is_staff": "on", "audit_reason": "left us"}
        )
        assert answer.status_code == 302
        assert session.get("/").status_code == 302
        entry = newest()
        assert (entry.operation, entry.actor_name, entry.reason, entry.channel) == (
            "ChangeUser",
            "Ada",
            "left us",
            "PORTAL",
        )
        assert not User.history.filter(id=care.pk).latest("history_id").is_active

    def test_reason_is_asked_for(self, browser: Client, care: User) -> None:
        before = User.objects.values().get(pk=care.pk), standing()
        answer = browser.post(f"/admin/people/user/{care.pk}/change/", {"username": "other", "is_active": "on"})
        assert answer.status_code == 200
        assert (User.objects.values().get(pk=care.pk), standing()) == before


class TestPassword:
    def change_own(self, client: Client, **fields: str) -> Any:
        sent = {"old_password": "correct-horse-battery", "new_password1": NEW, "new_password2": NEW, **fields}
        return client.post("/admin/password_change/", sent)

    def test_ones_own(self, care: User) -> None:
        client = Client()
        client.force_login(care)
        before = User.history.count()
        assert self.change_own(client).status_code == 302
        assert client.get("/").status_code == 200
        assert _checks("care", NEW)
        assert not _checks("care", "correct-horse-battery")
        assert User.history.count() == before
        assert NEW not in str(list(BusinessTransaction.objects.values()))

    @pytest.mark.parametrize(
        "fields",
        [
            {"old_password": "wrong"},
            {"new_password2": "another-one-entirely-1"},
            {"new_password1": "short", "new_password2": "short"},
            {"new_password1": "password1234", "new_password2": "password1234"},
            {"new_password1": "careperson12", "new_password2": "careperson13"},
        ],
    )
    def test_refused(self, care: User, fields: dict[str, str]) -> None:
        client = Client()
        client.force_login(care)
        assert self.change_own(client, **fields).status_code == 200
        assert _checks("care", "correct-horse-battery")

    def test_somebody_elses_is_a_business_transaction(self, browser: Client, care: User) -> None:
        sent = {"password1": NEW, "password2": NEW, "usable_password": "true", "audit_reason": "because"}
        assert browser.post(f"/admin/people/user/{care.pk}/password/", sent).status_code == 302
        assert _checks("care", NEW)
        entry = newest()
        assert (entry.operation, entry.actor_name, entry.target_ref_id) == ("ChangePassword", "Ada", str(care.pk))
        assert NEW not in str(newest().answer)

    def test_a_superusers_only_by_superusers(self, browser: Client) -> None:
        root = User.objects.create_superuser("root", password="correct-horse-battery")
        sent = {"password1": NEW, "password2": NEW, "usable_password": "true", "audit_reason": "because"}
        assert browser.post(f"/admin/people/user/{root.pk}/password/", sent).status_code == 403
        assert _checks("root", "correct-horse-battery")
        browser.force_login(root)
        assert browser.post(f"/admin/people/user/{root.pk}/password/", sent).status_code == 302
        assert _checks("root", NEW)

    def test_somebody_elses_only_by_administrators(self, care: User, auditor: User) -> None:
        client = Client()
        client.force_login(auditor)
        sent = {"password1": NEW, "password2": NEW, "usable_password": "true", "audit_reason": "because"}
        assert client.post(f"/admin/people/user/{care.pk}/password/", sent).status_code == 403
        assert _checks("care", "correct-horse-battery")


def _checks(login: str, password: str) -> bool:
    return User.objects.get(username=login).check_password(password)
