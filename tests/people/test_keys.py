"""API clients: made by a command that shows the key once, kept as a hash, expired and revoked."""

import json
from datetime import timedelta
from typing import Any

import pytest
from django.core.management import CommandError
from django.utils import timezone

from ocsportal.people.keys import hash_key, make_client, revoke_key
from ocsportal.people.models import ApiKey, User
from ocsportal.transactions.errors import OperationRefused
from ocsportal.transactions.models import BusinessTransaction
from ocsportal.transactions.system import system_change
from tests.client import RestClient

pytestmark = pytest.mark.django_db


def counts() -> tuple[int, ...]:
    """Return how many users, keys, versions of both and Business Transactions there are."""
    models = (User.objects, ApiKey.objects, User.history, ApiKey.history, BusinessTransaction.objects)
    return tuple(model.count() for model in models)


def made_by(output: str) -> dict[str, str]:
    """Return what the last line of the command's output says."""
    found: dict[str, str] = json.loads(output.strip().splitlines()[-1])
    return found


class TestCommand:
    def test_last_line_is_all_that_a_program_needs(self, run_command: Any) -> None:
        made = made_by(run_command("create_api_client", "shop", "--group", "CRM"))
        assert sorted(made) == ["api_key", "application_id"]
        api = RestClient(made["application_id"], made["api_key"])
        assert api.done("/customers/create", customerProfile="b2c")["state"]["state"] == "ACTIVE"

    def test_key_is_shown_once_and_kept_as_a_hash(self, run_command: Any) -> None:
        output = run_command("create_api_client", "shop", "--group", "CRM")
        plain = made_by(output)["api_key"]
        assert output.count(plain) == 1
        key = ApiKey.objects.get(client__username="shop")
        assert len(plain) >= 43
        assert (key.key_hash, key.prefix) == (hash_key(plain), plain[:8])
        kept = [*ApiKey.objects.values(), *ApiKey.history.values(), *User.objects.values(), *User.history.values()]
        told = [*kept, *BusinessTransaction.objects.values()]
        assert plain not in str(told)
        assert key.key_hash not in str([*ApiKey.history.values(), *BusinessTransaction.objects.values()])

    def test_client_is_no_person(self, run_command: Any) -> None:
        run_command("create_api_client", "shop", "--group", "CRM")
        client = User.objects.get(username="shop")
        assert client.is_service
        assert (client.is_staff, client.is_superuser, client.has_usable_password()) == (False, False, False)
        assert list(client.groups.values_list("name", flat=True)) == ["CRM"]

    def test_same_name_again_is_another_key(self, run_command: Any) -> None:
        first = made_by(run_command("create_api_client", "shop", "--group", "CRM"))
        second = made_by(run_command("create_api_client", "shop", "--group", "CRM"))
        assert first["application_id"] == second["application_id"]
        assert first["api_key"] != second["api_key"]
        assert User.objects.filter(username="shop").count() == 1
        for made in (first, second):
            assert RestClient(made["application_id"], made["api_key"]).get("/customers").status_code == 200

    def test_days(self, run_command: Any) -> None:
        run_command("create_api_client", "shop", "--group", "CRM", "--days", "7")
        left = ApiKey.objects.get(client__username="shop").expires_at - timezone.now()
        assert timedelta(days=6, hours=23) < left <= timedelta(days=7)

    @pytest.mark.parametrize(
        ("words", "message"),
        [
            (["shop", "--group", "Nope"], "There is no group 'Nope'."),
            (["two words", "--group", "CRM"], "Use letters, digits"),
            (["", "--group", "CRM"], "Use letters, digits"),
            (["x" * 151, "--group", "CRM"], "Use letters, digits"),
            (["care", "--group", "CRM"], "'care' is the login of a person."),
            (["shop", "--group", "CRM", "--days", "0"], "--days must be from 1 to 3650."),
            (["shop", "--group", "CRM", "--days", "4000"], "--days must be from 1 to 3650."),
            (["shop"], "--group"),
        ],
    )
    def test_fails_with_a_clear_message(self, run_command: Any, care: User, words: list[str], message: str) -> None:
        before = counts()
        with pytest.raises(CommandError, match=message) as caught:
            run_command("create_api_client", *words)
        assert caught.value.returncode != 0
        assert counts() == before

    def test_is_recorded(self, run_command: Any) -> None:
        run_command("create_api_client", "shop", "--group", "CRM")
        entry = BusinessTransaction.objects.latest("id")
        assert (entry.operation, entry.actor_name, entry.touched) == ("CreateApiClient", "create_api_client", 2)


class TestRevoking:
    def test_is_one_version_and_one_transaction(self, crm: tuple[User, str]) -> None:
        key = ApiKey.objects.get()
        before = counts()
        revoke_key(key, system_change("tests"))
        assert ApiKey.objects.get().revoked_at is not None
        assert tuple(after - was for after, was in zip(counts(), before, strict=True)) == (0, 0, 0, 1, 1)

    def test_again_changes_nothing(self, crm: tuple[User, str]) -> None:
        key = ApiKey.objects.get()
        revoke_key(key, system_change("tests"))
        before = counts(), ApiKey.objects.values().get()
        revoke_key(key, system_change("tests"))
        assert (counts(), ApiKey.objects.values().get()) == before

    def test_leaves_the_other_keys_alone(self, api: RestClient, crm: tuple[User, str]) -> None:
        make_client(crm[0].username, "CRM", system_change("tests"))
        revoke_key(ApiKey.objects.latest("pk"), system_change("tests"))
        assert api.get("/customers").status_code == 200


@pytest.mark.parametrize("act", ["make", "make another", "revoke"])
def test_only_administrators_handle_keys(change: Any, crm: tuple[User, str], act: str) -> None:
    work = {
        "make": lambda: make_client("shop", "CRM", change()),
        "make another": lambda: make_client(crm[0].username, "CRM", change()),
        "revoke": lambda: revoke_key(ApiKey.objects.get(), change()),
    }
    before = counts()
    with pytest.raises(OperationRefused) as caught:
        work[act]()
    assert caught.value.code == "PERMISSION-DENIED"
    assert counts()[:4] == before[:4]
    assert ApiKey.objects.get(client=crm[0]).revoked_at is None
