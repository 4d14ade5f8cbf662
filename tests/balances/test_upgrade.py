"""The day's sum of an installation that had limits before amounts were counted."""

from importlib import import_module

import pytest
from django.apps import apps
from django.db import connection

from balances.models import AmountMoved
from ocsportal.people import groups
from tests.asleep import triggers_asleep
from tests.balances.purse import adjust, counted, money
from tests.balances.test_limits import limit, moved
from tests.client import RestClient
from tests.rest.conftest import ClientOf

pytestmark = pytest.mark.django_db
MIGRATION = import_module("balances.migrations.0005_amounts_moved")


def test_what_was_adjusted_today_counts_for_who_is_limited(owned: RestClient, client_of: ClientOf) -> None:
    counted(owned)
    money(owned, external_id="sub-2")
    agent = client_of(groups.CARE)
    for amount in ("-20", "5"):
        assert adjust(agent, adjustment=amount).status_code == 200
    assert adjust(agent, "sub-2", adjustment="-1").status_code == 200
    assert adjust(owned, adjustment="-7").status_code == 200
    # Today no amount may be entered for what is closed; when this ran, it could be.
    with triggers_asleep(connection):
        MIGRATION.count_today(apps, None)
    assert moved() == []
    limit(groups.CARE, "MEGABYTE", day="30")
    with triggers_asleep(connection):
        MIGRATION.count_today(apps, None)
    assert moved() == [("MEGABYTE", 20), ("MEGABYTE", 5), ("EUR", 1)]
    assert {str(row.actor.application_id) for row in AmountMoved.objects.all()} == {
        agent.headers["X-Ocs-Io-Application-Id"]
    }
    assert "5 are left today" in adjust(agent, adjustment="6").json()["detail"]
