"""How much agents may move by adjusting: at once, per day in the billing time zone, by group and unit."""

from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

import pytest
from django.contrib.auth.models import Group

from balances import operations
from balances.models import AdjustmentLimit, AmountMoved, Balance
from balances.operations.updating import Adjustment
from ocsportal.entities.identity import Ref
from ocsportal.people import groups
from ocsportal.people.models import User
from ocsportal.transactions.errors import OperationRefused
from tests.balances.purse import SEVERAL, adjust, counted, money
from tests.client import RestClient, problem
from tests.conftest import make_user
from tests.offers.world import as_system, nothing_changed, subscribed
from tests.rest.conftest import ClientOf

pytestmark = pytest.mark.django_db

LIMIT = "CASM-ADJUSTMENT-LIMIT"


def limit(group: str, unit: str, once: str | None = None, day: str | None = None) -> None:
    """Set a group's limits."""
    as_system(
        lambda: AdjustmentLimit.objects.create(
            group=Group.objects.get(name=group),
            unit=unit,
            per_adjustment=Decimal(once) if once else None,
            per_day=Decimal(day) if day else None,
        )
    )


def moved() -> list[tuple[str, Decimal]]:
    """Return what was counted, in order."""
    return list(AmountMoved.objects.order_by("pk").values_list("unit", "amount"))


@pytest.fixture
def agent(owned: RestClient, client_of: ClientOf) -> RestClient:
    """An agent of Customer Care, and sub-1 with 100 megabytes."""
    counted(owned)
    return client_of(groups.CARE)


class Agent:
    """A person who adjusts sub-1 at instants of the test's choosing."""

    def __init__(self, user: User, change: Any) -> None:
        self.user, self.change = user, change

    def adjust(self, amount: str, at: datetime | None = None) -> str | None:
        """Adjust; return the code of a refusal, None when it was done."""
        options = {"at": at} if at else {}
        try:
            operations.update_subscription_balance(
                self.change(actor=self.user, **options),
                subscription=Ref(external_id="sub-1"),
                item=Adjustment(adjustment=Decimal(amount)),
            )
        except OperationRefused as refusal:
            return refusal.code
        return None


class TestOnce:
    def test_up_and_down_alike(self, agent: RestClient) -> None:
        limit(groups.CARE, "MEGABYTE", once="10")
        with nothing_changed():
            for body in ({"adjustment": "10.000001"}, {"adjustment": "-10.000001"}):
                problem(adjust(agent, **body), 400, LIMIT, "adjustment")
            for body in ({"balance": "89.999999"}, {"balance": "110.000001"}):
                problem(adjust(agent, **body), 400, LIMIT, "balance")
        for body in ({"adjustment": "10"}, {"adjustment": "-10"}, {"balance": "90"}, {"balance": "100"}):
            assert adjust(agent, **body).status_code == 200

    def test_a_grant_counts_by_how_far_it_moves(self, agent: RestClient) -> None:
        limit(groups.CARE, "MEGABYTE", once="10")
        with nothing_changed():
            for granted in ("99999999", "110.000001", "89.999999"):
                problem(adjust(agent, grantedBalance=granted), 400, LIMIT, "grantedBalance")
            problem(adjust(agent, grantedBalance="111", adjustment="1"), 400, LIMIT, "grantedBalance")
        for granted in ("110", "100", "90", "90"):
            assert adjust(agent, grantedBalance=granted).status_code == 200

    def test_validity_is_not_limited(self, agent: RestClient) -> None:
        limit(groups.CARE, "MEGABYTE", once="0", day="0")
        assert adjust(agent, validTo="2099-01-01T00:00:00Z").status_code == 200

    def test_in_a_unit_without_a_limit_nothing_may_be_moved(self, agent: RestClient) -> None:
        limit(groups.CARE, "GIGABYTE")
        with nothing_changed():
            for body in ({"adjustment": "0.000001"}, {"balance": "99"}, {"grantedBalance": "101"}):
                assert "At most 0 MEGABYTE" in problem(adjust(agent, **body), 400, LIMIT)["detail"]
        assert adjust(agent, adjustment="0").status_code == 200
        assert adjust(agent, grantedBalance="100").status_code == 200

    def test_unless_every_other_unit_has_one(self, agent: RestClient, owned: RestClient) -> None:
        money(owned, external_id="sub-2")
        limit(groups.CARE, "EUR", once="5")
        limit(groups.CARE, AdjustmentLimit.OTHERS)
        assert adjust(agent, adjustment="99999999", grantedBalance="99999999").status_code == 200
        problem(adjust(agent, "sub-2", adjustment="5.01"), 400, LIMIT)
        assert adjust(agent, "sub-2", adjustment="5").status_code == 200

    def test_every_other_unit_may_have_amounts_of_its_own(self, agent: RestClient) -> None:
        limit(groups.CARE, "EUR", once="5")
        limit(groups.CARE, AdjustmentLimit.OTHERS, once="10", day="15")
        problem(adjust(agent, adjustment="11"), 400, LIMIT)
        assert adjust(agent, adjustment="10").status_code == 200
        problem(adjust(agent, adjustment="6"), 400, LIMIT)

    def test_a_group_without_any_is_not_limited(
        self, agent: RestClient, owned: RestClient, client_of: ClientOf
    ) -> None:
        limit(groups.BACK_OFFICE, "MEGABYTE", once="1")
        assert adjust(agent, adjustment="-50").status_code == 200
        assert adjust(owned, adjustment="-50", grantedBalance="7").status_code == 200
        problem(adjust(client_of(groups.BACK_OFFICE), adjustment="50"), 400, LIMIT)

    def test_money(self, agent: RestClient, owned: RestClient) -> None:
        money(owned, external_id="sub-2")
        limit(groups.CARE, "EUR", once="5")
        problem(adjust(agent, "sub-2", adjustment="5.01"), 400, LIMIT)
        problem(adjust(agent, "sub-2", grantedBalance="25.01"), 400, LIMIT)
        assert adjust(agent, "sub-2", adjustment="5").status_code == 200
        # In another currency of the same number it is another matter.
        limit(groups.CARE, "USD", once="100")
        money(owned, external_id="sub-3", currency="USD")
        problem(adjust(agent, "sub-2", adjustment="5.01"), 400, LIMIT)
        assert adjust(agent, "sub-3", adjustment="100").status_code == 200

    def test_one_of_several_beyond_it_refuses_all(self, agent: RestClient, owned: RestClient) -> None:
        subscribed(owned, externalId="both")
        limit(groups.CARE, "MINUTE", once="10")
        limit(groups.CARE, "MEGABYTE")
        items = [{"service": "data", "adjustment": "-1000"}, {"service": "voice", "adjustment": "11"}]
        with nothing_changed():
            answer = agent.post(SEVERAL, subscription={"externalId": "both"}, balances=items)
            problem(answer, 400, LIMIT, "balances[1].adjustment")


class TestDay:
    def test_both_directions_add_up(self, agent: RestClient) -> None:
        limit(groups.CARE, "MEGABYTE", day="30")
        assert adjust(agent, adjustment="-20").status_code == 200
        assert adjust(agent, adjustment="9.5").status_code == 200
        with nothing_changed():
            body = problem(adjust(agent, adjustment="0.500001"), 400, LIMIT)
            assert "0.5 are left today" in body["detail"]
        assert adjust(agent, adjustment="0.5").status_code == 200
        with nothing_changed():
            problem(adjust(agent, adjustment="-0.000001"), 400, LIMIT)

    def test_over_all_balances_of_the_unit(self, agent: RestClient, owned: RestClient) -> None:
        counted(owned, external_id="sub-2")
        money(owned, external_id="sub-3")
        limit(groups.CARE, "MEGABYTE", day="30")
        limit(groups.CARE, "EUR", day="20")
        assert adjust(agent, adjustment="20").status_code == 200
        assert adjust(agent, "sub-3", adjustment="20").status_code == 200
        problem(adjust(agent, "sub-2", adjustment="11"), 400, LIMIT)
        assert adjust(agent, "sub-2", adjustment="10").status_code == 200

    def test_of_several_at_once(self, agent: RestClient, owned: RestClient) -> None:
        subscribed(owned, externalId="both")
        limit(groups.CARE, "MEGABYTE", day="30")
        limit(groups.CARE, "MINUTE", day="30")
        both = {"subscription": {"externalId": "both"}}
        items = [{"service": "data", "adjustment": "30"}, {"service": "voice", "adjustment": "30"}]
        assert agent.post(SEVERAL, **both, balances=items).status_code == 200
        for item in items:
            problem(agent.post(SEVERAL, **both, balances=[{**item, "adjustment": "1"}]), 400, LIMIT)

    def test_what_others_did_does_not_count(self, agent: RestClient, owned: RestClient, client_of: ClientOf) -> None:
        limit(groups.CARE, "MEGABYTE", day="30")
        adjust(owned, adjustment="50")
        other = client_of(groups.CARE, "other-agent")
        assert adjust(other, adjustment="30").status_code == 200
        assert adjust(agent, adjustment="30").status_code == 200

    def test_value_grant_and_new_balance_add_up(self, agent: RestClient) -> None:
        limit(groups.CARE, "MEGABYTE", day="30")
        assert adjust(agent, adjustment="-5", grantedBalance="110").status_code == 200
        counted(agent, "10", external_id="sub-2")
        with nothing_changed():
            body = problem(adjust(agent, "sub-2", grantedBalance="15.000001"), 400, LIMIT, "grantedBalance")
            assert "5 are left today" in body["detail"]
            problem(adjust(agent, adjustment="-3", grantedBalance="113"), 400, LIMIT)
        assert adjust(agent, "sub-2", grantedBalance="15").status_code == 200
        problem(adjust(agent, adjustment="0.000001"), 400, LIMIT)
        assert moved() == [("MEGABYTE", 15), ("MEGABYTE", 10), ("MEGABYTE", 5)]

    def test_what_was_done_before_the_limit_was_changed_counts(self, agent: RestClient) -> None:
        limit(groups.CARE, "MEGABYTE")
        assert adjust(agent, adjustment="-20").status_code == 200

        def work() -> None:
            row = AdjustmentLimit.objects.get()
            row.per_day, row.version = Decimal(30), row.version + 1
            row.save()

        as_system(work)
        problem(adjust(agent, adjustment="11"), 400, LIMIT)
        assert adjust(agent, adjustment="10").status_code == 200

    def test_who_is_not_limited_leaves_no_trace(self, agent: RestClient, owned: RestClient) -> None:
        limit(groups.BACK_OFFICE, "MEGABYTE", day="30")
        assert adjust(agent, adjustment="-20").status_code == 200
        assert adjust(owned, grantedBalance="20").status_code == 200
        assert moved() == []

    def test_a_new_day_begins_at_midnight_in_the_billing_time_zone(self, owned: RestClient, change: Any) -> None:
        counted(owned)
        limit(groups.CARE, "MEGABYTE", day="30")
        person = Agent(make_user("agent", groups.CARE), change)
        # In Berlin it is summer time: midnight is at 22:00 UTC.
        assert person.adjust("-30", at=datetime(2027, 7, 1, 21, 59, 59, 999000, tzinfo=UTC)) is None
        assert person.adjust("-1", at=datetime(2027, 7, 1, 21, 59, 59, 999000, tzinfo=UTC)) == LIMIT
        assert person.adjust("-30", at=datetime(2027, 7, 1, 22, 0, tzinfo=UTC)) is None
        assert person.adjust("-1", at=datetime(2027, 7, 2, 0, 0, tzinfo=UTC)) == LIMIT
        assert person.adjust("-1", at=datetime(2027, 7, 2, 21, 59, tzinfo=UTC)) == LIMIT
        assert person.adjust("-1", at=datetime(2027, 7, 2, 22, 0, tzinfo=UTC)) is None
        # And in winter at 23:00.
        assert person.adjust("-30", at=datetime(2027, 12, 1, 22, 59, tzinfo=UTC)) is None
        assert person.adjust("-1", at=datetime(2027, 12, 1, 22, 59, 30, tzinfo=UTC)) == LIMIT
        assert person.adjust("-1", at=datetime(2027, 12, 1, 23, 0, tzinfo=UTC)) is None


class TestGroups:
    def test_the_most_generous_one_counts(self, owned: RestClient, change: Any) -> None:
        counted(owned)
        limit(groups.CARE, "MEGABYTE", once="10", day="20")
        limit(groups.BACK_OFFICE, "MEGABYTE", once="40", day="15")
        person = Agent(make_user("agent", groups.CARE, groups.BACK_OFFICE), change)
        assert person.adjust("20") is None
        assert person.adjust("1") == LIMIT

    def test_one_that_is_unlimited_counts(self, owned: RestClient, change: Any) -> None:
        counted(owned)
        limit(groups.CARE, "MEGABYTE", once="10", day="10")
        person = Agent(make_user("agent", groups.CARE, groups.BACK_OFFICE), change)
        assert person.adjust("5000") is None
        limit(groups.BACK_OFFICE, "MEGABYTE", day="6000")
        assert person.adjust("900") is None
        assert person.adjust("101") == LIMIT

    @pytest.mark.parametrize("other", [groups.AUDITOR, groups.CONFIGURATION, groups.ADMINISTRATOR])
    def test_one_that_may_not_adjust_does_not_count(self, owned: RestClient, change: Any, other: str) -> None:
        counted(owned)
        limit(groups.CARE, "MEGABYTE", once="10")
        person = Agent(make_user("agent", groups.CARE, other), change)
        assert person.adjust("11") == LIMIT
        assert person.adjust("10") is None

    def test_an_unknown_unit_and_less_than_nothing_are_refused_by_the_form(self) -> None:
        from django.core.exceptions import ValidationError

        group = Group.objects.get(name=groups.CARE)
        for unit in ("MEGABYTE", "JPY", "*"):
            AdjustmentLimit(group=group, unit=unit, per_adjustment=Decimal(0)).clean()
        for wrong in ({"unit": "PINT"}, {"unit": "JPY", "per_day": Decimal(-1)}):
            with pytest.raises(ValidationError):
                AdjustmentLimit(group=group, **wrong).clean()


def test_a_replay_counts_once(agent: RestClient) -> None:
    limit(groups.CARE, "MEGABYTE", day="10")
    for _ in range(3):
        assert adjust(agent, requestId="once", adjustment="-10").status_code == 200
    problem(adjust(agent, adjustment="-1"), 400, LIMIT)
    assert Balance.objects.get().actual == 90
