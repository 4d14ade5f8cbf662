"""A customer is erased: nothing personal is left anywhere, and all else, the proof too, stands."""

import hashlib
import json
from typing import Any

import pytest
from django.conf import settings
from django.db import connection
from django.test.utils import CaptureQueriesContext

from balances.models import LedgerEntry
from customers.models import Customer, CustomerNote
from ocsportal.people import groups
from ocsportal.people.keys import make_client
from ocsportal.transactions import cursors, verification
from ocsportal.transactions.models import BusinessTransaction, Erasure
from ocsportal.transactions.system import system_change
from subscribers.models import Subscriber, SubscriberResource
from tests.asleep import triggers_asleep
from tests.client import RestClient, problem
from tests.events.following import Listener, all_done

pytestmark = pytest.mark.django_db
REF = {"externalId": "cust-1"}
PATH = "/customers/erase"
# What is told of the person, each in a place of its own, and nothing that a digest or an instant could hold by chance.
SECRETS = (
    "Wilhelmine", "wilhelmine.x@example.org", "491705550142", "Sackgasse", "D-54321-Q", "Hinterdupfing", "TAX-777",
    "Willi Winzig", "sekretariat", "Kennwort", "rechnung.w@example.org", "Steuerheim", "Handynummer", "491705550143",
    "491705550144", "Zweitkarte", "Tarifwunsch", "ruft-immer-an", "hat-geheiratet", "umgezogen-nach",
)  # fmt: skip


def client_of(group: str) -> RestClient:
    user, key = make_client(f"client-{group.replace(' ', '-')}", group, system_change("tests"))
    return RestClient(user.application_id or "", key)


def fill(api: RestClient, suffix: str = "1", numbers: str = "4917055501") -> None:
    """Make a tree that says something personal wherever one can, and change it."""
    ref = {"externalId": f"cust-{suffix}"}
    why = {"X-Ocs-Io-Reason": "hat-geheiratet"}
    api.done(
        "/customers/create", externalId=f"cust-{suffix}", customerProfile="b2c", customName="Willi Winzig",
        customAttributes={"sekretariat": "Kennwort"},
        contact={
            "name": "Wilhelmine", "email": "wilhelmine.x@example.org", "phone": "+491705550142", "addressLine1": "Sackgasse",
            "postalCode": "D-54321-Q", "city": "Hinterdupfing", "country": "DE", "language": "de", "taxNumber": "TAX-777",
        },
    )  # fmt: skip
    api.done(
        "/accounts/create", externalId=f"acc-{suffix}", accountProfile="prepaid", customer=ref,
        preferences={"invoiceEmail": "rechnung.w@example.org", "language": "de"},
    )  # fmt: skip
    account = {"externalId": f"acc-{suffix}"}
    api.done("/accounts/update-tax-exemption", account=account, taxExemption=True, taxResidence="Steuerheim")
    subscriber = {"externalId": f"sub-{suffix}"}
    api.done(
        "/subscribers/create", externalId=f"sub-{suffix}", subscriberProfile="mobile", account=account,
        customName="Handynummer", primaryResourceType="MSISDN", primaryResource=f"{numbers}43",
    )  # fmt: skip
    api.done(
        "/subscribers/resources/swap", subscriber=subscriber, resourceType="MSISDN", swapResource=f"{numbers}43",
        resource=f"{numbers}44",
    )  # fmt: skip
    api.done("/subscribers/update-custom-name", subscriber=subscriber, customName="Zweitkarte", headers=why)
    api.done(
        "/subscribers/create-subscription", subscriber=subscriber, offer="dataBundle10", externalId=f"os-{suffix}",
        customName="Tarifwunsch", state={"state": "ACTIVE", "stateReason": "dfltActive"},
    )  # fmt: skip
    balance = {"subscription": {"externalId": f"os-{suffix}"}, "service": "data"}
    api.done("/subscriptions/update-balance", **balance, adjustment="-1", reason="umgezogen-nach")
    api.done("/customers/notes/create", customer=ref, text="ruft-immer-an", alert=True)


def deactivate(api: RestClient, suffix: str = "1") -> None:
    state = {"state": "DEACTIVATED", "stateReason": "dfltDeactivated"}
    ref = {"externalId": f"cust-{suffix}"}
    api.done("/customers/update-state", customer=ref, state=state, subordinateUpdated=True)


@pytest.fixture
def customer(api: RestClient) -> Customer:
    fill(api)
    deactivate(api)
    return Customer.objects.get(external_id="cust-1")


def erased(api: RestClient, **more: Any) -> list[dict[str, Any]]:
    answer = api.post(PATH, customer=REF, **{"reason": "asked for", **more})
    assert answer.status_code == 200, answer.content
    items: list[dict[str, Any]] = answer.json()
    return items


def everything() -> str:
    """Return all rows of all tables as text."""
    told = []
    with connection.cursor() as cursor:
        for table in connection.introspection.table_names():
            cursor.execute(f'SELECT * FROM "{table}"')
            told += [f"{table}: {row}" for row in cursor.fetchall()]
    return "\n".join(told)


def holds() -> None:
    assert [str(finding) for finding in verification.findings()] == []


def test_all_of_it_is_there_before(api: RestClient, customer: Customer) -> None:
    told = everything()
    assert [secret for secret in SECRETS if secret not in told] == []
    holds()


def test_nothing_personal_is_left(api: RestClient, customer: Customer) -> None:
    items = erased(api)
    told = everything()
    assert [secret for secret in SECRETS if secret.lower() in told.lower()] == []
    holds()
    assert [(item["name"], item["objectType"].rsplit(".", 1)[1]) for item in items] == [
        ("EraseCustomer", name)
        for name in (
            "CustomerEx", "CustomerNoteEx", "AccountEx", "SubscriberEx", "SubscriberResourceEx", "SubscriberResourceEx",
            "OfferSubscriptionEx", "ErasureEx",
        )
    ]  # fmt: skip
    first, last = items[0]["object"], items[-1]["object"]
    assert (first["customName"], first["customAttributes"], first["contact"]) == (None, {}, {})
    assert first["erasedAt"] == last["erasedAt"] is not None
    assert first["state"]["state"] == "DEACTIVATED"
    assert (last["refId"], last["businessTransactions"], last["ledgerEntries"]) == (customer.ref_id, 10, 3)


def test_what_is_not_personal_stays(api: RestClient, customer: Customer) -> None:
    before = list(LedgerEntry.objects.order_by("pk").values("amount", "after", "actor_name", "at", "operation"))
    states = api.get("/customers/read", **REF, stateHistory="true").json()["stateHistory"]
    erased(api)
    assert list(LedgerEntry.objects.order_by("pk").values("amount", "after", "actor_name", "at", "operation")) == before
    read = api.get("/customers/read", **REF, stateHistory="true", accounts="true").json()
    assert read["stateHistory"] == states
    assert [account["externalId"] for account in read["accounts"]] == ["acc-1"]
    history = api.get("/customers/history", **REF).json()["items"]
    assert [(entry["version"], entry["operation"]) for entry in history] == [
        (3, "EraseCustomer"), (2, "UpdateCustomerState"), (1, "CreateCustomer"),
    ]  # fmt: skip
    assert history[0]["reason"] == "asked for"
    note = CustomerNote.objects.get()
    assert (note.text, note.closed_at is not None, note.closed_by) == ("", True, "crm")
    assert set(SubscriberResource.objects.values_list("value", flat=True)) == {""}


def test_another_customer_keeps_everything(api: RestClient) -> None:
    fill(api)
    deactivate(api)
    fill(api, "2", "4917055502")
    erased(api)
    assert "Wilhelmine" in api.get("/customers/read", externalId="cust-2").content.decode()
    told = everything()
    kept = [secret for secret in SECRETS if not secret.startswith("49170555014")] + ["491705550243", "491705550142"]
    assert [secret for secret in kept if secret not in told] == []
    assert "491705550144" not in told
    holds()


def test_who_lives_is_not_erased(api: RestClient) -> None:
    fill(api)
    count = BusinessTransaction.objects.count()
    refusal = problem(api.post(PATH, customer=REF, reason="asked for"), 400, "CASM-ERASE-LIVE", "customer")
    assert "1 customer, 1 account, 1 subscriber, 1 subscription." in refusal["detail"]
    assert (BusinessTransaction.objects.count(), Erasure.objects.count()) == (count, 0)
    assert Customer.objects.get().contact_name == "Wilhelmine"


def test_a_reason_is_mandatory_and_one(api: RestClient, customer: Customer) -> None:
    problem(api.post(PATH, customer=REF), 400, "REQUEST-VALIDATION", "reason")
    header = {"X-Ocs-Io-Reason": "another"}
    problem(api.post(PATH, customer=REF, reason="one", headers=header), 400, "REQUEST-VALIDATION", "reason")
    assert Erasure.objects.count() == 0
    answer = api.post(PATH, customer=REF, headers={"X-Ocs-Io-Reason": "by header"})
    assert answer.status_code == 200
    assert BusinessTransaction.objects.get(operation="EraseCustomer").reason == "by header"


def test_nobody_unknown(api: RestClient) -> None:
    problem(api.post(PATH, customer={"externalId": "nobody"}, reason="x"), 400, "ENTITY-NOT-FOUND", "customer")


@pytest.mark.parametrize("group", [groups.CARE, groups.BACK_OFFICE, groups.AUDITOR, groups.CONFIGURATION])
def test_forbidden(customer: Customer, group: str) -> None:
    problem(client_of(group).post(PATH, customer=REF, reason="x"), 403, "PERMISSION-DENIED")
    assert Erasure.objects.count() == 0


def test_data_protection_reads_and_erases_and_no_more(customer: Customer) -> None:
    officer = client_of(groups.DATA_PROTECTION)
    assert officer.get("/customers/read", **REF).status_code == 200
    problem(officer.post("/customers/update-custom-name", customer=REF, customName="x"), 403, "PERMISSION-DENIED")
    assert officer.post(PATH, customer=REF, reason="x").status_code == 200


def test_a_replay_of_an_erased_request_is_redacted_and_says_so(api: RestClient) -> None:
    body = {"requestId": "made", "externalId": "cust-1", "customerProfile": "b2c", "customName": "Willi Winzig"}
    first = api.post("/customers/create", **body)
    deactivate(api)
    erased(api, requestId="gone")
    again = api.post("/customers/create", **body)
    assert (again.status_code, again["Idempotent-Replay"], again["X-Ocs-Io-Notice"]) == (200, "true", "ERASED")
    [item], [was] = again.json(), first.json()
    assert item["object"]["customName"] is None
    assert item["object"] | {"customName": "Willi Winzig"} == was["object"]
    problem(api.post("/customers/create", **{**body, "customName": "Other"}), 409, "REQUEST-ID-CONFLICT")
    repeated = api.post(PATH, requestId="gone", customer=REF, reason="asked for")
    assert repeated["Idempotent-Replay"] == "true"
    assert "X-Ocs-Io-Notice" not in repeated


def test_a_request_hash_is_keyed(api: RestClient, customer: Customer, monkeypatch: pytest.MonkeyPatch) -> None:
    body = {"requestId": "keyed", "externalId": "cust-9", "customerProfile": "b2c"}
    api.done("/customers/create", **body)
    entry = BusinessTransaction.objects.get(request_id="keyed")
    plain = json.dumps(["CreateCustomer", body], sort_keys=True, separators=(",", ":")).encode()
    assert entry.request_hash != hashlib.sha256(plain).hexdigest()
    former = settings.AUDIT_KEYS
    monkeypatch.setattr(settings, "AUDIT_KEYS", {**former, 9: b"another key, which came after the first one was over"})
    assert api.post("/customers/create", **body)["Idempotent-Replay"] == "true"
    monkeypatch.setattr(settings, "AUDIT_KEYS", {9: b"another key, without the one from before it"})
    problem(api.post("/customers/create", **body), 409, "REQUEST-ID-CONFLICT")


def test_erased_again_changes_nothing_more(api: RestClient, customer: Customer) -> None:
    erased(api)
    at = Customer.objects.get().erased_at
    items = erased(api)
    assert [item["objectType"].rsplit(".", 1)[1] for item in items] == ["CustomerEx", "ErasureEx"]
    assert Customer.objects.get().erased_at == at
    holds()


def test_statements_do_not_grow_with_the_tree(api: RestClient) -> None:
    counted = []
    # The first one of a process reads configuration besides.
    for suffix, more in (("0", 1), ("1", 1), ("2", 7)):
        fill(api, suffix, f"4917055501{suffix}")
        for number in range(more):
            api.done(
                "/subscribers/create", externalId=f"sub-{suffix}-{number}", subscriberProfile="mobile",
                account={"externalId": f"acc-{suffix}"}, primaryResourceType="MSISDN", primaryResource=f"49170555{suffix}9{number}",
            )  # fmt: skip
        deactivate(api, suffix)
        with CaptureQueriesContext(connection) as captured:
            api.done(PATH, customer={"externalId": f"cust-{suffix}"}, reason="asked for")
        counted.append(len(captured))
    assert counted[1] == counted[2]


def test_events_from_before_bring_nothing_back(api: RestClient, customer: Customer) -> None:
    listener = Listener()
    all_done()
    erased(api)
    listener.follow()
    told = listener.messages[-1]
    assert (told.routing_key, told.type) == ("ErasureEx.EraseCustomer", "io.ocs.casm.EraseCustomer")
    assert json.loads(told.body)["data"]["object"]["externalId"] == "cust-1"
    cursors.replay(cursors.BROKER, 1)
    again = Listener()
    again.follow()
    assert {message.type for message in again.messages} >= {
        "io.ocs.casm.CreateCustomer",
        "io.ocs.casm.CreateCustomerNote",
    }
    everything = "".join(message.body.decode() for message in [*listener.messages, *again.messages])
    assert [secret for secret in SECRETS if secret in everything] == []


def test_what_did_not_fit_before_does_not_after(api: RestClient, customer: Customer) -> None:
    history = "customers_historicalcustomer"
    with triggers_asleep(connection), connection.cursor() as cursor:
        cursor.execute(f"UPDATE {history} SET contact_city = 'Elsewhere' WHERE version = 1")
    assert [finding.fault for finding in verification.findings()] == [
        "history row that was altered: its digest does not fit"
    ]
    erased(api)
    assert [(finding.table, finding.fault, finding.count) for finding in verification.findings()] == [
        (history, "history row that was altered, before it was erased or since", 1)
    ]


def test_what_happened_in_two_trees_keeps_what_is_the_others(api: RestClient) -> None:
    fill(api)
    fill(api, "2", "4917055502")
    sides = {"subscriber": {"externalId": "sub-1"}, "otherSubscriber": {"externalId": "sub-2"}}
    why = {"X-Ocs-Io-Reason": "hat-geheiratet"}
    api.done("/subscribers/resources/exchange", **sides, resourceType="MSISDN", headers=why)
    deactivate(api)
    erased(api)
    entry = BusinessTransaction.objects.get(operation="ExchangeSubscriberResources")
    said = {item["object"]["refId"]: item["object"] for item in json.loads(entry.answer or "")}
    names = {name: Subscriber.objects.get(external_id=name).ref_id for name in ("sub-1", "sub-2")}
    assert (said[names["sub-1"]]["liveResources"], said[names["sub-2"]]["liveResources"]) == (
        {},
        {"MSISDN": "491705550144"},
    )
    assert (entry.reason, said[names["sub-2"]]["customName"]) == ("", "Zweitkarte")
    assert set(Subscriber.history.filter(transaction=entry).values_list("history_change_reason", flat=True)) == {""}
    holds()
