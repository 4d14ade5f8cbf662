"""Requests that arrive at once, on real connections: each ends as it would have one after the other."""

import itertools
import json
import threading
from collections.abc import Callable, Iterator
from datetime import timedelta
from typing import Any

import pytest
from django.core.management import call_command
from django.db import connection
from django.http import HttpResponse

from customers import operations
from customers.models import Customer
from ocsportal.entities.identity import Ref
from ocsportal.entities.life.due import bring_due_into_force
from ocsportal.entities.states import NewState, may_follow
from ocsportal.transactions.change import present
from ocsportal.transactions.models import BusinessTransaction, OutboxMessage
from tests.client import RestClient

pytestmark = [pytest.mark.postgres, pytest.mark.django_db(transaction=True)]


@pytest.fixture(autouse=True)
def _audited(transactional_db: None) -> Iterator[None]:
    """Have the audit trail proved after each test."""
    yield
    call_command("verify_audit")


def at_once(*jobs: Callable[[], Any]) -> list[Any]:
    """Run jobs in threads that start together, each with a connection of its own; return what each returned."""
    gate = threading.Barrier(len(jobs))
    results: list[Any] = [None] * len(jobs)

    def run(place: int, job: Callable[[], Any]) -> None:
        try:
            connection.ensure_connection()
            gate.wait(timeout=10)
            results[place] = job()
        except Exception as error:
            results[place] = error
        finally:
            connection.close()

    threads = [threading.Thread(target=run, args=entry) for entry in enumerate(jobs)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(timeout=30)
    assert not [result for result in results if isinstance(result, Exception)], results
    return results


@pytest.fixture
def post(api: RestClient) -> Callable[..., Callable[[], HttpResponse]]:
    """Make a job that posts a body, each with a client of its own."""

    def make(path: str, headers: dict[str, str] | None = None, **body: Any) -> Callable[[], HttpResponse]:
        mine = RestClient(api.headers["X-Ocs-Io-Application-Id"], api.headers["X-Ocs-Io-API-Key"])
        return lambda: mine.post(path, headers, **body)

    return make


def statuses(answers: list[HttpResponse]) -> list[int]:
    return sorted(answer.status_code for answer in answers)


def recorded() -> int:
    """Return the number of Business Transactions that REST made; each has its place in the outbox."""
    entries = BusinessTransaction.objects.filter(channel="REST")
    assert OutboxMessage.objects.filter(transaction__in=entries).count() == entries.count()
    return entries.count()


def test_one_request_eight_times(post: Any) -> None:
    body = {"requestId": "once", "externalId": "one", "customerProfile": "b2b", "customAttributes": {"a": "b"}}
    answers = at_once(*[post("/customers/create", **body) for _ in range(8)])
    assert statuses(answers) == [200] * 8
    assert len({answer.content for answer in answers}) == 1
    assert len({answer["ETag"] for answer in answers}) == 1
    assert sum(answer.has_header("Idempotent-Replay") for answer in answers) == 7
    assert (Customer.objects.count(), Customer.history.count(), recorded()) == (1, 1, 1)


def test_one_request_id_for_eight_bodies(post: Any) -> None:
    bodies = [{"requestId": "once", "externalId": f"c{number}", "customerProfile": "b2b"} for number in range(8)]
    answers = at_once(*[post("/customers/create", **body) for body in bodies])
    assert statuses(answers) == [200] + [409] * 7
    assert {json.loads(a.content)["code"] for a in answers if a.status_code == 409} == {"REQUEST-ID-CONFLICT"}
    done = next(answer for answer in answers if answer.status_code == 200)
    assert json.loads(done.content)[0]["object"]["externalId"] == Customer.objects.get().external_id
    assert (Customer.history.count(), recorded()) == (1, 1)


def test_one_external_id_sixteen_times(post: Any) -> None:
    answers = at_once(
        *[
            post("/customers/create", externalId="one", customerProfile="b2b", requestId=f"r{number}")
            for number in range(16)
        ]
    )
    assert statuses(answers) == [200] + [400] * 15
    refused = [json.loads(answer.content) for answer in answers if answer.status_code == 400]
    assert {(body["code"], body["parameter"]) for body in refused} == {("EXTERNAL-ID-NOT-UNIQUE", "externalId")}
    assert (Customer.objects.count(), Customer.history.count(), recorded()) == (1, 1, 1)


def test_one_external_id_for_eight_customers_that_stand(api: RestClient, post: Any) -> None:
    refs = [api.done("/customers/create", customerProfile="b2b")["refId"] for _ in range(8)]
    answers = at_once(
        *[
            post("/customers/update-external-id", customer={"refId": ref}, externalId="one", requestId=ref)
            for ref in refs
        ]
    )
    assert statuses(answers) == [200] + [400] * 7
    assert (Customer.objects.filter(external_id="one").count(), Customer.history.count(), recorded()) == (1, 9, 9)


def test_states_of_one_customer(api: RestClient, post: Any) -> None:
    ref = {"refId": api.done("/customers/create", customerProfile="b2b")["refId"]}
    wanted = [
        ("SUSPENDED", "fraud"),
        ("ACTIVE", "dfltActive"),
        ("SUSPENDED", "nonPayment"),
        ("ACTIVE", "customerRequest"),
    ] * 2
    answers = at_once(
        *[
            post(
                "/customers/update-state",
                customer=ref,
                state={"state": state, "stateReason": reason},
                requestId=f"s{place}",
            )
            for place, (state, reason) in enumerate(wanted)
        ]
    )
    assert set(statuses(answers)) <= {200, 400}
    done = statuses(answers).count(200)
    assert done >= 1
    steps = list(
        Customer.history.order_by("history_id").values_list(
            "version", "state", "state_reason__code", "state_valid_from"
        )
    )
    assert [version for version, *_ in steps] == list(range(1, done + 2))
    for (_, before, why, since), (_, after, because, start) in itertools.pairwise(steps):
        assert may_follow(before, after)
        assert (before, why) != (after, because)
        assert since <= start
    assert recorded() == done + 1


def test_deactivated_by_one_and_changed_by_others(api: RestClient, post: Any) -> None:
    ref = {"refId": api.done("/customers/create", customerProfile="b2b")["refId"]}
    final = {"state": "DEACTIVATED", "stateReason": "dfltDeactivated"}
    answers = at_once(
        post("/customers/update-state", customer=ref, state=final, requestId="final"),
        *[post("/customers/update-custom-name", customer=ref, customName=f"n{n}", requestId=f"n{n}") for n in range(5)],
    )
    done = statuses(answers).count(200)
    assert answers[0].status_code == 200
    refused = [json.loads(answer.content)["code"] for answer in answers if answer.status_code != 200]
    assert set(refused) <= {"CASM-STATE-DEACTIVATED"}
    # Nothing came after the final state.
    assert Customer.history.latest("history_id").state == "DEACTIVATED"
    assert Customer.history.filter(state="DEACTIVATED").count() == 1
    assert Customer.history.count() == done + 1


def test_no_merge_is_lost(api: RestClient, post: Any) -> None:
    ref = {"refId": api.done("/customers/create", customerProfile="b2b")["refId"]}
    answers = at_once(
        *[
            post(
                "/customers/update-custom-attributes",
                customer=ref,
                customAttributes={f"k{n}": "x"},
                merge=True,
                requestId=f"m{n}",
            )
            for n in range(8)
        ]
    )
    assert statuses(answers) == [200] * 8
    assert sorted(Customer.objects.get().custom_attributes) == [f"k{number}" for number in range(8)]
    assert Customer.objects.get().version == 9


def test_two_agents_with_one_etag(api: RestClient, post: Any) -> None:
    ref = {"refId": api.done("/customers/create", customerProfile="b2b")["refId"]}
    tag = {"If-Match": api.get("/customers/read", **ref)["ETag"]}
    answers = at_once(
        post("/customers/update-custom-name", tag, customer=ref, customName="one", requestId="a"),
        post("/customers/update-segment", tag, customer=ref, customerSegment="vip", requestId="b"),
    )
    assert statuses(answers) == [200, 412]
    assert Customer.objects.get().version == 2
    assert recorded() == 2


def test_due_plan_is_settled_once(post: Any, change: Any) -> None:
    """By workers, and by writers on whose way it is."""
    early = change(at=present() - timedelta(hours=2), request_id="early")
    operations.create_customer(early, external_id="one", customer_profile="b2b")
    start = early.at + timedelta(hours=1)
    plan = NewState(state="SUSPENDED", state_reason="fraud", state_valid_from=start)
    planning = change(at=early.at, request_id="planning")
    operations.update_customer_state(planning, customer=Ref(external_id="one"), state=plan)
    now = present()
    results = at_once(
        lambda: bring_due_into_force(now),
        lambda: bring_due_into_force(now),
        *[
            post("/customers/update-custom-name", customer={"externalId": "one"}, customName=f"n{n}", requestId=f"n{n}")
            for n in range(4)
        ],
    )
    assert statuses(results[2:]) == [200] * 4
    assert BusinessTransaction.objects.filter(channel="SCHEDULE").count() == 1
    customer = Customer.objects.get()
    assert (customer.state, customer.state_valid_from, customer.plan_status) == ("SUSPENDED", start, "")
    assert customer.version == Customer.history.count() == 1 + 1 + 1 + 4
    # Whoever came first, no name was changed before the plan was settled.
    states = list(Customer.history.order_by("history_id").values_list("state", flat=True))
    assert states == ["ACTIVE"] * 2 + ["SUSPENDED"] * 5
