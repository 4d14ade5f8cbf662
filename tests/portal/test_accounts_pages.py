"""The accounts' pages: list, tree, billing periods and their preview, search, queues, configuration."""

from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from accounts import operations
from accounts.models import Account, BillCycle, Currency
from customers.models import Customer
from ocsportal.entities.identity import Ref
from ocsportal.entities.states import NewState
from ocsportal.people.groups import CONFIGURATION
from ocsportal.people.models import User
from ocsportal.transactions.models import BusinessTransaction
from tests.conftest import make_user
from tests.portal.accounts import FAR, account, company, make, page, plan_cycle, standing, verb
from tests.portal.counting import unbounded
from tests.portal.test_accounts_verbs import form
from tests.portal.test_verbs import browser
from tests.portal.waiting import shown

__all__ = ["company"]
pytestmark = pytest.mark.django_db
LIST = "/admin/accounts/account/"


def numbered(client: Any, address: str) -> int:
    """Return how many queries a page takes."""
    client.get(address)
    with CaptureQueriesContext(connection) as queries:
        assert client.get(address).status_code == 200
    return len(queries)


class TestTree:
    """What hangs on a customer and on an account."""

    def rows(self, user: User, entity: Any) -> list[tuple[str, int]]:
        (part, *_) = (part for part in browser(user).get(page(entity)).context["below"] if "numbers" in part)
        return [(row["title"], row["deep"]) for row in part["rows"] if row.get("kind") == "account"]

    def test_a_customers_page_shows_its_tree_and_who_pays(self, company: Account, change: Any, auditor: User) -> None:
        make(change, "acc-4", "Sales", parent="acc-1", account_type="payer", currency="EUR")
        make(change, "acc-5", "Desk", parent="acc-4")
        make(change, "acc-6", "Austria")
        customer = Customer.objects.get(external_id="cust-1")
        assert self.rows(auditor, customer) == [
            ("Germany", 0),
            ("Berlin depot", 1),
            ("Night shift", 2),
            ("Sales", 1),
            ("Desk", 2),
            ("Austria", 0),
        ]
        part = browser(auditor).get(page(customer)).context["below"][0]
        assert [row["title"] for row in part["rows"] if "pays" in row["also"]] == ["Germany", "Sales", "Austria"]

    def test_an_accounts_page_shows_what_is_above_and_below(self, company: Account, auditor: User) -> None:
        assert self.rows(auditor, company) == [("Night shift", 0)]
        context = browser(auditor).get(page(account("acc-3"))).context
        assert [words for words, _ in context["crumbs"]] == ["Accounts", "Nordwind", "Germany", "Berlin depot"]
        assert "Germany" in context["facts"][1][1]

    def test_the_number_of_queries_does_not_grow(self, company: Account, change: Any, back_office: User) -> None:
        client = browser(back_office)
        customer = Customer.objects.get(external_id="cust-1")
        addresses = [f"/tree/customer-{customer.pk}/", page(account("acc-1")), LIST]
        few = [numbered(client, address) for address in addresses]
        for number in range(57):
            make(change, f"more-{number}", f"More {number}", parent=f"acc-{number % 3 + 1}")
        assert Account.objects.filter(customer=customer).count() == 60
        assert [numbered(client, address) for address in addresses] == few

    def test_a_suspension_from_above_is_said(self, company: Account, change: Any, auditor: User) -> None:
        new = NewState(state="SUSPENDED", state_reason="nonPayment")
        operations.update_account_state(change(), account=Ref(external_id="acc-1"), state=new, subordinate_updated=True)
        body = browser(auditor).get(page(Customer.objects.get(external_id="cust-1"))).content.decode()
        assert body.count("through account") == 2


class TestList:
    """The list counts nothing and finds the very ID first."""

    def test_count_free(self, company: Account, care: User) -> None:
        client = browser(care)
        with CaptureQueriesContext(connection) as queries:
            answer = client.get(LIST)
        assert not unbounded(queries)
        assert [row.external_id for row in answer.context["cl"].result_list] == ["other-1", "acc-3", "acc-2", "acc-1"]

    def test_exact_id_first_then_names(self, company: Account, care: User) -> None:
        client = browser(care)
        for term in (company.ref_id, "acc-2"):
            assert client.get(LIST, {"q": term})["Location"] == page(company)
            assert client.get("/", {"q": term})["Location"] == page(company)
        found = client.get(LIST, {"q": "DEPOT"}).context["cl"].result_list
        assert [row.external_id for row in found] == ["acc-2"]
        hits = client.get("/", {"q": "depot", "part": "hits"}).context["results"]
        assert [(hit.title, hit.how, hit.where) for hit in hits] == [("Berlin depot", "name", "Nordwind · acc-2")]

    @pytest.mark.parametrize(("query", "found"), [("state=SUSPENDED", 0), ("state=ACTIVE", 4)])
    def test_filters(self, query: str, found: int, company: Account, care: User) -> None:
        assert len(browser(care).get(f"{LIST}?{query}").context["cl"].result_list) == found

    def test_other_columns_can_not_be_pried_open(self, company: Account, care: User) -> None:
        assert browser(care).get(f"{LIST}?customer__contact_phone__startswith=%2B4").status_code == 400

    def test_forbidden_to_who_only_configures(self, company: Account) -> None:
        carl = browser(make_user("carl", CONFIGURATION))
        for address in (LIST, page(company), verb(company, "bill-cycle"), "/queues/bill-cycles/"):
            assert carl.get(address).status_code == 403


class TestPreview:
    """The periods that a change of bill cycle would make, to the minute, before anything happens."""

    def looked(self, user: User, entity: Account, slug: str = "bill-cycle", **fields: str) -> Any:
        answer = browser(user).post(verb(entity, slug), form(entity, **fields, preview="1", reason=""))
        assert answer.status_code == 200
        return answer

    def test_a_planned_change_shows_the_very_dates(self, company: Account, back_office: User) -> None:
        before = standing()
        answer = self.looked(back_office, company, bill_cycle="monthly15", valid_from=FAR)
        foreseen = answer.context["foreseen"]
        assert [(row["start"], row["end"], row["length"], row["shortened"]) for row in foreseen["rows"]] == [
            ("1 Mar 2031", "10 Mar 2031 14:30", "9 days 14 h", True),
            ("10 Mar 2031 14:30", "15 Mar 2031", "4 days 9 h", True),
            ("15 Mar 2031", "15 Apr 2031", "31 days", False),
            ("15 Apr 2031", "15 May 2031", "30 days", False),
            ("15 May 2031", "15 Jun 2031", "31 days", False),
        ]
        assert foreseen["sentence"].startswith(
            "The period from 1 Mar 2031 ends 10 Mar 2031 14:30 instead of 1 Apr 2031: 9 days 14 h."
        )
        body = answer.content.decode()
        assert body.count('<svg class="spans"') == 2
        assert body.count("bar new") >= 2
        assert " style=" not in body
        assert standing() == before
        assert "reason" not in answer.context["form"].errors

    def test_the_answer_makes_what_was_shown(self, company: Account, back_office: User) -> None:
        shown = self.looked(back_office, company, bill_cycle="monthly15", valid_from=FAR).context["foreseen"]["rows"]
        browser(back_office).post(verb(company, "bill-cycle"), form(company, bill_cycle="monthly15", valid_from=FAR))
        item = BusinessTransaction.objects.latest("pk").answer
        assert item is not None
        assert item.count('"shortened":true') == sum(row["shortened"] for row in shown) == 2

    @pytest.mark.parametrize(
        ("fields", "wrong"),
        [
            ({"bill_cycle": "monthly1"}, "bill_cycle"),
            ({"bill_cycle": "monthly15", "billing_day": "3"}, "billing_day"),
            ({"bill_cycle": "individualMonthly", "billing_month": "3"}, "billing_month"),
            ({"bill_cycle": "monthly15", "valid_from": "2001-01-01T00:00"}, "valid_from"),
        ],
    )
    def test_what_would_be_refused_is_said_at_its_field(
        self, fields: dict[str, str], wrong: str, company: Account, back_office: User
    ) -> None:
        answer = self.looked(back_office, company, **fields)
        assert set(answer.context["form"].errors) == {wrong}
        assert len(answer.context["foreseen"]["lanes"]) == 1

    def test_before_anything_is_filled_in_the_present_periods_are_shown(
        self, company: Account, back_office: User
    ) -> None:
        context = browser(back_office).get(verb(company, "bill-cycle")).context
        assert len(context["foreseen"]["lanes"]) == 1
        assert len(context["foreseen"]["rows"]) == 5

    @pytest.mark.parametrize("slug", ["perform-bill-cycle", "cancel-bill-cycle"])
    def test_decisions_on_a_plan_show_both_ways(
        self, slug: str, company: Account, change: Any, back_office: User
    ) -> None:
        plan_cycle(change)
        foreseen = browser(back_office).get(verb(company, slug)).context["foreseen"]
        assert [lane.name for lane in foreseen["lanes"]] == ["As planned", "Afterwards"]
        cycles = {row["cycle"] for row in foreseen["rows"]}
        assert ("Monthly, from the 15th" in cycles) == (slug == "perform-bill-cycle")

    @pytest.mark.parametrize("first", ["monthly1", "biweekly", "yearly1"])
    @pytest.mark.parametrize("second", ["monthly15", "biweekly", "yearly1", "individualYearly", "daily", "century"])
    def test_every_pair_of_cycles_can_be_drawn(
        self, first: str, second: str, change: Any, company: Account, back_office: User
    ) -> None:
        BillCycle.objects.create(code="daily", name="Daily", period="DAY")
        BillCycle.objects.create(code="century", name="Centuries", period="YEAR", duration=100)
        make(change, "acc-x", "X", bill_cycle=first)
        if first == second:
            return
        answer = self.looked(back_office, account("acc-x"), bill_cycle=second, valid_from=FAR)
        for lane in answer.context["foreseen"]["lanes"]:
            assert 1 <= len(lane.bars) <= 48
            assert all(-5 <= float(bar.x[:-1]) <= 100 and 0 < float(bar.width[:-1]) <= 109 for bar in lane.bars)

    def test_the_page_of_the_account_shows_its_periods(self, company: Account, change: Any, auditor: User) -> None:
        part = browser(auditor).get(page(company)).context["below"][0]
        assert (part["title"], len(part["foreseen"]["rows"])) == ("Billing periods", 5)


class TestQueues:
    """What is planned for accounts, where one decides on it."""

    def test_bill_cycles_and_states_wait_in_the_queues(self, company: Account, change: Any, back_office: User) -> None:
        plan_cycle(change)
        late = change().at.replace(year=2030)
        new = NewState(state="SUSPENDED", state_reason="fraud", state_valid_from=late)
        operations.update_account_state(change(), account=Ref(external_id="acc-1"), state=new)
        client = browser(back_office)

        def found(queue: str) -> list[tuple[str, str, str, list[str]]]:
            entries = shown(client.get(f"/queues/{queue}/"))
            return [
                (entry.entity.external_id, entry.kind, entry.by, [offered.decision.word for offered in entry.decisions])
                for entry in entries
            ]

        cycle = ("acc-2", "account of Nordwind", "Backoffice", ["Perform now", "Move", "Cancel"])
        assert found("bill-cycles") == [cycle]
        assert found("scheduled") == [("acc-1", "account of Nordwind", "Backoffice", ["Move", "Cancel"]), cycle]
        assert found("pending") == []
        home = client.get("/").context
        assert [entry.entity.external_id for entry in home["scheduled"]] == ["acc-1", "acc-2"]
        rail = {item.label: item.count for section in home["portal_menu"] for item in section.items}
        assert (rail["Scheduled"], rail["Planned bill cycles"]) == ("2", "1")

    def test_auditors_see_them_without_decisions(self, company: Account, change: Any, auditor: User) -> None:
        plan_cycle(change)
        (entry,) = shown(browser(auditor).get("/queues/bill-cycles/"))
        assert entry.decisions == ()


class TestConfiguration:
    """Types, segments, currencies, cycles, profiles."""

    @pytest.fixture
    def carl(self) -> Any:
        return browser(make_user("carl", CONFIGURATION))

    def test_a_cycle_that_can_not_be_is_refused_at_its_fields(self, carl: Any) -> None:
        fields = {
            "code": "odd", "name": "Odd", "type": "PERIODICAL", "duration": "1", "period": "MONTH", "billing_day": "29",
            "billing_month": "3", "offset_hours": "0", "audit_reason": "new",
        }  # fmt: skip
        answer = carl.post(reverse("admin:accounts_billcycle_add"), fields)
        assert set(answer.context["adminform"].form.errors) == {"billing_day", "billing_month"}
        assert not BillCycle.objects.filter(code="odd").exists()
        good = {**fields, "billing_day": "28", "billing_month": ""}
        assert carl.post(reverse("admin:accounts_billcycle_add"), good).status_code == 302
        assert BillCycle.objects.get(code="odd").history.get().transaction.reason == "new"

    def test_a_profile_must_agree_with_its_type_and_state(self, carl: Any) -> None:
        from accounts.models import AccountType
        from ocsportal.entities.models import StateReason

        fields = {
            "code": "p", "name": "P", "account_type": AccountType.objects.get(code="payer").pk,
            "payment_responsible": "false", "state": "INACTIVE",
            "state_reason": StateReason.objects.get(code="dfltActive").pk, "audit_reason": "new",
        }  # fmt: skip
        answer = carl.post(reverse("admin:accounts_accountprofile_add"), fields)
        assert set(answer.context["adminform"].form.errors) == {"payment_responsible", "state_reason"}

    def test_one_currency_is_primary(self, carl: Any) -> None:
        dollar = Currency.objects.get(code="USD")
        fields = {"name": "US dollar", "digits": "2", "primary": "on", "audit_reason": "x"}
        before = BusinessTransaction.objects.count()
        answer = carl.post(reverse("admin:accounts_currency_change", args=[dollar.pk]), fields)
        assert set(answer.context["adminform"].form.errors) == {"primary"}
        assert BusinessTransaction.objects.count() == before

    def test_when_two_are_saved_at_once_the_constraint_is_said_at_the_field(self, carl: Any, monkeypatch: Any) -> None:
        monkeypatch.setattr(Currency, "clean", lambda self: None)
        monkeypatch.setattr(Currency, "validate_constraints", lambda self, exclude=None: None)
        dollar = Currency.objects.get(code="USD")
        fields = {"name": "Renamed", "digits": "2", "primary": "on", "audit_reason": "x"}
        before = BusinessTransaction.objects.count()
        answer = carl.post(reverse("admin:accounts_currency_change", args=[dollar.pk]), fields)
        assert answer.status_code == 200
        assert answer.context["adminform"].form.errors == {"primary": ["Another currency is the primary one."]}
        dollar.refresh_from_db()
        assert (dollar.name, dollar.primary) == ("US dollar", False)
        assert BusinessTransaction.objects.count() == before

    @pytest.mark.parametrize("model", ["accounttype", "accountsegment", "currency", "billcycle", "accountprofile"])
    def test_each_can_be_looked_at_and_changed(self, model: str, carl: Any, care: User) -> None:
        from django.apps import apps

        row = apps.get_model("accounts", model).objects.order_by("pk").first()
        address = reverse(f"admin:accounts_{model}_change", args=[row.pk])
        assert "audit_reason" in carl.get(address).content.decode()
        seen = browser(care).get(address)
        assert seen.status_code == 200
        assert "audit_reason" not in seen.content.decode()


def test_the_demo_shows_every_plan_and_trees_of_four_levels(run_command: Any) -> None:
    run_command("load_demo", customers=12)
    assert set(Account.objects.values_list("plan_status", flat=True)) >= {"PENDING", "SCHEDULED", "REFUSED"}
    assert Account.objects.filter(planned_cycle__isnull=False).exists()
    assert Account.objects.filter(tax_exemption=True).exists()
    assert Account.objects.filter(state_imposed_by__startswith="account:").exists()
    assert Account.objects.filter(billing_day__isnull=False).exists()
    assert Account.objects.filter(parent__parent__parent__isnull=False).exists()
    made = list(Account.objects.order_by("external_id").values_list("external_id", "custom_name", "state"))
    run_command("load_demo", customers=12)
    assert list(Account.objects.order_by("external_id").values_list("external_id", "custom_name", "state")) == made
