"""A new line is one form with one reason: customer and account new or found, number, SIM card, IMSI, offers; or nothing."""

from typing import Any

import pytest
from django.urls import reverse

from accounts.models import Account
from customers import operations as customer_operations
from customers.models import Customer
from ocsportal.entities.identity import Ref
from ocsportal.people.models import User
from ocsportal.transactions.models import BusinessTransaction
from offers.models import Subscription
from subscribers.models import Subscriber
from tests.portal.offers import owners, page_of, written
from tests.portal.test_sim_lost import done, give, last
from tests.portal.test_verbs import browser

__all__ = ["owners"]
pytestmark = pytest.mark.django_db
ADDRESS = "/new-line/"
LINE = {
    "number": "0170 5550231", "iccid": "8949-0200-0005-9914-123", "imsi": "262 015 586 131 902",
    "subscriber_profile": "mobile", "subscriber_name": "Petra", "offers": ["dataBundle10", "unlimitedVoice"],
}  # fmt: skip
NEW = {
    "customer_is": "NEW", "custom_name": "Petra Albers", "customer_profile": "b2c", "contact_email": "p@albers.example",
    "account_is": "NEW", "account_profile": "postpaid", "account_name": "Main account",
}  # fmt: skip


def send(user: User, query: str = "", **fields: Any) -> Any:
    client = browser(user)
    form = client.get(ADDRESS + query).context["form"]
    filled = {"request_id": form["request_id"].value(), "reason": "signed at the counter", **LINE, **fields}
    return client.post(ADDRESS + query, filled)


def everything() -> Any:
    kinds = (Customer, Account, Subscriber)
    return (written(), [list(kind.objects.order_by("pk").values()) for kind in kinds])  # type: ignore[attr-defined]


def test_all_new_with_one_form_and_one_reason(owners: Any, back_office: User) -> None:
    before = last()
    answer = send(back_office, **NEW)
    assert answer.status_code == 302, answer.context["form"].errors
    line = Subscriber.objects.get(custom_name="Petra")
    assert answer["Location"] == page_of(line)
    rows = done(before)
    assert [name for name, _, _ in rows] == [
        "PlaceOrder", "CreateCustomer", "CreateAccount", "CreateSubscriber", "CreateSubscriberResource",
        "CreateSubscriberResource", "CreateSubscriptionOnSubscriber", "CreateSubscriptionOnSubscriber",
    ]  # fmt: skip
    assert {(reason, who) for _, reason, who in rows} == {("signed at the counter", back_office.display_name)}
    assert BusinessTransaction.objects.filter(pk__gt=before).values("transaction_id").distinct().count() == 1
    assert line.live_resources == {
        "MSISDN": "491705550231", "ICCID": "8949020000059914123", "IMSI": "262015586131902",
    }  # fmt: skip
    assert (line.account.custom_name, line.account.bill_cycle.code) == ("Main account", "monthly1")
    customer = line.account.customer
    assert (customer.custom_name, customer.contact_email) == ("Petra Albers", "p@albers.example")
    assert sorted(line.subscriptions.values_list("offer__code", "state")) == [
        ("dataBundle10", "ACTIVE"), ("unlimitedVoice", "ACTIVE"),
    ]  # fmt: skip


def test_below_what_stands_only_the_line_is_made(owners: Any, back_office: User) -> None:
    account, before = owners["account"], last()
    query = f"?account={account.ref_id}"
    form = browser(back_office).get(ADDRESS + query).context["form"]
    given = {name: form[name].value() for name in ("customer_is", "customer", "account_is", "account")}
    assert given == {"customer_is": "EXISTING", "customer": "cust-1", "account_is": "EXISTING", "account": "acc-1"}
    answer = send(back_office, query, **given, iccid="", imsi="", offers=[])
    assert answer.status_code == 302, answer.context["form"].errors
    assert [name for name, _, _ in done(before)] == ["PlaceOrder", "CreateSubscriber"]
    assert Subscriber.objects.get(custom_name="Petra").account_id == account.pk


def test_a_new_account_of_a_customer_that_stands(owners: Any, back_office: User) -> None:
    fields = {**NEW, "customer_is": "EXISTING", "customer": "Nordwind GmbH"}
    assert send(back_office, **fields).status_code == 302
    assert Subscriber.objects.get(custom_name="Petra").account.customer == owners["customer"]
    assert Customer.objects.count() == 1


@pytest.mark.parametrize(
    ("fields", "at"),
    [
        ({"custom_name": ""}, {"custom_name"}),
        ({"customer_profile": ""}, {"customer_profile"}),
        ({"account_profile": ""}, {"account_profile"}),
        ({"number": ""}, {"number"}),
        ({"number": "12"}, {"number"}),
        ({"iccid": "8949020000009999999"}, {"iccid"}),
        ({"imsi": "12"}, {"imsi"}),
        ({"subscriber_profile": ""}, {"subscriber_profile"}),
        ({"reason": ""}, {"reason"}),
        ({"offers": ["nonsense"]}, {"find_offer"}),
        ({"offers": ["indBalance"]}, {"find_offer"}),
        ({"offers": ["\x00"]}, {"find_offer"}),
        ({"customer_is": "EXISTING", "customer": "nobody"}, {"customer"}),
        ({"account_is": "EXISTING", "account": "acc-1"}, {"account_is"}),
        ({"customer_is": "", "account_is": ""}, {"customer_is", "account_is", "customer", "account"}),
        ({"customer_external_id": "cust-1"}, {"customer_external_id"}),
        ({"contact_email": "nope"}, {"contact_email"}),
    ],
)
def test_refused_is_said_at_its_field_and_nothing_is_made(
    fields: dict[str, Any], at: set[str], owners: Any, change: Any, back_office: User
) -> None:
    give(change, "s-1", "ICCID", "8949020000009999999")
    before = everything()
    answer = send(back_office, **{**NEW, **fields})
    assert answer.status_code == 200
    assert set(answer.context["form"].errors) == at
    assert everything() == before


def test_a_twin_is_asked_about_and_can_be_used(owners: Any, change: Any, back_office: User) -> None:
    contact = {"email": "p@albers.example"}
    customer_operations.update_customer_contact(change(), customer=Ref(external_id="cust-1"), contact=contact)
    before = everything()
    answer = send(back_office, **NEW)
    assert set(answer.context["form"].errors) == {"make_another"}
    assert [customer.custom_name for customer in answer.context["form"].hits] == ["Nordwind GmbH"]
    assert everything() == before
    # What was offered takes the place of the new one; nothing is sent by that.
    used = send(back_office, **NEW, use=owners["customer"].ref_id)
    assert used.context["form"].found("customer") == owners["customer"]
    assert used.context["button"] == "Make account and line for Nordwind GmbH"
    assert everything() == before
    assert send(back_office, **NEW, make_another="on").status_code == 302
    assert Customer.objects.count() == 2


def test_a_customer_is_found_by_typing(owners: Any, back_office: User) -> None:
    fields = {**NEW, "customer_is": "EXISTING", "customer": "nordw", "preview": "1"}
    answer = send(back_office, **fields)
    assert [customer.custom_name for customer in answer.context["hits"]] == ["Nordwind GmbH"]
    assert "customer" not in answer.context["form"].errors


def test_what_will_be_made_and_what_it_costs(owners: Any, back_office: User) -> None:
    before = everything()
    answer = send(back_office, **NEW, preview="1")
    rows = [(row.what, row.odd) for row in answer.context["foreseen"]["rows"]]
    assert rows == [
        ("Customer Petra Albers", "makes"), ("Account Main account", "makes"), ("Line +49 170 5550231", "makes"),
        ("SIM card", "makes"), ("IMSI", "makes"), ("Data bundle 10 GB", "makes"), ("Unlimited voice", "makes"),
    ]  # fmt: skip
    assert [name for name, _ in answer.context["foreseen"]["sums"]] == ["Recurring"]
    assert answer.context["foreseen"]["sums"][0][1].endswith(" EUR")
    assert answer.context["button"] == "Make customer, account and line"
    assert everything() == before


def test_a_double_click_is_done_once(owners: Any, back_office: User) -> None:
    client = browser(back_office)
    form = client.get(ADDRESS).context["form"]
    filled = {"request_id": form["request_id"].value(), "reason": "signed", **LINE, **NEW}
    first = client.post(ADDRESS, filled)
    count = BusinessTransaction.objects.count()
    again = client.post(ADDRESS, filled)
    assert (first.status_code, again.status_code, again["Location"]) == (302, 302, first["Location"])
    assert BusinessTransaction.objects.count() == count
    assert Subscription.objects.count() == 2


def test_who_may_not_is_not_offered_it(owners: Any, care: User, auditor: User, back_office: User) -> None:
    for user in (care, auditor):
        assert browser(user).get(ADDRESS).status_code == 403
        before = everything()
        assert browser(user).post(ADDRESS, {**LINE, **NEW, "request_id": "x", "reason": "y"}).status_code == 403
        assert everything() == before
        assert reverse("new-line") not in browser(user).get(page_of(owners["customer"])).content.decode()
    assert f"{ADDRESS}?customer=" in browser(back_office).get(page_of(owners["customer"])).content.decode()
