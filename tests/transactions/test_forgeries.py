"""Each kind of forgery, by each kind of forger, with real SQL: what is refused, what is found and by what, and what is not."""

import json
from collections.abc import Iterator
from typing import Any

import pytest
from django.contrib.auth.models import Group
from django.db import DatabaseError, connection, transaction

from balances.models import AdjustmentLimit
from customers.models import CustomerSegment
from ocsportal.transactions import chain, journal, seals, verification
from ocsportal.transactions.change import present
from ocsportal.transactions.finding import Finding, prepared
from ocsportal.transactions.models import Seal
from ocsportal.transactions.triggers import forms
from ocsportal.transactions.triggers.tables import tracked_table
from tests.transactions.forger import Forger
from tests.transactions.forgeries import FORGERIES, HEAD, LABEL, NOTHING, REFUSED, WHO
from tests.transactions.forgeries_now import laundered
from tests.transactions.racing import World
from tests.transactions.rows import MODELS, inside, taken_back

# Nothing of it shows in another engine's SQL but the triggers, which are tried apart.
pytestmark = [pytest.mark.django_db, pytest.mark.once]


@pytest.fixture
def heads(change: Any, crm: Any) -> list[chain.Head]:
    """Something to forge: a segment in three versions, a ledger, a limit; sealed in two blocks, of which the heads are kept."""
    World(change).customer()
    world = World(change)
    world.subscription("customer", "c", "o")
    assert world.adjust("o", "-1")() == "done"
    inside(lambda: CustomerSegment.objects.create(code="one", name="One"))
    inside(lambda: CustomerSegment.objects.filter(code="one").update(name="Two"))
    inside(lambda: CustomerSegment.objects.filter(code="one").update(name="Three"))
    inside(lambda: CustomerSegment.objects.create(code="alone", name="Alone"))
    inside(lambda: AdjustmentLimit.objects.create(group=Group.objects.get(name="Customer Care"), unit="EUR", per_day=5))
    journal.give_all()
    seals.seal_due(present(), all_of_it=True)
    inside(lambda: CustomerSegment.objects.create(code="last", name="Last"))
    journal.give_all()
    seals.seal_due(present(), all_of_it=True)
    kept = "\n".join(json.dumps(seals.told(seal)) for seal in Seal.objects.all())
    return chain.read_heads(kept)


def findings(heads: list[chain.Head]) -> Iterator[Finding]:
    """Yield what is off with what there was to forge; the other tables are none the worse for it."""
    with prepared():
        yield from _findings(heads)


def _findings(heads: list[chain.Head]) -> Iterator[Finding]:
    known = forms.recorded(connection)
    yield from chain.chain_findings(heads)
    for label in (LABEL, "people.User", "people.ApiKey", "balances.AdjustmentLimit"):
        table = tracked_table(MODELS[label], MODELS[label].history.model)
        yield from verification.table_findings(table, known[table.history])
    yield from verification.transaction_findings(verification.sources())
    yield from verification.texts_findings()
    yield from verification.witness_findings()


@pytest.mark.parametrize("name", FORGERIES)
def test_each_forger_is_refused_or_found(name: str, heads: list[chain.Head]) -> None:
    forge, expected = FORGERIES[name]
    wrong = []
    for who, said in zip(WHO, expected, strict=False):
        with taken_back():
            try:
                with transaction.atomic(), prepared(), Forger(who).at_work():
                    forge(Forger(who))
                    Forger(who).cover(LABEL)
            except DatabaseError as error:
                if said != REFUSED or "append-only" not in str(error):
                    wrong.append(f"{who}: {error}")
                continue
            if forge is laundered:
                inside(lambda: CustomerSegment.objects.filter(code="one").update(description="by the portal"))
            with_heads = {finding.fault for finding in findings(heads)}
            found = {fault for fault in with_heads if HEAD not in fault}
        if said == NOTHING:
            fits = not with_heads
        elif said == HEAD:
            fits = not found and any(HEAD in fault for fault in with_heads)
        else:
            fits = any(said in fault for fault in found)
        if not fits:
            wrong.append(f"{who}: {said}, but {sorted(found)}; by heads {sorted(with_heads - found)}")
    assert not wrong, "\n".join(wrong)


def test_there_are_forgeries_enough(heads: list[chain.Head]) -> None:
    assert len(FORGERIES) >= 40
    assert sum(len(expected) for _, expected in FORGERIES.values()) >= 180
    assert list(verification.findings(heads)) == []
