"""`changedSince` misses nothing: the answer says from when to ask next time, held back by whatever is still open."""

import threading
import time
from datetime import UTC, datetime
from typing import Any

import pytest
from django.db import connection, transaction
from django.test.utils import CaptureQueriesContext

from customers.models import Customer
from tests.client import RestClient, problem
from tests.transactions.test_journal import thread

LONG_AGO = "1970-01-01T00:00:00Z"


def changed(api: RestClient, since: str, collection: str = "customers", **parameters: str) -> dict[str, Any]:
    """Return a page of what was changed since an instant."""
    answer = api.get(f"/{collection}", changedSince=since, **parameters)
    assert answer.status_code == 200, answer.content
    found: dict[str, Any] = answer.json()
    return found


def named(page: dict[str, Any]) -> set[str]:
    return {item["externalId"] for item in page["items"]}


@pytest.mark.django_db
class TestMark:
    def test_stands_with_changed_since_only(self, api: RestClient) -> None:
        assert set(changed(api, LONG_AGO)) == {"items", "nextCursor", "changesUntil"}
        assert set(api.get("/customers").json()) == {"items", "nextCursor"}
        problem(api.get("/customers", changedSince="yesterday"), 400, "REQUEST-VALIDATION", "changedSince")

    @pytest.mark.parametrize("collection", ["customers", "accounts", "subscribers", "subscriptions", "balances"])
    def test_every_list_has_it(self, api: RestClient, collection: str) -> None:
        assert datetime.fromisoformat(changed(api, LONG_AGO, collection)["changesUntil"]) <= datetime.now(UTC)

    def test_from_mark_to_mark_everything_turns_up(self, api: RestClient) -> None:
        mark, found = LONG_AGO, set()
        for number in range(5):
            api.done("/customers/create", externalId=f"c-{number}", customerProfile="b2c")
            page = changed(api, mark)
            found |= named(page)
            assert page["changesUntil"] >= mark
            mark = page["changesUntil"]
        assert found == {f"c-{number}" for number in range(5)}

    def test_costs_one_statement(self, api: RestClient) -> None:
        api.done("/customers/create", externalId="c", customerProfile="b2c")
        counts = []
        for parameters in ({"ordering": "changedAt"}, {"ordering": "changedAt", "changedSince": LONG_AGO}):
            api.get("/customers", **parameters)
            with CaptureQueriesContext(connection) as captured:
                assert api.get("/customers", **parameters).status_code == 200
            counts.append(len(captured))
        assert counts[1] - counts[0] == 1

    def test_a_change_is_dated_after_what_it_waited_for(self, api: RestClient) -> None:
        made = api.done("/customers/create", externalId="c", customerProfile="b2c")
        done = api.done("/customers/update-custom-name", customer={"externalId": "c"}, customName="C")
        assert made["createdAt"] == made["changedAt"] < done["changedAt"]
        assert done == {**api.get("/customers/read", externalId="c").json()}


@pytest.mark.django_db(transaction=True)
@pytest.mark.postgres
class TestHeldBack:
    def test_by_a_change_that_is_still_open(self, api: RestClient, change: Any) -> None:
        """A write waits for a lock while others write on; it is found from the mark that was told meanwhile."""
        for name in ("slow", "quick"):
            api.done("/customers/create", externalId=name, customerProfile="b2c")
        ordered = threading.Event()

        def rename() -> None:
            ordered.set()
            api.done("/customers/update-custom-name", customer={"externalId": "slow"}, customName="Slow")

        with transaction.atomic():
            Customer.objects.select_for_update().get(external_id="slow")
            waiting = threading.Thread(target=lambda: (rename(), connection.close()))
            waiting.start()
            ordered.wait()
            time.sleep(0.5)
            pages: list[dict[str, Any]] = []

            def quick() -> None:
                time.sleep(0.2)
                api.done("/customers/update-custom-name", customer={"externalId": "quick"}, customName="Quick")
                pages.append(changed(api, LONG_AGO))
                pages.append(changed(api, pages[0]["changesUntil"]))

            with thread(quick):
                pass
        waiting.join(timeout=30)
        first, second = pages
        slow = api.get("/customers/read", externalId="slow").json()
        assert slow["customName"] == "Slow"
        # It committed after both, and is dated after the mark that both told.
        assert first["changesUntil"] <= slow["changedAt"]
        assert first["changesUntil"] == second["changesUntil"]
        assert "slow" in named(changed(api, second["changesUntil"]))
        # What is over holds nothing back.
        assert changed(api, LONG_AGO)["changesUntil"] > slow["changedAt"]

    def test_not_by_who_only_reads(self, api: RestClient) -> None:
        made = api.done("/customers/create", externalId="c", customerProfile="b2c")
        with transaction.atomic():
            assert Customer.objects.count() == 1
            pages: list[dict[str, Any]] = []
            with thread(lambda: pages.append(changed(api, LONG_AGO))):
                pass
        assert pages[0]["changesUntil"] > made["changedAt"]

    def test_writers_and_a_poller_that_goes_from_mark_to_mark(self, api: RestClient, change: Any) -> None:
        from customers import operations

        number, writers = 30, 3
        found: set[str] = set()
        stop = threading.Event()

        def write(writer: int) -> None:
            for place in range(number):
                operations.create_customer(change(), external_id=f"w{writer}-{place}", customer_profile="b2c")

        def poll() -> None:
            mark, more = LONG_AGO, True
            while more:
                more = not stop.is_set()
                page = changed(api, mark, limit="500", ordering="changedAt")
                assert page["nextCursor"] is None
                found.update(named(page))
                mark = page["changesUntil"]

        with thread(poll):
            with thread(lambda: write(0)), thread(lambda: write(1)), thread(lambda: write(2)):
                pass
            stop.set()
        assert found == {f"w{writer}-{place}" for writer in range(writers) for place in range(number)}
