"""What is refused of a file, row by row: its column, value and code; the customer comes whole or not at all."""

from pathlib import Path

import pytest

from subscribers.models import ResourceType, Subscriber, SubscriberResource
from tests.client import RestClient
from tests.exchange.files import counts, reported, run, written
from tests.exchange.rows import Row, named, whole

pytestmark = pytest.mark.django_db

INVALID = "REQUEST-VALIDATION"
PAST, FUTURE = "2024-02-01T00:00:00Z", "2199-01-01T00:00:00Z"
# What a row says, and the column and code that it is refused with.
REFUSED: dict[str, tuple[Row, str, str]] = {
    "profile": (named(customer__customerProfile="none"), "customer.customerProfile", "CONFIG-NOT-FOUND"),
    "segment": (named(customer__customerSegment="none"), "customer.customerSegment", "CONFIG-NOT-FOUND"),
    "offer": (named(subscription__offer="none"), "subscription.offer", "CONFIG-NOT-FOUND"),
    "version": (named(subscription__offerVersion="99"), "subscription.offer", "CONFIG-NOT-FOUND"),
    "account type": (named(account__accountType="none"), "account.accountType", "CONFIG-NOT-FOUND"),
    "reason": (
        named(customer__state="ACTIVE", customer__stateReason="fraud"), "customer.stateReason", "CONFIG-NOT-FOUND"
    ),
    "state": (named(customer__state="GONE", customer__stateReason="fraud"), "customer.state", INVALID),
    "no reason": (named(customer__state="SUSPENDED"), "customer.stateReason", INVALID),
    "future": (named(customer__stateValidFrom=FUTURE), "customer.stateValidFrom", "CASM-STATE-VALID-FROM"),
    "no offset": (named(customer__stateValidFrom="2024-02-01 00:00"), "customer.stateValidFrom", INVALID),
    "e-mail": (named(customer__contact__email="a@b@c"), "customer.contact.email", INVALID),
    "country": (named(customer__contact__country="XXX"), "customer.contact.country", INVALID),
    "flag": (named(customer__testCustomer="perhaps"), "customer.testCustomer", INVALID),
    "day": (named(account__billingDay="1,0"), "account.billingDay", INVALID),
    "name too long": (named(customer__customName="x" * 256), "customer.customName", INVALID),
    "NUL": (named(customer__customName="a\0b"), "customer.customName", INVALID),
    "invisible": (named(customer__externalId="c\u200b1"), "customer.externalId", INVALID),
    "outer blank": (named(account__externalId=" a"), "account.externalId", INVALID),
    "no profile": (named(account__accountProfile=""), "account.accountType", INVALID),
    "currency": (named(account__currency="XYZ"), "account.currency", "CONFIG-NOT-FOUND"),
    "responsible": (named(account__paymentResponsible="false"), "account.paymentResponsible", INVALID),
    "technical": (named(account__accountProfile="department"), "account.parent", "CASM-HIERARCHY"),
    "no such parent": (named(account__parent="none"), "account.parent", "ENTITY-NOT-FOUND"),
    "own parent": (named(account__parent="a-1"), "account.parent", "CASM-HIERARCHY"),
    "parent subscription": (
        named(subscription__parentOfferSubscription="none"), "subscription.parentOfferSubscription", "ENTITY-NOT-FOUND"
    ),
    "number": (named(subscriber__resource__MSISDN="12"), "subscriber.resource.MSISDN", INVALID),
    "exponent": (named(subscriber__resource__MSISDN="4.47E+11"), "subscriber.resource.MSISDN", INVALID),
    "exponent with comma": (named(subscriber__resource__IMSI="2,62E+14"), "subscriber.resource.IMSI", INVALID),
    "fraction": (named(customer__externalId="44477,0"), "customer.externalId", INVALID),
    "formula": (named(customer__customName="=1+1"), "customer.customName", INVALID),
    "error of a formula": (named(customer__customName="#REF!"), "customer.customName", INVALID),
    "type in primary": (named(subscriber__primaryResourceType="IMSI"), "subscriber.primaryResourceType", INVALID),
    "below what has ended": (
        named(
            customer__state="DEACTIVATED", customer__stateReason="dfltDeactivated", account__state="ACTIVE",
            account__stateReason="dfltActive",
        ),
        "account.state", "CASM-STATE-DEACTIVATED",
    ),
    "individual": (named(subscription__offer="indOneTimeFee"), "subscription.offerAttribute.oneTimeFee.charge", INVALID),
    "attribute of a catalogue's offer": (
        {"subscription.offerAttribute.data.grantedBalance": "1"}, "subscription.offerAttribute.data.grantedBalance", INVALID
    ),
    "balance below zero": (named(balance__data__actual="-1"), "balance.data.actual", "CASM-BALANCE-INSUFFICIENT"),
    "balance with a comma": (named(balance__data__actual="4198,5"), "balance.data.actual", INVALID),
    "balance too exact": (named(balance__data__granted="1.1234567"), "balance.data.granted", INVALID),
    "balance that is none": (named(balance__monthlyFee__actual="1"), "balance.monthlyFee.actual", "CASM-BALANCE-NOT-FOUND"),
    "balance's end": (
        named(balance__data__validFrom=PAST, balance__data__validTo=PAST), "balance.data.validTo", INVALID
    ),
    "planned without reason": (named(customer__plannedState__state="SUSPENDED"), "customer.plannedState.stateReason", INVALID),
    "planned wrongly": (
        named(
            customer__plannedState__state="INACTIVE", customer__plannedState__stateReason="dfltInactive",
            customer__plannedState__stateValidFrom=FUTURE,
        ),
        "customer.plannedState.state", "CASM-STATE-TRANSITION",
    ),
    "imposed by nothing": (named(customer__stateImposedBy="account"), "customer.stateImposedBy", INVALID),
    "former without end": (
        named(subscriber__former__resourceType="IMSI", subscriber__former__resource="262015550000001"),
        "subscriber.former.validFrom", INVALID,
    ),
}  # fmt: skip


@pytest.mark.parametrize(("cells", "column", "code"), REFUSED.values(), ids=REFUSED)
def test_named(tmp_path: Path, cells: Row, column: str, code: str) -> None:
    path = written(tmp_path / "in.csv", whole(1) | cells, whole(2))
    report = tmp_path / "refused.csv"
    for dry_run in (True, False):
        outcome = run(path, report=report, dry_run=dry_run)
        assert (outcome.code, outcome.error) == (1, "")
        assert outcome.made == ([0] * 4 if dry_run else [1] * 4)
        assert outcome.told["rows"] == 2
        assert outcome.told["refused"] == 1
        found = reported(report)
        assert (2, column, code) in [(row, name, word) for row, name, _, word in found], found
        assert {row for row, *_ in found} == {2}
        if column in cells and "\0" not in cells[column]:
            assert cells[column].lstrip("=") in [value.lstrip("'=") for _, name, value, _ in found if name == column]
        assert f"Row 2, {column}" in outcome.printed
    # All or nothing: of the second customer everything is there, of the first one nothing.
    assert counts() == [1, 1, 1, 1, 1, 2]


def test_taken(tmp_path: Path, api: RestClient) -> None:
    """IDs and numbers that stand, and those that the file itself gives twice."""
    api.done("/customers/create", externalId="c-1", customerProfile="b2c")
    account = {"externalId": "a-2", "accountProfile": "postpaid", "customer": {"externalId": "c-1"}}
    api.done("/accounts/create", **account)
    sub = {"subscriberProfile": "mobile", "account": {"externalId": "a-2"}, "externalId": "s-3"}
    api.done("/subscribers/create", **sub, primaryResourceType="MSISDN", primaryResource="491705550004")
    api.done(
        "/subscribers/create-subscription", subscriber={"externalId": "s-3"}, offer="dataBundle10", externalId="o-5",
        state={"state": "ACTIVE", "stateReason": "dfltActive"},
    )  # fmt: skip
    before = counts()
    double = whole(7) | named(customer__externalId="c-8", subscriber__externalId="s-8", subscription__externalId="o-8")
    path = written(tmp_path / "in.csv", *(whole(number) for number in range(1, 6)), whole(7), double)
    for dry_run in (True, False):
        outcome = run(path, report=tmp_path / "r.csv", dry_run=dry_run)
        found = [(row, column, code) for row, column, _, code in reported(tmp_path / "r.csv")]
        assert found == [
            (2, "customer.externalId", "EXTERNAL-ID-NOT-UNIQUE"),
            (3, "account.externalId", "EXTERNAL-ID-NOT-UNIQUE"),
            (4, "subscriber.externalId", "EXTERNAL-ID-NOT-UNIQUE"),
            (5, "subscriber.resource.MSISDN", "RESOURCE-NOT-UNIQUE"),
            (6, "subscription.externalId", "EXTERNAL-ID-NOT-UNIQUE"),
            (8, "account.externalId", "EXTERNAL-ID-NOT-UNIQUE"),
            (8, "subscriber.resource.MSISDN", "RESOURCE-NOT-UNIQUE"),
        ]
        assert outcome.told["refused"] == 6
        assert "Row 7 has it already." in outcome.printed
    assert [after - stood for after, stood in zip(counts(), before, strict=True)] == [1, 1, 1, 1, 1, 2]


def test_taken_far_apart(tmp_path: Path) -> None:
    """In another batch, of which a dry run has written nothing."""
    many = [whole(number) for number in range(1, 1200)]
    path = written(tmp_path / "in.csv", *many, whole(2000) | named(subscriber__resource__MSISDN="0049 170 5550001"))
    outcome = run(path, report=tmp_path / "r.csv", dry_run=True)
    assert [(row, code) for row, _, _, code in reported(tmp_path / "r.csv")] == [(1201, "RESOURCE-NOT-UNIQUE")]
    assert outcome.told["refused"] == 1
    assert "Row 2 has it already." in outcome.printed
    assert counts() == [0] * 6


def test_what_a_refused_customer_claims_is_free(tmp_path: Path) -> None:
    refused = whole(1) | named(customer__customerProfile="none")
    outcome = run(written(tmp_path / "in.csv", refused, whole(1) | named(customer__externalId="c-2")))
    assert (outcome.made, outcome.told["refused"]) == ([1, 1, 1, 1], 1)


def test_quarantine(tmp_path: Path, api: RestClient) -> None:
    ResourceType.objects.filter(code="MSISDN").update(quarantine_days=30)
    api.done(
        "/subscribers/create", externalId="old", subscriberProfile="prepaidMobile", primaryResourceType="MSISDN",
        primaryResource="491705550001",
    )  # fmt: skip
    gone = {"state": "DEACTIVATED", "stateReason": "dfltDeactivated"}
    api.done("/subscribers/update-state", subscriber={"externalId": "old"}, state=gone)
    outcome = run(written(tmp_path / "in.csv", whole(1), whole(2)), report=tmp_path / "r.csv")
    found = [(2, "subscriber.resource.MSISDN", "+49 170 5550001", "RESOURCE-QUARANTINED")]
    assert reported(tmp_path / "r.csv") == found
    assert outcome.made == [1, 1, 1, 1]
    SubscriberResource.objects.update(valid_to="2020-01-01T00:00:00Z", valid_from="2019-01-01T00:00:00Z")


def test_rows_that_contradict_each_other(tmp_path: Path) -> None:
    again = whole(1) | named(customer__customName="Other", subscriber__resource__MSISDN="+49 170 5559999")
    other = whole(1) | named(account__externalId="a-9", subscription__externalId="o-9", customer__customName="")
    outcome = run(written(tmp_path / "in.csv", whole(1), again, other), report=tmp_path / "r.csv")
    found = {(row, column, code) for row, column, _, code in reported(tmp_path / "r.csv")}
    assert found >= {
        (3, "customer.customName", INVALID),
        (3, "subscriber.resource.MSISDN", "RESOURCE-TYPE-IN-USE"),
        (3, "subscription.externalId", "EXTERNAL-ID-NOT-UNIQUE"),
        (4, "subscriber.externalId", "CASM-HIERARCHY"),
    }
    assert outcome.told["refused"] == 3
    assert counts() == [0] * 6


def test_incomplete_rows(tmp_path: Path) -> None:
    no_account = {name: value for name, value in whole(1).items() if not name.startswith("account")}
    no_offer = whole(2) | named(subscription__offer="")
    only_balance = whole(3) | named(subscription__offer="", subscription__externalId="", balance__data__actual="1")
    orphan = named(subscription__offer="dataBundle10")
    run(written(tmp_path / "in.csv", no_account, no_offer, only_balance, orphan), report=tmp_path / "r.csv")
    assert [(row, column, code) for row, column, _, code in reported(tmp_path / "r.csv")] == [
        (2, "account.externalId", INVALID),
        (3, "subscription.offer", INVALID),
        (4, "balance.data.actual", INVALID),
        (5, "subscription.offer", INVALID),
    ]
    assert counts() == [0] * 6


def test_circles_and_depth(tmp_path: Path) -> None:
    first = named(customer__externalId="c", customer__customerProfile="b2c")
    circle = [
        first | named(account__externalId="a", account__accountProfile="postpaid", account__parent="b"),
        named(
            customer__externalId="c", account__externalId="b", account__accountProfile="postpaid", account__parent="a"
        ),
    ]
    deep = [
        named(
            customer__externalId="d", customer__customerProfile="b2c", account__externalId=f"d{level}",
            account__accountProfile="department" if level else "postpaid", account__parent=f"d{level - 1}" if level else "",
        )
        for level in range(11)
    ]  # fmt: skip
    other = named(
        customer__externalId="e", customer__customerProfile="b2c", account__externalId="e", account__parent="x",
        account__accountProfile="postpaid",
    )  # fmt: skip
    run(written(tmp_path / "in.csv", *circle, *deep, other), report=tmp_path / "r.csv")
    found = [(row, column, code) for row, column, _, code in reported(tmp_path / "r.csv") if column]
    assert found == [
        (2, "account.parent", "CASM-HIERARCHY"),
        (3, "account.parent", "CASM-HIERARCHY"),
        (14, "account.parent", "CASM-HIERARCHY"),
        (15, "account.parent", "ENTITY-NOT-FOUND"),
    ]
    outcome = run(written(tmp_path / "in.csv", *deep[:10]))
    assert outcome.made == [1, 10, 0, 0]


def test_the_parent_of_another_customer(tmp_path: Path) -> None:
    run(written(tmp_path / "one.csv", whole(1)))
    outcome = run(written(tmp_path / "two.csv", whole(2) | named(account__parent="a-1")), report=tmp_path / "r.csv")
    assert reported(tmp_path / "r.csv") == [(2, "account.parent", "a-1", "CASM-HIERARCHY")]
    assert outcome.made == [0] * 4


def test_report_is_mended_and_fed_again(tmp_path: Path) -> None:
    """A customer's other rows stand in it too; each row once with its cells, however many faults it has."""
    wrong = whole(1) | named(customer__customerProfile="none", customer__contact__email="a@b@c")
    beside = named(customer__externalId="c-1", account__externalId="a-1", subscriber__externalId="s-9")
    beside |= named(subscriber__subscriberProfile="mobile")
    path = written(tmp_path / "in.csv", wrong, beside, whole(2), delimiter=";", encoding="utf-8-sig")
    report = tmp_path / "refused.csv"
    assert run(path, report=report).told["refused"] == 2
    assert [row for row, *_ in reported(report)] == [2, 2, 3]
    assert "Refused with row 2" in report.read_text(encoding="utf-8")
    mended = report.read_text(encoding="utf-8").replace(",none,", ",b2c,").replace("a@b@c", "a@b.example")
    again = tmp_path / "mended.csv"
    again.write_text(mended, encoding="utf-8")
    outcome = run(again, report=tmp_path / "none.csv")
    assert (outcome.code, outcome.made) == (0, [1, 1, 2, 1]), outcome.printed
    assert reported(tmp_path / "none.csv") == []
    assert sorted(Subscriber.objects.values_list("external_id", flat=True)) == ["s-1", "s-2", "s-9"]
