"""Subscribe in the browser: the offer found by typing, the form that fits it, the right operation, once."""

from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from ocsportal.entities.identity import Ref
from ocsportal.people.models import User
from ocsportal.transactions.models import BusinessTransaction
from offers.attributes import ATTRIBUTES
from offers.finding import find_owners
from offers.models import Offer, ServiceType, Subscription
from subscribers.operations import create_subscriber_resource, swap_subscriber_resource
from tests.portal.catalogue import make_offer
from tests.portal.offers import ADD, OWNERS, owners, page_of, subscribe, subscription_type, written
from tests.portal.test_verbs import browser

__all__ = ["owners"]
pytestmark = pytest.mark.django_db
SPECIAL = {
    "indOneTimeFee": ({"charge": "25.00", "taxIncluded": "yes"}, {"charge": "25.00", "taxIncluded": True}),
    "indRecurrentFee": (
        {"charge": "9.90", "chargeAt": "MONDAY", "everyX": "2"},
        {"charge": "9.90", "chargeAt": "MONDAY", "everyX": 2},
    ),
    "indAbsoluteDiscount": ({"discount": "5.00", "chargeMin": "20.00"}, {"discount": "5.00", "chargeMin": "20.00"}),
    "indPercentageDiscount": ({"percentage": "12.5"}, {"percentage": "12.5"}),
    "indAbsoluteBillingDiscount": (
        {"discount": "10.00", "billingDiscountType": "ACCOUNT"},
        {"discount": "10.00", "billingDiscountType": "ACCOUNT"},
    ),
    "indPercentageBillingDiscount": ({"percentage": "100"}, {"percentage": "100"}),
    "indBalance": (
        {"grantedBalance": "5000", "unitsOfMeasurement": "MEGABYTE", "thresholds": "95; 80 %"},
        {"grantedBalance": "5000", "unitsOfMeasurement": "MEGABYTE", "thresholds": ["80", "95"]},
    ),
    "indMonetaryBalance": (
        {"grantedBalance": "20.00", "rejectWhenExhausted": "yes"},
        {"grantedBalance": "20.00", "rejectWhenExhausted": True, "currency": "EUR"},
    ),
}


def address(owner: Any, offer: str = "") -> str:
    found = f"{ADD}?{owner._meta.model_name}={owner.ref_id}"
    return f"{found}&offer={offer}" if offer else found


def form(**fields: str) -> dict[str, str]:
    return {
        "request_id": "form-1",
        "reason": "caller asked",
        "state": "ACTIVE",
        "state_reason": "dfltActive",
        "custom_attributes": "",
        **fields,
    }


def named(offer: str, values: dict[str, str]) -> dict[str, str]:
    """Return values by the names of the form's fields."""
    link = Offer.objects.get(code=offer).product.product_services.get()
    return {f"s{link.service_id}_{name}": value for name, value in values.items()}


@pytest.mark.parametrize("kind", OWNERS)
def test_plain(kind: str, owners: Any, care: User) -> None:
    agent = browser(care)
    before = written()
    assert agent.get(address(owners[kind], "dataBundle10")).status_code == 200
    assert written() == before
    answer = agent.post(address(owners[kind], "dataBundle10"), form(external_id="sub-1", priority="5"))
    made = Subscription.objects.get()
    assert answer["Location"] == page_of(made)
    assert (made.owner, made.priority, made.external_id) == (owners[kind], 5, "sub-1")
    assert made.balances.count() == 2
    entry = BusinessTransaction.objects.latest("pk")
    assert entry.operation == f"CreateSubscriptionOn{kind.capitalize()}"
    assert (entry.reason, entry.actor_id) == ("caller asked", care.pk)


@pytest.mark.parametrize("offer", SPECIAL)
def test_individual_offers_of_one_service_go_their_own_way(offer: str, owners: Any, care: User) -> None:
    filled, kept = SPECIAL[offer]
    page = browser(care).get(address(owners["account"], offer)).context["form"]
    service = page.services[0]
    declared = ATTRIBUTES[subscription_type(offer)]
    assert [page.fields[service.name(entry)].required for entry in declared] == [entry.mandatory for entry in declared]
    answer = browser(care).post(address(owners["account"], offer), form(**named(offer, filled)))
    assert answer.status_code == 302, answer.context["form"].errors
    made = Subscription.objects.get()
    assert made.offer_attributes == {service.service.code: kept}
    words = "".join(part.capitalize() for part in subscription_type(offer).split("_"))
    assert BusinessTransaction.objects.latest("pk").operation == f"Create{words}Subscription"


def test_an_individual_offer_of_several_services_goes_the_general_way(owners: Any, care: User) -> None:
    offer = make_offer("familyDeal", ServiceType.RECURRENT_FEE, ServiceType.MONETARY_BALANCE, individual=True)
    fee, money = (link.service for link in offer.product.product_services.order_by("pk"))
    sent = {f"s{fee.pk}_charge": "9.90", f"s{money.pk}_grantedBalance": "50"}
    answer = browser(care).post(address(owners["subscriber"], "familyDeal"), form(**sent))
    assert answer.status_code == 302, answer.context["form"].errors
    made = Subscription.objects.get()
    assert made.offer_attributes == {
        fee.code: {"charge": "9.90"},
        money.code: {"grantedBalance": "50.00", "currency": "EUR"},
    }
    assert BusinessTransaction.objects.latest("pk").operation == "CreateIndividualOfferSubscription"


@pytest.mark.parametrize(
    ("offer", "values", "wrong"),
    [
        ("indOneTimeFee", {}, {"charge"}),
        ("indOneTimeFee", {"charge": "-1"}, {"charge"}),
        ("indOneTimeFee", {"charge": "1.005"}, {"charge"}),
        ("indPercentageDiscount", {"percentage": "100.1"}, {"percentage"}),
        ("indPercentageDiscount", {"percentage": "5", "chargeMin": "9", "chargeMax": "8"}, {"chargeMax"}),
        ("indRecurrentFee", {"charge": "1", "everyX": "0", "chargeAt": "NOON"}, {"everyX", "chargeAt"}),
        ("indBalance", {"grantedBalance": "1", "thresholds": "80, 80"}, {"thresholds"}),
        ("indBalance", {"grantedBalance": "1", "validFrom": "2030-01-02T00:00", "validTo": "2030-01-01T00:00"},
         {"validTo"}),
    ],
)  # fmt: skip
def test_wrong_values_are_said_at_their_fields(
    offer: str, values: dict[str, str], wrong: set[str], owners: Any, care: User
) -> None:
    before = written()
    for sent in (form(**named(offer, values)), form(**named(offer, values), preview="1")):
        answer = browser(care).post(address(owners["account"], offer), sent)
        assert {name.partition("_")[2] for name in answer.context["form"].errors} == wrong
    assert written() == before


@pytest.mark.parametrize(
    ("fields", "wrong"),
    [
        ({"external_id": "taken"}, {"external_id"}),
        ({"state_reason": "dfltInactive"}, {"state_reason"}),
        ({"valid_from": "2099-01-01T00:00"}, {"valid_from"}),
        ({"parent": "nobody"}, {"parent"}),
        ({"parent": "foreign"}, {"parent"}),
        ({"priority": "x"}, {"priority"}),
        ({"custom_attributes": "nonsense"}, {"custom_attributes"}),
        ({"reason": ""}, {"reason"}),
    ],
)
def test_refusals_stand_at_their_fields(
    fields: dict[str, str], wrong: set[str], owners: Any, back_office: User, change: Any
) -> None:
    from customers import operations as customers

    subscribe(change, "taken")
    customers.create_customer(change(), external_id="cust-2", customer_profile="b2b")
    OWNERS["customer"] = "cust-2"
    subscribe(change, "foreign", "customer")
    OWNERS["customer"] = "cust-1"
    before = written()
    answer = browser(back_office).post(address(owners["account"], "dataBundle10"), form(**fields))
    assert set(answer.context["form"].errors) == wrong
    if fields != {"reason": ""}:
        looked = browser(back_office).post(address(owners["account"], "dataBundle10"), form(**fields, preview="1"))
        assert set(looked.context["form"].errors) == wrong
    assert written() == before


def test_a_parent_is_found_by_its_id(owners: Any, care: User, change: Any) -> None:
    parent = subscribe(change, "above", "customer")
    browser(care).post(address(owners["account"], "welcomeDiscount"), form(parent="above"))
    assert Subscription.objects.latest("pk").parent == parent


def test_sent_twice_is_done_once(owners: Any, care: User) -> None:
    agent = browser(care)
    answers = [agent.post(address(owners["account"], "dataBundle10"), form()) for _ in range(2)]
    made = Subscription.objects.get()
    assert [answer["Location"] for answer in answers] == [page_of(made)] * 2


def test_forbidden(owners: Any, auditor: User) -> None:
    before = written()
    agent = browser(auditor)
    last = address(owners["account"], "dataBundle10")
    for where, status in ((address(owners["account"]), 405), (last, 403), (ADD, 405)):
        assert agent.get(where).status_code == 403
        assert agent.post(where, form()).status_code == status
    kept = agent.post(last, form(custom_name="Typed")).context["form"]
    assert kept.data["custom_name"] == "Typed"
    assert kept.non_field_errors() == [
        "You don't have permission to do this. Back Office, CRM and Customer Care can do it."
    ]
    assert written() == before


def test_a_deactivated_owner_is_refused_and_not_offered(owners: Any, back_office: User, change: Any) -> None:
    from accounts import operations as accounts
    from ocsportal.entities.states import NewState

    accounts.update_account_state(
        change(),
        account=Ref(external_id="acc-1"),
        state=NewState(state="DEACTIVATED", state_reason="customerRequest"),
        subordinate_updated=True,
    )
    before = written()
    agent = browser(back_office)
    answer = agent.post(address(owners["account"], "dataBundle10"), form())
    assert "deactivated" in str(answer.context["form"].non_field_errors())
    assert agent.get(page_of(owners["account"])).context["makes"] == []
    assert agent.get(ADD, {"q": "acc-1"}).context["hits"] == []
    assert written() == before


def test_the_preview_tells_what_comes_of_it(owners: Any, care: User) -> None:
    before = written()
    agent = browser(care)
    shown = agent.get(address(owners["account"], "dataBundle10")).context["foreseen"]
    assert [(service.code, words) for service, words in shown["rows"]] == [
        ("data", "granted 10\u202f240 MB, thresholds 80 %, 95 %"), ("voice", "granted 300 min, thresholds 80 %"),
    ]  # fmt: skip
    sent = form(**named("indOneTimeFee", {"charge": "7.50"}), preview="1", reason="")
    looked = agent.post(address(owners["account"], "indOneTimeFee"), sent)
    assert [words for _, words in looked.context["foreseen"]["rows"]] == ["charge 7.50 EUR"]
    assert written() == before


def test_the_version_is_of_the_payers_currency(owners: Any, care: User) -> None:
    agent = browser(care)
    assert agent.get(address(owners["account"], "unlimitedVoice")).context["foreseen"]["version"].currency.code == "EUR"
    agent.post(address(owners["account"], "unlimitedVoice"), form())
    assert Subscription.objects.get().offer_version.number == 1


# Finding


def test_offers_are_found_by_typing(owners: Any, care: User) -> None:
    agent = browser(care)

    def hits(term: str, **more: str) -> list[str]:
        answer = agent.get(address(owners["account"]), {"account": owners["account"].ref_id, "q": term, **more})
        assert answer.status_code == 200
        return [hit.offer.code for hit, _ in answer.context["hits"]]

    assert hits("bundle") == ["dataBundle10"]
    assert hits("UNLIMITED", part="hits") == ["unlimitedVoice"]
    assert hits("indBalance")[0] == "indBalance"
    assert hits("nothing like it") == []
    assert hits("a\x00b") == []


def test_hits_are_bounded_and_queries_do_not_grow(owners: Any, care: User, django_assert_num_queries: Any) -> None:
    for number in range(15):
        make_offer(f"more{number}", ServiceType.BALANCE)
    agent = browser(care)
    agent.get(address(owners["account"]))
    answer = agent.get(address(owners["account"]), {"account": owners["account"].ref_id, "q": "", "part": "hits"})
    assert len(answer.context["hits"]) == 20
    assert "There may be more" in answer.content.decode()


def test_an_offer_of_another_currency_is_shown_but_leads_nowhere(owners: Any, care: User) -> None:
    make_offer("dollarDeal", ServiceType.RECURRENT_FEE, currency="USD")
    answer = browser(care).get(address(owners["account"]), {"account": owners["account"].ref_id, "q": "dollarDeal"})
    assert "no version in EUR" in answer.content.decode()
    assert "offer=dollarDeal" not in answer.content.decode()
    before = written()
    refused = browser(care).post(address(owners["account"], "dollarDeal"), form())
    assert "has no version in EUR" in str(refused.context["form"].non_field_errors())
    assert written() == before


def test_whom_is_found_by_the_very_id(owners: Any, care: User) -> None:
    agent = browser(care)
    for kind, external_id in OWNERS.items():
        [(owner, found, where)] = agent.get(ADD, {"q": external_id}).context["hits"]
        assert (owner, found, where) == (owners[kind], kind, f"?{kind}={owners[kind].ref_id}")
    assert agent.get(ADD, {"q": "Nordwind"}).context["hits"] == []


@pytest.mark.parametrize("query", ["?account=nobody", "?account=a%00b", "?offer=x&customer=nobody"])
def test_what_is_not_there_is_not_found(query: str, owners: Any, care: User) -> None:
    assert browser(care).get(ADD + query).status_code == 404
    assert browser(care).get(address(owners["account"], "nothing")).status_code == 404


@pytest.mark.parametrize("term", ["491705550142", "+49 170 5550142", "0170 5550142"])
def test_whom_is_found_by_a_present_number_however_it_is_written(change: Any, owners: Any, term: str) -> None:
    mine = Ref(external_id="s-1")
    create_subscriber_resource(change(), subscriber=mine, resource_type="MSISDN", resource="491705550142")
    create_subscriber_resource(change(), subscriber=mine, resource_type="ICCID", resource="8949020000001234567")
    with CaptureQueriesContext(connection) as captured:
        assert find_owners(term) == [("subscriber", owners["subscriber"])]
    assert len(captured) == 3
    swap_subscriber_resource(
        change(), subscriber=mine, resource_type="MSISDN", swap_resource="491705550142", resource="491705550143"
    )
    assert find_owners(term) == []
