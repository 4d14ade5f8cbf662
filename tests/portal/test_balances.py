"""Balances in the browser: page, ledger, history, adjustments with their preview and limits."""

from decimal import Decimal
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from balances import admin as balance_admin
from balances.models import AdjustmentLimit, LedgerEntry
from ocsportal.entities.identity import Ref
from ocsportal.entities.states import NewState
from ocsportal.people.groups import CARE, CONFIGURATION
from ocsportal.people.models import User
from ocsportal.transactions.models import BusinessTransaction
from offers import operations
from tests.conftest import make_user
from tests.portal.counting import unbounded
from tests.portal.offers import ADD, adjust, balance, individual, limit, owners, page_of, subscribe, written
from tests.portal.test_verbs import browser

__all__ = ["owners"]
pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("owners")]
LIMITS = "/admin/balances/adjustmentlimit/"


def form(found: Any, **fields: str) -> dict[str, str]:
    return {
        "request_id": "form-1",
        "version": found.etag,
        "reason": "caller asked",
        "way": "by",
        "amount": "",
        **fields,
    }


def several(subscription: Any, **fields: str) -> dict[str, str]:
    """Return the form for several balances, amounts and ways by the code of the service."""
    sent = {"request_id": "form-1", "reason": "caller asked"}
    sent["version"] = " ".join(each.etag for each in subscription.balances.order_by("pk"))
    for each in subscription.balances.all():
        sent[f"way{each.pk}"] = fields.get(f"way_{each.service.code}", "by")
        sent[f"amount{each.pk}"] = fields.get(each.service.code, "")
    return sent


@pytest.mark.parametrize(
    ("fields", "actual", "granted"),
    [
        ({"amount": "-240"}, "10000", "10240"),
        ({"amount": "+1 000"}, "11240", "10240"),
        ({"way": "to", "amount": "0"}, "0", "10240"),
        ({"amount": "10", "granted": "20480"}, "10250", "20480"),
        ({"granted": "5000"}, "10240", "5000"),
    ],
)
def test_done(fields: dict[str, str], actual: str, granted: str, change: Any, care: User) -> None:
    subscribe(change)
    data = balance()
    agent = browser(care)
    before = written()
    assert agent.get(page_of(data, "adjust")).status_code == 200
    assert written() == before
    answer = agent.post(page_of(data, "adjust"), form(data, **fields))
    assert answer["Location"] == page_of(data), answer.context["form"].errors
    after = balance()
    assert (after.actual, after.granted) == (Decimal(actual), Decimal(granted))
    entry = BusinessTransaction.objects.latest("pk")
    assert (entry.operation, entry.reason) == ("UpdateSubscriptionBalance", "caller asked")
    moved = Decimal(actual) != Decimal(10240)
    newest = LedgerEntry.objects.filter(balance=data).latest("number")
    assert (newest.number, newest.reason) == ((2, "caller asked") if moved else (1, "because"))


def test_validity_is_changed(change: Any, care: User) -> None:
    subscribe(change)
    browser(care).post(page_of(balance(), "adjust"), form(balance(), valid_to="2099-12-31T23:59"))
    assert balance().valid_to is not None
    assert f"{balance().valid_to:%Y}" == "2099"


@pytest.mark.parametrize(
    ("fields", "wrong"),
    [
        ({}, {"amount"}),
        ({"amount": "much"}, {"amount"}),
        ({"amount": "-10241"}, {"amount"}),
        ({"way": "to", "amount": "-1"}, {"amount"}),
        ({"amount": "1e3"}, {"amount"}),
        ({"amount": "1", "granted": "-5"}, {"granted"}),
        ({"amount": "1", "valid_to": "2001-01-01T00:00"}, {"valid_to"}),
        ({"amount": "1", "reason": ""}, {"reason"}),
    ],
)
def test_refused_at_the_field(fields: dict[str, str], wrong: set[str], change: Any, back_office: User) -> None:
    subscribe(change)
    before = written()
    agent = browser(back_office)
    answer = agent.post(page_of(balance(), "adjust"), form(balance(), **fields))
    assert set(answer.context["form"].errors) == wrong
    looked = agent.post(page_of(balance(), "adjust"), form(balance(), **fields, preview="1"))
    assert set(looked.context["form"].errors) == wrong - {"reason"}
    assert written() == before


def test_forbidden_stale_and_deactivated(change: Any, auditor: User, back_office: User) -> None:
    made = subscribe(change)
    data = balance()
    sent = form(data, amount="5")
    before = written()
    assert browser(auditor).get(page_of(data, "adjust")).status_code == 403
    assert browser(auditor).post(page_of(data, "adjust"), sent).status_code == 403
    assert written() == before
    adjust(change, "sub-1", "data", "-1")
    before = written()
    stale = browser(back_office).post(page_of(data, "adjust"), sent)
    assert "Backoffice has changed it in the meantime" in stale.content.decode()
    assert stale.context["form"].data["version"] == balance().etag
    assert written() == before
    operations.update_subscription_state(
        change(), subscription=Ref(external_id="sub-1"), state=NewState(state="DEACTIVATED", state_reason="portedOut")
    )
    before = written()
    over = browser(back_office).post(page_of(data, "adjust"), form(balance(), amount="5"))
    assert "deactivated" in str(over.context["form"].non_field_errors())
    assert browser(back_office).get(page_of(data)).context["adjust"] == ""
    assert browser(back_office).get(page_of(made)).context["below"][0]["rows"][0]["adjust"] == ""
    assert written() == before


def test_sent_twice_is_done_once(change: Any, care: User) -> None:
    subscribe(change)
    agent = browser(care)
    sent = form(balance(), amount="-40")
    assert [agent.post(page_of(balance(), "adjust"), sent).status_code for _ in range(2)] == [302, 302]
    assert balance().actual == Decimal(10200)


def test_the_preview_tells_old_new_and_crossed_thresholds(change: Any, care: User) -> None:
    subscribe(change)
    before = written()
    looked = browser(care).post(
        page_of(balance(), "adjust"), form(balance(), way="to", amount="400", reason="", preview="1")
    )
    [row] = looked.context["foreseen"]["rows"]
    assert row["rows"] == [("Left", "10\u202f240 MB", "400 MB")]
    assert (row["change"], row["crossed"]) == ("−9\u202f840 MB", "80 %, 95 %")
    assert (row["before"].fill, row["after"].fill, row["after"].warning) == ("100.0%", "3.9%", "past 95 %")
    assert written() == before


# Limits


def test_limits_are_told_and_held(change: Any, care: User) -> None:
    limit("EUR", "50", "120")
    individual(change, "indMonetaryBalance", grantedBalance="200")
    money = balance("ind-1", "monetaryBalance")
    agent = browser(care)

    def told() -> str:
        help_text: str = agent.get(page_of(money, "adjust")).context["form"].fields["amount"].help_text
        return help_text

    assert told() == "200.00 of 200.00 EUR left. You may adjust up to 50 EUR at once, 120 EUR left today."
    for number, amount in enumerate(("-50", "-50")):
        sent = form(balance("ind-1", "monetaryBalance"), amount=amount, request_id=f"r{number}")
        assert agent.post(page_of(money, "adjust"), sent).status_code == 302
    assert told().endswith("You may adjust up to 50 EUR at once, 20 EUR left today.")
    before = written()
    for amount, words in (("50.01", "At most 50 EUR"), ("20.01", "20 are left today")):
        for preview in ({}, {"preview": "1"}):
            sent = form(balance("ind-1", "monetaryBalance"), amount=amount, **preview)
            errors = agent.post(page_of(money, "adjust"), sent).context["form"].errors
            assert words in str(errors["amount"])
    assert written() == before


def test_who_has_no_limit_is_told_none(change: Any, back_office: User) -> None:
    limit("MEGABYTE", "1", "1")
    subscribe(change)
    page = browser(back_office).get(page_of(balance(), "adjust"))
    assert page.context["form"].fields["amount"].help_text == "10\u202f240 of 10\u202f240 MB left."


def test_where_nothing_may_be_moved_the_form_says_so(change: Any, care: User) -> None:
    limit("EUR", "50", "120")
    subscribe(change)
    agent, data = browser(care), balance()
    page = agent.get(page_of(data, "adjust"))
    assert page.context["form"].fields["amount"].help_text.endswith("You may not adjust MB.")
    before = written()
    for preview in ({}, {"preview": "1"}):
        sent = form(data, amount="", granted="99999999", **preview)
        assert "At most 0 MEGABYTE" in str(agent.post(page_of(data, "adjust"), sent).context["form"].errors["granted"])
    assert written() == before


@pytest.mark.parametrize("preview", [{}, {"preview": "1"}])
def test_what_may_not_be_given_is_said_at_its_field(owners: Any, care: User, preview: dict[str, str]) -> None:
    limit("EUR", "50", "120")
    agent, account = browser(care), owners["account"]
    address = f"{ADD}?account={account.ref_id}&offer=indMonetaryBalance"
    shown = agent.get(address).context["form"]
    granted = next(name for name in shown.fields if name.endswith("_grantedBalance"))
    sent = {"state": "ACTIVE", "state_reason": "dfltActive", "reason": "goodwill", "request_id": "r-1", **preview}
    before = written()
    answer = agent.post(address, {**sent, granted: "1000000"})
    assert "At most 50 EUR" in str(answer.context["form"].errors[granted])
    assert written() == before
    assert agent.post(address, {**sent, granted: "50"}).status_code == (200 if preview else 302)


# Several at once


def test_several_at_once_all_or_nothing(change: Any, care: User) -> None:
    made = subscribe(change)
    agent = browser(care)
    before = written()
    assert agent.get(page_of(made, "adjust-balances")).status_code == 200
    over = agent.post(page_of(made, "adjust-balances"), several(made, data="-240", voice="-301"))
    assert set(over.context["form"].errors) == {f"amount{balance(service='voice').pk}"}
    empty = agent.post(page_of(made, "adjust-balances"), several(made))
    assert "at least one" in str(empty.context["form"].non_field_errors())
    assert written() == before
    done = agent.post(page_of(made, "adjust-balances"), several(made, data="-240", voice="0", way_voice="to"))
    assert done["Location"] == page_of(made)
    assert (balance().actual, balance(service="voice").actual) == (Decimal(10000), Decimal(0))
    assert BusinessTransaction.objects.latest("pk").operation == "UpdateSubscriptionBalances"
    assert "were adjusted." in agent.get(page_of(made)).content.decode()


def test_several_need_each_balance_as_it_was_seen(change: Any, back_office: User, auditor: User) -> None:
    made = subscribe(change)
    sent = several(made, data="-1", voice="-1")
    assert browser(auditor).post(page_of(made, "adjust-balances"), sent).status_code == 403
    adjust(change, "sub-1", "voice", "-7")
    before = written()
    agent = browser(back_office)
    stale = agent.post(page_of(made, "adjust-balances"), sent)
    assert "Backoffice has changed it in the meantime" in stale.content.decode()
    assert written() == before
    again = {**sent, "version": stale.context["form"].data["version"], "request_id": "form-2"}
    assert agent.post(page_of(made, "adjust-balances"), again).status_code == 302
    # One that is left as it is may have changed meanwhile.
    sent = several(made, data="-1") | {"request_id": "form-3"}
    adjust(change, "sub-1", "voice", "-7")
    assert agent.post(page_of(made, "adjust-balances"), sent).status_code == 302


def test_the_preview_of_several_tells_each(change: Any, care: User) -> None:
    made = subscribe(change)
    before = written()
    looked = browser(care).post(
        page_of(made, "adjust-balances"), several(made, data="-240", voice="-100") | {"preview": "1"}
    )
    assert [row["change"] for row in looked.context["foreseen"]["rows"]] == ["−240 MB", "−100 min"]
    assert written() == before


def test_a_subscription_of_one_balance_has_no_verb_for_several(change: Any, back_office: User) -> None:
    made = individual(change, "indMonetaryBalance", grantedBalance="200")
    context = browser(back_office).get(page_of(made)).context
    assert "adjust-balances" not in {verb.slug for verb, _ in context["verbs"]}
    assert context["below"][0]["rows"][0]["adjust"] == page_of(balance("ind-1", "monetaryBalance"), "adjust")


# The page, the ledger, the history


def test_the_ledger_pages_by_number_and_tells_who_and_why(change: Any, auditor: User, monkeypatch: Any) -> None:
    monkeypatch.setattr(balance_admin, "ON_THE_PAGE", 2)
    subscribe(change)
    adjust(change, "sub-1", "data", "-240", reason="rated usage", on_behalf_of="rating")
    adjust(change, "sub-1", "data", "40", reason="goodwill")
    agent = browser(auditor)
    with CaptureQueriesContext(connection) as queries:
        page = agent.get(page_of(balance()))
    assert not unbounded(queries)
    rows = page.context["entries"]
    assert [(row["entry"].number, row["amount"], row["before"], row["after"]) for row in rows] == [
        (3, "+40", "10\u202f000", "10\u202f040"), (2, "−240", "10\u202f240", "10\u202f000"),
    ]  # fmt: skip
    body = page.content.decode()
    for words in (
        "goodwill",
        "rated usage",
        "for <bdi>rating</bdi>",
        "Backoffice",
        "10\u202f040 of 10\u202f240 MB left",
    ):
        assert words in body, words
    older = agent.get(page_of(balance()), {"before": page.context["older"]})
    assert [row["entry"].number for row in older.context["entries"]] == [1]
    assert older.context["older"] is None
    assert agent.post(page_of(balance()), {}).status_code == 405


def test_queries_do_not_grow_with_the_ledger(change: Any, back_office: User) -> None:
    subscribe(change)
    agent = browser(back_office)

    def counted(address: str) -> int:
        with CaptureQueriesContext(connection) as queries:
            assert agent.get(address).status_code == 200
        return len(queries)

    adjust(change, "sub-1", "data", "-1")
    addresses = (page_of(balance()), page_of(balance(), "history"), "/admin/balances/balance/")
    for address in addresses:
        counted(address)
    few = [counted(address) for address in addresses]
    for _ in range(5):
        adjust(change, "sub-1", "data", "-1")
    for number in range(3):
        subscribe(change, f"more-{number}")
    assert [counted(address) for address in addresses] == few


def test_history_tells_who_when_why_and_what(change: Any, auditor: User) -> None:
    subscribe(change)
    adjust(change, "sub-1", "data", "-240", reason="rated usage")
    body = browser(auditor).get(page_of(balance(), "history")).content.decode()
    for words in ("Actual balance", "10240", "10000", "rated usage", "Backoffice", "version 2"):
        assert words in body, words
    assert browser(auditor).post(page_of(balance(), "history"), {}).status_code == 405


# The screen of limits


def test_limits_are_configured_with_a_reason(back_office: User) -> None:
    carl = browser(make_user("carl", CONFIGURATION))
    from django.contrib.auth.models import Group

    group = Group.objects.get(name=CARE)
    sent = {"group": str(group.pk), "unit": "EUR", "per_adjustment": "50", "per_day": "200"}
    assert carl.post(f"{LIMITS}add/", sent).status_code == 200
    assert AdjustmentLimit.objects.count() == 0
    wrong = carl.post(f"{LIMITS}add/", {**sent, "unit": "POTATO", "audit_reason": "r"})
    assert set(wrong.context["adminform"].form.errors) == {"unit"}
    before = BusinessTransaction.objects.count()
    assert carl.post(f"{LIMITS}add/", {**sent, "audit_reason": "agreed with fraud"}).status_code == 302
    assert BusinessTransaction.objects.count() == before + 1
    made = AdjustmentLimit.objects.get()
    assert (made.per_adjustment, made.per_day) == (Decimal(50), Decimal(200))
    agent = browser(back_office)
    assert agent.get(LIMITS).status_code == 200
    assert agent.post(f"{LIMITS}add/", {**sent, "unit": "USD", "audit_reason": "r"}).status_code == 403
    assert agent.post(f"{LIMITS}{made.pk}/delete/", {"post": "yes"}).status_code == 403
    assert AdjustmentLimit.objects.count() == 1


def test_every_other_unit_is_a_choice_and_none_is_chosen() -> None:
    carl = browser(make_user("carl", CONFIGURATION))
    from django.contrib.auth.models import Group

    field = carl.get(f"{LIMITS}add/").context["adminform"].form.fields["unit"]
    values = [value for value, words in field.choices if isinstance(words, str)]
    assert values == ["", "*"]
    sent = {"group": str(Group.objects.get(name=CARE).pk), "unit": "*", "audit_reason": "agreed with fraud"}
    assert carl.post(f"{LIMITS}add/", sent).status_code == 302
    made = AdjustmentLimit.objects.get()
    assert (made.unit, made.per_adjustment, made.per_day) == ("*", None, None)
    shown = carl.get(LIMITS).content.decode()
    assert "every other unit" in shown
    assert shown.count(">unlimited<") == 2
    # What was allowed is taken back by a limit of nothing, since nothing is deleted.
    page = f"{LIMITS}{made.pk}/change/"
    assert carl.post(page, {"per_adjustment": "0", "per_day": "", "audit_reason": "fraud"}).status_code == 302
    made.refresh_from_db()
    assert made.per_adjustment == 0
