"""Configuration that something rests on keeps it: said at the field of the form, and held by the database itself."""

from typing import Any

import pytest
from django.apps import apps
from django.core.exceptions import ValidationError
from django.forms import model_to_dict
from django.test import Client
from django.urls import reverse

from accounts.models import AccountProfile, AccountType, BillCycle, Currency
from ocsportal.entities.identity import Ref
from ocsportal.entities.in_use import CODE_STAYS, RULES
from ocsportal.entities.models import ConfigurationItem, StateReason
from ocsportal.people.groups import CONFIGURATION
from ocsportal.transactions import door
from ocsportal.transactions.errors import OperationRefused
from ocsportal.transactions.models import BusinessTransaction
from ocsportal.transactions.system import system_change
from ocsportal.transactions.touched import Touched
from offers import operations as offer_operations
from offers.models import OfferVersion, ServiceType
from subscribers import operations as subscriber_operations
from subscribers.models import ResourceType
from tests.conftest import make_user
from tests.portal.offers import ACTIVE, owners
from tests.portal.test_verbs import browser

__all__ = ["owners"]
pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("owners")]

# What nobody may change any more, and the value that is tried: in use by the world of the tests.
IN_USE: list[tuple[type[ConfigurationItem], str, str, Any]] = [
    (AccountType, "payer", "payment_responsible", False),
    (Currency, "EUR", "digits", 3),
    (Currency, "EUR", "primary", False),
    (BillCycle, "monthly1", "duration", 2),
    (BillCycle, "monthly1", "period", "WEEK"),
    (BillCycle, "monthly1", "billing_day", 2),
    (BillCycle, "monthly1", "offset_hours", 6),
    (BillCycle, "monthly1", "individual", True),
    (StateReason, "dfltActive", "state", "SUSPENDED"),
    (ResourceType, "MSISDN", "kind", "TEXT"),
]
# The same of what nothing uses.
UNUSED: list[tuple[type[ConfigurationItem], str, str, Any]] = [
    (Currency, "KWD", "digits", 2),
    (BillCycle, "biweekly", "duration", 3),
    (StateReason, "lostSim", "state", "DEACTIVATED"),
    (ResourceType, "email", "kind", "TEXT"),
]


@pytest.fixture
def carl() -> Client:
    """Somebody who configures."""
    return browser(make_user("carl", CONFIGURATION))


@pytest.fixture
def used(owners: Any, change: Any) -> None:
    """Use what owners alone don't use: a number, and money of a customer, which has no currency."""
    subscriber_operations.create_subscriber_resource(
        change(), subscriber=Ref(external_id="s-1"), resource_type="MSISDN", resource="491705550142"
    )
    offer_operations.SPECIAL[ServiceType.ONE_TIME_FEE](
        change(), customer=Ref(external_id="cust-1"), offer="indOneTimeFee", state=ACTIVE, attributes={"charge": "5"}
    )


def sent(row: Any, **other: Any) -> dict[str, Any]:
    """Return the form of an item, with other values."""
    values = {**model_to_dict(row), **other, "audit_reason": "because"}
    return {
        name: "on" if value is True else value
        for name, value in values.items()
        if value is not None and value is not False
    }


def page(row: Any) -> str:
    """Return the address of an item's page."""
    return reverse(f"admin:{row._meta.app_label}_{row._meta.model_name}_change", args=[row.pk])


def past_the_forms(row: Any, **values: Any) -> None:
    """Write as a shell or a program would, under a Business Transaction."""

    def work() -> Touched:
        type(row)._default_manager.filter(pk=row.pk).update(version=row.version + 1, **values)
        return Touched([])

    door.record("Arrange", system_change("tests"), None, work)


@pytest.mark.usefixtures("used")
@pytest.mark.parametrize(("model", "code", "field", "value"), IN_USE)
class TestInUse:
    def test_the_form_says_so_at_the_field(
        self, carl: Client, model: type[ConfigurationItem], code: str, field: str, value: Any
    ) -> None:
        row = model._default_manager.get(code=code)
        before = model._default_manager.values().get(pk=row.pk), BusinessTransaction.objects.count()
        answer = carl.post(page(row), sent(row, **{field: value}))
        assert answer.status_code == 200
        errors = answer.context["adminform"].form.errors
        assert set(errors) == {field}
        assert "depend on this, so it can't be changed; create another" in " ".join(errors[field])
        assert (model._default_manager.values().get(pk=row.pk), BusinessTransaction.objects.count()) == before
        # What nothing rests on may change.
        assert carl.post(page(row), sent(row, name="Renamed")).status_code == 302

    def test_the_database_holds_it(self, model: type[ConfigurationItem], code: str, field: str, value: Any) -> None:
        row = model._default_manager.get(code=code)
        before = model._default_manager.values().get(pk=row.pk)
        with pytest.raises(OperationRefused, match="in use"):
            past_the_forms(row, **{field: value})
        assert model._default_manager.values().get(pk=row.pk) == before
        past_the_forms(row, name="Renamed")


@pytest.mark.usefixtures("used")
@pytest.mark.parametrize(("model", "code", "field", "value"), UNUSED)
def test_what_nothing_uses_may_change(
    carl: Client, model: type[ConfigurationItem], code: str, field: str, value: Any
) -> None:
    row = model._default_manager.get(code=code)
    answer = carl.post(page(row), sent(row, **{field: value}))
    assert answer.status_code == 302, answer.context["adminform"].form.errors
    row.refresh_from_db()
    assert getattr(row, field) == value
    past_the_forms(row, **{field: model._meta.get_field(field).get_default()})


def test_every_rule_is_tried() -> None:
    tried = {(model, field) for model, _, field, _ in IN_USE}
    declared = {(model, column) for model, rules in RULES.items() for rule in rules for column in rule.columns}
    # One kind of cycle there is, and a month and a year are no matter of monthly cycles.
    assert declared - tried == {(BillCycle, "type"), (BillCycle, "billing_month"), (BillCycle, "billing_year")}


def test_a_profile_that_states_who_pays_holds_its_type_to_it(carl: Client) -> None:
    technical, profile = AccountType.objects.get(code="technical"), AccountProfile.objects.get(code="department")
    past_the_forms(profile, payment_responsible=False)
    answer = carl.post(page(technical), sent(technical, payment_responsible=True))
    assert "Account profiles depend on this" in str(answer.context["adminform"].form.errors["payment_responsible"])
    with pytest.raises(OperationRefused, match="in use"):
        past_the_forms(technical, payment_responsible=True)
    profile.refresh_from_db()
    past_the_forms(profile, payment_responsible=None)
    assert carl.post(page(technical), sent(technical, payment_responsible=True)).status_code == 302


def test_digits_of_a_currency_that_only_a_version_has(carl: Client, change: Any) -> None:
    yen = Currency.objects.get(code="JPY")
    sold = OfferVersion.objects.filter(currency__code="EUR", subscriptions=None).first()
    assert sold is not None
    past_the_forms(sold, currency=yen)
    answer = carl.post(page(yen), sent(yen, digits=2))
    assert "Offer versions depend on this" in str(answer.context["adminform"].form.errors["digits"])


@pytest.mark.parametrize(
    "model",
    [model for model in apps.get_models() if issubclass(model, ConfigurationItem)],
    ids=lambda model: model.__name__,
)
def test_a_code_stays(model: type[ConfigurationItem]) -> None:
    row: Any = model._default_manager.order_by("pk").first()
    with pytest.raises(OperationRefused):
        past_the_forms(row, code="another")
    row.code = "another"
    with pytest.raises(ValidationError) as caught:
        row.full_clean()
    assert caught.value.message_dict["code"] == [CODE_STAYS]
