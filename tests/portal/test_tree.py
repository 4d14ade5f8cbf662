"""Everything of a customer in one table: what shows, what is counted, what is found, and what it costs."""

from typing import Any

import pytest
from django.contrib.auth.models import Permission
from django.db import connection
from django.test.utils import CaptureQueriesContext

from accounts import operations as account_operations
from accounts.models import Account
from customers import operations as customers
from customers.models import Customer
from ocsportal.care.tree import growing
from ocsportal.entities.identity import Ref
from ocsportal.entities.states import NewState
from ocsportal.people.groups import CONFIGURATION
from ocsportal.people.models import User
from subscribers import operations as subscriber_operations
from subscribers.models import Subscriber
from tests.asleep import triggers_asleep
from tests.conftest import make_user
from tests.portal.accounts import make
from tests.portal.offers import adjust, owners, page_of, subscribe
from tests.portal.test_queries import asked
from tests.portal.test_verbs import browser

__all__ = ["owners"]
pytestmark = pytest.mark.django_db
Rows = list[dict[str, Any]]


@pytest.fixture
def tree(owners: dict[str, Any], change: Any) -> Customer:
    """Nordwind: Germany (pays) with Berlin below; Jana (number, bundle used up) under Germany, two more under Berlin."""
    make(change, "acc-2", "Berlin depot", parent="acc-1")
    subscriber(change, "s-2", "491705550142", "Timo Brandt", account="acc-2")
    subscriber(change, "s-3", "491705550190", "Scanner 14", account="acc-2")
    subscribe(change, "sub-customer", "customer")
    subscribe(change, "sub-s1", "subscriber")
    adjust(change, "sub-s1", "data", "-10240")
    adjust(change, "sub-s1", "voice", "-290")
    suspend(change, "s-3")
    found: Customer = owners["customer"]
    return found


def subscriber(change: Any, external_id: str, number: str, name: str, account: str = "acc-1") -> None:
    subscriber_operations.create_subscriber(
        change(),
        account=Ref(external_id=account),
        subscriber_profile="mobile",
        external_id=external_id,
        custom_name=name,
        primary_resource_type="MSISDN",
        primary_resource=number,
    )


def suspend(change: Any, external_id: str) -> None:
    new = NewState(state="SUSPENDED", state_reason="lostSim")
    subscriber_operations.update_subscriber_state(change(), subscriber=Ref(external_id=external_id), state=new)


def part_of(user: User, entity: Any, query: str = "") -> dict[str, Any]:
    below = browser(user).get(page_of(entity) + query).context["below"]
    found: dict[str, Any] = next(part for part in below if "numbers" in part)
    return found


def shown(rows: Rows) -> list[tuple[str, int]]:
    return [(row["title"], row["deep"]) if "title" in row else (row.get("heading", "rest"), -1) for row in rows]


ALL = [
    ("Germany", 0),
    ("Berlin depot", 1),
    ("+49 170 5550142", 2),
    ("+49 170 5550190", 2),
    ("Jana Weiss", 1),
    ("Data bundle 10 GB", 2),
    ("Customer-wide offers", -1),
    ("Data bundle 10 GB", 0),
]


def test_all_that_hangs_on_a_customer_is_one_table(tree: Customer, care: User) -> None:
    part = part_of(care, tree)
    assert shown(part["rows"]) == ALL
    rows = {row["title"]: row for row in part["rows"] if "title" in row}
    assert (rows["Germany"]["also"], rows["Germany"]["note"]) == (
        ["acc-1", "pays"],
        "1 account, 3 subscribers, 1 suspended",
    )
    assert rows["Berlin depot"]["note"] == "2 subscribers, 1 suspended"
    assert (rows["+49 170 5550190"]["why"], rows["+49 170 5550142"]["why"]) == ("Lost SIM · own", "")
    assert [words for words, _, _ in rows["+49 170 5550190"]["verbs"]] == ["Resume", "SIM lost"]
    assert part["summary"] == "2 accounts, 3 subscribers, 2 subscriptions"
    facts = {name: (str(value), str(also)) for name, value, also in part["facts"]}
    assert facts["Below"] == (
        "3 subscribers",
        '2 active, 1 suspended, on 2 accounts; <a href="?show=own#everything">1 for a reason of its own</a>',
    )
    assert facts.keys() == {"Below", "Balances"}
    assert ">2 low<" in facts["Balances"][0]
    assert facts["Balances"][1] == "1 used up, 1 under 10 %, of 4 balances"


def test_an_account_and_a_subscriber_are_roots_of_their_own(tree: Customer, care: User) -> None:
    assert shown(part_of(care, Account.objects.get(external_id="acc-2"))["rows"]) == [
        ("+49 170 5550142", 0),
        ("+49 170 5550190", 0),
    ]
    assert shown(part_of(care, Subscriber.objects.get(external_id="s-1"))["rows"]) == [("Data bundle 10 GB", 0)]


def test_each_root_offers_what_can_hang_on_it(tree: Customer, back_office: User) -> None:
    account, jana = Account.objects.get(external_id="acc-2"), Subscriber.objects.get(external_id="s-1")
    offered = {
        tree: [(words, "customer") for words in ("New account", "New subscriber", "New line", "Subscribe")],
        account: [
            ("New account", "parent"),
            ("New subscriber", "account"),
            ("New line", "account"),
            ("Subscribe", "account"),
        ],
        jana: [("Subscribe", "subscriber")],
    }
    for root, adds in offered.items():
        part = part_of(back_office, root)
        found = [(add["words"], add["url"].partition("?")[2]) for add in (*part["adds"], *part["makes"])]
        assert found == [(words, f"{link}={root.ref_id}") for words, link in adds]


def test_a_subscriber_leads_to_its_place_in_the_customers_tree(tree: Customer, care: User) -> None:
    jana = Subscriber.objects.get(external_id="s-1")
    whole = part_of(care, jana)["whole"]
    assert whole == f"{page_of(tree)}?at=subscriber-{jana.pk}#everything"
    found = browser(care).get(whole).context["below"]
    rows = next(part for part in found if part.get("template") == "care/tree.html")["rows"]
    assert [row["key"] for row in rows if row.get("kind") == "subscriber"] == [f"subscriber-{jana.pk}"]
    assert part_of(care, tree)["whole"] == ""


def test_what_is_planned_and_possible_twins_are_told_at_a_glance(tree: Customer, change: Any, care: User) -> None:
    contact = {"email": "info@nordwind.example"}
    customers.update_customer_contact(change(), customer=Ref(external_id=tree.external_id), contact=contact)
    customers.create_customer(change(), customer_profile="b2b", custom_name="Nordwind again", contact=contact)
    late = NewState(state="SUSPENDED", state_reason="fraud", state_valid_from=change().at.replace(year=2099))
    subscriber_operations.update_subscriber_state(change(), subscriber=Ref(external_id="s-1"), state=late)
    facts = {name: (str(value), str(also)) for name, value, also in part_of(care, tree)["facts"]}
    assert facts["Planned below"][0] == '<a href="?show=planned#everything">1 change</a>'
    assert facts["May be the same"][0] == "1 customer"
    assert "Nordwind again</bdi></a> (same e-mail address)" in facts["May be the same"][1]


def test_what_is_above_says_why(tree: Customer, change: Any, care: User) -> None:
    new = NewState(state="SUSPENDED", state_reason="nonPayment")
    account = Ref(external_id="acc-2")
    account_operations.update_account_state(change(), account=account, state=new, subordinate_updated=True)
    whys = {row["title"]: row["why"] for row in part_of(care, tree)["rows"] if "title" in row}
    assert whys["Berlin depot"] == "Non-payment · own"
    assert (whys["+49 170 5550142"], whys["+49 170 5550190"]) == ("through account", "Lost SIM · own")


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ("show=suspended", [("Germany", 0), ("Berlin depot", 1), ("+49 170 5550190", 2)]),
        ("show=own", [("Germany", 0), ("Berlin depot", 1), ("+49 170 5550190", 2)]),
        ("show=low", [("Germany", 0), ("Jana Weiss", 1), ("Data bundle 10 GB", 2)]),
        ("show=planned", []),
        ("find=0170 555 0142", [("Germany", 0), ("Berlin depot", 1), ("+49 170 5550142", 2)]),
        ("find=scanner", [("Germany", 0), ("Berlin depot", 1), ("+49 170 5550190", 2)]),
        ("find=BERLIN", [("Germany", 0), ("Berlin depot", 1)]),
        ("find=bundle10", [("Germany", 0), ("Jana Weiss", 1), ("Data bundle 10 GB", 2), ("Customer-wide offers", -1),
                           ("Data bundle 10 GB", 0)]),
        ("find=Nobody at all", []),
        ("find=%00", ALL),
        ("show=nonsense", ALL),
        ("open=", [("Germany", 0), ("Customer-wide offers", -1), ("Data bundle 10 GB", 0)]),
    ],
)  # fmt: skip
def test_chips_and_what_is_typed_leave_what_fits(query: str, found: Any, tree: Customer, care: User) -> None:
    assert shown(part_of(care, tree, f"?{query}")["rows"]) == found
    answer = browser(care).get(f"/tree/customer-{tree.pk}/?{query}")
    assert shown(answer.context["part"]["rows"]) == found
    assert not found or found[0][0] in answer.content.decode()


def test_chips_count_what_they_show(tree: Customer, care: User) -> None:
    chips = {chip["words"]: (chip["number"], chip["on"]) for chip in part_of(care, tree, "?show=low")["chips"]}
    assert chips == {"Suspended": (1, False), "Own reason": (1, False), "Low balance": (2, True)}


def test_an_address_leads_to_one_row_of_this_tree_only(tree: Customer, change: Any, care: User) -> None:
    make(change, "acc-9", "Elsewhere")
    timo = Subscriber.objects.get(external_id="s-2")
    rows = part_of(care, tree, f"?at=subscriber-{timo.pk}")["rows"]
    assert shown(rows) == [("Germany", 0), ("Berlin depot", 1), ("+49 170 5550142", 2)]
    berlin = Account.objects.get(external_id="acc-9")
    assert part_of(care, berlin, f"?at=subscriber-{timo.pk}")["rows"] == []


def test_a_large_branch_shows_page_by_page(tree: Customer, change: Any, care: User, monkeypatch: Any) -> None:
    monkeypatch.setattr(growing, "PAGE", 2)
    for number in range(3):
        subscriber(change, f"more-{number}", f"49170666000{number}", f"More {number}", account="acc-2")
    berlin = Account.objects.get(external_id="acc-2")
    seen, address = [], f"/tree/account-{berlin.pk}/?depth=1"
    while address:
        answer = browser(care).get(address)
        rows = answer.context["part"]["rows"]
        assert {row["level"] for row in rows} == {2}
        seen.append([row["title"] for row in rows if "title" in row])
        rest = rows[-1].get("rest")
        address = f"/tree/{rest.of}/?after={rest.after}&depth=1" if rest else ""
        assert not rest or f"{rest.more} more here" in answer.content.decode()
    assert [len(page) for page in seen] == [2, 2, 1]
    assert len({title for page in seen for title in page}) == 5


def test_what_is_gone_shows_when_it_is_asked_for(tree: Customer, change: Any, care: User) -> None:
    gone = NewState(state="DEACTIVATED", state_reason="dfltDeactivated")
    subscriber_operations.update_subscriber_state(change(), subscriber=Ref(external_id="s-2"), state=gone)
    assert "Timo Brandt" not in str(shown(part_of(care, tree)["rows"]))
    assert len(part_of(care, tree)["rows"]) == len(ALL) - 1
    rows = part_of(care, tree, "?gone=1")["rows"]
    assert len(rows) == len(ALL)
    assert [row["verbs"] for row in rows if row.get("title") == "Timo Brandt"] == [[]]


def test_verbs_of_a_row_are_those_that_one_may_do(tree: Customer, care: User, auditor: User) -> None:
    address = f"/tree/subscriber-{Subscriber.objects.get(external_id='s-3').pk}/verbs/"
    words = [words for words, _, _ in browser(care).get(address).context["verbs"]]
    assert words[0] == "Resume"
    assert "Deactivate" not in words
    assert browser(auditor).get(address).context["verbs"] == []
    assert "Nothing that you may do" in browser(auditor).get(address).content.decode()


def test_who_may_not_read_sees_nothing_and_what_is_no_branch_is_not_there(tree: Customer, care: User) -> None:
    carl = browser(make_user("carl", CONFIGURATION))
    subscription = tree.subscriptions.get()
    for address in (f"/tree/customer-{tree.pk}/", f"/tree/customer-{tree.pk}/verbs/"):
        assert carl.get(address).status_code == 403
        assert browser(care).post(address).status_code == 405
    for address in (
        "customer-0",
        "customer-99999999",
        "subscription-1",
        f"subscription-{subscription.pk}",
        "offer-1",
        "x",
    ):
        assert browser(care).get(f"/tree/{address}/").status_code == 404, address
    assert browser(care).get(f"/tree/subscription-{subscription.pk}/verbs/").status_code == 200
    assert browser(care).logout() is None


@pytest.mark.parametrize(
    ("reads", "shows", "facts"),
    [
        ((), [], []),
        (("accounts.read_account",), ["Germany", "Berlin depot"], []),
        (
            ("accounts.read_account", "subscribers.read_subscriber"),
            ["Germany", "Berlin depot", "+49 170 5550142", "+49 170 5550190", "Jana Weiss"],
            ["Below"],
        ),
        (("accounts.read_account", "offers.read_subscription"), ["Germany", "Berlin depot", "Data bundle 10 GB"], []),
    ],
)
def test_a_level_that_one_may_not_read_is_neither_shown_counted_nor_found(
    reads: tuple[str, ...], shows: list[str], facts: list[str], tree: Customer
) -> None:
    user = reader("customers.read_customer", *reads)
    part = part_of(user, tree)
    assert [row["title"] for row in part["rows"] if "title" in row] == shows
    assert [name for name, _, _ in part["facts"]] == facts
    assert "subscriber" not in part["summary"] or "Below" in facts
    for query in ("find=scanner", "find=bundle", "show=low", "show=suspended", "gone=1"):
        rows = browser(user).get(f"/tree/customer-{tree.pk}/?{query}").context["part"]["rows"]
        assert {row["title"] for row in rows if "title" in row} <= set(shows), query


def reader(*permissions: str) -> User:
    """Return a person with these permissions only."""
    user = make_user("reader", CONFIGURATION)
    user.groups.clear()
    for permission in permissions:
        app, _, codename = permission.partition(".")
        user.user_permissions.add(Permission.objects.get(content_type__app_label=app, codename=codename))
    return user


def test_an_empty_customer_says_what_to_do(owners: dict[str, Any], change: Any, care: User, auditor: User) -> None:
    subscriber_operations.update_subscriber_state(
        change(), subscriber=Ref(external_id="s-1"), state=NewState(state="DEACTIVATED", state_reason="dfltDeactivated")
    )
    account_operations.update_account_state(
        change(), account=Ref(external_id="acc-1"), state=NewState(state="DEACTIVATED", state_reason="dfltDeactivated")
    )
    body = browser(care).get(page_of(owners["customer"])).content.decode()
    assert "Nothing is below yet." in body
    button = "data-verb>Subscribe</a>"
    assert button in body
    assert button not in browser(auditor).get(page_of(owners["customer"])).content.decode()


@pytest.mark.skipif(connection.vendor != "postgresql", reason="filled by PostgreSQL's SQL")
def test_ten_thousand_below_one_customer(tree: Customer, care: User) -> None:
    client, address = browser(care), page_of(tree)
    few = len(asked(client, address))
    like = Subscriber.objects.get(external_id="s-2")
    columns = [
        field.column
        for field in Subscriber._meta.concrete_fields
        if field.column not in ("id", "ref_id", "external_id")
    ]
    listed = ", ".join(f'"{column}"' for column in columns)
    with triggers_asleep(connection), connection.cursor() as cursor:
        cursor.execute(
            f"INSERT INTO subscribers_subscriber (id, ref_id, external_id, {listed}) SELECT 5000000 + n, "
            f"'T' || lpad(n::text, 13, '0'), 'big-' || n, {listed} FROM subscribers_subscriber, generate_series(1, 10000) n "
            "WHERE id = %s",
            [like.pk],
        )
    with CaptureQueriesContext(connection) as captured:
        answer = client.get(address)
    assert len(answer.content) < 300_000
    assert len(asked(client, address)) <= few + 1
    assert "10,002 subscribers" in answer.content.decode()
    assert not [query["sql"] for query in captured if "COUNT(*)" in query["sql"] and "LIMIT" not in query["sql"]]
    rows = client.get(f"/tree/account-{like.account_id}/?depth=1").context["part"]["rows"]
    assert len(rows) == growing.PAGE + 1
    assert rows[-1]["rest"].more == 10_002 - growing.PAGE
