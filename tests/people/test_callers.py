"""Who is calling: without trusted proxies the peer, with them the right-most address that none of them has."""

import logging
import os
import subprocess
import sys
from collections.abc import Iterator
from typing import Any

import pytest
import structlog
from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.test import Client, RequestFactory, override_settings

from ocsportal.callers import client_address, client_network, forget_claims
from ocsportal.proxies import Proxies, read_proxies
from ocsportal.requestlog import EVENTS, RequestLogMiddleware
from tests.docs.markdown import ROOT

PROXY, OTHER_PROXY, AGENT, SPOOFED = "10.0.0.5", "10.1.2.3", "203.0.113.7", "198.51.100.1"
NETWORKS = read_proxies("10.0.0.5, 10.1.0.0/16, 2001:db8:aaaa::/48")


def request(forwarded: str | None = None, peer: str = PROXY, **meta: str) -> HttpRequest:
    """Return a request as the server hands it over."""
    claims = {} if forwarded is None else {"HTTP_X_FORWARDED_FOR": forwarded}
    return RequestFactory().get("/", REMOTE_ADDR=peer, **claims, **meta)


@pytest.fixture
def behind_proxies() -> Iterator[None]:
    """Have some networks trusted."""
    with override_settings(TRUSTED_PROXIES=NETWORKS):
        yield


class TestNone:
    def test_is_the_default(self) -> None:
        assert Proxies() == settings.TRUSTED_PROXIES == read_proxies("") == read_proxies(" , ") == read_proxies("0")
        assert not settings.TRUSTED_PROXIES

    def test_nobody_is_believed(self) -> None:
        assert client_address(request(f"{SPOOFED}", peer=AGENT)) == AGENT
        assert client_address(request(f"{SPOOFED}, {PROXY}", peer=PROXY, HTTP_X_REAL_IP=SPOOFED)) == PROXY
        assert client_address(request(HTTP_FORWARDED=f"for={SPOOFED}", HTTP_CLIENT_IP=SPOOFED)) == PROXY


@pytest.mark.usefixtures("behind_proxies")
class TestNetworks:
    @pytest.mark.parametrize(
        ("forwarded", "peer", "found"),
        [
            (AGENT, PROXY, AGENT),
            (f"{SPOOFED}, {AGENT}", PROXY, AGENT),
            (f"{SPOOFED}, {AGENT}, {OTHER_PROXY}", PROXY, AGENT),
            # Who names a proxy as where the request came from gains nothing: what a proxy adds stands further right.
            (f"{SPOOFED}, {PROXY}, {AGENT}", PROXY, AGENT),
            (SPOOFED, AGENT, AGENT),
            (f"{SPOOFED}, {OTHER_PROXY}", AGENT, AGENT),
            (None, PROXY, PROXY),
            ("", PROXY, PROXY),
            (f"{OTHER_PROXY}", PROXY, OTHER_PROXY),
            ("2001:db8::7", PROXY, "2001:db8::7"),
            (f"{AGENT}", "2001:db8:aaaa::1", AGENT),
            (f"{AGENT}", "2001:db8:bbbb::1", "2001:db8:bbbb::1"),
            (f"{AGENT}", "::ffff:10.0.0.5", AGENT),
            (f"::ffff:{AGENT}", PROXY, AGENT),
        ],
    )
    def test_right_most_that_is_no_proxy(self, forwarded: str | None, peer: str, found: str) -> None:
        assert client_address(request(forwarded, peer)) == found

    @pytest.mark.parametrize(
        ("written", "found"),
        [
            (f"{AGENT}:4711", AGENT),
            (f" {AGENT} ", AGENT),
            (f'"{AGENT}"', AGENT),
            ("[2001:db8::7]:4711", "2001:db8::7"),
            ("[2001:db8::7]", "2001:db8::7"),
            ("2001:DB8:0:0::7", "2001:db8::7"),
            ("fe80::1%eth0", "fe80::1"),
        ],
    )
    def test_spellings(self, written: str, found: str) -> None:
        assert client_address(request(written)) == found

    @pytest.mark.parametrize(
        "garbage", ["unknown", "_hidden", "1.2.3", "1.2.3.4.5", "<script>", "::::", "\x00", "[", "9" * 999]
    )
    def test_garbage_is_the_proxy_itself_and_never_what_stands_left_of_it(self, garbage: str) -> None:
        assert client_address(request(garbage)) == PROXY
        assert client_address(request(f"{SPOOFED}, {garbage}")) == PROXY
        assert client_address(request(f"{SPOOFED}, {garbage}, {OTHER_PROXY}")) == OTHER_PROXY

    def test_thousands_of_hops_are_not_walked(self) -> None:
        long = ", ".join([SPOOFED] + [OTHER_PROXY] * 50_000)
        assert client_address(request(long)) == OTHER_PROXY


class TestHops:
    @pytest.mark.parametrize(
        ("hops", "forwarded", "found"),
        [
            (1, AGENT, AGENT),
            (1, f"{SPOOFED}, {AGENT}", AGENT),
            (2, f"{SPOOFED}, {AGENT}, {OTHER_PROXY}", AGENT),
            (2, AGENT, AGENT),
            (2, None, PROXY),
            (1, "rubbish", PROXY),
        ],
    )
    def test_as_many_are_passed_and_no_more(self, hops: int, forwarded: str | None, found: str) -> None:
        with override_settings(TRUSTED_PROXIES=Proxies(hops=hops)):
            assert client_address(request(forwarded)) == found

    def test_over_a_unix_socket(self) -> None:
        with override_settings(TRUSTED_PROXIES=Proxies(hops=1)):
            assert client_address(request(f"{SPOOFED}, {AGENT}", peer="")) == AGENT
        assert client_address(request(AGENT, peer="")) == ""


@pytest.mark.parametrize("wrong", ["nginx", "10.0.0.0/33", "10.0.0.5/8", "-1", "21", "1.5", "10.0.0.5;10.0.0.6", "5,6"])
def test_what_is_neither_stops_the_start_with_one_line(wrong: str) -> None:
    given = {**os.environ, "TRUSTED_PROXIES": wrong, "DJANGO_SETTINGS_MODULE": "ocsportal.settings"}
    if wrong != "nginx":
        with pytest.raises(ValueError):  # noqa: PT011
            read_proxies(wrong)
        return
    done = subprocess.run([sys.executable, "manage.py", "check"], cwd=ROOT, env=given, capture_output=True, text=True)
    assert (done.returncode, done.stdout) == (1, "")
    assert done.stderr.startswith("ocsportal: TRUSTED_PROXIES must be")
    assert len(done.stderr.strip().splitlines()) == 1


def test_callers_of_ipv6_are_counted_by_network() -> None:
    assert client_network(request(peer="2001:db8:1:2:3:4:5:6")) == "2001:db8:1:2::"
    assert client_network(request(peer=AGENT)) == AGENT
    assert client_network(request(peer="")) == ""


class TestWhatProxiesSay:
    """`X-Forwarded-Proto` and its like."""

    SAID = {"HTTP_X_FORWARDED_PROTO": "https", "HTTP_X_FORWARDED_HOST": "evil.example", "HTTP_X_FORWARDED_PORT": "1"}

    @override_settings(TRUSTED_PROXIES=NETWORKS, SECURE_PROXY_SSL_HEADER=("HTTP_X_FORWARDED_PROTO", "https"))
    @pytest.mark.parametrize(("peer", "secure"), [(PROXY, True), (AGENT, False)])
    def test_is_believed_of_trusted_ones_only(self, peer: str, secure: bool) -> None:
        asked = request(SPOOFED, peer, **self.SAID)
        forget_claims(asked)
        assert asked.is_secure() is secure
        assert {name in asked.META for name in self.SAID} == {secure}

    @pytest.mark.django_db
    @override_settings(TRUSTED_PROXIES=NETWORKS, SECURE_PROXY_SSL_HEADER=("HTTP_X_FORWARDED_PROTO", "https"))
    @pytest.mark.parametrize(("peer", "secure"), [(PROXY, True), (AGENT, False)])
    def test_on_its_way_through_the_portal(self, peer: str, secure: bool) -> None:
        with override_settings(SECURE_HSTS_SECONDS=60):
            # No probe: those are answered before anything is asked about who sent them.
            answer = Client().get("/admin/login/", REMOTE_ADDR=peer, HTTP_X_FORWARDED_PROTO="https")
        assert answer.status_code == 200
        assert answer.has_header("Strict-Transport-Security") is secure


class TestLog:
    @pytest.mark.parametrize("level", [logging.INFO, logging.WARNING])
    @override_settings(TRUSTED_PROXIES=NETWORKS)
    def test_says_who_is_calling(self, level: int, monkeypatch: pytest.MonkeyPatch) -> None:
        seen: list[Any] = []

        def answer(asked: HttpRequest) -> HttpResponse:
            seen.append(structlog.contextvars.get_contextvars()["ip"].__structlog__())
            return HttpResponse()

        monkeypatch.setattr(EVENTS, "level", level)
        monkeypatch.setattr(EVENTS, "_cache", {})
        RequestLogMiddleware(answer)(request(f"{SPOOFED}, {AGENT}"))
        RequestLogMiddleware(answer)(request(SPOOFED, peer=AGENT))
        assert seen == [AGENT, AGENT]
