"""The accounts' verb pages: shown, done, refused, forbidden, stale; a refused one changes nothing."""

import re
from typing import Any

import pytest

from accounts import operations
from accounts.admin.pages import AccountAdmin
from accounts.models import Account
from customers.models import Customer
from ocsportal.entities.identity import Ref
from ocsportal.entities.states import NewState
from ocsportal.people.models import User
from ocsportal.transactions.models import BusinessTransaction
from tests.portal.accounts import FAR, account, brought, company, make, page, plan_cycle, standing, verb
from tests.portal.test_verbs import browser
from tests.portal.waiting import DECIDED

__all__ = ["company"]
pytestmark = pytest.mark.django_db

# What an agent fills in beside the reason, and what the account is brought to before.
FILLED: dict[str, tuple[dict[str, str], str]] = {
    "suspend": ({"state_reason": "fraud", "subordinates": "on"}, "ACTIVE"),
    "resume": ({"state_reason": "dfltActive"}, "SUSPENDED"),
    "change-reason": ({"state_reason": "lostSim"}, "SUSPENDED"),
    "deactivate": ({"state_reason": "portedOut", "subordinates": "on"}, "ACTIVE"),
    "confirm-plan": ({}, "PLANNED"),
    "cancel-plan": ({}, "PLANNED"),
    "custom-name": ({"custom_name": "Renamed"}, "ACTIVE"),
    "segment": ({"account_segment": "b2c"}, "ACTIVE"),
    "attributes": ({"custom_attributes": "a = 1"}, "ACTIVE"),
    "external-id": ({"external_id": "other"}, "ACTIVE"),
    "preferences": ({"preference_language": "de-AT", "preference_itemized_bill": "no"}, "ACTIVE"),
    "parent": ({"parent": "acc-1"}, "ACTIVE"),
    "bill-cycle": ({"bill_cycle": "monthly15"}, "ACTIVE"),
    "cancel-bill-cycle": ({}, "CYCLE"),
    "perform-bill-cycle": ({}, "CYCLE"),
    "tax-exemption": ({"tax_exemption": "yes", "tax_residence": "CH"}, "ACTIVE"),
}
# Activation needs a first state of its own; it and the macros have tests of their own.
ELSEWHERE = {"activate", "edit", "move-out", "move-bill-cycle", *DECIDED}
CARE_MAY = {"suspend", "resume", "change-reason", "custom-name", "segment", "attributes"}
WRONG: dict[str, dict[str, str]] = {
    "suspend": {"state_reason": "portedOut"},
    "custom-name": {"custom_name": ""},
    "segment": {"account_segment": "nope"},
    "attributes": {"custom_attributes": "no equals sign"},
    "external-id": {"external_id": "acc-1"},
    "preferences": {"preference_invoice_email": "nope"},
    "parent": {"parent": "nobody"},
    "bill-cycle": {"billing_day": "29"},
    "tax-exemption": {"tax_residence": "x" * 61},
}


def form(entity: Account, **fields: str) -> dict[str, str]:
    return {"request_id": "form-1", "version": entity.etag, "reason": "caller asked", **fields}


def test_every_verb_of_the_page_is_tried_here() -> None:
    assert {verb.slug for verb in AccountAdmin.verbs} == set(FILLED) | ELSEWHERE


@pytest.mark.parametrize("slug", FILLED)
def test_done(slug: str, company: Account, change: Any, back_office: User) -> None:
    fields, state = FILLED[slug]
    berlin = brought(change, state)
    agent = browser(back_office)
    assert agent.get(verb(berlin, slug)).status_code == 200
    before = BusinessTransaction.objects.count()
    answer = agent.post(verb(berlin, slug), form(berlin, **fields))
    assert answer.status_code == 302, answer.content.decode()[-3000:]
    assert answer["Location"] == page(berlin)
    assert BusinessTransaction.objects.count() == before + 1
    entry = BusinessTransaction.objects.latest("pk")
    assert (entry.channel, entry.reason, entry.actor_id) == ("PORTAL", "caller asked", back_office.pk)
    newest = Account.history.filter(id=berlin.pk).latest("history_id")
    assert (newest.transaction_id, newest.version) == (entry.pk, berlin.version + 1)


@pytest.mark.parametrize("slug", FILLED)
def test_get_and_looking_change_nothing(slug: str, company: Account, change: Any, back_office: User) -> None:
    fields, state = FILLED[slug]
    berlin = brought(change, state)
    before = standing()
    agent = browser(back_office)
    assert agent.get(verb(berlin, slug)).status_code == 200
    if next(known for known in AccountAdmin.verbs if known.slug == slug).foresees:
        assert agent.post(verb(berlin, slug), form(berlin, **fields, preview="1", reason="")).status_code == 200
    assert standing() == before


@pytest.mark.parametrize("slug", WRONG)
def test_refused_is_said_at_the_field(slug: str, company: Account, back_office: User) -> None:
    before = standing()
    fields = {**FILLED[slug][0], **WRONG[slug]}
    answer = browser(back_office).post(verb(company, slug), form(company, **fields))
    assert answer.status_code == 200
    assert set(answer.context["form"].errors) == set(WRONG[slug])
    assert standing() == before


@pytest.mark.parametrize("slug", FILLED)
def test_auditors_may_do_nothing(slug: str, company: Account, change: Any, auditor: User) -> None:
    fields, state = FILLED[slug]
    berlin = brought(change, state)
    before = standing()
    assert browser(auditor).get(verb(berlin, slug)).status_code == 403
    for sent in (form(berlin, **fields), form(berlin, **fields, preview="1")):
        assert browser(auditor).post(verb(berlin, slug), sent).status_code == 403
    assert standing() == before


@pytest.mark.parametrize("slug", FILLED)
def test_care_may_do_its_part(slug: str, company: Account, change: Any, care: User) -> None:
    fields, state = FILLED[slug]
    berlin = brought(change, state)
    before = standing()
    answer = browser(care).post(verb(berlin, slug), form(berlin, **fields))
    assert answer.status_code == (302 if slug in CARE_MAY else 403)
    if slug not in CARE_MAY:
        assert standing() == before


@pytest.mark.parametrize("slug", FILLED)
def test_stale(slug: str, company: Account, change: Any, back_office: User) -> None:
    fields, state = FILLED[slug]
    berlin = brought(change, state)
    operations.update_account_custom_attributes(
        change(), account=Ref(external_id="acc-2"), custom_attributes={"z": "1"}
    )
    before = standing()
    answer = browser(back_office).post(verb(berlin, slug), form(berlin, **fields))
    assert answer.status_code == 200
    assert "has changed it in the meantime" in answer.content.decode()
    assert answer.context["form"].data["version"] == account("acc-2").etag
    assert standing() == before


def test_activating(company: Account, change: Any, back_office: User) -> None:
    make(change, "acc-9", "Asleep", state=NewState(state="INACTIVE", state_reason="dfltInactive"))
    asleep = account("acc-9")
    answer = browser(back_office).post(verb(asleep, "activate"), form(asleep, state_reason="dfltActive"))
    assert answer.status_code == 302
    assert account("acc-9").state == "ACTIVE"


def test_what_is_planned_is_said_with_its_date(company: Account, back_office: User) -> None:
    agent = browser(back_office)
    agent.post(verb(company, "bill-cycle"), form(company, bill_cycle="monthly15", valid_from=FAR))
    berlin = account("acc-2")
    assert (berlin.bill_cycle.code, berlin.planned_cycle.code) == ("monthly1", "monthly15")
    body = agent.get(page(berlin)).content.decode()
    assert "The bill cycle will change 10 Mar 2031 14:30." in body
    assert "Monthly, from the 15th from 10 Mar 2031 14:30, set by Backoffice" in body


class TestParent:
    """Another place in the tree, by ID, external ID or name."""

    @pytest.mark.parametrize("by", ["ref_id", "external_id", "custom_name"])
    def test_found_by(self, by: str, company: Account, back_office: User) -> None:
        shift, germany = account("acc-3"), account("acc-1")
        sent = form(shift, parent=getattr(germany, by))
        assert browser(back_office).post(verb(shift, "parent"), sent).status_code == 302
        assert account("acc-3").parent_id == germany.pk

    def test_a_name_is_looked_for_at_the_same_customer(self, company: Account, back_office: User) -> None:
        answer = browser(back_office).post(verb(company, "parent"), form(company, parent="Elsewhere"))
        assert answer.context["form"].errors["parent"] == ["There is no account with this ID or name."]

    def test_a_name_that_several_have_is_refused_with_their_ids(
        self, company: Account, change: Any, back_office: User
    ) -> None:
        make(change, "acc-7", "Germany")
        answer = browser(back_office).post(verb(company, "parent"), form(company, parent="Germany"))
        assert answer.context["form"].errors["parent"] == ["Several have this name: acc-1, acc-7. Give an ID."]

    def test_the_preview_says_under_whom_and_who_pays(self, company: Account, back_office: User) -> None:
        shift = account("acc-3")
        answer = browser(back_office).post(verb(shift, "parent"), form(shift, parent="acc-1", preview="1"))
        told = re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", answer.content.decode()))
        assert "Germany › Berlin depot › Night shift" in told
        assert "Germany › Night shift" in told
        assert "paid by Germany" in told

    @pytest.mark.parametrize(
        ("parent", "words"),
        [
            ("acc-3", "The parent is the account itself or one below it."),
            ("other-1", "The parent belongs to another customer."),
            ("", "A technical account needs a payment responsible account above it."),
        ],
    )
    @pytest.mark.parametrize("looking", [{}, {"preview": "1"}])
    def test_the_trees_rules_are_said_at_the_field(
        self, parent: str, words: str, looking: dict[str, str], company: Account, back_office: User
    ) -> None:
        before = standing()
        answer = browser(back_office).post(verb(company, "parent"), form(company, parent=parent, **looking))
        assert answer.context["form"].errors["parent"] == [words]
        assert standing() == before

    def test_an_account_that_pays_becomes_a_root_with_an_empty_field(
        self, company: Account, change: Any, back_office: User
    ) -> None:
        make(change, "acc-8", "Austria", parent="acc-1", account_type="payer", currency="EUR")
        austria = account("acc-8")
        answer = browser(back_office).post(verb(austria, "parent"), form(austria, parent=""))
        assert answer.status_code == 302
        assert account("acc-8").parent_id is None

    def test_looking_shows_the_old_place_and_the_new_one(self, company: Account, back_office: User) -> None:
        shift = account("acc-3")
        answer = browser(back_office).post(verb(shift, "parent"), form(shift, parent="acc-1", preview="1", reason=""))
        rows = answer.context["foreseen"]["rows"]
        assert [[str(above) for above in row["way"]] for row in rows] == [
            ["Nordwind", "Germany", "Berlin depot"],
            ["Nordwind", "Germany"],
        ]
        assert [row["payer"].external_id for row in rows] == ["acc-1", "acc-1"]


class TestCreating:
    """New account: by hand, from a customer's page, below another account."""

    add = "/admin/accounts/account/add/"

    def sent(self, **fields: str) -> dict[str, str]:
        return {"request_id": "n-1", "reason": "contract signed", "account_profile": "postpaid", **fields}

    def test_done(self, company: Account, back_office: User) -> None:
        fields = {
            "customer": "Nordwind", "custom_name": "Austria", "external_id": "acc-new", "bill_cycle": "individualMonthly",
            "billing_day": "17", "currency": "USD", "preference_invoice_delivery": "POST", "tax_exemption": "on",
            "tax_residence": "AT", "custom_attributes": "costCentre = 7",
        }  # fmt: skip
        answer = browser(back_office).post(self.add, self.sent(**fields))
        made = account("acc-new")
        assert answer["Location"] == page(made)
        assert (made.customer.external_id, made.parent_id, made.account_type.code) == ("cust-1", None, "payer")
        assert (made.bill_cycle.code, made.billing_day, made.currency.code) == ("individualMonthly", 17, "USD")
        assert (made.preference_invoice_delivery, made.tax_exemption, made.tax_residence) == ("POST", True, "AT")
        assert made.custom_attributes == {"costCentre": "7"}

    def test_a_customers_page_leads_to_a_form_with_the_customer(self, company: Account, back_office: User) -> None:
        agent = browser(back_office)
        customer = Customer.objects.get(external_id="cust-1")
        link = f"{self.add}?customer={customer.ref_id}"
        assert link in agent.get(page(customer)).content.decode()
        initial = agent.get(link).context["form"].initial
        assert (initial["customer"], initial["account_profile"]) == ("cust-1", "postpaid")

    def test_an_accounts_page_leads_to_a_form_with_the_parent(self, company: Account, back_office: User) -> None:
        initial = browser(back_office).get(f"{self.add}?parent={company.ref_id}").context["form"].initial
        assert (initial["customer"], initial["parent"]) == ("cust-1", "acc-2")
        assert initial["account_profile"] == "department"

    @pytest.mark.parametrize(
        ("fields", "wrong"),
        [
            ({}, "customer"),
            ({"customer": "nobody"}, "customer"),
            ({"customer": "cust-2", "parent": "acc-1"}, "parent"),
            ({"customer": "cust-1", "account_profile": "department"}, "parent"),
            ({"customer": "cust-1", "billing_day": "3"}, "billing_day"),
            ({"customer": "cust-1", "external_id": "acc-1"}, "external_id"),
            ({"customer": "cust-1", "preference_language": "?"}, "preference_language"),
        ],
    )
    def test_refused_is_said_at_the_field(
        self, fields: dict[str, str], wrong: str, company: Account, back_office: User
    ) -> None:
        before = standing()
        answer = browser(back_office).post(self.add, self.sent(**fields))
        assert set(answer.context["form"].errors) == {wrong}
        assert standing() == before

    def test_forbidden(self, company: Account, care: User, auditor: User) -> None:
        before = standing()
        for user in (care, auditor):
            assert browser(user).get(self.add).status_code == 403
            assert browser(user).post(self.add, self.sent(customer="cust-1")).status_code == 403
        assert standing() == before

    def test_entities_are_never_a_select(self, company: Account, back_office: User) -> None:
        form = browser(back_office).get(self.add).context["form"]
        assert form.fields["customer"].widget.input_type == "text"
        assert form.fields["parent"].widget.input_type == "text"


def test_the_state_verb_counts_what_is_below(company: Account, back_office: User) -> None:
    germany = account("acc-1")
    counted = browser(back_office).get(verb(germany, "suspend")).context["form"].counted()
    assert [(row["name"], row["numbers"][0]) for row in counted["rows"]] == [("Accounts", 2)]


def test_a_planned_cycle_offers_its_decisions_beside_it(
    company: Account, change: Any, back_office: User, care: User
) -> None:
    plan_cycle(change)
    context = browser(back_office).get(page(company)).context
    assert [[verb.slug for _, verb, _ in plan["decisions"]] for plan in context["plans"]] == [
        ["perform-bill-cycle", "move-bill-cycle", "cancel-bill-cycle"]
    ]
    assert "bill-cycle" not in [verb.slug for verb, _ in context["verbs"]]
    context = browser(care).get(page(company)).context
    assert [[*plan["decisions"]] for plan in context["plans"]] == [[]]
