"""What is exported and imported into an empty portal stands there as it stood."""

import csv
from pathlib import Path
from typing import Any

import pytest
from django.core.management.base import CommandError

from customers.models import Customer, CustomerProfile, CustomerSegment
from ocsportal.care import demo
from tests import ground
from tests.client import RestClient
from tests.exchange.files import counts, proven, run, state_of_all

pytestmark = pytest.mark.django_db(transaction=True)


def test_demo(tmp_path: Path, run_command: Any) -> None:
    people = demo.load_people()
    demo.load_customers(people, 40, 7, lambda made: None)
    demo.load_subscriptions(people, 7, lambda made: None)
    before, stood = state_of_all(), counts()
    assert stood[0] == 40
    run_command("export_customers", str(tmp_path / "all.csv"))
    ground.put_back()
    assert counts() == [0] * 6
    outcome = run(tmp_path / "all.csv")
    assert (outcome.code, outcome.error) == (0, ""), outcome.printed
    assert counts() == stood
    after = state_of_all()
    for name, rows in before.items():
        assert after[name] == rows
    proven()


# Texts that a spreadsheet would run, ruin or drop, and what a file could lose.
HOSTILE = (
    "=1+1",
    "+49",
    "-5",
    "@SUM(A1)",
    "'quoted",
    "''",
    "4.47E+11",
    "44477,0",
    "#REF!",
    'say "so"',
    "a;b,c",
    "line\nline",
    "",
)


def test_what_a_spreadsheet_would_ruin(tmp_path: Path, api: RestClient, run_command: Any) -> None:
    """Nothing has an external ID but one customer; there are segments that the profile does not give, and former resources."""
    segment = CustomerSegment.objects.get(code="b2c")
    CustomerProfile.objects.filter(code="b2c").update(segment=segment)
    for number, text in enumerate(HOSTILE):
        attributes = {"k": text, "=cmd": "x"}
        name = {"customName": text} if text and "\n" not in text else {}
        customer = api.done("/customers/create", customerProfile="b2c", customAttributes=attributes, **name)
        owner = {"refId": customer["refId"]}
        account = api.done("/accounts/create", customer=owner, accountProfile="postpaid")
        below = {"parent": {"refId": account["refId"]}, "accountProfile": "department"}
        api.done("/accounts/create", customer=owner, **below)
        subscriber = api.done(
            "/subscribers/create", account={"refId": account["refId"]}, subscriberProfile="mobile",
            primaryResourceType="MSISDN", primaryResource=f"4917055500{number:02}",
        )  # fmt: skip
        named = {"subscriber": {"refId": subscriber["refId"]}, "resourceType": "MSISDN"}
        swapped = {"swapResource": f"4917055500{number:02}", "resource": f"4917055511{number:02}"}
        api.done("/subscribers/resources/swap", **named, **swapped)
        state = {"state": "ACTIVE", "stateReason": "dfltActive"}
        parent = api.done("/customers/create-subscription", customer=owner, offer="dataBundle10", state=state)
        api.done(
            "/subscribers/create-subscription", subscriber=named["subscriber"], offer="dataBundle10", state=state,
            parentOfferSubscription={"refId": parent["refId"]},
        )  # fmt: skip
        fee = {"offer": "indOneTimeFee", "charge": "12.50", "taxIncluded": True}
        api.done("/individual-offers/create-one-time-fee", account={"refId": account["refId"]}, **fee, state=state)
    Customer.objects.filter(pk__lte=Customer.objects.order_by("pk")[3].pk).update(segment=None)
    before, stood = state_of_all(), counts()
    assert stood == [13, 26, 13, 26, 39, 52]
    run_command("export_customers", str(tmp_path / "all.csv"))
    with (tmp_path / "all.csv").open(encoding="utf-8", newline="") as file:
        cells = {cell for row in list(csv.reader(file))[1:] for cell in row}
    assert [cell for cell in cells if cell.startswith(("=", "+", "-", "@"))] == []
    ground.put_back()
    CustomerProfile.objects.filter(code="b2c").update(segment=CustomerSegment.objects.get(code="b2c"))
    outcome = run(tmp_path / "all.csv")
    assert (outcome.code, outcome.error) == (0, ""), outcome.printed
    assert counts() == stood
    after = state_of_all()
    for name, rows in before.items():
        assert after[name] == rows


def test_an_export_that_fails_leaves_what_stood(tmp_path: Path, run_command: Any) -> None:
    (tmp_path / "all.csv").write_text("kept", encoding="utf-8")
    (tmp_path / "all.csv.part").mkdir()
    with pytest.raises(CommandError, match="can't be written"):
        run_command("export_customers", str(tmp_path / "all.csv"))
    assert (tmp_path / "all.csv").read_text(encoding="utf-8") == "kept"
    with pytest.raises(CommandError, match="can't be written"):
        run_command("export_customers", str(tmp_path / "none" / "all.csv"))
