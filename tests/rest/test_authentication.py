"""Who gets in: each way of failing is 401 and changes nothing; getting in costs one query."""

from datetime import timedelta
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from ocsportal.people.keys import make_client, revoke_key
from ocsportal.people.models import ApiKey, User
from ocsportal.transactions.system import system_change
from tests.client import RestClient, problem
from tests.customers.test_rest import standing
from tests.rest.conftest import ClientOf
from tests.rest.routes import READS, WRITES

pytestmark = pytest.mark.django_db

KEY, CLIENT = "X-Ocs-Io-API-Key", "X-Ocs-Io-Application-Id"


def shut_out(api: RestClient) -> None:
    """Demand 401 for a read and for a write, with nothing changed by either."""
    before = standing()
    for answer in (api.get("/customers"), api.post("/customers/create", customerProfile="b2c")):
        problem(answer, 401, "AUTHENTICATION-FAILED")
        assert answer["WWW-Authenticate"] == KEY
    assert standing() == before


class TestShutOut:
    def test_no_headers(self, api: RestClient) -> None:
        api.headers = {}
        shut_out(api)

    @pytest.mark.parametrize("name", [KEY, CLIENT])
    def test_one_header_missing(self, api: RestClient, name: str) -> None:
        del api.headers[name]
        shut_out(api)

    @pytest.mark.parametrize("name", [KEY, CLIENT])
    @pytest.mark.parametrize("value", ["", "wrong", "x" * 5000, "ключ", "a\x00b", "' OR 1=1 --"])
    def test_wrong_header(self, api: RestClient, name: str, value: str) -> None:
        api.headers[name] = value
        shut_out(api)

    def test_key_of_another_client(self, api: RestClient, client_of: ClientOf) -> None:
        api.headers[KEY] = client_of("CRM", "other").headers[KEY]
        shut_out(api)

    def test_key_in_another_case(self, api: RestClient) -> None:
        api.headers[KEY] = api.headers[KEY].swapcase()
        shut_out(api)

    def test_hash_is_no_key(self, api: RestClient) -> None:
        api.headers[KEY] = ApiKey.objects.get().key_hash
        shut_out(api)

    def test_revoked_key_at_once(self, api: RestClient) -> None:
        assert api.get("/customers").status_code == 200
        revoke_key(ApiKey.objects.get(), system_change("tests"))
        shut_out(api)

    def test_expired_key(self, api: RestClient) -> None:
        assert api.get("/customers").status_code == 200
        ApiKey.objects.update(expires_at=timezone.now())
        shut_out(api)

    def test_inactive_client_at_once(self, api: RestClient) -> None:
        assert api.get("/customers").status_code == 200
        User.objects.filter(username="crm").update(is_active=False)
        shut_out(api)

    def test_session_of_a_person(self, api: RestClient, back_office: User) -> None:
        api.headers = {}
        api.http.force_login(back_office)
        shut_out(api)

    def test_every_route(self, api: RestClient) -> None:
        api.headers = {}
        for route in READS:
            problem(api.get(route.path), 401, "AUTHENTICATION-FAILED")
        for route in WRITES:
            problem(api.post(route.path, **route.example), 401, "AUTHENTICATION-FAILED")


class TestLetIn:
    def test_second_key_beside_the_first(self, api: RestClient, crm: tuple[User, str]) -> None:
        _, plain = make_client(crm[0].username, "CRM", system_change("tests"))
        assert api.get("/customers").status_code == 200
        api.headers[KEY] = plain
        assert api.get("/customers").status_code == 200

    def test_until_the_last_moment(self, api: RestClient) -> None:
        ApiKey.objects.update(expires_at=timezone.now() + timedelta(minutes=1))
        assert api.get("/customers").status_code == 200

    @pytest.mark.parametrize("right", [True, False])
    def test_costs_one_query(self, api: RestClient, right: bool) -> None:
        # A client that is remembered costs the query for the edition, any other the one for its key.
        assert api.get("/customers").status_code == 200  # notes the key's use, once a minute
        if not right:
            api.headers[KEY] = "wrong"
        with CaptureQueriesContext(connection) as captured:
            api.get("/customers", nonsense="refused before anything is asked")
        assert len([query["sql"] for query in captured if "people_apikey" in query["sql"]]) == (0 if right else 1)
        assert len(captured) == 1

    def test_permissions_come_with_it(self, client_of: ClientOf) -> None:
        configurator = client_of("Configuration")
        configurator.get("/customers")
        with CaptureQueriesContext(connection) as captured:
            assert configurator.get("/customers").status_code == 403
        assert len(captured) == 1


class TestLastUse:
    def last_used(self) -> Any:
        return ApiKey.objects.get().last_used_at

    def test_is_noted(self, api: RestClient) -> None:
        assert self.last_used() is None
        before = timezone.now()
        api.get("/customers")
        assert before <= self.last_used() <= timezone.now()

    def test_once_a_minute_at_most(self, api: RestClient, monkeypatch: pytest.MonkeyPatch) -> None:
        api.get("/customers")
        first = self.last_used()
        api.get("/customers")
        assert self.last_used() == first
        later = timezone.now() + timedelta(seconds=61)
        monkeypatch.setattr("ocsportal.people.authentication.timezone.now", lambda: later)
        api.get("/customers")
        assert self.last_used() > first

    def test_is_no_version_of_the_key(self, api: RestClient) -> None:
        before = ApiKey.history.count()
        api.get("/customers")
        assert ApiKey.history.count() == before
        assert ApiKey.objects.get().version == 1
