"""Keyset pages: each row exactly once in every order while others come in, whatever the ties; bad cursors are refused."""

import base64
import json
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from customers import operations
from customers.models import Customer
from tests.client import RestClient, problem

pytestmark = pytest.mark.django_db

ORDERINGS = ["created", "-created", "changedAt", "-changedAt", "customName", "-customName"]
KEYS = {"created": "pk", "changedAt": "changed_at", "customName": "custom_name"}
# Ties, nothing, case, marks, and what a pattern would take for something else.
NAMES = ["Meier", "Meier", "", "meier", "Ärzte", "", "Zebra", "100%", "Meier", "a_b", "Žižka", "Émile", "\U0001f600"]


@pytest.fixture
def many(change: Any) -> Callable[[int], None]:
    """A maker of customers, all at the same instants, so that every order has ties."""

    def make(count: int) -> None:
        moments = change(), change()
        for number in range(count):
            name = NAMES[number % len(NAMES)]
            made = change(at=moments[number % 2].at)
            operations.create_customer(made, customer_profile="b2c", custom_name=name or None)

    return make


def pages(api: RestClient, **parameters: str) -> Iterator[list[dict[str, Any]]]:
    """Yield each page's items until there is no further one."""
    cursor: str | None = None
    for _ in range(100):
        body = api.get("/customers", **parameters, **({"cursor": cursor} if cursor else {})).json()
        yield body["items"]
        cursor = body["nextCursor"]
        if cursor is None:
            return
    raise AssertionError("The pages have no end.")


@pytest.mark.parametrize("ordering", ORDERINGS)
@pytest.mark.parametrize("limit", [1, 4, 7])
def test_walk_meets_each_row_once_while_others_come(
    api: RestClient, many: Callable[[int], None], ordering: str, limit: int
) -> None:
    many(27)
    standing = set(Customer.objects.values_list("ref_id", flat=True))
    met: list[str] = []
    for number, items in enumerate(pages(api, ordering=ordering, limit=str(limit))):
        assert len(items) <= limit
        met += [item["refId"] for item in items]
        if number < 3:
            many(2)
    assert len(met) == len(set(met))
    assert standing <= set(met)
    rows = {row.ref_id: row for row in Customer.objects.all()}
    key = KEYS[ordering.removeprefix("-")]
    direction = "-" if ordering.startswith("-") else ""
    names = [direction + key] if key == "pk" else [direction + key, f"{direction}pk"]
    expected = list(Customer.objects.filter(ref_id__in=met).order_by(*names).values_list("ref_id", flat=True))
    assert met == expected
    assert set(met) <= set(rows)


def test_filtered_walk(api: RestClient, many: Callable[[int], None]) -> None:
    many(26)
    met = [item for items in pages(api, customNameContains="meier", ordering="customName", limit="3") for item in items]
    assert len(met) == 8
    assert {item["customName"].lower() for item in met} == {"meier"}


class TestLimit:
    def test_default_is_fifty(self, api: RestClient, many: Callable[[int], None]) -> None:
        many(52)
        assert [len(items) for items in pages(api)] == [50, 2]

    def test_last_page_that_is_full_has_no_next(self, api: RestClient, many: Callable[[int], None]) -> None:
        many(6)
        assert [len(items) for items in pages(api, limit="3")] == [3, 3]
        assert [len(items) for items in pages(api, limit="6")] == [6]

    @pytest.mark.parametrize("limit", ["1", "500"])
    def test_bounds_are_allowed(self, api: RestClient, limit: str) -> None:
        assert api.get("/customers", limit=limit).json() == {"items": [], "nextCursor": None}


def packed(value: Any) -> str:
    """Return a value packed as a cursor is."""
    return base64.urlsafe_b64encode(json.dumps(value).encode()).decode().rstrip("=")


BAD = [
    "nonsense",
    "!!!!",
    "%00",
    "é",
    packed(None),
    packed([]),
    packed({"pk": 1}),
    packed(["pk", 1]),
    packed(["pk", 1, 1]),
    packed(["pk", 1, "1"]),
    packed(["pk", 1, 0]),
    packed(["pk", 1, 2**63]),
    packed(["pk", 1, True]),
    packed(["pk", 1, 1.5]),
    packed(["-pk", 1, 1]),
    packed(["custom_name", "x", 1]),
    packed(["pk", 1, 1]) + "\x00",
    "[" * 1900,
    base64.urlsafe_b64encode(b"[" * 1400).decode(),
]
BAD_NAMES = [None, 1, ["x"], {"x": 1}, True, "a\x00b", "\ud800"]
BAD_INSTANTS = [
    None, 1, "", "yesterday", "2020-01-01", "2020-01-01T00:00:00", "2020-13-01T00:00:00+00:00",
    "0001-01-01T00:00:00+14:00", "9999-12-31T23:59:59-14:00",
]  # fmt: skip


class TestCursor:
    @pytest.mark.parametrize(
        "other", [{"state": "SUSPENDED"}, {}, {"state": "ACTIVE", "test": "false"}, {"-state": "ACTIVE"}]
    )
    def test_goes_with_its_filters(self, api: RestClient, many: Callable[[int], None], other: dict[str, str]) -> None:
        many(3)
        cursor = api.get("/customers", state="ACTIVE", limit="1").json()["nextCursor"]
        assert api.get("/customers", state="ACTIVE", cursor=cursor).status_code == 200
        problem(api.get("/customers", cursor=cursor, **other), 400, "REQUEST-VALIDATION", "cursor")

    def test_goes_with_its_list(self, api: RestClient, many: Callable[[int], None]) -> None:
        many(2)
        cursor = api.get("/customers", limit="1").json()["nextCursor"]
        problem(api.get("/accounts", cursor=cursor), 400, "REQUEST-VALIDATION", "cursor")

    @pytest.mark.parametrize("cursor", BAD, ids=range(len(BAD)))
    def test_nonsense(self, api: RestClient, cursor: str) -> None:
        problem(api.get("/customers", cursor=cursor), 400, "REQUEST-VALIDATION", "cursor")

    @pytest.mark.parametrize("value", BAD_NAMES, ids=range(len(BAD_NAMES)))
    def test_name_that_can_be_none(self, api: RestClient, value: Any) -> None:
        cursor = packed(["custom_name", value, 1])
        problem(api.get("/customers", ordering="customName", cursor=cursor), 400, "REQUEST-VALIDATION", "cursor")

    @pytest.mark.parametrize("value", BAD_INSTANTS, ids=range(len(BAD_INSTANTS)))
    def test_instant_that_can_be_none(self, api: RestClient, value: Any) -> None:
        cursor = packed(["changed_at", value, 1])
        problem(api.get("/customers", ordering="changedAt", cursor=cursor), 400, "REQUEST-VALIDATION", "cursor")

    def test_of_another_order(self, api: RestClient, many: Callable[[int], None]) -> None:
        many(3)
        cursor = api.get("/customers", limit="1", ordering="customName").json()["nextCursor"]
        for ordering in set(ORDERINGS) - {"customName"}:
            problem(api.get("/customers", cursor=cursor, ordering=ordering), 400, "REQUEST-VALIDATION", "cursor")
        assert api.get("/customers", cursor=cursor, ordering="customName").status_code == 200

    def test_outlives_the_row_it_was_made_at(self, api: RestClient, many: Callable[[int], None]) -> None:
        many(4)
        body = api.get("/customers", limit="2", ordering="customName").json()
        api.done("/customers/update-custom-name", customer={"refId": body["items"][1]["refId"]}, customName="ZZZ")
        rest = api.get("/customers", ordering="customName", cursor=body["nextCursor"]).json()["items"]
        assert body["items"][0]["refId"] not in [item["refId"] for item in rest]
