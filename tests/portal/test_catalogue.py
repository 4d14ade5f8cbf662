"""The catalogue in the browser: an offer on one page, values by fields, and nothing in use is broken by editing."""

from typing import Any

import pytest
from django.core.exceptions import ValidationError
from django.db import IntegrityError, connection, transaction
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from ocsportal.people.groups import CONFIGURATION
from ocsportal.people.models import User
from ocsportal.transactions.models import BusinessTransaction
from offers.models import Offer, OfferService, OfferVersion, Product, ProductService, Service
from tests.conftest import make_user
from tests.offers.world import as_system
from tests.portal.catalogue import make_offer
from tests.portal.offers import individual, owners, subscribe
from tests.portal.test_verbs import browser

__all__ = ["owners"]
pytestmark = pytest.mark.django_db


@pytest.fixture
def carl() -> Client:
    return browser(make_user("carl", CONFIGURATION))


def address(row: Any) -> str:
    return reverse(f"admin:offers_{row._meta.model_name}_change", args=[row.pk])


def kept() -> Any:
    """Return the whole catalogue, and how many transactions there are."""
    models = (Service, Product, ProductService, Offer, OfferVersion, OfferService)
    return [
        list(model._default_manager.order_by("pk").values()) for model in models
    ], BusinessTransaction.objects.count()


def form_of(client: Client, row: Any, query: str = "", **fields: Any) -> dict[str, Any]:
    """Return what the browser would send for a page as it is shown, with some fields filled in otherwise."""
    page = client.get(address(row) + query)
    sent: dict[str, Any] = {"audit_reason": "price list of May"}
    forms = [page.context["adminform"].form]
    for inline in page.context["inline_admin_formsets"]:
        forms += [inline.formset.management_form, *inline.formset.forms]
    for form in forms:
        for field in form:
            value = field.value()
            if not field.field.disabled and value is not None and value is not False and field.name != "audit_reason":
                sent[field.html_name] = field.field.widget.format_value(value)
                if isinstance(sent[field.html_name], list):
                    sent[field.html_name] = sent[field.html_name][0]
    return {name: value for name, value in sent.items() if value is not None} | fields


def test_an_offer_and_its_first_version_are_made(carl: Client) -> None:
    product = Product.objects.get(code="unlimitedVoice")
    fee = product.product_services.get().service
    sent = {"code": "voice2", "name": "Voice 2", "product": product.pk, "priority": "10", "audit_reason": "new"}
    answer = carl.post(reverse("admin:offers_offer_add"), sent)
    offer = Offer.objects.get(code="voice2")
    assert answer["Location"] == f"{address(offer)}?new=first"
    before = BusinessTransaction.objects.count()
    prefix = f"versions-0-s{fee.pk}"
    filled = {
        f"{prefix}_charge": "5.50",
        f"{prefix}_chargeAt": "MONTH_START",
        f"{prefix}_taxIncluded": "yes",
        "versions-0-currency": str(OfferVersion.objects.filter(currency__code="EUR")[0].currency_id),
    }
    done = carl.post(f"{address(offer)}?new=first", form_of(carl, offer, "?new=first", **filled))
    assert done.status_code == 302, done.context["errors"]
    assert BusinessTransaction.objects.count() == before + 1
    version = offer.versions.get()
    assert (version.number, version.currency.code) == (1, "EUR")
    assert version.services.get().values == {"charge": "5.50", "chargeAt": "MONTH_START", "taxIncluded": True}
    assert version.history.get().transaction.reason == "price list of May"


@pytest.mark.parametrize(
    ("values", "wrong"),
    [
        ({"charge": ""}, {"charge"}),
        ({"charge": "-1"}, {"charge"}),
        ({"charge": "1.001"}, {"charge"}),
        ({"everyX": "0"}, {"everyX"}),
        ({"chargeAt": "NOON"}, {"chargeAt"}),
    ],
)
def test_wrong_values_are_said_at_their_fields(values: dict[str, str], wrong: set[str], carl: Client) -> None:
    offer = Offer.objects.get(code="unlimitedVoice")
    fee = offer.product.product_services.get().service
    before = kept()
    filled = {f"versions-0-s{fee.pk}_{name}": value for name, value in values.items()}
    answer = carl.post(address(offer), form_of(carl, offer, **filled))
    errors = answer.context["inline_admin_formsets"][0].formset.forms[0].errors
    assert {name.partition("_")[2] for name in errors} == wrong
    assert kept() == before


@pytest.mark.parametrize(
    ("field", "value", "words"),
    [
        # PostgreSQL keeps the year 0 of the billing time zone's beginning, and Python can't read it any more.
        ("valid_from", "0001-01-01T00:00", "Is outside the years 1900 to 2999."),
        ("valid_to", "9999-12-31T23:59", "Is outside the years 1900 to 2999."),
        ("valid_to", "2019-12-31T23:59", "Must be after the start."),
        ("currency", "", "Is required: Monthly fee has amounts of money."),
    ],
)
def test_validity_and_currency_are_checked(field: str, value: str, words: str, carl: Client) -> None:
    offer = Offer.objects.get(code="unlimitedVoice")
    before = kept()
    answer = carl.post(address(offer), form_of(carl, offer, **{f"versions-0-{field}": value}))
    errors = answer.context["inline_admin_formsets"][0].formset.forms[0].errors
    assert {name: list(told) for name, told in errors.items()} == {field: [words]}
    assert kept() == before


def test_values_that_no_form_would_have_taken_can_be_seen_and_mended(carl: Client) -> None:
    offer = Offer.objects.get(code="dataBundle10")
    data = Service.objects.get(code="data")
    broken = {"grantedBalance": "x", "validTo": "x", "thresholds": ["x", 5], "unitsOfMeasurement": 7}
    as_system(lambda: OfferService.objects.filter(service=data).update(values=broken))
    assert carl.get(reverse("admin:offers_offer_changelist")).status_code == 200
    mended = {"grantedBalance": "5", "validTo": "", "thresholds": "", "unitsOfMeasurement": "BYTE"}
    filled = {f"versions-0-s{data.pk}_{name}": value for name, value in mended.items()}
    assert carl.post(address(offer), form_of(carl, offer, **filled)).status_code == 302
    assert OfferService.objects.get(service=data).values == {"grantedBalance": "5", "unitsOfMeasurement": "BYTE"}


def test_a_version_is_copied_into_a_new_one(carl: Client) -> None:
    offer = Offer.objects.get(code="dataBundle10")
    before = kept()
    page = carl.get(f"{address(offer)}?new=1")
    assert kept() == before
    assert "New version from version 1" in " ".join(page.content.decode().split())
    data = Service.objects.get(code="data")
    sent = form_of(carl, offer, "?new=1", **{f"versions-1-s{data.pk}_grantedBalance": "20480"})
    assert carl.post(f"{address(offer)}?new=1", sent).status_code == 302
    copy = offer.versions.get(number=2)
    values = {row.service.code: row.values for row in copy.services.all()}
    assert values == {
        "data": {"grantedBalance": "20480", "unitsOfMeasurement": "MEGABYTE", "thresholds": ["80", "95"]},
        "voice": {"grantedBalance": "300", "unitsOfMeasurement": "MINUTE", "thresholds": ["80"]},
    }
    assert (
        OfferVersion.objects.get(offer=offer, number=1).services.get(service=data).values["grantedBalance"] == "10240"
    )


def test_an_unsubscribed_version_can_be_mended_and_a_reason_is_demanded(carl: Client) -> None:
    offer = Offer.objects.get(code="dataBundle10")
    voice = Service.objects.get(code="voice")
    filled = {f"versions-0-s{voice.pk}_grantedBalance": "400"}
    before = kept()
    assert carl.post(address(offer), form_of(carl, offer, **filled, audit_reason="")).status_code == 200
    assert kept() == before
    assert carl.post(address(offer), form_of(carl, offer, **filled)).status_code == 302
    assert OfferService.objects.get(service=voice).values["grantedBalance"] == "400"


def test_a_subscribed_version_keeps_all_but_its_end(carl: Client, owners: Any, change: Any) -> None:
    subscribe(change)
    offer, version = Offer.objects.get(code="dataBundle10"), OfferVersion.objects.get(offer__code="dataBundle10")
    data = Service.objects.get(code="data")
    page = carl.get(address(offer)).context["inline_admin_formsets"][0].formset.forms[0]
    assert [name for name, field in page.fields.items() if not field.disabled] == ["valid_to", "id", "offer"]
    before = OfferService.objects.values().order_by("pk")
    before = list(before)
    sneaked = {
        "versions-0-valid_from": "2030-01-01T00:00",
        "versions-0-currency": "1",
        f"versions-0-s{data.pk}_grantedBalance": "1",
        "product": str(Product.objects.get(code="welcome").pk),
        "individual": "on",
        "code": "other",
        "versions-0-valid_to": "2040-01-01T00:00",
    }
    assert carl.post(address(offer), form_of(carl, offer, **sneaked)).status_code == 302
    after = OfferVersion.objects.get(pk=version.pk)
    assert (after.valid_from, after.currency, after.number) == (version.valid_from, None, 1)
    assert after.valid_to is not None
    assert list(OfferService.objects.values().order_by("pk")) == before
    offer.refresh_from_db()
    assert (offer.code, offer.product.code, offer.individual) == ("dataBundle10", "dataBundle", False)


def test_services_of_a_product_in_use_stay_and_further_ones_may_come(carl: Client, owners: Any, change: Any) -> None:
    subscribe(change)
    product = Product.objects.get(code="dataBundle")
    links = list(product.product_services.order_by("pk"))
    more = Service.objects.get(code="oneTimeFee")
    sent = form_of(carl, product)
    sent |= {
        "product_services-TOTAL_FORMS": "3",
        "product_services-INITIAL_FORMS": "2",
        "product_services-0-id": str(links[0].pk),
        "product_services-0-DELETE": "on",
        "product_services-1-id": str(links[1].pk),
        "product_services-1-service": str(more.pk),
        "product_services-2-service": str(more.pk),
    }
    carl.post(address(product), sent)
    codes = [link.service.code for link in product.product_services.order_by("pk")]
    assert codes == ["data", "voice", "oneTimeFee"]


def test_no_service_comes_to_an_individual_offer_in_use(carl: Client, owners: Any, change: Any) -> None:
    individual(change, "indBalance", grantedBalance="5")
    product, more = Product.objects.get(code="balance"), Service.objects.get(code="oneTimeFee")
    before = kept()
    page = carl.get(address(product))
    assert "so its services can&#x27;t be changed" in page.content.decode()
    sent = form_of(carl, product) | {
        "product_services-TOTAL_FORMS": "2",
        "product_services-INITIAL_FORMS": "1",
        "product_services-1-service": str(more.pk),
    }
    carl.post(address(product), sent)
    assert kept()[0][2] == before[0][2]
    with pytest.raises(ValidationError):
        ProductService(product=product, service=more).full_clean()
    with pytest.raises(IntegrityError, match=r"in_use|subscribed|configuration_code"), transaction.atomic():
        ProductService.objects.create(product=product, service=more)
    individual(change, "indBalance", "ind-2", grantedBalance="5")


def test_a_service_whose_values_an_offer_has_keeps_its_type(carl: Client) -> None:
    service = Service.objects.get(code="monthlyFee")
    before = kept()
    answer = carl.post(address(service), form_of(carl, service, type="BALANCE"))
    assert list(answer.context["adminform"].form.errors) == ["type"]
    assert kept() == before


def test_services_of_a_product_that_nobody_has_can_be_taken_out(carl: Client) -> None:
    product = Product.objects.get(code="dataBundle")
    sent = form_of(carl, product, **{"product_services-0-DELETE": "on"})
    assert carl.post(address(product), sent).status_code == 302
    assert [link.service.code for link in product.product_services.all()] == ["voice"]


def test_a_service_in_use_keeps_its_type(carl: Client, owners: Any, change: Any) -> None:
    service = Service.objects.get(code="data")
    subscribe(change)
    sent = form_of(carl, service, type="RECURRENT_FEE", name="Data volume")
    sent.pop("balance_deducted", None)
    assert carl.post(address(service), sent).status_code == 302
    service.refresh_from_db()
    assert (service.name, service.type, service.balance_deducted) == ("Data volume", "BALANCE", True)


@pytest.mark.parametrize(
    "broken",
    [
        lambda: OfferService.objects.update(values={}),
        lambda: OfferService.objects.filter(service__code="voice", version_of__offer__code="dataBundle10").delete(),
        lambda: OfferService.objects.create(
            version_of=OfferVersion.objects.get(offer__code="dataBundle10"),
            service=Service.objects.get(code="monthlyFee"),
        ),
        lambda: OfferVersion.objects.filter(offer__code="dataBundle10").update(number=7),
        lambda: OfferVersion.objects.filter(offer__code="dataBundle10").update(valid_from="2001-01-01T00:00:00Z"),
        lambda: OfferVersion.objects.filter(offer__code="dataBundle10").update(
            currency=OfferVersion.objects.filter(currency__isnull=False)[0].currency_id
        ),
        lambda: Offer.objects.filter(code="dataBundle10").update(individual=True),
        lambda: Offer.objects.filter(code="dataBundle10").update(code="other"),
        lambda: Offer.objects.filter(code="dataBundle10").update(product=Product.objects.get(code="welcome")),
        lambda: ProductService.objects.filter(product__code="dataBundle").delete(),
        lambda: ProductService.objects.filter(service__code="voice").update(
            service=Service.objects.get(code="monthlyFee")
        ),
        lambda: Service.objects.filter(code="data").update(type="ONE_TIME_FEE"),
        lambda: Service.objects.filter(code="data").update(balance_deducted=False),
    ],
)
def test_the_database_itself_holds_what_is_in_use(broken: Any, owners: Any, change: Any) -> None:
    subscribe(change)
    before = kept()
    with pytest.raises(IntegrityError, match=r"in_use|subscribed|configuration_code"), transaction.atomic():
        broken()
    assert kept() == before


def test_what_nobody_has_may_be_changed_by_any_way(owners: Any, change: Any) -> None:
    subscribe(change)
    offer = make_offer("fresh", "BALANCE")
    OfferVersion.objects.filter(offer=offer).update(number=7)
    OfferService.objects.filter(version_of__offer=offer).update(values={})
    Offer.objects.filter(pk=offer.pk).update(individual=True)
    assert Offer.objects.filter(code="dataBundle10").update(name="Bundle", priority=1) == 1
    assert OfferVersion.objects.filter(offer__code="dataBundle10").update(valid_to="2099-01-01T00:00:00Z") == 1


def test_who_may_what(owners: Any, care: User, back_office: User, auditor: User) -> None:
    offer = Offer.objects.get(code="dataBundle10")
    before = kept()
    for user in (care, back_office, auditor):
        agent = browser(user)
        page = agent.get(address(offer))
        assert "granted 300 min" in page.content.decode()
        assert b"New version from this one" not in page.content
        for row in (offer, offer.product, Service.objects.get(code="data")):
            assert agent.post(address(row), {"name": "x", "audit_reason": "r"}).status_code == 403
    assert kept() == before


def test_nothing_is_deleted(carl: Client) -> None:
    before = kept()
    for row in (Offer.objects.first(), Product.objects.first(), Service.objects.first()):
        assert row is not None
        gone = reverse(f"admin:offers_{row._meta.model_name}_delete", args=[row.pk])
        assert carl.post(gone, {"post": "yes"}).status_code == 403
    assert kept() == before


def test_queries_of_the_list_do_not_grow_with_offers(carl: Client) -> None:
    def counted() -> int:
        with CaptureQueriesContext(connection) as queries:
            assert carl.get(reverse("admin:offers_offer_changelist")).status_code == 200
        return len(queries)

    counted()
    few = counted()
    for number in range(4):
        make_offer(f"more{number}", "BALANCE")
    assert counted() == few
