"""An upgrade enters the past into the journal: what was published, then what waits; and all of it by customer."""

import importlib
import json
from typing import Any

import pytest
from django.db import connection

from ocsportal.transactions import cursors, journal
from ocsportal.transactions.models import BusinessTransaction, Cursor, CustomerEntry, JournalEntry, OutboxMessage
from tests.events.following import Listener
from tests.transactions.racing import World

pytestmark = pytest.mark.django_db
JOURNAL = importlib.import_module("ocsportal.transactions.migrations.0009_journal")
BY_CUSTOMER = importlib.import_module("balances.migrations.0009_past_by_customer")


def migrate() -> None:
    """Do what the migrations do with what stands, when they have made the tables."""
    with connection.cursor() as cursor:
        for statement in (JOURNAL.PAST, JOURNAL.BROKER, JOURNAL.WAITING, JOURNAL.TAKEN, BY_CUSTOMER.ENTER):
            cursor.execute(statement)


def test_what_was_published_comes_first_and_what_waits_goes_out(change: Any) -> None:
    world = World(change)
    world.customer("c")
    world.customer("d")
    world.account("a")
    world.subscriber("s", "a", "491705550140")
    for kind, owner in (("customer", "d"), ("account", "a"), ("subscriber", "s")):
        world.subscription(kind, owner, f"o{owner}")
    assert world.adjust("os", "-1")() == "done"
    assert not JournalEntry.objects.exists()
    Cursor.objects.all().delete()
    # As it was before: what is published is gone, two wait, the later one first.
    closed = list(BusinessTransaction.objects.filter(answer__isnull=False).order_by("pk").values_list("pk", flat=True))
    OutboxMessage.objects.all().delete()
    for waits in (closed[-1], closed[-2]):
        OutboxMessage.objects.create(transaction_id=waits)
    migrate()
    expected = [*closed[:-2], closed[-1], closed[-2]]
    assert list(JournalEntry.objects.order_by("position").values_list("position", "transaction")) == list(
        enumerate(expected, start=1)
    )
    assert (OutboxMessage.objects.count(), journal.give_all()) == (0, 0)
    assert cursors.cursor_of("broker").position == len(closed) - 2
    listener = Listener()
    assert listener.follow().entries == 2
    assert {message.position for message in listener.messages} == {len(closed) - 1, len(closed)}
    # By customer as the operations said it themselves.
    said = {
        (customer, entry.pk)
        for entry in BusinessTransaction.objects.filter(customers__isnull=False)
        for customer in json.loads(entry.customers or "")
    }
    assert len(said) == 8
    assert set(CustomerEntry.objects.values_list("customer_id", "transaction")) == said
