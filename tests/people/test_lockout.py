"""Who tried too often: kept out by address and login, never by login alone; let in again by an administrator."""

from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest
from axes.models import AccessAttempt
from django.http import HttpResponse
from django.test import Client, override_settings
from django.utils import timezone

from ocsportal.people import groups
from ocsportal.people.lockout import locks_of
from ocsportal.people.models import User
from ocsportal.proxies import read_proxies
from ocsportal.transactions.models import BusinessTransaction
from tests.conftest import make_user

pytestmark = pytest.mark.django_db

RIGHT = "correct-horse-battery"
STRANGER, AGENT, COLLEAGUE = "198.51.100.1", "203.0.113.7", "203.0.113.8"


@pytest.fixture(autouse=True)
def counting() -> Iterator[None]:
    """Have failed attempts counted, behind a proxy as installations have one."""
    with override_settings(AXES_ENABLED=True, TRUSTED_PROXIES=read_proxies("10.0.0.5")):
        yield


def log_in(address: str, login: str = "care", password: str = RIGHT, forwarded: str = "{}") -> HttpResponse:
    """Log in through the proxy."""
    sent = {"username": login, "password": password}
    headers = {"X-Forwarded-For": forwarded.format(address)}
    return Client().post("/admin/login/", sent, headers=headers, REMOTE_ADDR="10.0.0.5")  # type: ignore[return-value]


def try_often(address: str, login: str = "care", times: int = 10) -> int:
    """Fail so many times; return what the last one was answered."""
    return [log_in(address, login, "wrong").status_code for _ in range(times)][-1]


class TestByAddress:
    def test_ten_wrong_tries_keep_out_that_address_and_nobody_else(self, care: User) -> None:
        assert try_often(STRANGER, times=9) == 200
        assert try_often(STRANGER, times=1) == 429
        assert log_in(STRANGER).status_code == 429
        assert log_in(AGENT).status_code == 302
        assert log_in(STRANGER, "backoffice").status_code == 302

    def test_a_made_up_address_is_no_way_round(self, care: User) -> None:
        answers = [log_in(STRANGER, password="wrong", forwarded=f"192.0.2.{n}, {{}}").status_code for n in range(10)]
        assert answers == [200] * 9 + [429]
        assert log_in(STRANGER, forwarded="192.0.2.99, {}").status_code == 429
        assert set(AccessAttempt.objects.values_list("ip_address", flat=True)) == {STRANGER}

    def test_nor_does_it_lock_somebody_elses_out(self, care: User) -> None:
        for _ in range(10):
            log_in(STRANGER, password="wrong", forwarded=f"{AGENT}, {{}}")
        assert log_in(AGENT).status_code == 302

    def test_an_ipv6_caller_is_counted_by_network(self, care: User) -> None:
        for n in range(10):
            log_in(f"2001:db8:1:2::{n}", password="wrong")
        assert log_in("2001:db8:1:2:ffff::1").status_code == 429
        assert log_in("2001:db8:1:3::1").status_code == 302

    def test_trying_on_does_not_put_it_off(self, care: User) -> None:
        try_often(STRANGER)
        (last,) = AccessAttempt.objects.values_list("attempt_time", "failures_since_start")
        assert try_often(STRANGER, times=3) == 429
        assert list(AccessAttempt.objects.values_list("attempt_time", "failures_since_start")) == [last]
        AccessAttempt.objects.update(attempt_time=timezone.now() - timedelta(minutes=15, seconds=1))
        assert log_in(STRANGER).status_code == 302

    def test_who_tries_all_logins_is_slowed_down(self, care: User) -> None:
        rows = [
            AccessAttempt(username=f"login-{n}", ip_address=STRANGER, user_agent="", failures_since_start=9)
            for n in range(11)
        ]
        AccessAttempt.objects.bulk_create(rows)
        assert log_in(STRANGER, "backoffice").status_code == 302
        assert log_in(STRANGER, "somebody", "wrong").status_code == 429
        assert log_in(STRANGER, "backoffice").status_code == 429
        assert log_in(AGENT, "backoffice").status_code == 302

    def test_a_login_of_ones_own_forgets_no_tries_for_others(self, care: User) -> None:
        try_often(STRANGER, times=9)
        assert log_in(STRANGER, "backoffice").status_code == 302
        assert try_often(STRANGER, times=1) == 429


@pytest.fixture
def ada(db: None) -> Client:
    """A browser in which an administrator has logged in."""
    client = Client()
    client.force_login(make_user("ada", groups.ADMINISTRATOR), "ocsportal.people.permissions.OneQueryBackend")
    return client


def unlock_page(person: User) -> str:
    """Return the address of the page that lets a person in again."""
    return f"/admin/people/user/{person.pk}/unlock/"


def kept() -> tuple[Any, ...]:
    """Return all that an unlocking could change."""
    return BusinessTransaction.objects.count(), *AccessAttempt.objects.order_by("pk").values_list()


class TestUnlock:
    def test_the_persons_page_shows_it_and_leads_there(self, ada: Client, care: User) -> None:
        page = f"/admin/people/user/{care.pk}/change/"
        assert "locked out" not in ada.get(page).content.decode()
        try_often(STRANGER)
        shown = ada.get(page).content.decode()
        assert "<bdi>Care</bdi> is locked out" in shown
        assert f"{STRANGER}: 10 failed attempts" in shown
        assert unlock_page(care) in shown
        (lock,) = locks_of(care)
        assert timedelta(minutes=14) < lock.until - timezone.now() <= timedelta(minutes=15)

    def test_lets_in_again_and_is_recorded(self, ada: Client, care: User) -> None:
        try_often(STRANGER)
        try_often(AGENT)
        try_often(STRANGER, "backoffice")
        assert STRANGER in ada.get(unlock_page(care)).content.decode()
        answer = ada.post(unlock_page(care), {"reason": "forgot it"})
        assert (answer.status_code, answer["Location"]) == (302, f"/admin/people/user/{care.pk}/change/")
        assert [log_in(address).status_code for address in (STRANGER, AGENT)] == [302, 302]
        assert log_in(STRANGER, "backoffice").status_code == 429
        entry = BusinessTransaction.objects.latest("id")
        told = (entry.operation, entry.actor_name, entry.channel, entry.reason, entry.target_kind, entry.target_ref_id)
        assert told == ("UnlockUser", "Ada", "PORTAL", "forgot it", "user", str(care.pk))
        assert f'"address":"{STRANGER}","tries":10' in (entry.answer or "")

    def test_asks_why(self, ada: Client, care: User) -> None:
        try_often(STRANGER)
        before = kept()
        for reason in ("", "   "):
            assert ada.post(unlock_page(care), {"reason": reason}).status_code == 200
        assert kept() == before
        assert log_in(STRANGER).status_code == 429

    def test_looking_changes_nothing(self, ada: Client, care: User) -> None:
        try_often(STRANGER)
        before = kept()
        assert ada.get(unlock_page(care)).status_code == 200
        assert kept() == before

    def test_who_is_not_locked_out_is_not_unlocked(self, ada: Client, care: User) -> None:
        try_often(STRANGER, times=9)
        before = kept()
        answer = ada.post(unlock_page(care), {"reason": "just so"})
        assert answer.status_code == 200
        assert "Care is no longer locked out." in answer.content.decode()
        assert kept() == before

    @pytest.mark.parametrize("group", [name for name in groups.GROUPS if name != groups.ADMINISTRATOR])
    def test_is_for_administrators(self, care: User, group: str) -> None:
        try_often(STRANGER)
        client = Client()
        client.force_login(make_user("other", group), "ocsportal.people.permissions.OneQueryBackend")
        before = kept()
        assert client.get(unlock_page(care)).status_code == 403
        assert client.post(unlock_page(care), {"reason": "please"}).status_code == 403
        assert kept() == before

    def test_nobody_at_all(self, ada: Client) -> None:
        assert ada.get("/admin/people/user/999999/unlock/").status_code == 404
