"""A form that was opened before somebody else saved undoes nothing: it is refused, says what changed, keeps the input."""

import re
from html import unescape
from typing import Any

import pytest
from django.contrib.auth.models import Group, Permission
from django.test import Client

from ocsportal.entities.models import StateReason
from ocsportal.people import groups
from ocsportal.people.models import User
from ocsportal.transactions.models import BusinessTransaction
from offers.models import Offer, Product, Service
from tests.conftest import make_user
from tests.portal.test_catalogue import address, form_of, kept

pytestmark = pytest.mark.django_db


def browser(login: str, *names: str) -> Client:
    """Return a browser in which somebody of the groups has logged in."""
    client = Client()
    client.force_login(make_user(login, *names), "ocsportal.people.permissions.OneQueryBackend")
    return client


def seen(client: Client, page: str) -> str:
    """Return the hidden field of a page that is opened now, or was just drawn."""
    return seen_in(client.get(page).content.decode())


def seen_in(text: str) -> str:
    """Return the hidden field of a page."""
    found = re.search(r'name="_seen" value="([^"]*)"', text)
    assert found
    return unescape(found[1])


def stands(person: User) -> tuple[Any, ...]:
    """Return all that a save could have changed."""
    row = User.objects.values().get(pk=person.pk)
    return row, sorted(person.groups.values_list("name", flat=True)), BusinessTransaction.objects.count()


class TestPeople:
    @pytest.fixture
    def ada(self) -> Client:
        return browser("ada", groups.ADMINISTRATOR)

    @pytest.fixture
    def bob(self) -> Client:
        return browser("bob", groups.ADMINISTRATOR)

    @staticmethod
    def fields(person: User, **other: Any) -> dict[str, Any]:
        own = {"username": person.username, "first_name": "Care", "is_active": "on", "is_staff": "on"}
        groups_of = {"groups": [Group.objects.get(name=groups.CARE).pk], "audit_reason": "because"}
        return {**own, **groups_of, **other}

    def test_a_leaver_stays_switched_off(self, ada: Client, bob: Client, care: User) -> None:
        page = f"/admin/people/user/{care.pk}/change/"
        old = seen(bob, page)
        gone = self.fields(care, _seen=seen(ada, page), groups=[], audit_reason="left us")
        del gone["is_active"]
        assert ada.post(page, gone).status_code == 302
        before = stands(care)
        answer = bob.post(page, self.fields(care, last_name="Smith", _seen=old))
        text = answer.content.decode()
        assert answer.status_code == 200
        assert stands(care) == before
        assert before[0]["is_active"] is False
        assert "Ada (left us) changed it after you opened this page" in text
        assert "Active: yes → no" in text
        assert "Groups: Customer Care was removed" in text
        assert 'value="Smith"' in text
        assert not re.search(r'<input[^>]*name="is_active"[^>]*checked', text)
        # Saved once more as the page came back, it changes what bob changed and nothing else.
        again = self.fields(care, last_name="Smith", _seen=seen_in(text), groups=[])
        del again["is_active"]
        assert bob.post(page, again).status_code == 302
        care.refresh_from_db()
        assert (care.last_name, care.is_active, care.groups.count()) == ("Smith", False, 0)

    def test_a_change_of_groups_alone_counts(self, ada: Client, bob: Client, care: User) -> None:
        page = f"/admin/people/user/{care.pk}/change/"
        old = seen(bob, page)
        assert ada.post(page, self.fields(care, groups=[])).status_code == 302
        before = stands(care)
        assert bob.post(page, self.fields(care, last_name="Smith", _seen=old)).status_code == 200
        assert stands(care) == before

    def test_a_login_in_between_is_no_change(self, ada: Client, care: User) -> None:
        page = f"/admin/people/user/{care.pk}/change/"
        old = seen(ada, page)
        assert Client().post("/admin/login/", {"username": "care", "password": "correct-horse-battery"})
        assert ada.post(page, self.fields(care, last_name="Smith", _seen=old)).status_code == 302

    def test_groups(self, ada: Client, bob: Client) -> None:
        group = Group.objects.get(name=groups.CARE)
        page = f"/admin/auth/group/{group.pk}/change/"
        old, all_of_them = seen(bob, page), list(group.permissions.values_list("pk", flat=True))
        taken = Permission.objects.get(codename="update_customer_segment")
        left = [key for key in all_of_them if key != taken.pk]
        sent = {"name": group.name, "audit_reason": "too much"}
        assert ada.post(page, {**sent, "permissions": left, "_seen": seen(ada, page)}).status_code == 302
        answer = bob.post(page, {**sent, "name": "Agents", "permissions": all_of_them, "_seen": old})
        assert answer.status_code == 200
        assert "was removed" in answer.content.decode()
        group.refresh_from_db()
        assert group.name == groups.CARE
        assert set(group.permissions.values_list("pk", flat=True)) == set(left)


def test_configuration() -> None:
    client, colleague = browser("carl", groups.CONFIGURATION), browser("cora", groups.CONFIGURATION)
    reason = StateReason.objects.get(code="fraud")
    page = f"/admin/entities/statereason/{reason.pk}/change/"
    old = seen(client, page)
    sent = {"name": reason.name, "state": reason.state, "audit_reason": "so", "_seen": old}
    assert colleague.post(page, {**sent, "charged": "on"}).status_code == 302
    answer = client.post(page, {**sent, "name": "Swindle"})
    assert answer.status_code == 200
    assert "Charged: no → yes" in answer.content.decode()
    reason.refresh_from_db()
    assert (reason.name, reason.charged) == (StateReason.history.filter(id=reason.pk).latest("history_id").name, True)
    assert reason.name != "Swindle"


@pytest.mark.parametrize("rubbish", ["", "x", "[]", "{}", '{"fields": 1}', "[" * 5000])
def test_what_is_no_version_hinders_nobody(rubbish: str) -> None:
    client = browser("carl", groups.CONFIGURATION)
    reason = StateReason.objects.get(code="fraud")
    sent = {"name": "Swindle", "state": reason.state, "audit_reason": "so", "_seen": rubbish}
    assert client.post(f"/admin/entities/statereason/{reason.pk}/change/", sent).status_code == 302


class TestInlines:
    """What a page shows below its row counts as part of it."""

    @pytest.fixture
    def carl(self) -> Client:
        return browser("carl", groups.CONFIGURATION)

    @pytest.fixture
    def cora(self) -> Client:
        return browser("cora", groups.CONFIGURATION)

    @staticmethod
    def refused(client: Client, row: Any, sent: dict[str, Any], *words: str) -> None:
        """Demand that a save changes nothing and says why."""
        before = kept()
        answer = client.post(address(row), sent)
        text = unescape(answer.content.decode())
        assert answer.status_code == 200
        assert kept() == before
        for each in ("Cora (price list of May) changed it after you opened this page", *words):
            assert each in text

    def test_values_of_a_version(self, carl: Client, cora: Client) -> None:
        offer = Offer.objects.get(code="dataBundle10")
        version = offer.versions.get()
        voice = version.services.get(service__code="voice")
        granted = f"versions-0-s{voice.service_id}_grantedBalance"
        mine = form_of(carl, offer, _seen=seen(carl, address(offer)))
        hers = form_of(cora, offer, _seen=seen(cora, address(offer)), **{granted: "301"})
        assert cora.post(address(offer), hers).status_code == 302
        voice.refresh_from_db()
        assert voice.values["grantedBalance"] == "301"
        told = f"offer service {voice} was changed"
        self.refused(carl, offer, {**mine, granted: "302"}, told)
        self.refused(carl, offer, {**mine, "name": "Bundle"}, told)
        fresh = form_of(carl, offer, _seen=seen(carl, address(offer)), name="Bundle")
        assert carl.post(address(offer), fresh).status_code == 302
        voice.refresh_from_db()
        offer.refresh_from_db()
        assert (offer.name, voice.values["grantedBalance"]) == ("Bundle", "301")

    def test_a_version_that_came(self, carl: Client, cora: Client) -> None:
        offer = Offer.objects.get(code="dataBundle10")
        mine = form_of(carl, offer, _seen=seen(carl, address(offer)), name="Bundle")
        page = f"{address(offer)}?new=1"
        hers = form_of(cora, offer, "?new=1", _seen=seen(cora, page))
        assert cora.post(page, hers).status_code == 302
        assert offer.versions.count() == 2
        self.refused(carl, offer, mine, f"offer version {offer.versions.get(number=2)} was added")

    def test_a_service_that_came_and_went(self, carl: Client, cora: Client) -> None:
        product = Product.objects.get(code="dataBundle")
        mine = form_of(carl, product, _seen=seen(carl, address(product)), name="Bundle")
        fee = Service.objects.get(code="oneTimeFee")
        hers = form_of(cora, product, _seen=seen(cora, address(product)))
        hers |= {"product_services-2-service": str(fee.pk), "product_services-0-DELETE": "on"}
        gone = str(product.product_services.order_by("pk")[0])
        assert cora.post(address(product), hers).status_code == 302
        link = product.product_services.get(service=fee)
        self.refused(carl, product, mine, f"product service {link} was added", f"product service {gone} was removed")
