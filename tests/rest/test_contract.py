"""Every operation that the CRM was promised: its path, permission, description, and an example that does what it says."""

from typing import Any

import pytest
import yaml
from django.contrib.auth.models import Group, Permission

from ocsportal.people import groups
from ocsportal.transactions.models import BusinessTransaction
from ocsportal.transactions.operation import OPERATIONS
from tests.client import RestClient
from tests.rest.routes import BASE, READS, WRITES, named, refused

LATER = "2099-05-01T00:00:00+02:00"
PENDING = {"state": "SUSPENDED", "stateReason": "dfltSuspended", "stateValidFrom": LATER, "pending": True}
# The writes in an order in which their examples make sense on a fresh installation. External IDs come last, since the
# others' examples name the old ones.
WRITTEN = {
    "CreateCustomer": "/customers/create",
    "CreateAccount": "/accounts/create",
    "CreateSubscriber": "/subscribers/create",
    "UpdateCustomerCustomName": "/customers/update-custom-name",
    "UpdateCustomerCustomAttributes": "/customers/update-custom-attributes",
    "UpdateCustomerSegment": "/customers/update-segment",
    "UpdateCustomerContact": "/customers/update-contact",
    "CreateCustomerNote": "/customers/notes/create",
    "CloseCustomerNote": "/customers/notes/close",
    "UpdateCustomer": "/customers/update",
    "ConfirmCustomerState": "/customers/confirm-state",
    "CancelCustomerState": "/customers/cancel-state",
    "DismissCustomerState": "/customers/dismiss-state",
    "UpdateCustomerState": "/customers/update-state",
    "UpdateAccountCustomName": "/accounts/update-custom-name",
    "UpdateAccountCustomAttributes": "/accounts/update-custom-attributes",
    "UpdateAccountSegment": "/accounts/update-segment",
    "UpdateAccountPreferences": "/accounts/update-preferences",
    "UpdateAccountParent": "/accounts/update-parent",
    "UpdateAccountTaxExemption": "/accounts/update-tax-exemption",
    "UpdateAccount": "/accounts/update",
    "UpdateAccountBillCycle": "/accounts/update-bill-cycle",
    "CancelAccountBillCycleChange": "/accounts/cancel-bill-cycle-change",
    "PerformAccountBillCycleChange": "/accounts/perform-bill-cycle-change",
    "ConfirmAccountState": "/accounts/confirm-state",
    "CancelAccountState": "/accounts/cancel-state",
    "DismissAccountState": "/accounts/dismiss-state",
    "UpdateAccountState": "/accounts/update-state",
    "UpdateSubscriberCustomName": "/subscribers/update-custom-name",
    "UpdateSubscriberCustomAttributes": "/subscribers/update-custom-attributes",
    "UpdateSubscriberSegment": "/subscribers/update-segment",
    "UpdateSubscriber": "/subscribers/update",
    "CreateSubscriberResource": "/subscribers/resources/create",
    "SwapSubscriberResource": "/subscribers/resources/swap",
    "EndSubscriberResource": "/subscribers/resources/end",
    "ExchangeSubscriberResources": "/subscribers/resources/exchange",
    "ConfirmSubscriberState": "/subscribers/confirm-state",
    "CancelSubscriberState": "/subscribers/cancel-state",
    "DismissSubscriberState": "/subscribers/dismiss-state",
    "UpdateSubscriberState": "/subscribers/update-state",
    "CreateSubscriptionOnCustomer": "/customers/create-subscription",
    "CreateSubscriptionOnAccount": "/accounts/create-subscription",
    "CreateSubscriptionOnSubscriber": "/subscribers/create-subscription",
    "UpdateSubscriptionBalance": "/subscriptions/update-balance",
    "UpdateSubscriptionBalances": "/subscriptions/update-balances",
    "UpdateSubscriptionCustomName": "/subscriptions/update-custom-name",
    "UpdateSubscriptionCustomAttributes": "/subscriptions/update-custom-attributes",
    "UpdateSubscription": "/subscriptions/update",
    "ConfirmSubscriptionState": "/subscriptions/confirm-state",
    "CancelSubscriptionState": "/subscriptions/cancel-state",
    "DismissSubscriptionState": "/subscriptions/dismiss-state",
    "UpdateSubscriptionState": "/subscriptions/update-state",
    "CreateIndividualOfferSubscription": "/individual-offers/create",
    "CreateBalanceSubscription": "/individual-offers/create-balance",
    "CreateMonetaryBalanceSubscription": "/individual-offers/create-monetary-balance",
    "CreateOneTimeFeeSubscription": "/individual-offers/create-one-time-fee",
    "CreateRecurrentFeeSubscription": "/individual-offers/create-recurrent-fee",
    "CreateAbsoluteDiscountSubscription": "/individual-offers/create-absolute-discount",
    "CreatePercentageDiscountSubscription": "/individual-offers/create-percentage-discount",
    "CreateAbsoluteBillingDiscountSubscription": "/individual-offers/create-absolute-billing-discount",
    "CreatePercentageBillingDiscountSubscription": "/individual-offers/create-percentage-billing-discount",
    "UpdateSubscriptionExternalId": "/subscriptions/update-external-id",
    "UpdateSubscriberExternalId": "/subscribers/update-external-id",
    "UpdateAccountExternalId": "/accounts/update-external-id",
    "UpdateCustomerExternalId": "/customers/update-external-id",
    "EraseCustomer": "/customers/erase",
}
READ = {
    "ReadCustomer": "/customers/read",
    "ReadAccount": "/accounts/read",
    "ReadSubscriber": "/subscribers/read",
    "ReadSubscriberResource": "/subscribers/resources/read",
    "ReadSubscription": "/subscriptions/read",
    "ReadSubscriptionBalance": "/subscriptions/balance/read",
    "ReadSubscriptionBalances": "/subscriptions/balances/read",
    "ReadBusinessTransaction": "/transactions/read",
}
LISTS = ("/customers", "/accounts", "/subscribers", "/subscriptions", "/balances", "/resources")
FURTHER = ("/customers/notes", "/changes", "/transactions", "/events/schemas")
HISTORIES = tuple(f"/{kind}/history" for kind in ("customers", "accounts", "subscribers", "subscriptions", "balances"))


def test_nothing_is_missing_and_nothing_is_beyond() -> None:
    assert set(OPERATIONS) == {*WRITTEN, *READ}
    assert {route.operation.name: route.path for route in WRITES} == WRITTEN
    assert len(WRITES) == len(WRITTEN)
    assert {name for name, operation in OPERATIONS.items() if operation.is_read} == set(READ)
    read = {(route.operation.name, route.path) for route in READS}
    assert set(READ.items()) <= read
    assert {path for _, path in read} == {*READ.values(), *LISTS, *HISTORIES, *FURTHER}


@pytest.mark.django_db
def test_each_has_a_permission_of_its_own_that_the_crm_has() -> None:
    codenames = {operation.codename: operation.permission for operation in OPERATIONS.values()}
    assert len(codenames) == len(OPERATIONS)
    assert codenames["update_subscription_balance"] == "balances.update_subscription_balance"
    mine = Permission.objects.filter(group=Group.objects.get(name=groups.CRM)).select_related("content_type")
    held = {f"{permission.content_type.app_label}.{permission.codename}" for permission in mine}
    assert set(codenames.values()) <= held


def test_each_is_described_with_its_example(run_command: Any) -> None:
    paths = yaml.safe_load(run_command("spectacular"))["paths"]
    for route in WRITES:
        described = paths[BASE + route.path]
        assert list(described) == ["post"]
        name = route.operation.name
        assert described["post"]["operationId"] == name
        assert route.operation.permission in described["post"]["description"]
        examples = described["post"]["requestBody"]["content"]["application/json"]["examples"]
        assert {key: entry["value"] for key, entry in examples.items()} == {name: route.example}
        assert route.example["requestId"]
    for name, path in READ.items():
        described = paths[BASE + path]
        assert (list(described), described["get"]["operationId"]) == (["get"], name)
        by = {"refId"} if name == "ReadBusinessTransaction" else {"refId", "externalId"}
        assert by <= {parameter["name"] for parameter in described["get"]["parameters"]}
    for path in (*LISTS, *HISTORIES):
        assert list(paths[BASE + path]) == ["get"]
    ids = [operation["operationId"] for methods in paths.values() for operation in methods.values()]
    assert len(ids) == len(set(ids))


def first(api: RestClient, name: str, examples: dict[str, dict[str, Any]]) -> None:
    """Do what must have been done right before an example makes sense."""
    if name.startswith("Confirm"):
        kind = name.removeprefix("Confirm").removesuffix("State").lower()
        api.done(f"/{kind}s/update-state", **{kind: examples[name][kind]}, state=PENDING)
    if name.startswith("Dismiss"):
        kind = name.removeprefix("Dismiss").removesuffix("State").lower()
        api.done(f"/{kind}s/update-state", **{kind: examples[name][kind]}, state=PENDING)
        refused(OPERATIONS[name].model)
    if name == "PerformAccountBillCycleChange":
        api.done(WRITTEN["UpdateAccountBillCycle"], **{**examples["UpdateAccountBillCycle"], "requestId": "again"})
    if name == "EraseCustomer":
        ref, state = examples[name]["customer"], {"state": "DEACTIVATED", "stateReason": "dfltDeactivated"}
        api.done(WRITTEN["CreateCustomer"], **ref, customerProfile="b2c")
        api.done(WRITTEN["UpdateCustomerState"], customer=ref, state=state)
    if name == "ExchangeSubscriberResources":
        other = {"requestId": "other", "externalId": "s-2", "primaryResource": "491705550199"}
        api.done(WRITTEN["CreateSubscriber"], **{**examples["CreateSubscriber"], **other})


@pytest.mark.django_db
def test_the_examples_work_one_after_the_other_on_a_fresh_installation(api: RestClient) -> None:
    examples = {route.operation.name: route.example for route in WRITES}
    for name, path in WRITTEN.items():
        first(api, name, examples)
        answer = api.post(path, **examples[name])
        assert answer.status_code == 200, (name, answer.content)
        assert answer.json()[0]["name"] == name
        if name == "CreateCustomerNote":
            named(answer.json()[0]["object"]["refId"], examples["CloseCustomerNote"]["note"])
        assert not answer.has_header("X-Ocs-Io-Notice"), name
        entry = BusinessTransaction.objects.latest("pk")
        assert (entry.operation, entry.channel, entry.actor_name) == (name, "REST", "crm")
        assert entry.request_id == examples[name]["requestId"]
    assert len({example["requestId"] for example in examples.values()}) == len(examples)
