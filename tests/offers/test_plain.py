"""Subscribing on catalogue terms: on each kind of owner, done, refused for each rule, stale, replayed, forbidden."""

import json
from typing import Any

import pytest
from django.db import IntegrityError, connection, transaction

from accounts.models import Account
from balances.models import Balance
from customers.models import Customer
from ocsportal.people import groups
from ocsportal.transactions.models import BusinessTransaction
from offers.models import Subscription
from subscribers.models import Subscriber
from tests.client import RestClient, problem
from tests.offers.world import (
    ACTIVE,
    BEGIN,
    ENDED,
    OWNERS,
    account,
    end,
    nothing_changed,
    offer,
    refused,
    subscribe,
    subscribed,
    subscriber,
    version,
)
from tests.rest.conftest import ClientOf

pytestmark = pytest.mark.django_db

PATH = "/accounts/create-subscription"
ON_ACCOUNT = {"account": {"externalId": "acc-1"}, "offer": "dataBundle10", "state": ACTIVE}
KINDS = list(OWNERS)
MODELS = {"customer": Customer, "account": Account, "subscriber": Subscriber}


REFUSED: list[tuple[dict[str, Any], str, str]] = [
    ({"offer": "nope"}, "CONFIG-NOT-FOUND", "offer"),
    ({"offer": None}, "REQUEST-VALIDATION", "offer"),
    ({"offer": 1}, "REQUEST-VALIDATION", "offer"),
    ({"offer": "indBalance"}, "REQUEST-VALIDATION", "offer"),
    ({"state": None}, "REQUEST-VALIDATION", "state"),
    ({"state": {"state": "ACTIVE"}}, "REQUEST-VALIDATION", "state.stateReason"),
    ({"state": {"state": "ACTIVE", "stateReason": "fraud"}}, "CONFIG-NOT-FOUND", "state.stateReason"),
    ({"state": {"state": "ACTIVE", "stateReason": "nope"}}, "CONFIG-NOT-FOUND", "state.stateReason"),
    ({"state": {"state": "SUSPENDED", "stateReason": "fraud"}}, "CASM-STATE-TRANSITION", "state.state"),
    (
        {"state": {**ACTIVE, "stateValidFrom": "2099-01-01T00:00:00Z"}},
        "CASM-STATE-VALID-FROM",
        "state.stateValidFrom",
    ),
    (
        {"state": {**ACTIVE, "stateValidFrom": "2026-01-01T00:00:00"}},
        "REQUEST-VALIDATION",
        "state.stateValidFrom",
    ),
    ({"priority": "1"}, "REQUEST-VALIDATION", "priority"),
    ({"priority": True}, "REQUEST-VALIDATION", "priority"),
    ({"priority": 1.5}, "REQUEST-VALIDATION", "priority"),
    ({"priority": 2**31}, "REQUEST-VALIDATION", "priority"),
    ({"externalId": ""}, "REQUEST-VALIDATION", "externalId"),
    ({"externalId": "x" * 256}, "REQUEST-VALIDATION", "externalId"),
    ({"customName": "x" * 256}, "REQUEST-VALIDATION", "customName"),
    ({"customAttributes": {"k": 1}}, "REQUEST-VALIDATION", "customAttributes.k"),
    ({"parentOfferSubscription": {"externalId": "nope"}}, "ENTITY-NOT-FOUND", "parentOfferSubscription"),
    ({"parentOfferSubscription": {}}, "REQUEST-VALIDATION", "parentOfferSubscription"),
    ({"charge": "1"}, "REQUEST-VALIDATION", "charge"),
    ({"subordinateUpdated": True}, "REQUEST-VALIDATION", "subordinateUpdated"),
    ({"customer": {"externalId": "cust-1"}}, "REQUEST-VALIDATION", "customer"),
]


class TestCreate:
    @pytest.mark.parametrize("kind", KINDS)
    def test_done(self, owned: RestClient, kind: str) -> None:
        response = subscribe(
            owned,
            kind,
            externalId="sub-1",
            priority=5,
            customName="Bundle",
            customAttributes={"k": "v"},
            state={**ACTIVE, "stateValidFrom": BEGIN},
        )
        assert response.status_code == 200, response.content
        items = response.json()
        assert [(item["name"], item["seqno"], item["objectType"].rsplit(".", 1)[1]) for item in items] == [
            (f"CreateSubscriptionOn{kind.capitalize()}", 1, "OfferSubscriptionEx"),
            (f"CreateSubscriptionOn{kind.capitalize()}", 2, "BalanceEx"),
            (f"CreateSubscriptionOn{kind.capitalize()}", 3, "BalanceEx"),
        ]
        made = items[0]["object"]
        owners = {name: made[name] and made[name]["externalId"] for name in KINDS}
        assert owners == {**dict.fromkeys(KINDS), kind: OWNERS[kind][1]}
        assert (made["externalId"], made["customName"], made["customAttributes"]) == ("sub-1", "Bundle", {"k": "v"})
        assert (made["offer"]["code"], made["priority"], made["parentOfferSubscription"]) == ("dataBundle10", 5, None)
        assert (made["state"]["state"], made["state"]["stateValidFrom"]) == ("ACTIVE", BEGIN)
        assert len(made["refId"]) == 14
        assert response["ETag"] == f'"{made["refId"]}-1"'
        assert Subscription.history.count() == 1

    @pytest.mark.parametrize("kind", KINDS)
    def test_replay_and_conflict(self, owned: RestClient, kind: str) -> None:
        first = subscribe(owned, kind, requestId="once")
        with nothing_changed():
            again = subscribe(owned, kind, requestId="once")
            assert (again.content, again["Idempotent-Replay"]) == (first.content, "true")
            problem(subscribe(owned, kind, requestId="once", priority=1), 409, "REQUEST-ID-CONFLICT", "requestId")
        assert (Subscription.objects.count(), Balance.objects.count()) == (1, 2)

    @pytest.mark.parametrize("kind", KINDS)
    def test_who_may(self, owned: RestClient, client_of: ClientOf, kind: str) -> None:
        for group in (groups.AUDITOR, groups.CONFIGURATION, groups.ADMINISTRATOR):
            client = client_of(group)
            with nothing_changed():
                problem(subscribe(client, kind), 403, "PERMISSION-DENIED")
        for number, group in enumerate((groups.CARE, groups.BACK_OFFICE), start=1):
            assert subscribe(client_of(group), kind).status_code == 200
            assert Subscription.objects.count() == number

    @pytest.mark.parametrize("kind", KINDS)
    def test_owner_must_stand(self, owned: RestClient, kind: str) -> None:
        with nothing_changed():
            problem(subscribe(owned, kind, on="nobody"), 400, "ENTITY-NOT-FOUND", kind)
            problem(subscribe(owned, kind, **{kind: {}}), 400, "REQUEST-VALIDATION", kind)
            problem(subscribe(owned, kind, **{kind: None}), 400, "REQUEST-VALIDATION", kind)
        end(MODELS[kind], OWNERS[kind][1])
        with nothing_changed():
            problem(subscribe(owned, kind), 400, "CASM-STATE-DEACTIVATED", kind)

    @pytest.mark.parametrize(
        ("ended", "kind", "parameter"),
        [
            ("customer", "account", "customer"),
            ("customer", "subscriber", "customer"),
            ("account", "subscriber", "account"),
        ],
    )
    def test_superiors_must_stand(self, owned: RestClient, ended: str, kind: str, parameter: str) -> None:
        made = subscribed(owned, kind)
        end(MODELS[ended], OWNERS[ended][1])
        with nothing_changed():
            problem(subscribe(owned, kind), 400, "CASM-STATE-DEACTIVATED", parameter)
            ref = {"subscription": {"refId": made["refId"]}}
            answer = owned.post("/subscriptions/update-custom-name", **ref, customName="x")
            problem(answer, 400, "CASM-STATE-DEACTIVATED", parameter)

    def test_refused(self, owned: RestClient) -> None:
        for body, code, parameter in REFUSED:
            refused(owned, PATH, code, parameter, **{**ON_ACCOUNT, **body})

    def test_external_id_is_unique_for_ever(self, owned: RestClient) -> None:
        made = subscribed(owned, externalId="sub-1")
        owned.done("/subscriptions/update-state", subscription={"refId": made["refId"]}, state=ENDED)
        with nothing_changed():
            problem(subscribe(owned, "customer", externalId="sub-1"), 400, "EXTERNAL-ID-NOT-UNIQUE", "externalId")

    def test_what_is_made_is_never_stale(self, owned: RestClient) -> None:
        with nothing_changed():
            problem(owned.post(PATH, headers={"If-Match": '"x-1"'}, **ON_ACCOUNT), 412, "PRECONDITION-FAILED")

    def test_pending_is_ignored(self, owned: RestClient) -> None:
        made = subscribed(owned, state={**ACTIVE, "pending": True})
        assert (made["state"]["state"], made["plannedState"]) == ("ACTIVE", None)

    def test_may_begin_inactive(self, owned: RestClient) -> None:
        made = subscribed(owned, state={"state": "INACTIVE", "stateReason": "dfltInactive"})
        assert made["state"]["state"] == "INACTIVE"

    def test_its_own_priority_beats_the_offers(self, owned: RestClient) -> None:
        assert subscribed(owned)["priority"] == 100
        assert subscribed(owned, priority=-7)["priority"] == -7
        assert subscribed(owned, priority=0)["priority"] == 0


class TestOneOwner:
    @pytest.mark.parametrize(
        "kept",
        [(), ("customer_id", "account_id"), ("customer_id", "subscriber_id"), ("account_id", "subscriber_id"), "all"],
    )
    def test_database_refuses_none_two_and_three(self, owned: RestClient, kept: Any) -> None:
        made = subscribed(owned)
        row = Subscription.objects.values().get()
        keys = {
            "customer_id": Customer.objects.get().pk,
            "account_id": Account.objects.get().pk,
            "subscriber_id": Subscriber.objects.get().pk,
        }
        chosen = keys if kept == "all" else {name: keys[name] for name in kept}
        row |= {"id": row["id"] + 1000, "ref_id": "A" * 14, **dict.fromkeys(keys), **chosen}
        row |= {"custom_attributes": "{}", "offer_attributes": "{}"}
        columns = ", ".join(f'"{name}"' for name in row)
        statement = f"INSERT INTO offers_subscription ({columns}) VALUES ({', '.join(['%s'] * len(row))})"
        with pytest.raises(IntegrityError, match="subscription_one_owner"), transaction.atomic():
            connection.cursor().execute(statement, list(row.values()))
        assert list(Subscription.objects.values_list("ref_id", flat=True)) == [made["refId"]]

    def test_database_takes_each_alone(self, owned: RestClient) -> None:
        for kind in KINDS:
            subscribed(owned, kind)
        assert [subscription.owner_kind for subscription in Subscription.objects.order_by("pk")] == KINDS


class TestVersion:
    def chosen(self, api: RestClient, kind: str = "account", on: str | None = None, since: str = BEGIN) -> Any:
        response = subscribe(api, kind, on, offer="own", state={**ACTIVE, "stateValidFrom": since})
        body = json.loads(response.content)
        if response.status_code != 200:
            return problem(response, 400, body["code"], "offer")["code"]
        return body[0]["object"]["offerVersion"]

    def test_newest_that_covers_the_start(self, owned: RestClient) -> None:
        own = offer("own")
        version(own, 1, valid_from="2021-01-01T00:00:00Z", valid_to="2023-01-01T00:00:00Z")
        version(own, 2, valid_from="2022-01-01T00:00:00Z", valid_to="2024-01-01T00:00:00Z")
        version(own, 3, valid_from="2025-01-01T00:00:00Z")
        version(own, 4, valid_from="2099-01-01T00:00:00Z")
        # Validity is half-open: its first instant belongs to it, its last one to what follows.
        assert {
            since: self.chosen(owned, since=since)
            for since in (
                "2020-12-31T23:59:59.999Z",
                "2021-01-01T00:00:00.000Z",
                "2022-01-01T00:00:00.000Z",
                "2023-06-01T00:00:00.000Z",
                "2024-01-01T00:00:00.000Z",
                "2025-01-01T00:00:00.000Z",
                "2026-01-01T00:00:00.000Z",
            )
        } == {
            "2020-12-31T23:59:59.999Z": "CONFIG-NOT-FOUND",
            "2021-01-01T00:00:00.000Z": 1,
            "2022-01-01T00:00:00.000Z": 2,
            "2023-06-01T00:00:00.000Z": 2,
            "2024-01-01T00:00:00.000Z": "CONFIG-NOT-FOUND",
            "2025-01-01T00:00:00.000Z": 3,
            "2026-01-01T00:00:00.000Z": 3,
        }

    def test_an_offer_without_a_version_can_not_be_had(self, owned: RestClient) -> None:
        offer("own")
        with nothing_changed():
            assert self.chosen(owned) == "CONFIG-NOT-FOUND"

    def test_values_that_no_form_would_have_taken_can_not_be_had(self, owned: RestClient) -> None:
        account(owned, "yen", "JPY")
        broken: list[tuple[str, Any]] = [
            ("BALANCE", {}), ("BALANCE", []), ("BALANCE", "x"),
            *(("BALANCE", {"grantedBalance": granted}) for granted in ("x", None, "-1", "1e30", "0.0000001", 1.5)),
            *(("BALANCE", {"grantedBalance": "1", "thresholds": given}) for given in ("x", ["x"], [-1], [1, 2, 3, 4])),
            ("BALANCE", {"grantedBalance": "1", "validTo": "x"}),
            ("BALANCE", {"grantedBalance": "1", "unitsOfMeasurement": "PINTS AND MORE"}),
            ("MONETARY_BALANCE", {"grantedBalance": "1", "currency": "XXX"}),
            ("MONETARY_BALANCE", {"grantedBalance": "1.5"}),
            ("RECURRENT_FEE", {"grantedBalance": "1"}),
            ("PERCENTAGE_DISCOUNT", {"percentage": "101"}),
        ]  # fmt: skip
        for number, (kind, values) in enumerate(broken):
            version(offer(f"own{number}", (f"service{number}", kind)), values={f"service{number}": values})
            path = "/accounts/create-subscription"
            problem = refused(
                owned, path, "CONFIG-NOT-FOUND", "offer",
                account={"externalId": "yen"}, offer=f"own{number}", state=ACTIVE,
            )  # fmt: skip
            assert f"service{number}, " in problem["detail"], (kind, values)

    def test_currency_is_the_payers(self, owned: RestClient) -> None:
        own = offer("own")
        version(own, 1, "USD")
        version(own, 2, "EUR", valid_from="2021-01-01T00:00:00Z")
        version(own, 3, "JPY", valid_from="2022-01-01T00:00:00Z")
        account(owned, "dollars", "USD")
        account(owned, "pounds", "GBP")
        account(owned, "department", accountProfile="department", parent={"externalId": "dollars"}, currency="USD")
        subscriber("in-department", "department")
        assert self.chosen(owned, "account") == 2
        assert self.chosen(owned, "subscriber") == 2
        assert self.chosen(owned, "account", "dollars") == 1
        assert self.chosen(owned, "account", "department") == 1
        assert self.chosen(owned, "subscriber", "in-department") == 1
        with nothing_changed():
            assert self.chosen(owned, "account", "pounds") == "CASM-CURRENCY"
        # The customer's payers have several currencies, so the primary one decides.
        assert self.chosen(owned, "customer") == 2

    def test_version_without_a_currency_fits_every_payer(self, owned: RestClient) -> None:
        own = offer("own")
        version(own, 1, "EUR")
        version(own, 2, valid_from="2021-01-01T00:00:00Z")
        account(owned, "pounds", "GBP")
        assert [self.chosen(owned), self.chosen(owned, on="pounds")] == [2, 2]

    def test_of_two_from_the_same_instant_the_later_number(self, owned: RestClient) -> None:
        own = offer("own")
        version(own, 1)
        version(own, 2)
        assert self.chosen(owned) == 2

    def test_a_later_version_changes_no_subscription(self, owned: RestClient) -> None:
        own = offer("own")
        version(own, 1)
        made = subscribed(owned, offer="own")
        version(own, 2, valid_from="2021-01-01T00:00:00Z")
        assert owned.get("/subscriptions/read", refId=made["refId"]).json()["offerVersion"] == 1


class TestParent:
    def test_of_the_same_customer_whatever_the_owner(self, owned: RestClient) -> None:
        top = subscribed(owned, "customer", externalId="top")
        account(owned, "acc-2")
        for kind, on in (("customer", None), ("account", None), ("subscriber", None), ("account", "acc-2")):
            made = subscribed(owned, kind, on, parentOfferSubscription={"externalId": "top"})
            assert made["parentOfferSubscription"] == {"refId": top["refId"], "externalId": "top"}
        below = subscribed(owned, "subscriber", externalId="below")
        child = subscribed(owned, "account", parentOfferSubscription={"refId": below["refId"]})
        assert child["parentOfferSubscription"]["externalId"] == "below"

    @pytest.mark.parametrize("kind", KINDS)
    def test_of_another_customer(self, owned: RestClient, kind: str) -> None:
        owned.done("/customers/create", externalId="other", customerProfile="b2c")
        account(owned, "others", customer={"externalId": "other"})
        subscriber("others", "others")
        other = {"customer": "other", "account": "others", "subscriber": "others"}[kind]
        subscribed(owned, kind, other, externalId="theirs")
        for mine in KINDS:
            with nothing_changed():
                answer = subscribe(owned, mine, parentOfferSubscription={"externalId": "theirs"})
                problem(answer, 400, "CASM-HIERARCHY", "parentOfferSubscription")

    def test_deactivated(self, owned: RestClient) -> None:
        subscribed(owned, "customer", externalId="top")
        subscribed(owned, externalId="middle", parentOfferSubscription={"externalId": "top"})
        subscribed(owned, externalId="bottom", parentOfferSubscription={"externalId": "middle"})
        end(Subscription, "top")
        for parent in ("top", "middle", "bottom"):
            with nothing_changed():
                answer = subscribe(owned, parentOfferSubscription={"externalId": parent})
                problem(answer, 400, "CASM-STATE-DEACTIVATED", "parentOfferSubscription")

    def test_writes_below_a_deactivated_parent(self, owned: RestClient) -> None:
        subscribed(owned, "customer", externalId="top")
        subscribed(owned, externalId="middle", parentOfferSubscription={"externalId": "top"})
        subscribed(owned, externalId="bottom", parentOfferSubscription={"externalId": "middle"})
        end(Subscription, "top")
        for name in ("middle", "bottom"):
            ref = {"subscription": {"externalId": name}}
            for path, body in (
                ("/subscriptions/update-custom-name", {"customName": "x"}),
                ("/subscriptions/update-balance", {"service": "data", "adjustment": "1"}),
            ):
                refused(owned, path, "CASM-STATE-DEACTIVATED", "parentOfferSubscription", **ref, **body)


def test_balances_come_with_it_and_none_without_a_balance_service(owned: RestClient) -> None:
    subscribed(owned, externalId="sub-1")
    assert [balance.service.code for balance in Balance.objects.order_by("pk")] == ["data", "voice"]
    subscribed(owned, offer="unlimitedVoice")
    subscribed(owned, "customer", offer="welcomeDiscount")
    assert Balance.objects.count() == 2


def test_it_is_all_one_business_transaction(owned: RestClient) -> None:
    before = BusinessTransaction.objects.count()
    made = subscribed(owned, requestId="one")
    entry = BusinessTransaction.objects.get(request_id="one")
    assert BusinessTransaction.objects.count() == before + 1
    assert (entry.operation, entry.target_ref_id, entry.touched) == ("CreateSubscriptionOnAccount", made["refId"], 3)
    assert {row.transaction_id for row in Balance.history.all()} == {entry.pk}
