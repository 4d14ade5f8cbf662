"""Opening balances, and setting and adjusting them: one, several, refused for each rule, stale, replayed, forbidden."""

from typing import Any

import pytest

from balances.models import Balance, LedgerEntry
from ocsportal.people import groups
from ocsportal.transactions.models import BusinessTransaction
from tests.balances.purse import SEVERAL, SUB, UPDATE, adjust, adjusted, chain, counted, counting_up, money
from tests.client import RestClient, problem
from tests.offers.world import ENDED, account, nothing_changed, offer, refused, subscribe, subscribed, version
from tests.rest.conftest import ClientOf

pytestmark = pytest.mark.django_db

MOST = "999999999999.999999"


REFUSED: list[tuple[dict[str, Any], str, str]] = [
    ({}, "REQUEST-VALIDATION", "balance"),
    ({"reason": "x"}, "REQUEST-VALIDATION", "balance"),
    ({"balance": None, "adjustment": None}, "REQUEST-VALIDATION", "balance"),
    ({"balance": "1", "adjustment": "1"}, "REQUEST-VALIDATION", "adjustment"),
    ({"balance": "-0.000001"}, "CASM-BALANCE-INSUFFICIENT", "balance"),
    ({"adjustment": "-100.000001"}, "CASM-BALANCE-INSUFFICIENT", "adjustment"),
    ({"balance": "1000000000000"}, "REQUEST-VALIDATION", "balance"),
    ({"adjustment": "999999999999.999999"}, "REQUEST-VALIDATION", "adjustment"),
    ({"adjustment": "-1000000000000"}, "REQUEST-VALIDATION", "adjustment"),
    ({"adjustment": "0.0000001"}, "REQUEST-VALIDATION", "adjustment"),
    ({"adjustment": True}, "REQUEST-VALIDATION", "adjustment"),
    ({"adjustment": "one"}, "REQUEST-VALIDATION", "adjustment"),
    ({"adjustment": "1\n"}, "REQUEST-VALIDATION", "adjustment"),
    ({"adjustment": [1]}, "REQUEST-VALIDATION", "adjustment"),
    ({"grantedBalance": "-1"}, "REQUEST-VALIDATION", "grantedBalance"),
    ({"grantedBalance": "1000000000000"}, "REQUEST-VALIDATION", "grantedBalance"),
    ({"adjustment": "1", "reason": "x" * 1001}, "REQUEST-VALIDATION", "reason"),
    ({"adjustment": "1", "reason": ""}, "REQUEST-VALIDATION", "reason"),
    ({"adjustment": "1", "reason": 1}, "REQUEST-VALIDATION", "reason"),
    ({"adjustment": "1", "validTo": "2030-01-01"}, "REQUEST-VALIDATION", "validTo"),
    ({"adjustment": "1", "service": "nope"}, "CASM-BALANCE-NOT-FOUND", "service"),
    ({"adjustment": "1", "service": "data"}, "CASM-BALANCE-NOT-FOUND", "service"),
    ({"adjustment": "1", "service": ""}, "REQUEST-VALIDATION", "service"),
    ({"adjustment": "1", "actualBalance": "1"}, "REQUEST-VALIDATION", "actualBalance"),
    ({"adjustment": "1", "balances": []}, "REQUEST-VALIDATION", "balances"),
]
# Of the second of two.
BAD_SECOND: list[tuple[Any, str, str]] = [
    ({"service": "voice", "adjustment": "-301"}, "CASM-BALANCE-INSUFFICIENT", "balances[1].adjustment"),
    ({"service": "voice", "balance": "-1"}, "CASM-BALANCE-INSUFFICIENT", "balances[1].balance"),
    ({"service": "nope", "adjustment": "1"}, "CASM-BALANCE-NOT-FOUND", "balances[1].service"),
    ({"service": "data", "adjustment": "1"}, "REQUEST-VALIDATION", "balances[1].service"),
    ({"adjustment": "1"}, "REQUEST-VALIDATION", "balances[1].service"),
    ({"service": "voice"}, "REQUEST-VALIDATION", "balances[1].balance"),
    ({"service": "voice", "adjustment": "x"}, "REQUEST-VALIDATION", "balances[1].adjustment"),
    ({"service": "voice", "adjustment": "1", "x": 1}, "REQUEST-VALIDATION", "balances[1].x"),
    (
        {"service": "voice", "adjustment": "1", "validTo": "2020-01-01T00:00:00Z"},
        "REQUEST-VALIDATION",
        "balances[1].validTo",
    ),
    ("voice", "REQUEST-VALIDATION", "balances[1]"),
]


class TestOpening:
    def test_counts_down_from_the_grant(self, owned: RestClient) -> None:
        owned.headers["X-Ocs-Io-Reason"] = "goodwill"
        made = counted(owned, "100.5", thresholds=[80], rejectWhenExhausted=True, validTo="2099-01-01T00:00:00Z")
        assert chain() == [(1, "100.5", "0", "100.5")]
        entry = LedgerEntry.objects.get()
        assert (entry.operation, entry.reason, entry.actor_name) == ("Opening", "goodwill", "crm")
        assert entry.transaction == BusinessTransaction.objects.latest("pk")
        shown = owned.get("/subscriptions/balance/read", externalId="sub-1").json()
        assert shown == {
            "refId": Balance.objects.get().ref_id,
            "subscription": {"refId": made["refId"], "externalId": "sub-1"},
            "service": {**shown["service"], "code": "balance", "name": "Balance"},
            "unitsOfMeasurement": "MEGABYTE",
            "currency": None,
            "grantedBalance": "100.5",
            "actualBalance": "100.5",
            "balanceDeducted": True,
            "validFrom": made["state"]["stateValidFrom"],
            "validTo": "2099-01-01T01:00:00.000+01:00",
            "thresholds": ["80"],
            "rejectWhenExhausted": True,
            "changedAt": made["createdAt"],
            "version": 1,
        }

    def test_counts_up_from_nothing(self, owned: RestClient) -> None:
        counting_up(owned, "100")
        assert chain() == [(1, "0", "0", "0")]
        shown = owned.get("/subscriptions/balance/read", externalId="sub-1").json()
        assert (shown["grantedBalance"], shown["actualBalance"], shown["balanceDeducted"]) == ("100", "0", False)

    def test_money_is_in_the_payers_currency_and_shown_with_its_digits(self, owned: RestClient) -> None:
        money(owned, "20.5")
        shown = owned.get("/subscriptions/balance/read", externalId="sub-1").json()
        assert (shown["currency"]["code"], shown["unitsOfMeasurement"]) == ("EUR", None)
        assert (shown["grantedBalance"], shown["actualBalance"]) == ("20.50", "20.50")

    def test_one_per_balance_service_of_the_version(self, owned: RestClient) -> None:
        own = offer("own", ("data", ""), ("monthlyFee", ""), ("purse", "MONETARY_BALANCE"))
        values = {"data": {"grantedBalance": "1"}, "monthlyFee": {"charge": "1"}, "purse": {"grantedBalance": "2"}}
        version(own, values=values)
        account(owned, "yen", "JPY")
        subscribed(owned, on="yen", offer="own")
        found = [(row.service.code, row.unit, int(row.granted)) for row in Balance.objects.order_by("pk")]
        assert found == [("data", "EVENT", 1), ("purse", "JPY", 2)]

    def test_one_that_would_end_before_it_starts(self, owned: RestClient) -> None:
        own = offer("own", ("data", ""))
        version(own, values={"data": {"grantedBalance": "1", "validTo": "2026-01-01T00:00:00Z"}})
        with nothing_changed():
            problem(subscribe(owned, offer="own"), 400, "REQUEST-VALIDATION", "offer")


class TestOne:
    def test_relative(self, owned: RestClient) -> None:
        counted(owned)
        assert adjusted(owned, adjustment="-40")["actualBalance"] == "60"
        assert adjusted(owned, adjustment=0.5)["actualBalance"] == "60.5"
        assert adjusted(owned, adjustment=-60.5)["actualBalance"] == "0"
        assert chain()[1:] == [(2, "-40", "100", "60"), (3, "0.5", "60", "60.5"), (4, "-60.5", "60.5", "0")]

    def test_absolute(self, owned: RestClient) -> None:
        counted(owned)
        for value in ("40", 250, "0", "0.000001", MOST, "0.00"):
            adjusted(owned, balance=value)
        assert [after for _, _, _, after in chain()] == ["100", "40", "250", "0", "0.000001", MOST, "0"]

    def test_answer(self, owned: RestClient) -> None:
        counted(owned)
        answer = adjust(owned, adjustment="-1", requestId="r", reason="Goodwill")
        (item,) = answer.json()
        assert (item["name"], item["seqno"]) == ("UpdateSubscriptionBalance", 1)
        assert item["objectType"] == "io.ocs.pbs.core.model.BalanceEx"
        balance = Balance.objects.get()
        assert answer["ETag"] == f'"{balance.ref_id}-2"'
        assert item["object"] == owned.get("/subscriptions/balance/read", externalId="sub-1").json()
        entry = LedgerEntry.objects.get(number=2)
        assert (entry.operation, entry.reason, entry.transaction.request_id) == (
            "UpdateSubscriptionBalance", "Goodwill", "r",
        )  # fmt: skip

    def test_the_requests_reason_stands_for_a_missing_one(self, owned: RestClient) -> None:
        counted(owned)
        adjust(owned, headers={"X-Ocs-Io-Reason": "Ticket 4711"}, adjustment="1")
        adjust(owned, headers={"X-Ocs-Io-Reason": "Ticket 4711"}, adjustment="1", reason="x" * 1000)
        assert list(LedgerEntry.objects.order_by("number").values_list("reason", flat=True)) == [
            "", "Ticket 4711", "x" * 1000,
        ]  # fmt: skip

    def test_grant_alone_moves_no_value(self, owned: RestClient) -> None:
        counted(owned)
        changed = adjusted(owned, grantedBalance="500")
        assert (changed["grantedBalance"], changed["actualBalance"]) == ("500", "100")
        assert chain() == [(1, "100", "0", "100")]
        assert Balance.history.count() == 2

    def test_grant_and_value_together(self, owned: RestClient) -> None:
        counted(owned)
        changed = adjusted(owned, grantedBalance="500", adjustment="400")
        assert (changed["grantedBalance"], changed["actualBalance"]) == ("500", "500")

    def test_validity(self, owned: RestClient) -> None:
        counted(owned)
        changed = adjusted(owned, validFrom="2030-01-01T00:00:00Z", validTo="2030-07-01T00:00:00+02:00")
        assert (changed["validFrom"], changed["validTo"]) == (
            "2030-01-01T01:00:00.000+01:00",
            "2030-07-01T00:00:00.000+02:00",
        )
        for body in (
            {"validTo": "2030-01-01T00:00:00Z"},
            {"validFrom": "2030-06-30T22:00:00Z"},
            {"validFrom": "2031-01-01T00:00:00Z", "validTo": "2030-01-01T00:00:00Z"},
        ):
            refused(owned, UPDATE, "REQUEST-VALIDATION", "validTo", **SUB, adjustment="1", **body)
        assert adjusted(owned, validFrom="2029-01-01T00:00:00Z")["validTo"] == changed["validTo"]

    def test_service_may_be_left_out_of_one_only(self, owned: RestClient) -> None:
        counted(owned)
        assert adjusted(owned, service="balance", adjustment="1")["actualBalance"] == "101"
        subscribed(owned, externalId="both")
        answer = refused(
            owned, UPDATE, "REQUEST-VALIDATION", "service", subscription={"externalId": "both"}, adjustment="1"
        )
        assert "data, voice" in answer["detail"]
        assert adjusted(owned, "both", service="voice", adjustment="-300")["actualBalance"] == "0"

    def test_refused(self, owned: RestClient) -> None:
        counted(owned)
        for body, code, parameter in REFUSED:
            refused(owned, UPDATE, code, parameter, **SUB, **body)

    def test_boundless_numbers(self, owned: RestClient) -> None:
        counted(owned)
        for number in ("1e99999999", "-1E+99999999", "1E-99999999", "9" * 4000):
            raw = f'{{"requestId": "r", "subscription": {{"externalId": "sub-1"}}, "adjustment": {number}}}'
            with nothing_changed():
                problem(owned.raw(UPDATE, raw), 400, "REQUEST-VALIDATION")

    def test_money_has_the_currencys_digits(self, owned: RestClient) -> None:
        money(owned, "20")
        for body in ({"adjustment": "0.001"}, {"balance": "1.005"}, {"grantedBalance": "1.005"}):
            refused(owned, UPDATE, "REQUEST-VALIDATION", next(iter(body)), **SUB, **body)
        assert adjusted(owned, adjustment="0.010")["actualBalance"] == "20.01"

    def test_subscription_must_stand(self, owned: RestClient) -> None:
        refused(owned, UPDATE, "ENTITY-NOT-FOUND", "subscription", **SUB, adjustment="1")
        counted(owned)
        owned.done("/subscriptions/update-state", **SUB, state=ENDED)
        refused(owned, UPDATE, "CASM-STATE-DEACTIVATED", "subscription", **SUB, adjustment="1")
        one = [{"service": "balance", "adjustment": "1"}]
        refused(owned, SEVERAL, "CASM-STATE-DEACTIVATED", "subscription", **SUB, balances=one)

    def test_offer_without_a_balance_service(self, owned: RestClient) -> None:
        subscribed(owned, externalId="sub-1", offer="unlimitedVoice")
        for service in ({}, {"service": "data"}):
            refused(owned, UPDATE, "CASM-BALANCE-NOT-FOUND", "subscription", **SUB, adjustment="1", **service)

    def test_what_does_not_count_down_may_be_corrected_but_not_beyond_the_grant(self, owned: RestClient) -> None:
        counting_up(owned, "100", rejectWhenExhausted=True)
        assert adjusted(owned, adjustment="100")["actualBalance"] == "100"
        refused(owned, UPDATE, "CASM-BALANCE-INSUFFICIENT", "adjustment", **SUB, adjustment="0.000001")
        refused(owned, UPDATE, "CASM-BALANCE-INSUFFICIENT", "balance", **SUB, balance="101")
        refused(owned, UPDATE, "CASM-BALANCE-INSUFFICIENT", "adjustment", **SUB, adjustment="-101")
        assert adjusted(owned, adjustment="1", grantedBalance="101")["actualBalance"] == "101"
        # A grant that is taken back leaves it above; the way down is open.
        adjusted(owned, grantedBalance="50")
        assert adjusted(owned, adjustment="-1")["actualBalance"] == "100"

    def test_without_the_flag_it_counts_on(self, owned: RestClient) -> None:
        counting_up(owned, "100")
        assert adjusted(owned, adjustment="150")["actualBalance"] == "150"

    def test_one_that_counts_down_may_exceed_its_grant(self, owned: RestClient) -> None:
        counted(owned, "100", rejectWhenExhausted=True)
        assert adjusted(owned, adjustment="50")["actualBalance"] == "150"
        refused(owned, UPDATE, "CASM-BALANCE-INSUFFICIENT", "adjustment", **SUB, adjustment="-151")


class TestSeveral:
    @pytest.fixture
    def both(self, owned: RestClient) -> RestClient:
        """REST, with sub-1 that has 10240 data and 300 voice."""
        subscribed(owned, externalId="sub-1")
        return owned

    def test_all_in_the_order_given(self, both: RestClient) -> None:
        items = [
            {"service": "voice", "adjustment": "30", "reason": "Goodwill"},
            {"service": "data", "balance": "9000", "grantedBalance": "20000"},
        ]
        answer = both.post(SEVERAL, **SUB, balances=items)
        assert [(item["object"]["service"]["code"], item["object"]["actualBalance"]) for item in answer.json()] == [
            ("voice", "330"),
            ("data", "9000"),
        ]
        data, voice = Balance.objects.order_by("pk")
        assert answer["ETag"] == f'"{voice.ref_id}-2"'
        assert chain(voice)[1:] == [(2, "30", "300", "330")]
        assert chain(data)[1:] == [(2, "-1240", "10240", "9000")]
        entry = BusinessTransaction.objects.latest("pk")
        assert (entry.operation, entry.touched) == ("UpdateSubscriptionBalances", 2)
        assert set(LedgerEntry.objects.filter(number=2).values_list("transaction", flat=True)) == {entry.pk}

    def test_a_bad_second_one_changes_nothing(self, both: RestClient) -> None:
        good = {"service": "data", "adjustment": "-1"}
        for bad, code, parameter in BAD_SECOND:
            refused(both, SEVERAL, code, parameter, **SUB, balances=[good, bad])

    def test_malformed_lists(self, both: RestClient) -> None:
        items: Any
        for items in (None, [], {}, "x", [{}] * 101):
            answer = refused(both, SEVERAL, "REQUEST-VALIDATION", **SUB, balances=items)
            assert answer["parameter"].startswith("balances")

    def test_of_one_the_service_may_be_left_out(self, owned: RestClient) -> None:
        counted(owned)
        assert owned.done(SEVERAL, **SUB, balances=[{"adjustment": "1"}])["actualBalance"] == "101"
        twice = [{"adjustment": "1"}, {"service": "balance", "adjustment": "1"}]
        refused(owned, SEVERAL, "REQUEST-VALIDATION", "balances[1].service", **SUB, balances=twice)


class TestStaleReplayAndWhoMay:
    def test_if_match_takes_the_tag_of_the_balance_and_of_the_subscription(self, owned: RestClient) -> None:
        counted(owned)
        subscription = owned.get("/subscriptions/read", externalId="sub-1")["ETag"]
        first = owned.get("/subscriptions/balance/read", externalId="sub-1")["ETag"]
        assert first != subscription
        done = adjust(owned, headers={"If-Match": first}, adjustment="-1")
        assert done.status_code == 200
        with nothing_changed():
            for tag in (first, '"x-1"', ""):
                problem(adjust(owned, headers={"If-Match": tag}, adjustment="-1"), 412, "PRECONDITION-FAILED")
        for tag in (done["ETag"], subscription, "*"):
            assert adjust(owned, headers={"If-Match": tag}, adjustment="-1").status_code == 200
        owned.done("/subscriptions/update-custom-name", **SUB, customName="New")
        with nothing_changed():
            problem(adjust(owned, headers={"If-Match": subscription}, adjustment="-1"), 412, "PRECONDITION-FAILED")

    def test_replay_moves_nothing_twice(self, owned: RestClient) -> None:
        counted(owned)
        first = adjust(owned, requestId="once", adjustment="-10")
        with nothing_changed():
            again = adjust(owned, requestId="once", adjustment="-10")
            assert (again.content, again["Idempotent-Replay"], again["ETag"]) == (first.content, "true", first["ETag"])
            problem(adjust(owned, requestId="once", adjustment="-11"), 409, "REQUEST-ID-CONFLICT")
            item = [{"adjustment": "-10"}]
            problem(owned.post(SEVERAL, **SUB, requestId="once", balances=item), 409, "REQUEST-ID-CONFLICT")
        assert len(chain()) == 2

    def test_a_refused_request_may_be_sent_again(self, owned: RestClient) -> None:
        counted(owned)
        problem(adjust(owned, requestId="again", adjustment="-101"), 400, "CASM-BALANCE-INSUFFICIENT")
        adjusted(owned, adjustment="1")
        assert adjust(owned, requestId="again", adjustment="-101").json()[0]["object"]["actualBalance"] == "0"

    def test_groups(self, owned: RestClient, client_of: ClientOf) -> None:
        counted(owned)
        several = [{"service": "balance", "adjustment": "-1"}]
        for number, group in enumerate(groups.GROUPS):
            client = client_of(group, f"agent-{number}")
            if group in (groups.CARE, groups.BACK_OFFICE, groups.CRM):
                assert adjust(client, adjustment="-1").status_code == 200
                assert client.post(SEVERAL, **SUB, balances=several).status_code == 200
                continue
            with nothing_changed():
                problem(adjust(client, adjustment="-1"), 403, "PERMISSION-DENIED")
                problem(client.post(SEVERAL, **SUB, balances=several), 403, "PERMISSION-DENIED")
        assert len(chain()) == 7


def test_reads(owned: RestClient) -> None:
    subscribed(owned, externalId="sub-1")
    adjusted(owned, service="data", adjustment="-240", reason="Goodwill")
    both = owned.get("/subscriptions/balances/read", externalId="sub-1").json()
    assert [(item["service"]["code"], item["actualBalance"]) for item in both["items"]] == [
        ("data", "10000"),
        ("voice", "300"),
    ]
    one = owned.get("/subscriptions/balance/read", externalId="sub-1", service="data", ledger="true").json()
    assert {name: value for name, value in one.items() if name != "ledger"} == both["items"][0]
    assert [{**entry, "at": None} for entry in one["ledger"]] == [
        {
            "number": 2, "amount": "-240", "before": "10240", "after": "10000", "actor": "crm", "at": None,
            "operation": "UpdateSubscriptionBalance", "reason": "Goodwill",
        },
        {
            "number": 1, "amount": "10240", "before": "0", "after": "10240", "actor": "crm", "at": None,
            "operation": "Opening", "reason": None,
        },
    ]  # fmt: skip
    read = "/subscriptions/balance/read"
    problem(owned.get(read, externalId="sub-1"), 400, "REQUEST-VALIDATION", "service")
    problem(owned.get(read, externalId="sub-1", service="nope"), 400, "CASM-BALANCE-NOT-FOUND", "service")
    problem(owned.get(read, externalId="nobody"), 404, "ENTITY-NOT-FOUND")
    problem(owned.get("/subscriptions/balances/read", externalId="nobody"), 404, "ENTITY-NOT-FOUND")
    problem(owned.get("/subscriptions/balances/read"), 400, "REQUEST-VALIDATION", "refId")
    subscribed(owned, externalId="bare", offer="unlimitedVoice")
    assert owned.get("/subscriptions/balances/read", externalId="bare").json() == {"items": []}
    problem(owned.get(read, externalId="bare"), 400, "CASM-BALANCE-NOT-FOUND")


LISTED: list[tuple[dict[str, str], list[str]]] = [
    ({}, ["data", "voice", "balance", "monetaryBalance"]),
    ({"service": "voice"}, ["voice"]),
    ({"type": "MONETARY_BALANCE"}, ["monetaryBalance"]),
    ({"subscription": "sub-1"}, ["data", "voice"]),
    ({"offer": "indBalance"}, ["balance"]),
    ({"ordering": "-created"}, ["monetaryBalance", "balance", "voice", "data"]),
    ({"ordering": "-changedAt", "type": "BALANCE"}, ["data", "balance", "voice"]),
    ({"changedSince": "2099-01-01T00:00:00Z"}, []),
    ({"customer": "x"}, []),
]


def test_list(owned: RestClient) -> None:
    refs = {"sub-1": subscribed(owned, externalId="sub-1")["refId"]}
    counted(owned, external_id="sub-2")
    money(owned, external_id="sub-3")
    adjusted(owned, service="data", adjustment="1")
    for filters, found in LISTED:
        given = {name: refs.get(value, value) for name, value in filters.items()}
        answer = owned.get("/balances", **given).json()
        assert [item["service"]["code"] for item in answer["items"]] == found, filters
    problem(owned.get("/balances", nope="1"), 400, "REQUEST-VALIDATION", "nope")


def test_list_by_owner(owned: RestClient) -> None:
    for kind in ("customer", "account", "subscriber"):
        made = subscribed(owned, kind)
        listed = owned.get("/balances", **{kind: made[kind]["refId"]}).json()["items"]
        assert {item["subscription"]["refId"] for item in listed} == {made["refId"]}
        assert len(listed) == 2
