"""Anyone and anything is found, the best first, level by level, however it is written (docs/portal.md, search)."""

import re
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from accounts import operations as accounts
from customers import operations as customers
from ocsportal.care import search
from ocsportal.entities.identity import Ref
from ocsportal.people.groups import CONFIGURATION, DATA_PROTECTION
from ocsportal.people.models import User
from ocsportal.transactions.models import BusinessTransaction
from offers.models import Offer
from subscribers import operations as subscribers
from tests.asleep import triggers_asleep
from tests.conftest import make_user
from tests.portal.test_verbs import browser

pytestmark = pytest.mark.django_db

MOST = 8
PEOPLE = {
    "muller": {
        "custom_name": "Anna Müller",
        "custom_attributes": {"accountManager": "Petra Łuczak"},
        "contact": {
            "name": "Anna Marie Mu\u0308ller", "email": "anna.mueller@mail.example", "phone": "+49 40 66969142",
            "address_line1": "Speicherstraße 12", "postal_code": "50667", "city": "Köln", "tax_number": "DE812345678",
        },
    },
    "obrien": {"custom_name": "Siobhán O’Brien", "contact": {"email": "s.obrien@bücher.example"}},
    "orsted": {"custom_name": "Ørsted Energi"},
    "gross": {"custom_name": "Schmidt KG", "contact": {"name": "Jürgen Groß"}},
    "lee": {"custom_name": "李小龍"},
}  # fmt: skip


@pytest.fixture
def world(change: Any) -> None:
    """Make people, companies, an account, and subscribers whose numbers changed hands."""
    for external_id, given in PEOPLE.items():
        customers.create_customer(change(), external_id=external_id, customer_profile="b2b", **given)
    for number in (50, 5, 55):
        customers.create_customer(
            change(), external_id=f"m-{number}", customer_profile="b2b", custom_name=f"Mitarbeiter {number}"
        )
    accounts.create_account(
        change(),
        external_id="depot",
        account_profile="postpaid",
        customer=Ref(external_id="muller"),
        custom_name="Depot Süd",
        preferences={"invoice_email": "bills@depot.example"},
    )
    for external_id, number in (("s-1", "+491703182255"), ("s-2", "+491709998877")):
        subscribers.create_subscriber(
            change(),
            external_id=external_id,
            subscriber_profile="mobile",
            account=Ref(external_id="depot"),
            primary_resource_type="MSISDN",
            primary_resource=number,
            custom_name=f"Line {external_id[-1]}",
        )
    for kind, value in (("ipV4", "192.0.2.17"), ("email", "box@depot.example")):
        subscribers.create_subscriber_resource(
            change(), subscriber=Ref(external_id="s-1"), resource_type=kind, resource=value
        )
    subscribers.swap_subscriber_resource(
        change(),
        subscriber=Ref(external_id="s-2"),
        resource_type="MSISDN",
        swap_resource="+491709998877",
        resource="+491709990000",
    )


def found(user: User, term: str) -> list[str]:
    return [hit.title for hit in search.find(user, term)]


FOUND = [
    ("Anna Müller", "Anna Müller"), ("anna muller", "Anna Müller"), ("ANNA MUELLER", "Anna Müller"),
    ("Mu\u0308ller, Anna", "Anna Müller"), ("mull an", "Anna Müller"), ("uelle", "Anna Müller"),
    ("Marie", "Anna Müller"), ("Groß Jürgen", "Schmidt KG"), ("gross", "Schmidt KG"), ("juergen", "Schmidt KG"),
    ("O'Brien", "Siobhán O’Brien"), ("o brien siobhan", "Siobhán O’Brien"), ("OBRIEN", "Siobhán O’Brien"),
    ("orsted", "Ørsted Energi"), ("oersted", "Ørsted Energi"), ("energi ørsted", "Ørsted Energi"),
    ("李", "李小龍"), ("小龍", "李小龍"),
    ("mueller@mail", "Anna Müller"), ("anna.mueller@mail.example", "Anna Müller"), ("bücher.example", "Siobhán O’Brien"),
    ("speicherstrasse", "Anna Müller"), ("Speicherstr", "Anna Müller"), ("koeln", "Anna Müller"), ("Köln 50667", "Anna Müller"),
    ("Luczak", "Anna Müller"), ("luczak müller", "Anna Müller"), ("12345678", "Anna Müller"),
    ("66969", "Anna Müller"), ("040 66969142", "Anna Müller"), ("+49 40 669", "Anna Müller"),
    ("depot sud", "Depot Süd"), ("bills@depot", "Depot Süd"), ("Line 1", "Line 1"), ("m-50", "Mitarbeiter 50"),
    ("31822", "+49 170 3182255"), ("0170 3182255", "+49 170 3182255"), ("170 318", "+49 170 3182255"),
    ("192.0.2", "192.0.2.17"), ("192.0.2.17", "192.0.2.17"), ("box@dep", "box@depot.example"), ("ox@depot", "box@depot.example"),
    ("dataBundle10", "Data bundle 10 GB"), ("databundle", "Data bundle 10 GB"), ("10 bundle", "Data bundle 10 GB"),
]  # fmt: skip


@pytest.mark.parametrize(("term", "title"), FOUND)
def test_the_best_hit_comes_first(world: None, back_office: User, term: str, title: str) -> None:
    assert found(back_office, term)[:1] == [title]


@pytest.mark.parametrize(
    "term", ["nobody", "müller schmidt", "9999999999", "qq", "–", "@", "'", "\x00", " ", "x" * 300]
)
def test_what_is_not_there_is_not_found(world: None, back_office: User, term: str) -> None:
    assert found(back_office, term) == []


class TestOrder:
    def test_the_exact_name_comes_before_those_that_begin_so(self, world: None, back_office: User) -> None:
        hits = list(search.find(back_office, "mitarbeiter 5"))
        assert [(hit.title, hit.how) for hit in hits] == [
            ("Mitarbeiter 5", "name, exact"), ("Mitarbeiter 50", "name"), ("Mitarbeiter 55", "name"),
        ]  # fmt: skip

    def test_id_beginning_words_part(self, change: Any, back_office: User) -> None:
        for external_id, name in (
            ("a", "Herberta"), ("b", "Karl Berta"), ("c", "Bertas Laden"), ("d", "Berta"), ("berta", "Xaver"),
        ):  # fmt: skip
            customers.create_customer(change(), external_id=external_id, customer_profile="b2b", custom_name=name)
        assert found(back_office, "berta") == ["Xaver", "Berta", "Bertas Laden", "Karl Berta", "Herberta"]

    def test_the_level_with_the_best_hit_comes_first(self, world: None, back_office: User) -> None:
        groups = search.find(back_office, "depot").groups
        # The account's name begins so; the others have it in an address.
        assert [(group.title, group.number) for group in groups] == [
            ("Accounts", "1"), ("Numbers, SIM cards, addresses", "1"),
        ]  # fmt: skip

    def test_what_it_was_found_by_is_told(self, world: None, back_office: User) -> None:
        told = {
            term: next(iter(search.find(back_office, term))).how
            for term in ("luczak", "speicher", "mueller@mail", "812345678", "0170 3182255", "bills@", "muller")
        }
        assert told == {
            "luczak": "attribute accountManager", "speicher": "address", "mueller@mail": "e-mail", "812345678": "tax number",
            "0170 3182255": "Phone number, exact", "bills@": "e-mail for bills", "muller": "ID, exact",
        }  # fmt: skip

    def test_former_holders_come_last_with_their_times(self, world: None, change: Any, back_office: User) -> None:
        subscribers.create_subscriber_resource(
            change(), subscriber=Ref(external_id="s-1"), resource_type="IMSI", resource="262017099988770"
        )
        hits = list(search.find(back_office, "99988"))
        assert [hit.title for hit in hits] == ["262 01 7099988770", "+49 170 9998877"]
        assert re.fullmatch(r"former Phone number · .+ to .+", hits[-1].how)


class TestOpening:
    @pytest.mark.parametrize(
        "term", ["0170 3182255", "+49 170 3182255", "491703182255", "192.0.2.17", "s-1", "040 66969142"]
    )
    def test_the_only_one_with_the_very_value_opens_at_once(self, world: None, care: User, term: str) -> None:
        assert browser(care).get("/", {"q": term}).status_code == 302
        assert browser(care).get("/", {"q": term, "part": "hits"}).status_code == 200

    def test_what_two_have_is_listed(self, world: None, change: Any, care: User) -> None:
        customers.update_customer_contact(
            change(), customer=Ref(external_id="orsted"), contact={"phone": "+491703182255"}
        )
        answer = browser(care).get("/", {"q": "0170 3182255"})
        assert [hit.title for hit in answer.context["results"]] == ["Ørsted Energi", "+49 170 3182255"]


class TestManyHits:
    @pytest.fixture
    def many(self, change: Any) -> list[str]:
        """Make 45 customers: twenty whose names begin with the word, the others with it further on."""
        names = [f"Nordwind {number:02}" if number < 20 else f"Firma {number} Nordwind" for number in range(45)]
        for name in names:
            customers.create_customer(change(), external_id=f"x-{name}", customer_profile="b2b", custom_name=name)
        return [*names[:20], *reversed(names[20:])]

    def test_counts_end_at_twenty_and_more_leads_on(self, many: list[str], care: User) -> None:
        client = browser(care)
        [group] = search.find(care, "nordwind").groups
        assert (group.number, [hit.title for hit in group.hits]) == ("20+", many[:8])
        address, seen = group.more, []
        while address:
            answer = client.get(address)
            seen.append([hit.title for hit in answer.context["group"].hits])
            older = answer.context.get("older")
            address = f"/search/customers/{older}" if older else ""
        assert [len(page) for page in seen] == [20, 20, 5]
        assert [title for page in seen for title in page] == many

    def test_offers_have_pages_too(self, world: None, care: User, back_office: User) -> None:
        product = Offer.objects.latest("pk").product
        with triggers_asleep(connection):
            Offer.objects.bulk_create(
                Offer(code=f"nightPass{number:02}", name=f"Night pass {number:02}", product=product)
                for number in range(23)
            )
        [group] = [group for group in search.find(care, "night pass").groups if group.slug == "offers"]
        assert (group.number, len(group.hits), group.more) == ("20+", MOST, "/search/offers/?q=night+pass")
        pages = [browser(care).get(f"{group.more}{after}") for after in ("", "&after=0-20", "&after=0-40")]
        told = [[hit.title for hit in answer.context["group"].hits] for answer in pages]
        assert [len(page) for page in told] == [20, 3, 0]
        assert told[0] + told[1] == [f"Night pass {number:02}" for number in range(23)]
        assert pages[0].context["older"] == "?q=night+pass&after=0-20"
        assert "older" not in pages[1].context
        assert browser(care).get("/search/offers/", {"q": "\x00"}).context["group"].hits == []
        assert browser(make_user("dora", DATA_PROTECTION)).get("/search/offers/", {"q": "night"}).status_code == 404

    def test_each_statement_is_known(self, many: list[str], back_office: User) -> None:
        for term in ("nordwind", "firma nordwind", "ordwin", "n", "nobody", "12345", "0170 3182255", "@mail.example"):
            with CaptureQueriesContext(connection) as captured:
                search.find(back_office, term)
            assert len(captured) <= MOST, term

    def test_of_a_level_that_nobody_knows_or_may_see_there_is_no_page(self, many: list[str], care: User) -> None:
        assert browser(care).get("/search/nothing/", {"q": "nordwind"}).status_code == 404
        assert browser(care).get("/search/transactions/", {"q": "nordwind"}).status_code == 404
        for after in ("x", "9-9", "-", "1-99999999999999999999"):
            assert browser(care).get("/search/customers/", {"q": "nordwind", "after": after}).status_code == 200


class TestWho:
    def test_requests_are_found_by_who_may_see_them(self, world: None, auditor: User, care: User) -> None:
        entry = BusinessTransaction.objects.latest("pk")
        assert [hit.how for hit in search.find(auditor, entry.request_id)] == ["request ID, exact"]
        assert found(care, entry.request_id) == []

    def test_who_reads_no_level_finds_nothing(self, world: None) -> None:
        assert found(make_user("carl", CONFIGURATION), "müller") == []


class TestLately:
    def test_empty_it_offers_what_one_worked_on(self, world: None, change: Any, back_office: User, care: User) -> None:
        customers.update_customer_custom_name(change(), customer=Ref(external_id="gross"), custom_name="Schmidt AG")
        client = browser(back_office)
        [group] = client.get("/", {"q": "", "part": "hits"}).context["results"].groups
        assert group.title == "Recently worked on"
        titles = [hit.title for hit in group.hits]
        assert titles[:3] == ["Schmidt AG", "Line 2", "Line 1"]
        assert len(titles) == 8
        assert browser(care).get("/", {"q": " ", "part": "hits"}).content.strip() == b""


@pytest.mark.postgres
class TestTypingErrors:
    @pytest.mark.parametrize(
        ("typed", "meant"),
        [("Siobhna", "Siobhán O’Brien"), ("Speichrestrasse", "Anna Müller"), ("Mitarbieter", "Mitarbeiter 55")],
    )
    def test_what_is_spelled_alike_is_found_when_nothing_else_is(
        self, world: None, back_office: User, typed: str, meant: str
    ) -> None:
        hits = list(search.find(back_office, typed))
        assert (hits[0].title, hits[0].how) == (meant, "spelled alike")

    def test_but_not_beside_what_is_spelled_so(self, world: None, change: Any, back_office: User) -> None:
        customers.create_customer(change(), external_id="z", customer_profile="b2b", custom_name="Mitarbieter")
        assert found(back_office, "mitarbieter") == ["Mitarbieter"]
