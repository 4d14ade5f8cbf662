"""Logging in: with a password, with a one-time code where there is a device, and not after too many tries."""

import pytest
from django.test import Client, override_settings
from django_otp.oath import totp
from django_otp.plugins.otp_totp.models import TOTPDevice

from ocsportal.people.models import User

pytestmark = pytest.mark.django_db
FIELDS = {"username": "care", "password": "correct-horse-battery"}


def test_password_alone(care: User) -> None:
    assert Client().post("/admin/login/", FIELDS).status_code == 302
    assert Client().post("/admin/login/", {**FIELDS, "password": "wrong"}).status_code == 200


def test_who_has_a_device_needs_its_code(care: User) -> None:
    device = TOTPDevice.objects.create(user=care, name="phone")
    assert b"needs the one-time code" in Client().post("/admin/login/", FIELDS).content
    assert b"is wrong" in Client().post("/admin/login/", {**FIELDS, "otp_token": "000000"}).content
    device.throttle_reset()
    code = f"{totp(device.bin_key):06}"
    assert Client().post("/admin/login/", {**FIELDS, "otp_token": code}).status_code == 302


@override_settings(AXES_ENABLED=True, AXES_FAILURE_LIMIT=3)
def test_too_many_tries_lock_out(care: User) -> None:
    client = Client()
    answers = [client.post("/admin/login/", {**FIELDS, "password": "wrong"}).status_code for _ in range(3)]
    assert answers[-1] == 429
    assert client.post("/admin/login/", FIELDS).status_code == 429


def test_logging_in_writes_no_history(care: User) -> None:
    before = User.history.count()
    Client().post("/admin/login/", FIELDS)
    assert User.history.count() == before
