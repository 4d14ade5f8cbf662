"""The ledger: nobody changes or deletes an entry, and `verify_ledger` finds whatever doesn't add up."""

from datetime import UTC, datetime
from decimal import Decimal
from io import StringIO
from typing import Any

import pytest
from django.core.management import CommandError, call_command
from django.db import DatabaseError, IntegrityError, connection, transaction

from balances.models import Balance, LedgerEntry
from tests.asleep import triggers_asleep
from tests.balances.purse import adjust, adjusted, chain, counted, money
from tests.client import RestClient, problem
from tests.offers.world import subscribed

pytestmark = pytest.mark.django_db

TABLE = "balances_ledgerentry"


def sql(statement: str, *values: Any) -> None:
    with connection.cursor() as cursor:
        cursor.execute(statement, values)


@pytest.fixture
def kept(owned: RestClient) -> Balance:
    """A balance with three entries: 100, -40, 10."""
    counted(owned)
    adjusted(owned, adjustment="-40")
    adjusted(owned, adjustment="10")
    return Balance.objects.get()


class TestAppendOnly:
    @pytest.mark.parametrize(
        "statement",
        [
            f"UPDATE {TABLE} SET reason = 'other'",
            f"UPDATE {TABLE} SET reason = reason WHERE number = 1",
            f"DELETE FROM {TABLE}",
            f"DELETE FROM {TABLE} WHERE number = 3",
        ],
    )
    def test_refused(self, kept: Balance, statement: str) -> None:
        before = list(LedgerEntry.objects.order_by("pk").values())
        with pytest.raises(DatabaseError), transaction.atomic():
            sql(statement)
        assert list(LedgerEntry.objects.order_by("pk").values()) == before

    @pytest.mark.postgres
    def test_truncate_is_refused(self, kept: Balance) -> None:
        for statement in (f"TRUNCATE {TABLE}", f"TRUNCATE {TABLE} CASCADE"):
            with pytest.raises(DatabaseError), transaction.atomic():
                sql(statement)
        assert LedgerEntry.objects.count() == 3

    def test_by_the_orm_too(self, kept: Balance) -> None:
        entry = LedgerEntry.objects.get(number=2)
        entry.reason = "other"
        for work in (entry.save, entry.delete, LedgerEntry.objects.all().delete):
            with pytest.raises(DatabaseError), transaction.atomic():
                work()
        with pytest.raises(DatabaseError), transaction.atomic():
            LedgerEntry.objects.update(reason="x")
        assert [row[1] for row in chain(kept)] == ["100", "-40", "10"]

    def test_an_entry_adds_up_and_has_a_number_of_its_own(self, kept: Balance) -> None:
        entry = LedgerEntry.objects.get(number=3)
        for change in ({"number": 4, "after": Decimal(71)}, {"number": 3}):
            entry.pk = None
            for name, value in change.items():
                setattr(entry, name, value)
            with pytest.raises(IntegrityError), transaction.atomic():
                entry.save(force_insert=True)

    def test_a_balance_is_never_negative(self, kept: Balance) -> None:
        with pytest.raises(IntegrityError), transaction.atomic():
            Balance.objects.update(actual=Decimal("-0.000001"))


class TestVerifyLedger:
    def test_all_is_well(self, kept: Balance, owned: RestClient, run_command: Any) -> None:
        money(owned, external_id="other")
        subscribed(owned)
        assert run_command("verify_ledger").strip() == "All 4 balances equal the sum of their entries."

    def test_nothing_there(self, run_command: Any) -> None:
        assert run_command("verify_ledger").strip() == "All 0 balances equal the sum of their entries."

    def off(self, balance: Balance) -> None:
        """Demand that this balance, and no other, is found to be off."""
        out = StringIO()
        with pytest.raises(CommandError, match="1 of 2 balances do not match") as caught:
            call_command("verify_ledger", stdout=out)
        assert caught.value.returncode == 1
        lines = out.getvalue().strip().splitlines()
        assert len(lines) == 1
        assert balance.ref_id in lines[0]

    @pytest.fixture
    def other(self, owned: RestClient) -> None:
        """A second balance, which is never off."""
        counted(owned, external_id="other")

    def test_a_tampered_balance(self, kept: Balance, other: None) -> None:
        Balance.objects.filter(pk=kept.pk).update(actual=Decimal("70.000001"))
        self.off(kept)

    def test_a_tampered_count(self, kept: Balance, other: None) -> None:
        Balance.objects.filter(pk=kept.pk).update(entries=4)
        self.off(kept)

    def forge(self, kept: Balance, number: int, before: str, amount: str) -> None:
        first = LedgerEntry.objects.filter(balance=kept).order_by("number").first()
        assert first is not None
        forged = LedgerEntry(
            balance=kept, number=number, before=Decimal(before), amount=Decimal(amount),
            after=Decimal(before) + Decimal(amount), operation="Opening", actor_name="x",
            at=datetime(2026, 1, 1, tzinfo=UTC), transaction=first.transaction,
        )  # fmt: skip
        with pytest.raises(DatabaseError, match="is not open in this database transaction"), transaction.atomic():
            forged.save()
        with triggers_asleep(connection):
            forged.save(force_insert=True)

    def test_a_forged_entry(self, kept: Balance, other: None) -> None:
        self.forge(kept, 4, "70", "5")
        self.off(kept)

    def test_forged_entries_that_make_up_for_each_other(self, kept: Balance, other: None) -> None:
        self.forge(kept, 4, "70", "5")
        self.forge(kept, 5, "80", "-10")
        self.forge(kept, 6, "65", "5")
        Balance.objects.filter(pk=kept.pk).update(entries=6)
        self.off(kept)

    @pytest.mark.parametrize("number", [1, 2, 3])
    def test_a_missing_entry(self, kept: Balance, other: None, number: int) -> None:
        with triggers_asleep(connection):
            sql(f"DELETE FROM {TABLE} WHERE number = %s AND balance_id = %s", number, kept.pk)
        self.off(kept)

    def test_no_entry_at_all(self, kept: Balance, other: None) -> None:
        with triggers_asleep(connection):
            sql(f"DELETE FROM {TABLE} WHERE balance_id = %s", kept.pk)
        self.off(kept)

    def test_an_altered_entry(self, kept: Balance, other: None) -> None:
        with triggers_asleep(connection):
            LedgerEntry.objects.filter(balance=kept, number=2).update(amount=Decimal(-41), after=Decimal(59))
        self.off(kept)


class TestHistory:
    def test_versions(self, kept: Balance, owned: RestClient) -> None:
        adjusted(owned, grantedBalance="500")
        page = owned.get("/balances/history", refId=kept.ref_id).json()
        assert page["nextCursor"] is None
        assert [(item["version"], item["operation"]) for item in page["items"]] == [
            (4, "UpdateSubscriptionBalance"),
            (3, "UpdateSubscriptionBalance"),
            (2, "UpdateSubscriptionBalance"),
            (1, "CreateBalanceSubscription"),
        ]
        assert [item["changes"] for item in page["items"][:2]] == [
            [{"field": "grantedBalance", "old": "100", "new": "500"}],
            [{"field": "actualBalance", "old": "60", "new": "70"}],
        ]

    def test_pages(self, kept: Balance, owned: RestClient) -> None:
        first = owned.get("/balances/history", refId=kept.ref_id, limit="2").json()
        rest = owned.get("/balances/history", refId=kept.ref_id, limit="2", cursor=first["nextCursor"]).json()
        assert [item["version"] for item in [*first["items"], *rest["items"]]] == [3, 2, 1]

    def test_as_of(self, kept: Balance, owned: RestClient) -> None:
        moments = list(Balance.history.order_by("history_id").values_list("history_date", flat=True))
        values = [
            owned.get("/balances/history", refId=kept.ref_id, asOf=at.isoformat()).json()["actualBalance"]
            for at in moments
        ]
        assert values == ["100", "60", "70"]
        long_ago = owned.get("/balances/history", refId=kept.ref_id, asOf="2020-01-01T00:00:00Z")
        problem(long_ago, 404, "ENTITY-NOT-FOUND", "asOf")

    def test_refused(self, owned: RestClient, client_of: Any) -> None:
        problem(owned.get("/balances/history", refId="nobody"), 404, "ENTITY-NOT-FOUND", "refId")
        problem(owned.get("/balances/history"), 400, "REQUEST-VALIDATION", "refId")
        problem(owned.get("/balances/history", externalId="sub-1"), 400, "REQUEST-VALIDATION", "externalId")
        problem(client_of("Administrator").get("/balances/history", refId="x"), 403, "PERMISSION-DENIED")


def test_a_refused_adjustment_leaves_no_entry(kept: Balance, owned: RestClient) -> None:
    problem(adjust(owned, adjustment="-71"), 400, "CASM-BALANCE-INSUFFICIENT")
    assert len(chain(kept)) == 3
