"""What an import makes: the sample of the docs, and everything that a file may bring along."""

from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path

import pytest
from django.conf import settings

from accounts.models import Account
from balances.models import Balance, LedgerEntry
from customers.models import Customer
from ocsportal.exchange.told import NAME
from ocsportal.transactions.models import BusinessTransaction, Channel
from offers.models import Subscription
from subscribers.models import Subscriber, SubscriberResource
from tests.exchange.files import counts, proven, reported, run, written
from tests.exchange.rows import named, whole

pytestmark = pytest.mark.django_db

SAMPLE = Path(settings.BASE_DIR) / "docs" / "samples" / "import.csv"


def test_sample_of_the_docs(tmp_path: Path) -> None:
    assert run(SAMPLE, dry_run=True).made == [0] * 4
    assert counts() == [0] * 6
    outcome = run(SAMPLE, report=tmp_path / "r.csv")
    assert outcome.code == 1
    assert outcome.told["made"] == {"customers": 3, "accounts": 3, "subscribers": 4, "subscriptions": 3}
    assert (outcome.told["rows"], outcome.told["refused"]) == (8, 2)
    assert reported(tmp_path / "r.csv") == [
        (8, "subscriber.resource.MSISDN", "4,91706E+11", "REQUEST-VALIDATION"),
        (9, "customer.customerProfile", "nonesuch", "CONFIG-NOT-FOUND"),
    ]
    assert counts() == [3, 3, 4, 6, 3, 4]
    customer = Customer.objects.get(external_id="s-100")
    assert (customer.contact_phone, customer.contact_country) == ("+49305550100", "DE")
    assert customer.custom_attributes == {"oldNumber": "7;1"}
    assert customer.state_valid_from == datetime(2019, 3, 31, 22, tzinfo=UTC)
    gate = Subscriber.objects.get(external_id="s-100-1")
    assert (gate.state, gate.state_reason.code, gate.primary_resource) == ("SUSPENDED", "lostSim", "491705550100")
    balance = Balance.objects.get(subscription__external_id="s-100-1-o", service__code="data")
    assert (balance.granted, balance.actual) == (Decimal(10240), Decimal("4198.5"))
    entry = LedgerEntry.objects.get(balance=balance)
    assert (entry.number, entry.before, entry.amount, entry.after) == (1, 0, Decimal("4198.5"), Decimal("4198.5"))
    assert Account.objects.get(external_id="s-100-d").parent == Account.objects.get(external_id="s-100-a")
    proven()


def test_below_what_has_ended_everything_has(tmp_path: Path) -> None:
    run(SAMPLE)
    for row in (Account.objects.get(external_id="s-102-a"), Subscriber.objects.get(external_id="s-102-1")):
        assert (row.state, row.state_reason.code) == ("DEACTIVATED", "dfltDeactivated")
        assert row.state_valid_from == datetime(2024, 2, 29, 11, tzinfo=UTC)
        assert row.state_imposed_by.startswith("customer:")
    ended = SubscriberResource.objects.get(subscriber__external_id="s-102-1")
    assert ended.valid_from == ended.valid_to == datetime(2024, 2, 29, 11, tzinfo=UTC)
    assert Subscriber.objects.get(external_id="s-102-1").live_resources == {}


def test_one_business_transaction_a_batch(tmp_path: Path) -> None:
    path = written(tmp_path / "in.csv", *(whole(number) for number in range(1, 1002)))
    assert run(path).made == [1001] * 4
    rows = list(BusinessTransaction.objects.filter(operation=NAME).order_by("pk"))
    assert [row.touched for row in rows] == [2000, 2000, 4]
    assert {row.channel for row in rows} == {Channel.IMPORT}
    assert {row.reason for row in rows} == {"Import of in.csv"}
    assert len({row.transaction_id for row in rows}) == 1
    made = Customer.history.filter(history_type="+").values_list("transaction_id", flat=True)
    assert set(made) == {row.pk for row in rows}
    proven()
    again = run(path)
    assert (again.code, again.made) == (0, [0] * 4)
    assert "1,001 customers were imported before" in again.printed
    assert BusinessTransaction.objects.filter(operation=NAME).count() == 3


def test_rows_of_a_customer_may_stand_apart(tmp_path: Path) -> None:
    more = named(customer__externalId="c-1", account__externalId="a-1", subscriber__externalId="s-x")
    more |= named(subscriber__subscriberProfile="mobile")
    path = written(tmp_path / "in.csv", whole(1), *(whole(number) for number in range(2, 900)), more)
    outcome = run(path)
    assert (outcome.made, outcome.told["refused"]) == ([899, 899, 900, 899], 0)
    assert Subscriber.objects.get(external_id="s-x").account.external_id == "a-1"


def test_without_external_ids(tmp_path: Path) -> None:
    """Keys tie rows together and are kept nowhere; profiles make what is above; a file that comes again makes nothing twice."""
    keyed = named(
        customer__key="x", customer__customerProfile="b2c", account__key="y", account__accountProfile="postpaid"
    )
    rows = [
        keyed | named(subscriber__subscriberProfile="mobile", subscriber__resource__MSISDN="+491705550001"),
        keyed | named(account__key="z", account__accountProfile="department", account__parent="y"),
        named(subscriber__subscriberProfile="prepaidMobile", subscriber__resource__MSISDN="+491705550002"),
        named(subscriber__subscriberProfile="prepaidMobile", subscriber__resource__MSISDN="+491705550003"),
        named(account__accountProfile="prepaid"),
    ]
    path = written(tmp_path / "in.csv", *rows)
    assert run(path).made == [4, 5, 3, 0]
    assert not Customer.objects.exclude(external_id=None).exists()
    assert (run(path).made, counts()) == ([0] * 4, [4, 5, 3, 3, 0, 0])
    proven()


def test_mended_file_fed_as_a_whole(tmp_path: Path) -> None:
    """What was imported before is known by its content, whatever file and form it comes in."""
    broken = whole(2) | named(customer__customerProfile="none")
    assert run(written(tmp_path / "in.csv", whole(1), broken, whole(3))).made == [2] * 4
    mended = written(tmp_path / "mended.csv", whole(3), whole(2), whole(1), delimiter=";", encoding="utf-16")
    outcome = run(mended, encoding="utf-16")
    assert (outcome.code, outcome.made) == (0, [1] * 4), outcome.printed
    changed = written(tmp_path / "changed.csv", whole(1) | named(customer__customName="Other"))
    assert (run(changed).code, counts()[0]) == (1, 3)


def test_everything_that_can_be_brought_along(tmp_path: Path) -> None:
    later = "2199-05-01T00:00:00Z"
    row = whole(1) | named(
        customer__customerSegment="vip", customer__testCustomer="TRUE", customer__attribute__k="'", customer__attribute__f="'=x",
        customer__plannedState__state="SUSPENDED", customer__plannedState__stateReason="nonPayment",
        customer__plannedState__stateValidFrom=later, customer__plannedState__pending="true",
        customer__plannedState__stateValidTo="2199-06-01T00:00:00Z",
        customer__plannedState__subordinateUpdated="true", customer__lastPlan__state="ACTIVE",
        customer__lastPlan__stateReason="dfltActive", customer__lastPlan__stateValidFrom="2024-01-01T00:00:00Z",
        customer__lastPlan__outcome="DONE", customer__lastPlan__at="2024-01-02T00:00:00Z",
        account__billCycle="individualMonthly", account__billingDay="7", account__cycleValidFrom="2023-01-07T00:00:00Z",
        account__plannedBillCycle__billCycle="monthly1", account__plannedBillCycle__validFrom=later,
        account__taxExemption="true", account__taxResidence="AT", account__preferences__language="de",
        account__preferences__itemizedBill="false", account__currency="CZK",
        subscriber__state="SUSPENDED", subscriber__stateReason="fraud", subscriber__stateValidFrom="2024-03-01T00:00:00+01:00",
        subscriber__stateImposedBy="customer", subscriber__resource__email="someone@mail.example",
        subscriber__primaryResourceType="email", subscriber__resourceValidFrom__email="2020-01-01T00:00:00Z",
        subscriber__former__resourceType="MSISDN", subscriber__former__resource="'+491705550999",
        subscriber__former__validFrom="2020-01-01T00:00:00Z", subscriber__former__validTo="2021-01-01T00:00:00Z",
        subscription__priority="-5", subscription__stateValidFrom="2024-01-01T00:00:00Z",
        balance__voice__granted="50", balance__data__validTo="2025-01-01T00:00:00Z", balance__data__actual="0",
    )  # fmt: skip
    fee = "subscription.offerAttribute.oneTimeFee."
    child = {
        "customer.externalId": "c-1",
        "account.externalId": "a-1",
        "subscription.offer": "indOneTimeFee",
        "subscription.parentOfferSubscription": "o-1",
        "subscription.state": "SUSPENDED",
        "subscription.stateReason": "dfltSuspended",
        f"{fee}charge": "12.50",
        f"{fee}taxIncluded": "true",
    }
    outcome = run(written(tmp_path / "in.csv", child, row))
    assert (outcome.code, outcome.made) == (0, [1, 1, 1, 2]), outcome.printed
    customer, account = Customer.objects.get(), Account.objects.get()
    assert (customer.test_customer, customer.custom_attributes) == (True, {"k": "", "f": "=x"})
    assert (customer.plan_status, customer.plan_state, customer.plan_subordinates) == ("PENDING", "SUSPENDED", True)
    assert customer.plan_valid_to == datetime(2199, 6, 1, tzinfo=UTC)
    assert (customer.last_plan_outcome, customer.segment and customer.segment.code) == ("DONE", "vip")
    assert (account.billing_day, account.currency.code, account.preference_itemized_bill) == (7, "CZK", False)
    assert account.cycle_valid_from == datetime(2023, 1, 7, tzinfo=UTC)
    assert account.planned_cycle is not None
    subscriber = Subscriber.objects.get()
    assert subscriber.state_imposed_by == f"customer:{customer.ref_id}"
    assert subscriber.live_resources == {"MSISDN": "491705550001", "email": "someone@mail.example"}
    assert subscriber.primary_resource == "someone@mail.example"
    assert SubscriberResource.objects.exclude(valid_to=None).get().value == "491705550999"
    made = Subscription.objects.get(account=account)
    assert (made.parent and made.parent.external_id, made.state) == ("o-1", "SUSPENDED")
    assert made.offer_attributes == {"oneTimeFee": {"charge": "12.50", "taxIncluded": True}}
    data, voice = Balance.objects.order_by("service__code")
    assert (data.actual, data.valid_to) == (0, datetime(2025, 1, 1, tzinfo=UTC))
    assert (voice.granted, voice.actual) == (50, 50)
    proven()
