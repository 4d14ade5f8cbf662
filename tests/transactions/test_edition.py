"""What a process remembers of clients and configuration is never used after it changed, whoever changed it and how.

Changes are made by SQL of their own here, past all Python of the portal, as another process would make them.
"""

from datetime import timedelta
from typing import Any

import pytest
from django.apps import apps
from django.contrib.auth.models import Permission
from django.core.checks import run_checks
from django.db import connection, transaction
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from customers.models import Customer, CustomerProfile
from ocsportal.entities.models import ConfigurationItem
from ocsportal.people.models import ApiKey, User
from ocsportal.transactions import edition
from ocsportal.transactions.models import BusinessTransaction, Edition
from ocsportal.transactions.triggers.editions import edition_triggers, missing_triggers
from tests.client import RestClient, problem

pytestmark = pytest.mark.django_db

NEW = {"customerProfile": "b2b", "customName": "Nordwind"}
CONTROL = ("BEGIN", "COMMIT", "SAVEPOINT", "RELEASE")


@pytest.fixture
def known(api: RestClient) -> RestClient:
    """A client that this process remembers, its key noted as used and the configuration it needs read."""
    api.done("/customers/create", externalId="known", **NEW)
    api.done("/customers/create", **NEW)
    assert api.get("/customers/read", externalId="known").status_code == 200
    return api


def sql(statement: str, *values: Any) -> None:
    """Change something past the portal's Python."""
    with connection.cursor() as cursor:
        cursor.execute(statement, values)
        assert cursor.rowcount >= 1


def statements(queries: CaptureQueriesContext) -> list[str]:
    """Return the statements beside transaction control."""
    return [query["sql"] for query in queries.captured_queries if not query["sql"].startswith(CONTROL)]


def test_statements_of_a_known_client(known: RestClient) -> None:
    with CaptureQueriesContext(connection) as writing:
        known.done("/customers/create", externalId="counted", **NEW)
    with CaptureQueriesContext(connection) as reading:
        assert known.get("/customers/read", externalId="counted").status_code == 200
    assert [statement.split(" ")[0] for statement in statements(writing)] == ["INSERT", "INSERT", "UPDATE"]
    assert [statement.split(" ")[0] for statement in statements(reading)] == ["SELECT"]


REVOCATIONS = {
    "revoked": "UPDATE people_apikey SET revoked_at = created_at",
    "expired": "UPDATE people_apikey SET expires_at = created_at",
    "deactivated": "UPDATE people_user SET is_active = %s WHERE application_id IS NOT NULL",
    "renamed": "UPDATE people_user SET application_id = 'another' WHERE application_id IS NOT NULL",
}


def revoke(how: str) -> None:
    """Take the client's access away."""
    sql(REVOCATIONS[how], *([False] if "%s" in REVOCATIONS[how] else []))


@pytest.mark.parametrize("how", REVOCATIONS)
def test_revocation_acts_on_the_next_write(known: RestClient, how: str) -> None:
    revoke(how)
    before = (Customer.objects.count(), BusinessTransaction.objects.count())
    problem(known.post("/customers/create", **NEW), 401, "AUTHENTICATION-FAILED")
    assert (Customer.objects.count(), BusinessTransaction.objects.count()) == before


@pytest.mark.parametrize("how", REVOCATIONS)
@pytest.mark.parametrize("path", ["/customers/read", "/customers/history", "/customers"])
def test_revocation_acts_on_the_next_read(known: RestClient, how: str, path: str) -> None:
    revoke(how)
    parameters = {"externalId": "known"}
    problem(known.get(path, **parameters), 401, "AUTHENTICATION-FAILED")


@pytest.mark.parametrize(
    "body",
    [
        {"customerProfile": 1},
        {"customerProfile": "nonsense"},
        {**NEW, "externalId": "known"},
        {"requestId": "request-1"},
    ],
)
def test_a_revoked_client_is_told_nothing_else(known: RestClient, body: dict[str, Any]) -> None:
    revoke("revoked")
    problem(known.post("/customers/create", **body), 401, "AUTHENTICATION-FAILED")
    problem(known.raw("/customers/create", "{"), 401, "AUTHENTICATION-FAILED")
    problem(known.get("/customers/read", externalId="nobody"), 401, "AUTHENTICATION-FAILED")
    problem(known.get("/customers/read", nonsense="1"), 401, "AUTHENTICATION-FAILED")


def test_a_replay_is_refused_to_a_revoked_client(known: RestClient) -> None:
    body = {"requestId": "once", **NEW}
    known.done("/customers/create", **body)
    assert known.post("/customers/create", **body)["Idempotent-Replay"] == "true"
    revoke("revoked")
    problem(known.post("/customers/create", **body), 401, "AUTHENTICATION-FAILED")


def test_an_expiry_that_passes_needs_no_change(known: RestClient, monkeypatch: pytest.MonkeyPatch) -> None:
    later = timezone.now() + timedelta(days=400)
    monkeypatch.setattr("ocsportal.people.authentication.timezone.now", lambda: later)
    problem(known.get("/customers/read", externalId="known"), 401, "AUTHENTICATION-FAILED")


def test_a_permission_taken_away_and_given_back_acts_at_once(known: RestClient) -> None:
    for codename, ask in (
        ("create_customer", lambda: known.post("/customers/create", **NEW)),
        ("read_customer", lambda: known.get("/customers/read", externalId="known")),
    ):
        permission = Permission.objects.get(codename=codename)
        client = User.objects.get(application_id__isnull=False)
        sql("DELETE FROM auth_group_permissions WHERE permission_id = %s", permission.pk)
        problem(ask(), 403, "PERMISSION-DENIED")
        problem(ask(), 403, "PERMISSION-DENIED")
        sql(
            "INSERT INTO people_user_user_permissions (user_id, permission_id) VALUES (%s, %s)",
            client.pk,
            permission.pk,
        )
        assert ask().status_code == 200


def test_changed_configuration_acts_at_once(known: RestClient) -> None:
    sql("UPDATE customers_customerprofile SET name = 'Renamed', state = 'INACTIVE', state_reason_id = "
        "(SELECT id FROM entities_statereason WHERE code = 'dfltInactive') WHERE code = 'b2b'")  # fmt: skip
    made = known.done("/customers/create", **NEW)
    assert (made["customerProfile"]["name"], made["state"]["state"]) == ("Renamed", "INACTIVE")
    assert known.get("/customers/read", externalId="known").json()["customerProfile"]["name"] == "Renamed"


def test_a_change_that_is_rolled_back_is_not_remembered(known: RestClient) -> None:
    for name in ("First", "Second"):
        try:
            with transaction.atomic():
                sql("UPDATE customers_customerprofile SET name = %s WHERE code = 'b2b'", name)
                read = known.get("/customers/read", externalId="known").json()
                assert read["customerProfile"]["name"] == name
                raise InterruptedError
        except InterruptedError:
            pass
        assert known.get("/customers/read", externalId="known").json()["customerProfile"]["name"] == "Business customer"


def test_use_of_a_key_and_log_in_draw_no_edition(known: RestClient) -> None:
    before = edition.read()
    ApiKey.objects.update(last_used_at=timezone.now())
    User.objects.update(last_login=timezone.now())
    assert edition.read() == before
    CustomerProfile.objects.update(description="changed")
    assert edition.read() not in ("", before)


def test_nothing_is_remembered_without_an_edition(known: RestClient) -> None:
    Edition.objects.all().delete()
    assert known.get("/customers/read", externalId="known").status_code == 200
    with CaptureQueriesContext(connection) as queries:
        known.done("/customers/create", **NEW)
    assert any("people_apikey" in statement for statement in statements(queries))


def test_every_watched_table_has_its_triggers_and_the_check_misses_none() -> None:
    assert missing_triggers(connection) == {}
    name = next(name for name in edition_triggers(connection) if name.startswith("ocs_e") and "people_apikey" in name)
    with connection.cursor() as cursor:
        cursor.execute(f'DROP TRIGGER "{name}"' + (" ON people_apikey" if connection.vendor == "postgresql" else ""))
    faults = [str(fault.msg) for fault in run_checks(databases=["default"]) if fault.id == "ocs.E001"]
    assert faults == [f"History trigger {name} is missing or switched off."]


def test_what_is_remembered_leads_only_to_what_is_watched() -> None:
    items = [model for model in apps.get_models() if issubclass(model, ConfigurationItem)]
    assert len(items) >= 3
    for model in items:
        assert model._meta.db_table in edition.WATCHED
        leads_to = [field.related_model for field in model._meta.concrete_fields if field.is_relation]
        assert [target for target in leads_to if target not in items] == []
