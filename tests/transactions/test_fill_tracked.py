"""A column is filled beside the running portal: in blocks, each recorded, and once only."""

from types import SimpleNamespace
from typing import Any

import pytest
from django.db import connection
from django.db.migrations.loader import MigrationLoader
from django.db.models.functions import Upper

from customers.models import CustomerSegment
from ocsportal.transactions import fill_tracked
from ocsportal.transactions.fill_tracked import FillTracked
from ocsportal.transactions.models import BusinessTransaction
from ocsportal.transactions.verification import findings
from tests.transactions.rows import inside

pytestmark = pytest.mark.django_db
FILL = FillTracked("CustomerSegment", "description", Upper("name"))


def fill(in_atomic_block: bool = False) -> list[BusinessTransaction]:
    """Fill the column, as a migration does; return what was recorded."""
    editor: Any = SimpleNamespace(connection=SimpleNamespace(in_atomic_block=in_atomic_block, alias="default"))
    state: Any = MigrationLoader(connection).project_state()
    before = BusinessTransaction.objects.order_by("pk").last()
    FILL.database_forwards("customers", editor, state, state)
    return list(BusinessTransaction.objects.filter(pk__gt=before.pk if before else 0).order_by("pk"))


def test_each_block_is_recorded_and_a_second_run_writes_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(fill_tracked, "BLOCK", 2)
    fill()
    for number in range(5):
        inside(lambda number=number: CustomerSegment.objects.create(code=str(number), name=f"s{number}"))  # type: ignore[misc]
    inside(lambda: CustomerSegment.objects.filter(code="4").update(description="S4"))
    recorded = fill()
    told = {(entry.operation, entry.channel, entry.actor_name, entry.reason) for entry in recorded}
    assert told == {("FillColumn", "IMPORT", "migration", "description of CustomerSegment is filled")}
    assert [CustomerSegment.history.filter(transaction=entry).count() for entry in recorded] == [2, 2]
    made = CustomerSegment.objects.filter(name__startswith="s").order_by("code")
    assert [(row.description, row.version) for row in made if row.code.isdigit()] == [
        (f"S{number}", 2) for number in range(5)
    ]
    assert fill() == []


def test_the_proof_holds_over_it() -> None:
    inside(lambda: CustomerSegment.objects.create(code="filled", name="filled"))
    assert fill()
    assert list(findings()) == []


def test_it_refuses_to_hold_all_locks_to_the_end() -> None:
    inside(lambda: CustomerSegment.objects.create(code="left", name="left"))
    with pytest.raises(ValueError, match="atomic = False"):
        fill(in_atomic_block=True)
    assert CustomerSegment.objects.get(code="left").description == ""
