"""Notes on customers: written, read, closed; an alert stands on every page of the customer and what is below."""

import json
from datetime import timedelta
from typing import Any

import pytest
from django.test import Client

from accounts.models import Account
from customers.models import Customer, CustomerNote
from ocsportal.people.models import User
from ocsportal.transactions.change import present
from ocsportal.transactions.models import BusinessTransaction
from ocsportal.transactions.representation import instant
from tests.client import RestClient, problem
from tests.portal.test_verbs import browser
from tests.rest.conftest import ClientOf

pytestmark = pytest.mark.django_db
ON = {"customer": {"externalId": "c"}}


@pytest.fixture(autouse=True)
def customer(api: RestClient) -> None:
    """A customer with an account."""
    api.done("/customers/create", externalId="c", customerProfile="b2c", customName="Nordwind")
    api.done("/accounts/create", externalId="a", customer={"externalId": "c"}, accountProfile="prepaid")


def write(api: RestClient, text: str = "Calls back on Friday.", **fields: Any) -> dict[str, Any]:
    """Write a note and return it."""
    return api.done("/customers/notes/create", **ON, text=text, **fields)


def notes(api: RestClient, **parameters: str) -> list[dict[str, Any]]:
    """Return the notes that are read."""
    found: list[dict[str, Any]] = json.loads(api.get("/customers/notes", externalId="c", **parameters).content)["items"]
    return found


def counts() -> tuple[int, int, int]:
    return CustomerNote.objects.count(), CustomerNote.history.count(), BusinessTransaction.objects.count()


class TestRest:
    def test_written_and_read(self, api: RestClient) -> None:
        until = instant(present() + timedelta(days=1))
        note = write(api, alert=True, until=until)
        assert notes(api) == [note]
        assert (note["text"], note["alert"], note["until"], note["version"]) == (
            "Calls back on Friday.",
            True,
            until,
            1,
        )
        assert (note["closedAt"], note["closedBy"]) == (None, None)
        assert note["customer"]["externalId"] == "c"
        row = CustomerNote.history.get()
        assert (row.transaction.operation, row.history_type) == ("CreateCustomerNote", "+")

    def test_item_says_what_it_is(self, api: RestClient) -> None:
        (item,) = json.loads(api.post("/customers/notes/create", **ON, text="x").content)
        assert (item["name"], item["objectType"]) == ("CreateCustomerNote", "io.ocs.pbs.core.model.CustomerNoteEx")

    def test_who_a_client_acts_for_is_whose_note_it_is(self, api: RestClient) -> None:
        headers = {"X-Ocs-Io-On-Behalf-Of": "agent.lehmann"}
        (item,) = json.loads(api.post("/customers/notes/create", headers=headers, **ON, text="x").content)
        assert item["object"]["createdBy"] == "agent.lehmann"

    @pytest.mark.parametrize("form", ["{}", "object"])
    def test_closed_by_its_refid(self, api: RestClient, form: str) -> None:
        note = write(api)
        named = {"refId": note["refId"]} if form == "object" else note["refId"]
        closed = api.done("/customers/notes/close", **ON, note=named)
        assert (closed["refId"], closed["version"], closed["closedAt"] is None) == (note["refId"], 2, False)
        assert notes(api) == [closed]
        assert [row.version for row in CustomerNote.history.order_by("version")] == [1, 2]

    def test_closed_again_stays_as_it_is(self, api: RestClient) -> None:
        note = write(api)
        first = api.done("/customers/notes/close", **ON, note=note["refId"])
        again = api.post("/customers/notes/close", **ON, note=note["refId"])
        assert (again["X-Ocs-Io-Notice"], json.loads(again.content)[0]["object"]) == ("NOTE-ALREADY-CLOSED", first)

    def test_pages_newest_first(self, api: RestClient) -> None:
        for number in range(5):
            write(api, str(number))
        first = json.loads(api.get("/customers/notes", externalId="c", limit="2").content)
        assert [note["text"] for note in first["items"]] == ["4", "3"]
        second = json.loads(api.get("/customers/notes", externalId="c", limit="3", cursor=first["nextCursor"]).content)
        assert ([note["text"] for note in second["items"]], second["nextCursor"]) == (["2", "1", "0"], None)

    @pytest.mark.parametrize(
        ("fields", "parameter"),
        [
            ({}, "text"),
            ({"text": ""}, "text"),
            ({"text": " \n"}, "text"),
            ({"text": 7}, "text"),
            ({"text": "x" * 2001}, "text"),
            ({"text": "x\u202ey"}, "text"),
            ({"text": "x", "alert": "yes"}, "alert"),
            ({"text": "x", "until": "2020-01-01T00:00:00Z"}, "until"),
            ({"text": "x", "until": "tomorrow"}, "until"),
            ({"text": "x", "state": "ACTIVE"}, "state"),
        ],
        ids=str,
    )
    def test_refused(self, api: RestClient, fields: dict[str, Any], parameter: str) -> None:
        before = counts()
        problem(api.post("/customers/notes/create", **ON, **fields), 400, "REQUEST-VALIDATION", parameter)
        assert counts() == before

    def test_longest_text_of_several_lines(self, api: RestClient) -> None:
        text = "first\nsecond\n" + "x" * 1987
        assert write(api, text)["text"] == text

    def test_of_nobody_and_of_another(self, api: RestClient) -> None:
        note = write(api)
        api.done("/customers/create", externalId="other", customerProfile="b2c")
        before = counts()
        problem(
            api.post("/customers/notes/close", customer={"externalId": "other"}, note=note["refId"]),
            400, "ENTITY-NOT-FOUND", "note",
        )  # fmt: skip
        nobody = {"customer": {"externalId": "nobody"}}
        problem(api.post("/customers/notes/create", **nobody, text="x"), 400, "ENTITY-NOT-FOUND")
        problem(api.get("/customers/notes", externalId="nobody"), 404, "ENTITY-NOT-FOUND")
        assert counts() == before

    def test_after_the_end_none_is_written_and_all_can_be_closed(self, api: RestClient) -> None:
        note = write(api)
        ended = {"state": "DEACTIVATED", "stateReason": "dfltDeactivated"}
        api.done("/customers/update-state", **ON, state=ended, subordinateUpdated=True)
        problem(api.post("/customers/notes/create", **ON, text="x"), 400, "CASM-STATE-DEACTIVATED", "customer")
        assert api.done("/customers/notes/close", **ON, note=note["refId"])["version"] == 2

    @pytest.mark.parametrize("group", ["Auditor", "Configuration", "Administrator"])
    def test_forbidden(self, client_of: ClientOf, api: RestClient, group: str) -> None:
        note, client = write(api), client_of(group)
        before = counts()
        problem(client.post("/customers/notes/create", **ON, text="x"), 403, "PERMISSION-DENIED")
        problem(client.post("/customers/notes/close", **ON, note=note["refId"]), 403, "PERMISSION-DENIED")
        assert counts() == before

    @pytest.mark.parametrize("group", ["Customer Care", "Back Office", "CRM"])
    def test_allowed(self, client_of: ClientOf, group: str) -> None:
        client = client_of(group, "another")
        note = write(client)
        assert client.done("/customers/notes/close", **ON, note=note["refId"])["version"] == 2


class TestPortal:
    def pages(self, agent: Client) -> dict[str, str]:
        """Return the pages of the customer and of the account below it."""
        customer, account = Customer.objects.get(external_id="c"), Account.objects.get(external_id="a")
        return {
            "customer": agent.get(f"/admin/customers/customer/{customer.pk}/change/").content.decode(),
            "account": agent.get(f"/admin/accounts/account/{account.pk}/change/").content.decode(),
        }

    def test_an_alert_stands_on_every_page_until_it_is_closed(self, api: RestClient, care: User) -> None:
        agent = browser(care)
        note = write(api, "Ask for the PIN <b>", alert=True)
        for page in self.pages(agent).values():
            assert page.count('class="note alert"') == 1
            assert "Ask for the PIN &lt;b&gt;" in page
        api.done("/customers/notes/close", **ON, note=note["refId"])
        assert not any('class="note alert"' in page for page in self.pages(agent).values())

    def test_neither_what_is_over_nor_what_is_no_alert(self, api: RestClient, care: User) -> None:
        write(api, "Only a note")
        write(api, "Over", alert=True, until=instant(present() + timedelta(days=1)))
        CustomerNote.objects.filter(text="Over").update(until=present() - timedelta(minutes=1))
        pages = self.pages(browser(care))
        assert not any('class="note alert"' in page for page in pages.values())
        assert "Only a note" in pages["customer"]
        assert "Only a note" not in pages["account"]

    def test_written_and_closed_by_an_agent(self, care: User) -> None:
        agent = browser(care)
        customer = Customer.objects.get(external_id="c")
        address = f"/admin/customers/customer/{customer.pk}"
        form = agent.get(f"{address}/note/").context["form"]
        sent = {"text": "Two\r\nlines", "alert": "on", "request_id": form["request_id"].value()}
        sent |= {"version": form["version"].value(), "reason": form["reason"].value()}
        assert agent.post(f"{address}/note/", sent).status_code == 302
        note = CustomerNote.objects.get()
        assert (note.text, note.alert, note.created_by) == ("Two\nlines", True, care.display_name)
        page = self.pages(agent)["customer"]
        assert f"{address}/close-note/?note={note.ref_id}" in page
        assert "Note written" in page  # In the timeline.
        closing = agent.get(f"{address}/close-note/?note={note.ref_id}").context["form"]
        sent = {"note": closing["note"].value(), "request_id": closing["request_id"].value(), "reason": "done"}
        assert agent.post(f"{address}/close-note/", sent).status_code == 302
        note.refresh_from_db()
        assert (note.closed_by, note.version) == (care.display_name, 2)

    def test_an_auditor_sees_them_and_writes_none(self, api: RestClient, auditor: User) -> None:
        write(api, "Ask for the PIN", alert=True)
        page = self.pages(browser(auditor))["customer"]
        assert "Ask for the PIN" in page
        assert "/note/" not in page
        assert "/close-note/" not in page
