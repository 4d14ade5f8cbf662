"""History over REST: newest first, what changed from what to what, as it stood at an instant, page by page."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from customers.models import Customer
from tests.client import RestClient, problem

pytestmark = pytest.mark.django_db

REF = {"customer": {"externalId": "cust-1"}}


def history(api: RestClient, **parameters: str) -> Any:
    """Return the body of cust-1's history."""
    answer = api.get("/customers/history", externalId="cust-1", **parameters)
    assert answer.status_code == 200, answer.content
    return answer.json()


def changes(item: dict[str, Any]) -> dict[str, tuple[Any, Any]]:
    """Return a version's changes by field."""
    return {change["field"]: (change["old"], change["new"]) for change in item["changes"]}


class TestVersions:
    def test_newest_first_and_complete(self, api: RestClient, customer: dict[str, Any]) -> None:
        api.done("/customers/update-custom-name", requestId="r2", transactionId="t2", **REF, customName="Jana B.")
        items = history(api)["items"]
        assert [(item["version"], item["operation"]) for item in items] == [
            (2, "UpdateCustomerCustomName"),
            (1, "CreateCustomer"),
        ]
        newest = items[0]
        assert {name: newest[name] for name in newest if name != "at"} == {
            "version": 2,
            "operation": "UpdateCustomerCustomName",
            "channel": "REST",
            "actor": "crm",
            "onBehalfOf": None,
            "reason": None,
            "requestId": "r2",
            "transactionId": "t2",
            "changes": [{"field": "customName", "old": "Jana", "new": "Jana B."}],
        }
        assert datetime.fromisoformat(newest["at"]) >= datetime.fromisoformat(items[1]["at"])
        assert history(api)["nextCursor"] is None

    def test_creation_is_told_from_nothing(self, api: RestClient, customer: dict[str, Any]) -> None:
        told = changes(history(api)["items"][0])
        assert told["customName"] == (None, "Jana")
        assert told["externalId"] == (None, "cust-1")
        assert told["customerSegment"] == (None, "b2c")
        assert told["state"] == (None, "ACTIVE")
        assert told["stateReason"] == (None, "dfltActive")
        assert "refId" not in told

    @pytest.mark.parametrize(
        ("path", "body", "told"),
        [
            ("update-external-id", {"externalId": "cust-1x"}, {"externalId": ("cust-1", "cust-1x")}),
            ("update-segment", {"customerSegment": "vip"}, {"customerSegment": ("b2c", "vip")}),
            (
                "update-custom-attributes",
                {"customAttributes": {"a": "1"}},
                {"customAttributes": (None, {"a": "1"})},
            ),
            ("update-contact", {"contact": {"city": "Brno"}}, {"contact.city": (None, "Brno")}),
            (
                "update-state",
                {"state": {"state": "SUSPENDED", "stateReason": "fraud"}},
                {"state": ("ACTIVE", "SUSPENDED"), "stateReason": ("dfltActive", "fraud")},
            ),
        ],
    )
    def test_each_change_from_what_to_what(
        self, api: RestClient, customer: dict[str, Any], path: str, body: Any, told: Any
    ) -> None:
        api.done(f"/customers/{path}", **REF, **body)
        newest = api.get("/customers/history", refId=customer["refId"]).json()["items"][0]
        found = changes(newest)
        found.pop("stateValidFrom", None)
        assert found == told

    def test_plans_are_told(self, api: RestClient, customer: dict[str, Any]) -> None:
        state = {
            "state": "SUSPENDED",
            "stateReason": "fraud",
            "stateValidFrom": "2099-05-01T00:00:00Z",
            "pending": True,
        }
        api.done("/customers/update-state", **REF, state=state)
        told = changes(history(api)["items"][0])
        assert told["plannedState.state"] == (None, "SUSPENDED")
        assert told["plannedState.pending"] == (None, True)
        api.done("/customers/cancel-state", **REF)
        assert changes(history(api)["items"][0])["plannedState.state"] == ("SUSPENDED", None)

    def test_written_outside_of_the_portal(self, api: RestClient, customer: dict[str, Any]) -> None:
        Customer.objects.update(custom_name="By hand")
        newest = history(api)["items"][0]
        assert newest["actor"].startswith("outside the portal, as ")
        assert (newest["operation"], changes(newest)) == ("", {"customName": ("Jana", "By hand")})

    def test_of_a_deactivated_customer(self, api: RestClient, customer: dict[str, Any]) -> None:
        api.done("/customers/update-state", **REF, state={"state": "DEACTIVATED", "stateReason": "portedOut"})
        assert changes(history(api)["items"][0])["state"] == ("ACTIVE", "DEACTIVATED")


class TestPaging:
    @pytest.fixture
    def seven(self, api: RestClient, customer: dict[str, Any]) -> None:
        """Seven versions."""
        for number in range(2, 8):
            api.done("/customers/update-custom-name", **REF, customName=f"Name {number}")

    @pytest.mark.parametrize("limit", [1, 2, 3, 6, 7, 8])
    def test_each_version_once(self, api: RestClient, seven: None, limit: int) -> None:
        items: list[Any] = []
        cursor: dict[str, str] = {}
        for _ in range(20):
            body = history(api, limit=str(limit), **cursor)
            assert len(body["items"]) <= limit
            items += body["items"]
            if body["nextCursor"] is None:
                break
            cursor = {"cursor": body["nextCursor"]}
            if len(items) == limit:  # another version meanwhile disturbs nothing
                api.done("/customers/update-custom-name", **REF, customName="Meanwhile")
        assert [item["version"] for item in items] == [7, 6, 5, 4, 3, 2, 1]
        assert [changes(item)["customName"] for item in items] == [
            *((f"Name {number - 1}" if number > 2 else "Jana", f"Name {number}") for number in range(7, 1, -1)),
            (None, "Jana"),
        ]

    @pytest.mark.parametrize("cursor", ["0", "-1", "x", "1.5", "²", "1" * 12, "0" * 11 + "19" * 9, "9" * 1900, " 1"])
    def test_bad_cursor(self, api: RestClient, customer: dict[str, Any], cursor: str) -> None:
        answer = api.get("/customers/history", externalId="cust-1", cursor=cursor)
        problem(answer, 400, "REQUEST-VALIDATION", "cursor")

    @pytest.mark.parametrize("limit", ["0", "501", "x"])
    def test_bad_limit(self, api: RestClient, customer: dict[str, Any], limit: str) -> None:
        problem(api.get("/customers/history", externalId="cust-1", limit=limit), 400, "REQUEST-VALIDATION", "limit")


class TestAsOf:
    @pytest.fixture
    def moments(self, api: RestClient, customer: dict[str, Any]) -> list[datetime]:
        """The instants of three versions: Jana, Second, Third."""
        for name in ("Second", "Third"):
            api.done("/customers/update-custom-name", **REF, customName=name)
            # So that no two versions fall into the same millisecond.
            wait_for_next_millisecond()
        return list(Customer.history.order_by("history_id").values_list("history_date", flat=True))

    def stood(self, api: RestClient, moment: datetime) -> str:
        return str(history(api, asOf=moment.isoformat())["customName"])

    def test_at_between_and_after(self, api: RestClient, moments: list[datetime]) -> None:
        step = timedelta(milliseconds=1)
        names = ["Jana", "Second", "Third"]
        for moment, following, name in zip(moments, [*moments[1:], None], names, strict=True):
            assert self.stood(api, moment) == (name if following is None or following > moment else names[-1])
            if following is not None and following - step >= moment:
                assert self.stood(api, following - step) == name
        assert self.stood(api, moments[-1] + timedelta(days=400)) == "Third"

    def test_before_there_was_anything(self, api: RestClient, moments: list[datetime]) -> None:
        early = (moments[0] - timedelta(milliseconds=1)).isoformat()
        answer = api.get("/customers/history", externalId="cust-1", asOf=early)
        problem(answer, 404, "ENTITY-NOT-FOUND", "asOf")

    def test_is_the_whole_entity(self, api: RestClient, moments: list[datetime]) -> None:
        now = datetime.now(UTC).isoformat().replace("+00:00", "Z")
        assert history(api, asOf=now) == api.get("/customers/read", externalId="cust-1").json()

    def test_offset_is_heeded(self, api: RestClient, moments: list[datetime]) -> None:
        east = moments[0].astimezone(datetime.fromisoformat("2026-01-01T00:00:00+14:00").tzinfo)
        assert self.stood(api, east) == self.stood(api, moments[0])

    @pytest.mark.parametrize("moment", ["yesterday", "2026-01-01", "2026-01-01T00:00:00", ""])
    def test_malformed(self, api: RestClient, customer: dict[str, Any], moment: str) -> None:
        answer = api.get("/customers/history", externalId="cust-1", asOf=moment)
        problem(answer, 400, "REQUEST-VALIDATION", "asOf")


def wait_for_next_millisecond() -> None:
    """Let a millisecond pass."""
    start = datetime.now(UTC)
    while datetime.now(UTC) - start < timedelta(milliseconds=2):
        pass
