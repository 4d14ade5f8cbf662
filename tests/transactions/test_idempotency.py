"""The same request again: the stored answer, word for word; another one under its ID: 409; a refused one: as if never sent."""

import threading
from typing import Any

import pytest
from django.db import connection

from customers import operations
from customers.models import Customer
from ocsportal.people.keys import make_client
from ocsportal.transactions.change import Change
from ocsportal.transactions.errors import OperationRefused, RequestIdConflict
from ocsportal.transactions.models import BusinessTransaction, Channel, OutboxMessage
from ocsportal.transactions.system import system_change
from tests.client import RestClient, problem
from tests.customers.test_rest import standing

pytestmark = pytest.mark.django_db
CREATE = "/customers/create"
BODY = {"requestId": "once", "customerProfile": "b2c", "customName": "Žaneta", "customAttributes": {"b": "2", "a": "1"}}


class TestReplay:
    def test_gives_back_the_very_bytes(self, api: RestClient) -> None:
        first = api.post(CREATE, **BODY)
        before = standing()
        again = api.post(CREATE, **BODY)
        assert again.content == first.content
        assert (again.status_code, again["ETag"], again["Idempotent-Replay"]) == (200, first["ETag"], "true")
        assert not first.has_header("Idempotent-Replay")
        assert standing() == before

    def test_is_about_then_not_about_now(self, api: RestClient) -> None:
        first = api.post(CREATE, **BODY)
        ref_id = first.json()[0]["object"]["refId"]
        api.done("/customers/update-custom-name", customer={"refId": ref_id}, customName="Later")
        again = api.post(CREATE, **BODY)
        assert again.json()[0]["object"]["customName"] == "Žaneta"
        assert api.get("/customers/read", refId=ref_id).json()["customName"] == "Later"

    def test_order_and_spacing_of_the_body_do_not_matter(self, api: RestClient) -> None:
        first = api.raw(CREATE, '{"requestId":"once","customerProfile":"b2c","customAttributes":{"a":"1","b":"2"}}')
        again = api.raw(
            CREATE, '{ "customAttributes": {"b": "2", "a": "1"}, "customerProfile": "b2c", "requestId": "once" }'
        )
        assert (again.content, again["Idempotent-Replay"]) == (first.content, "true")
        assert Customer.objects.count() == 1

    def test_notice_comes_again(self, api: RestClient, customer: dict[str, Any]) -> None:
        ref = {"externalId": "cust-1"}
        plan = {"state": "SUSPENDED", "stateReason": "fraud", "stateValidFrom": "2099-01-01T00:00:00Z"}
        api.done("/customers/update-state", customer=ref, state=plan)
        answers = [api.post("/customers/confirm-state", requestId="confirm", customer=ref) for _ in range(2)]
        assert [answer["X-Ocs-Io-Notice"] for answer in answers] == ["CASM-STATE-PENDING-CONFIRMED"] * 2
        assert answers[0].content == answers[1].content

    @pytest.mark.parametrize(
        ("path", "notice"),
        [("confirm-state", "CASM-STATE-PENDING-CONFIRMED"), ("cancel-state", "CASM-STATE-PENDING-CANCELLED")],
    )
    def test_repeated_under_another_id_changes_nothing(
        self, api: RestClient, customer: dict[str, Any], path: str, notice: str
    ) -> None:
        ref = {"externalId": "cust-1"}
        plan = {"state": "SUSPENDED", "stateReason": "fraud", "stateValidFrom": "2099-01-01T00:00:00Z", "pending": True}
        api.done("/customers/update-state", customer=ref, state=plan)
        first = api.post(f"/customers/{path}", customer=ref)
        assert (first.status_code, first.has_header("X-Ocs-Io-Notice")) == (200, False)
        row, versions = Customer.objects.values().get(), Customer.history.count()
        again = api.post(f"/customers/{path}", customer=ref)
        assert (again.status_code, again["X-Ocs-Io-Notice"], again["ETag"]) == (200, notice, first["ETag"])
        assert (Customer.objects.values().get(), Customer.history.count()) == (row, versions)


class TestConflict:
    @pytest.mark.parametrize(
        "other",
        [
            {**BODY, "customName": "Other"},
            {**BODY, "transactionId": "t"},
            {**BODY, "customName": None},
            {**BODY, "customAttributes": {"a": "1"}},
            {"requestId": "once", "customerProfile": "b2c"},
        ],
    )
    def test_another_body(self, api: RestClient, other: dict[str, Any]) -> None:
        api.post(CREATE, **BODY)
        before = standing()
        problem(api.post(CREATE, **other), 409, "REQUEST-ID-CONFLICT", "requestId")
        assert standing() == before

    def test_another_operation(self, api: RestClient, customer: dict[str, Any]) -> None:
        ref = {"externalId": "cust-1"}
        body = {"requestId": "once", "customer": ref, "customName": "Other"}
        api.done("/customers/update-custom-name", **body)
        before = standing()
        problem(api.post("/customers/update", **body), 409, "REQUEST-ID-CONFLICT", "requestId")
        assert standing() == before

    def test_another_client_has_ids_of_its_own(self, api: RestClient) -> None:
        user, key = make_client("other", "CRM", system_change("tests"))
        other = RestClient(user.application_id or "", key)
        assert api.post(CREATE, **BODY).status_code == 200
        answer = other.post(CREATE, **{**BODY, "customName": "Other"})
        assert (answer.status_code, answer.has_header("Idempotent-Replay")) == (200, False)
        assert Customer.objects.count() == 2

    def test_longest_id(self, api: RestClient) -> None:
        assert api.post(CREATE, requestId="x" * 255, customerProfile="b2c").status_code == 200
        problem(api.post(CREATE, requestId="x" * 256, customerProfile="b2c"), 400, "REQUEST-VALIDATION", "requestId")


class TestRefused:
    def test_frees_its_id(self, api: RestClient) -> None:
        problem(api.post(CREATE, **{**BODY, "customerSegment": "nope"}), 400, "CONFIG-NOT-FOUND")
        problem(api.post(CREATE, **{**BODY, "customName": 1}), 400, "REQUEST-VALIDATION")
        assert not BusinessTransaction.objects.filter(request_id="once").exists()
        answer = api.post(CREATE, **BODY)
        assert (answer.status_code, answer.has_header("Idempotent-Replay")) == (200, False)

    def test_is_refused_again_for_the_same_reason(self, change: Any) -> None:
        for _ in range(2):
            with pytest.raises(OperationRefused) as caught:
                operations.create_customer(change(request_id="once"), customer_profile="nope")
            assert caught.value.code == "CONFIG-NOT-FOUND"
            assert not isinstance(caught.value, RequestIdConflict)


@pytest.mark.postgres
@pytest.mark.django_db(transaction=True)
def test_sixteen_at_once_are_one(crm: Any) -> None:
    """All but the first wait for it, then tell its answer."""
    user, _ = crm
    outcomes: list[Any] = []
    start = threading.Barrier(16)

    def send() -> None:
        change = Change(actor=user, channel=Channel.REST, request_id="once", body=BODY)
        try:
            start.wait()
            outcomes.append(operations.create_customer(change, customer_profile="b2c"))
        finally:
            connection.close()

    user.has_perm("customers.create_customer")
    threads = [threading.Thread(target=send) for _ in range(16)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(outcomes) == 16
    assert len({outcome.answer for outcome in outcomes}) == 1
    assert sorted(outcome.replayed for outcome in outcomes) == [False] + [True] * 15
    assert Customer.objects.count() == 1
    assert BusinessTransaction.objects.filter(request_id="once").count() == 1
    assert OutboxMessage.objects.filter(transaction__request_id="once").count() == 1
