"""The commands of an installation: each says what it did, can be run again, and fails with a clear message."""

import json
import os
import signal
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from django.core.management import CommandError
from django.db import transaction

from customers.models import Customer, CustomerProfile, CustomerSegment
from ocsportal.entities.models import StateReason
from ocsportal.people.groups import GROUPS
from ocsportal.people.models import ApiKey, User
from ocsportal.transactions.models import BusinessTransaction
from tests import ground
from tests.asleep import triggers_asleep
from tests.client import RestClient

pytestmark = pytest.mark.django_db
ROOT = Path(__file__).resolve().parents[2]
REASONS = {
    "dfltInactive": "INACTIVE",
    "dfltActive": "ACTIVE",
    "dfltSuspended": "SUSPENDED",
    "dfltDeactivated": "DEACTIVATED",
    "nonPayment": "SUSPENDED",
    "fraud": "SUSPENDED",
    "lostSim": "SUSPENDED",
    "customerRequest": "DEACTIVATED",
    "portedOut": "DEACTIVATED",
}


class TestReferenceData:
    def test_codes(self) -> None:
        assert dict(StateReason.objects.values_list("code", "state")) == REASONS
        assert set(CustomerSegment.objects.values_list("code", flat=True)) == {"b2b", "b2c", "vip"}
        profiles = CustomerProfile.objects.values_list("code", "segment__code", "state", "state_reason__code")
        assert set(profiles) == {("b2b", "b2b", "ACTIVE", "dfltActive"), ("b2c", "b2c", "ACTIVE", "dfltActive")}

    def test_again_adds_nothing(self, run_command: Any) -> None:
        before = BusinessTransaction.objects.count()
        assert run_command("load_reference_data") == "Reference data: everything was there already.\n"
        assert BusinessTransaction.objects.count() == before

    def test_existing_codes_are_left_alone(self, run_command: Any) -> None:
        StateReason.objects.filter(code="fraud").update(name="Betrug", charged=True)
        before = StateReason.objects.values().get(code="fraud")
        run_command("load_reference_data")
        assert StateReason.objects.values().get(code="fraud") == before

    def test_what_is_missing_is_added_in_one_transaction(self, run_command: Any) -> None:
        CustomerProfile.objects.filter(code="b2b").delete()
        CustomerSegment.objects.filter(code="vip").delete()
        before = BusinessTransaction.objects.count()
        out = run_command("load_reference_data")
        assert out == "Reference data: added 1 × customer segment, 1 × customer profile.\n"
        entry = BusinessTransaction.objects.latest("id")
        assert BusinessTransaction.objects.count() == before + 1
        assert (entry.operation, entry.channel, entry.touched) == ("LoadReferenceData", "IMPORT", 2)


def demo() -> list[Any]:
    """Return the demo customers without what depends on the day or on chance: IDs and instants."""
    names = (
        "external_id", "custom_name", "custom_attributes", "state", "state_reason__code", "segment__code",
        "profile__code", "plan_status", "plan_state", "plan_by", "contact_name", "contact_email", "contact_phone",
        "contact_city", "contact_tax_number", "test_customer", "version",
    )  # fmt: skip
    return list(Customer.objects.order_by("external_id").values_list(*names))


class TestDemo:
    def test_every_state_every_plan_and_a_trail_that_holds(self, run_command: Any) -> None:
        out = run_command("load_demo", "--customers", "12")
        assert "12 customers made, 0 were there already" in out
        assert set(Customer.objects.values_list("state", flat=True)) == {
            "INACTIVE",
            "ACTIVE",
            "SUSPENDED",
            "DEACTIVATED",
        }
        assert {"PENDING", "SCHEDULED"} <= set(Customer.objects.values_list("plan_status", flat=True))
        first = Customer.objects.order_by("pk").first()
        assert first is not None
        assert first.created_at < first.changed_at or first.version == 1
        assert "The audit trail holds" in run_command("verify_audit")

    def test_again_makes_nothing_and_more_only_the_rest(self, run_command: Any) -> None:
        run_command("load_demo", "--customers", "3")
        before = demo(), BusinessTransaction.objects.count(), User.objects.count(), ApiKey.objects.count()
        assert "0 customers made, 3 were there already" in run_command("load_demo", "--customers", "3")
        assert (demo(), BusinessTransaction.objects.count(), User.objects.count(), ApiKey.objects.count()) == before
        assert "2 customers made, 3 were there already" in run_command("load_demo", "--customers", "5")
        assert demo()[:3] == before[0]
        assert len(demo()) == 5

    def test_same_seed_same_customers_and_another_one_others(self, run_command: Any) -> None:
        point = transaction.savepoint()
        run_command("load_demo", "--customers", "8", "--seed", "7")
        once = demo()
        transaction.savepoint_rollback(point)
        for seed in ("7", "8"):
            run_command("load_demo", "--customers", "8", "--seed", seed)
        rows = demo()
        assert len(rows) == 16
        assert rows[:8] == once
        assert [row[1:3] for row in rows[:8]] != [row[1:3] for row in rows[8:]]

    def test_printed_logins_work(self, run_command: Any) -> None:
        from ocsportal.care.demo import PASSWORD

        out = run_command("load_demo", "--customers", "0")
        assert PASSWORD in out
        people = User.objects.filter(application_id=None, is_staff=True).exclude(username__in=ground.STAFF)
        assert people.count() == 6
        assert {user.groups.get().name for user in people} == set(GROUPS) - {"CRM"}
        assert all(user.check_password(PASSWORD) for user in people)

    @pytest.mark.parametrize("count", ["-1", "1000001", "many"])
    def test_nonsense(self, run_command: Any, count: str) -> None:
        with pytest.raises(CommandError, match="customers"):
            run_command("load_demo", f"--customers={count}")
        assert Customer.objects.count() == 0


class TestVerifyAudit:
    def test_clean(self, run_command: Any, api: RestClient) -> None:
        api.done("/customers/create", externalId="cust-1", customerProfile="b2c")
        api.done("/customers/update-custom-name", customer={"externalId": "cust-1"}, customName="Other")
        count = BusinessTransaction.objects.count()
        assert run_command("verify_audit").startswith(f"The audit trail holds: {count} Business Transactions")

    def test_write_outside_of_the_portal(self, run_command: Any, api: RestClient) -> None:
        api.done("/customers/create", customerProfile="b2c")
        Customer.objects.update(custom_name="By hand")
        with pytest.raises(CommandError, match="does not hold: 1 findings") as caught:
            run_command("verify_audit")
        assert caught.value.returncode == 1

    def test_history_that_was_altered(self, run_command: Any, api: RestClient) -> None:
        from django.db import connection

        api.done("/customers/create", customerProfile="b2c", customName="Jana")
        with triggers_asleep(connection), connection.cursor() as cursor:
            cursor.execute("UPDATE customers_historicalcustomer SET custom_name = 'Other'")
        with pytest.raises(CommandError, match="does not hold"):
            run_command("verify_audit")


def manage(database: Path, *words: str) -> subprocess.CompletedProcess[str]:
    """Run manage.py as an operator would, in a process of its own."""
    given = {**os.environ, "DATABASE_URL": f"sqlite:///{database}", "DJANGO_SETTINGS_MODULE": "ocsportal.settings"}
    command = [sys.executable, "manage.py", *words]
    return subprocess.run(command, cwd=ROOT, env=given, capture_output=True, text=True, timeout=300, check=False)


@pytest.mark.once
def test_an_installation_from_nothing(tmp_path: Path) -> None:
    """Exit codes and words, as a shell script sees them."""
    database = tmp_path / "portal.sqlite3"
    assert manage(database, "migrate", "-v", "0").returncode == 0
    loaded = manage(database, "load_reference_data")
    assert (loaded.returncode, loaded.stdout[:22]) == (0, "Reference data: added ")
    client = manage(database, "create_api_client", "crm", "--group", "CRM")
    assert client.returncode == 0
    assert sorted(json.loads(client.stdout.splitlines()[-1])) == ["api_key", "application_id"]
    unknown = manage(database, "create_api_client", "crm", "--group", "Nope")
    assert (unknown.returncode, unknown.stdout, unknown.stderr) == (1, "", "CommandError: There is no group 'Nope'.\n")
    worked = manage(database, "worker", "--once")
    assert (worked.returncode, worked.stdout[:40]) == (0, "Worker: 0 planned changes brought into f")
    proven = manage(database, "verify_audit")
    assert (proven.returncode, proven.stdout[:21]) == (0, "The audit trail holds")
    assert_stops_when_told(database)


def assert_stops_when_told(database: Path) -> None:
    """Run a worker as a service manager does, and end it as one does."""
    given = {**os.environ, "DATABASE_URL": f"sqlite:///{database}", "DJANGO_SETTINGS_MODULE": "ocsportal.settings"}
    command = [sys.executable, "-u", "manage.py", "worker"]
    with subprocess.Popen(command, cwd=ROOT, env=given, stdout=subprocess.PIPE, text=True) as worker:
        assert worker.stdout is not None
        assert worker.stdout.readline() == "Worker: at work; stop it with Ctrl-C or SIGTERM.\n"
        worker.send_signal(signal.SIGTERM)
        assert worker.stdout.read() == "Worker: stopped.\n"
        assert worker.wait(timeout=30) == 0
