"""Probes, the name of a request, and who may keep an answer: the same wherever a request ends."""

from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from ocsportal.people.models import User
from ocsportal.rest import health
from tests.client import RestClient, problem

pytestmark = pytest.mark.django_db
KEYS = {"X-Ocs-Io-API-Key", "X-Ocs-Io-Application-Id"}


class TestProbes:
    @pytest.mark.parametrize("host", ["10.0.3.17:8000", "some-pod.cluster", "evil.example", "a_b", "::1"])
    @pytest.mark.parametrize(("path", "status"), [("/healthz", "alive"), ("/readyz", "ready")])
    def test_answer_whatever_host_they_are_asked_by(self, path: str, status: str, host: str) -> None:
        answer = Client().get(path, headers={"Host": host})
        assert (answer.status_code, answer.json()) == (200, {"status": status})
        assert answer["Cache-Control"] == "no-store, private"
        assert not answer.cookies
        assert Client().get("/", headers={"Host": host}).status_code == 400

    @pytest.mark.parametrize("path", ["/healthz", "/readyz"])
    def test_are_only_read(self, path: str) -> None:
        assert Client().head(path).status_code == 200
        assert Client().post(path).status_code == 405

    def test_readiness_is_one_small_statement(self) -> None:
        Client().get("/readyz")
        with CaptureQueriesContext(connection) as queries:
            assert Client().get("/readyz").status_code == 200
        assert [query["sql"] for query in queries.captured_queries] == [health.READY]

    def test_a_migration_that_the_database_lacks_is_noticed_at_once_and_looked_for_once(
        self, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        assert Client().get("/readyz").status_code == 200
        with connection.cursor() as cursor:
            cursor.execute("DELETE FROM django_migrations WHERE app = 'balances'")
        looked: list[int] = []
        original = health.MigrationExecutor
        monkeypatch.setattr(health, "MigrationExecutor", lambda mine: looked.append(1) or original(mine))
        for _ in range(3):
            answer = Client().get("/readyz")
            assert (answer.status_code, answer.json()) == (503, {"status": "not ready"})
            assert int(answer["Retry-After"]) > 0
        assert looked == [1]


class TestRequestId:
    def answers(self, api: RestClient, **headers: str) -> list[Any]:
        """Ask for everything there is: REST, refusals, pages, files, probes."""
        return [
            api.http.get("/v1/casm/customers", headers={**api.headers, **headers}),
            *(
                api.http.get(path, headers=headers)
                for path in (
                    "/v1/casm/customers", "/v1/casm/nothing", "/v1/schema", "/v1/docs", "/", "/nothing", "/admin/login/",
                    "/healthz", "/readyz", "/static/ocs/tokens.css",
                )
            ),
            api.http.get("/", headers={**headers, "Host": "evil.example"}),
        ]  # fmt: skip

    def test_is_kept_in_every_answer(self, api: RestClient) -> None:
        answers = self.answers(api, **{"X-Request-ID": "trace/7f-3"})
        assert len(answers) == 12
        assert {answer["X-Request-ID"] for answer in answers} == {"trace/7f-3"}

    @pytest.mark.parametrize("given", ["", "x" * 201, "with blank", "ünsafe", "a\x7f", "a\tb"])
    def test_is_made_where_it_is_missing_or_could_do_harm(self, api: RestClient, given: str) -> None:
        made = {answer["X-Request-ID"] for answer in self.answers(api, **({"X-Request-ID": given} if given else {}))}
        assert len(made) == 12
        assert all(len(one) == 36 for one in made)


class TestKeeping:
    def test_rest_belongs_to_one_client(self, api: RestClient) -> None:
        made = api.post("/customers/create", customerProfile="b2c", externalId="kept")
        for answer in (made, api.get("/customers"), api.get("/customers/read", externalId="kept")):
            assert answer.status_code == 200
            assert answer["Cache-Control"] == "private, no-cache"
            assert set(answer["Vary"].split(", ")) >= KEYS

    def test_no_refusal_is_kept(self, api: RestClient) -> None:
        problem(api.get("/customers/read", externalId="nobody"), 404, "ENTITY-NOT-FOUND")
        for answer in (
            api.get("/customers/read", externalId="nobody"),
            api.post("/customers/create"),
            api.get("/nothing"),
            RestClient("nobody", "nothing").get("/customers"),
        ):
            assert answer.status_code >= 400
            assert answer["Cache-Control"] == "no-store, private"

    @pytest.mark.parametrize("path", ["/", "/queues/pending/", "/admin/", "/admin/customers/customer/", "/?q=x"])
    def test_no_page_can_be_looked_at_after_the_person_has_gone(self, care: User, path: str) -> None:
        client = Client()
        client.force_login(care)
        answer = client.get(path)
        assert {"no-store", "private"} <= set(answer["Cache-Control"].replace(" ", "").split(","))
        assert "no-store" in Client().get(path)["Cache-Control"]
