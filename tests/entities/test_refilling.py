"""Search texts that a change of rules made stale are written anew: recorded, in batches, going on where a run was stopped."""

import json
from io import StringIO
from typing import Any

import pytest
from django.core.management import CommandError, call_command

from customers.models import Customer
from customers.operations import create_customer
from ocsportal.entities import refilling
from ocsportal.entities.models import entity_models
from ocsportal.transactions.models import BusinessTransaction
from tests.client import RestClient
from tests.world import world

pytestmark = pytest.mark.django_db(transaction=True)
OFTEN = 3


@pytest.fixture
def seven(change: Any, monkeypatch: pytest.MonkeyPatch) -> list[str | None]:
    """Make seven customers, and let a batch be three rows; return their texts."""
    monkeypatch.setattr(refilling, "BATCH", OFTEN)
    for number in range(7):
        create_customer(change(), external_id=f"c-{number}", customer_profile="b2b", custom_name=f"Łuczak {number}")
    return texts()


def texts() -> list[str | None]:
    return list(Customer.objects.order_by("pk").values_list("search_text", flat=True))


def run(*options: str) -> str:
    said = StringIO()
    call_command("fill_search_texts", *options, stdout=said)
    return said.getvalue()


def told() -> list[dict[str, Any]]:
    """Return what the Business Transactions of the runs say, the first one first."""
    rows = BusinessTransaction.objects.defer(None).filter(operation="FillSearchTexts").order_by("pk")
    return [item["object"] for row in rows for item in json.loads(row.answer or "")]


def test_nothing_is_written_or_recorded_where_all_are_as_they_should_be(seven: list[str | None]) -> None:
    assert run() == "All search texts are as they should be.\n"
    assert told() == []


def test_what_differs_is_written_in_batches_each_of_which_says_how_far_it_is(seven: list[str | None]) -> None:
    keys = list(Customer.objects.order_by("pk").values_list("pk", flat=True))
    Customer.objects.filter(pk__in=[keys[0], keys[1], keys[6]]).update(search_text="stale")
    versions = list(Customer.objects.order_by("pk").values_list("version", flat=True))
    history = Customer.history.count()
    assert run() == "3 search texts written.\n"
    assert texts() == seven
    assert list(Customer.objects.order_by("pk").values_list("version", flat=True)) == versions
    assert Customer.history.count() == history
    rules = refilling.rules()
    assert told() == [
        {"level": "customer", "behind": 0, "until": keys[2], "complete": False, "rules": rules, "written": 2, "writtenInAll": 2},
        {"level": "customer", "behind": keys[5], "until": keys[6], "complete": False, "rules": rules, "written": 1,
         "writtenInAll": 3},
        {"complete": True, "writtenInAll": 3, "rules": rules},
    ]  # fmt: skip
    rows = BusinessTransaction.objects.filter(operation="FillSearchTexts")
    assert {(row.actor_name, row.channel) for row in rows} == {("fill_search_texts", "IMPORT")}
    assert len({row.transaction_id for row in rows}) == 1


class TestStopped:
    @pytest.fixture(autouse=True)
    def stopped(self, seven: list[str | None], monkeypatch: pytest.MonkeyPatch) -> None:
        """Stop a run by its second batch."""
        Customer.objects.update(search_text="stale")
        batches = iter(range(10))

        def interrupt(progress: refilling.Progress) -> None:
            if next(batches) == 1:
                raise KeyboardInterrupt

        with pytest.raises(KeyboardInterrupt):
            refilling.refill(tell=interrupt)
        assert [text == "stale" for text in texts()] == [False] * 6 + [True]

    def test_it_goes_on_where_it_was_stopped(self, seven: list[str | None]) -> None:
        place = list(Customer.objects.order_by("pk").values_list("pk", flat=True))[5]
        # What lies behind is not looked at again.
        Customer.objects.filter(external_id="c-0").update(search_text="left alone")
        assert run() == (f"Goes on where a run was stopped: customer {place}, 6 written.\n1 search texts written.\n")
        assert texts() == ["left alone", *seven[1:]]
        assert told()[-1] == {"complete": True, "writtenInAll": 7, "rules": refilling.rules()}
        assert len({row.transaction_id for row in BusinessTransaction.objects.filter(operation="FillSearchTexts")}) == 1
        assert run() == "1 search texts written.\n"
        assert texts() == seven

    def test_or_begins_anew_when_told_to(self, seven: list[str | None]) -> None:
        Customer.objects.filter(external_id="c-0").update(search_text="stale")
        assert run("--anew") == "2 search texts written.\n"
        assert texts() == seven

    def test_or_when_the_rules_are_others_by_now(
        self, seven: list[str | None], monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(refilling, "rules", lambda: "others")
        Customer.objects.filter(external_id="c-0").update(search_text="stale")
        assert run() == "2 search texts written.\n"
        assert texts() == seven


def test_what_others_wrote_meanwhile_stays(seven: list[str | None], monkeypatch: pytest.MonkeyPatch) -> None:
    """Between reading a batch and holding it, somebody gave a row another name, and with it its text."""
    Customer.objects.update(search_text="stale")
    held = refilling.rows_held

    def late(*given: Any) -> Any:
        Customer.objects.filter(external_id="c-1").update(custom_name="Nowak", search_text=" nowak !")
        return held(*given)

    monkeypatch.setattr(refilling, "rows_held", late)
    assert run() == "6 search texts written.\n"
    assert texts() == [seven[0], " nowak !", *seven[2:]]


def test_check_counts_and_writes_nothing(seven: list[str | None], change: Any) -> None:
    assert run("--check") == "".join(
        f"{level}: 0 differ\n" for level in ("customer", "account", "subscriber", "subscription")
    )
    Customer.objects.filter(external_id="c-1").update(search_text=None)
    said = StringIO()
    with pytest.raises(CommandError, match="fill_search_texts"):
        call_command("fill_search_texts", "--check", stdout=said)
    assert said.getvalue().startswith("customer: 1 differ\naccount: 0 differ\n")
    assert told() == []


def test_every_level_is_filled(api: RestClient) -> None:
    for path, body in world():
        api.done(path, **body)
    for collection in ("customers", "accounts", "subscribers", "subscriptions"):
        ref_id = json.loads(api.get(f"/{collection}").content)["items"][0]["refId"]
        api.done(f"/{collection}/update-custom-name", **{collection[:-1]: {"refId": ref_id}}, customName="Łuczak")
    before = {
        model: list(model._default_manager.order_by("pk").values_list("search_text", flat=True))
        for model in entity_models()
    }
    assert all(any(found) for found in before.values())
    for model in entity_models():
        model._default_manager.update(search_text=None)
    run()
    for model, found in before.items():
        assert list(model._default_manager.order_by("pk").values_list("search_text", flat=True)) == found
