"""The catalogue in the back office: services, products with their services, offers with their versions on one page."""

from typing import Any

from django.contrib import admin, messages
from django.contrib.admin.options import InlineModelAdmin
from django.db.models import Exists, Model, OuterRef, QuerySet
from django.forms.formsets import DELETION_FIELD_NAME
from django.forms.models import BaseInlineFormSet
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.utils import timezone

from ocsportal.backoffice.drawn import Drawn
from ocsportal.backoffice.manners import Mannered
from ocsportal.backoffice.tracked import ConfigurationAdmin
from offers.forms.catalogue import BLANK, STANDING, VersionForm, VersionFormSet
from offers.models import Offer, OfferService, OfferVersion, Product, ProductService, Service, Subscription

OFFER_STANDS = (
    "This offer has subscriptions, so its product, its kind and the values of subscribed versions can't be changed. "
    "To change them, create a new version."
)
PRODUCT_STANDS = (
    "Offers of this product have subscriptions, so its services can't be removed; more can be added for new versions."
)
PRODUCT_COMPLETE = "An individual offer of this product has subscriptions, so its services can't be changed."


def _known(request: HttpRequest, row: Any, name: str) -> bool:
    """Whether a property of a row of the catalogue holds; looked up once a request."""
    known: dict[tuple[type, int, str], bool] = request.__dict__.setdefault("known_of_rows", {})
    key = (type(row), row.pk, name)
    if key not in known:
        known[key] = bool(getattr(row, name))
    return known[key]


def _in_use(request: HttpRequest, row: object) -> bool:
    """Whether subscriptions rest on a row of the catalogue."""
    return _known(request, row, "in_use")


@admin.register(Service)
class ServiceAdmin(ConfigurationAdmin):
    """Services."""

    list_display = ("name", "code", "type", "description")
    list_filter = ("type",)

    def get_readonly_fields(self, request: HttpRequest, obj: Model | None = None) -> list[str]:
        """Fix what subscribed offers rest on."""
        fixed = ["type", "balance_deducted"] if obj and _in_use(request, obj) else []
        return [*super().get_readonly_fields(request, obj), *fixed]


class NamedFormSet(BaseInlineFormSet):
    """Rows whose fields have names of their own, since a column's title is none for who hears the page."""

    def add_fields(self, form: Any, index: int | None) -> None:
        """Name the fields of a row."""
        super().add_fields(form, index)
        # Every row chooses among the same services.
        self.services = getattr(self, "services", None) or [*iter(form.fields["service"].choices)]
        form.fields["service"].choices = self.services
        for name, words in (("service", "Service"), (DELETION_FIELD_NAME, "Remove this service")):
            if name in form.fields:
                # The admin wraps the widget of a relation in one of its own.
                widget = form.fields[name].widget
                getattr(widget, "widget", widget).attrs["aria-label"] = words


class ProductServiceInline(Mannered, admin.TabularInline):
    """The services of a product; one of a product in use stays, further ones may come."""

    model = ProductService
    formset = NamedFormSet
    template = "offers/services.html"
    fields = ("service",)
    extra = 1
    verbose_name = "service"
    verbose_name_plural = "Services"

    def has_add_permission(self, request: HttpRequest, obj: object = None) -> bool:
        """Let a service come unless an individual offer is subscribed, whose operation takes what it has now."""
        return super().has_add_permission(request, obj) and not (obj and _known(request, obj, "complete"))

    def has_change_permission(self, request: HttpRequest, obj: object = None) -> bool:
        """Never exchange a service that subscribed offers rest on."""
        return super().has_change_permission(request, obj) and not (obj and _in_use(request, obj))

    def has_delete_permission(self, request: HttpRequest, obj: object = None) -> bool:
        """Let a service be taken out as long as nobody has subscribed."""
        return obj is not None and self.has_change_permission(request, obj)


@admin.register(Product)
class ProductAdmin(ConfigurationAdmin):
    """Products."""

    list_display = ("name", "code", "services", "description")
    inlines = (ProductServiceInline,)
    fieldsets = ((None, {"fields": ("code", "name", "description")}),)
    change_form_template = "offers/offer.html"

    def render_change_form(self, request: HttpRequest, context: Drawn, *args: object, **kwargs: object) -> HttpResponse:
        """Say what stays."""
        found = kwargs.get("obj")
        standing = PRODUCT_STANDS if found and _in_use(request, found) else ""
        standing = PRODUCT_COMPLETE if found and _known(request, found, "complete") else standing
        extra = {"title": str(found) if found else "New product", "standing": standing}
        return super().render_change_form(request, context | extra, *args, **kwargs)

    def get_queryset(self, request: HttpRequest) -> QuerySet[Product]:
        """Return the products with their services."""
        return super().get_queryset(request).prefetch_related("product_services__service")

    @admin.display(description="services")
    def services(self, product: Product) -> str:
        """Return the names of the services."""
        return ", ".join(link.service.name for link in product.product_services.all()) or "none yet"


class OfferVersionInline(Mannered, admin.StackedInline):
    """The versions of an offer, drawn by a template of their own."""

    model = OfferVersion
    form = VersionForm
    formset = VersionFormSet
    template = "offers/versions.html"
    ordering = ("-number",)
    extra = 0
    can_delete = False

    def get_queryset(self, request: HttpRequest) -> QuerySet[OfferVersion]:
        """Return the versions with their currency, their services, and whether they are subscribed."""
        subscribed = Exists(Subscription.objects.filter(offer_version=OuterRef("pk")))
        rows = super().get_queryset(request).select_related("currency", "offer__product")
        return rows.prefetch_related(STANDING).annotate(subscribed=subscribed)

    def get_formset(self, request: HttpRequest, obj: Any = None, **kwargs: Any) -> Any:
        """Return the forms, with one for the version that the address asks for."""
        asked = request.GET.get("new", "") if obj else ""
        source = obj.versions.filter(number=int(asked)).first() if asked.isdecimal() and len(asked) < 9 else None
        wanted = source is not None or asked == BLANK
        formset: Any = super().get_formset(request, obj, extra=1 if wanted else 0, **kwargs)
        formset.source = source
        return formset

    def get_fieldsets(self, request: HttpRequest, obj: Model | None = None) -> Any:
        """Return the columns; the fields of the services are the template's."""
        return [(None, {"fields": ["valid_from", "valid_to", "currency"]})]


@admin.register(Offer)
class OfferAdmin(ConfigurationAdmin):
    """Offers, each on one page with its versions and their services below it."""

    list_display = ("name", "code", "product", "kind", "priority", "now")
    list_filter = ("individual",)
    list_select_related = ("product",)
    inlines = (OfferVersionInline,)
    fieldsets = ((None, {"fields": ("code", "name", "description", "product", "individual", "priority")}),)
    change_form_template = "offers/offer.html"

    def get_queryset(self, request: HttpRequest) -> QuerySet[Offer]:
        """Return the offers with their versions."""
        return super().get_queryset(request).prefetch_related("versions__currency")

    def parts(self, request: HttpRequest, row: Any) -> list[Model]:
        """Return the versions and, below them, the services with their values."""
        services = OfferService.objects.filter(version_of__offer=row).select_related("version_of__offer", "service")
        return [*super().parts(request, row), *services.order_by("pk")]

    @admin.display(description="kind")
    def kind(self, offer: Offer) -> str:
        """Return whose values a subscription has."""
        return "individual" if offer.individual else "from the version"

    @admin.display(description="can be subscribed")
    def now(self, offer: Offer) -> str:
        """Return the versions that can be subscribed now."""
        at = timezone.now()
        found = [version for version in offer.versions.all() if version.covers(at)]
        words = [f"version {v.number}{f' {v.currency.code}' if v.currency else ''}" for v in reversed(found)]
        return ", ".join(words) or "not now"

    def get_readonly_fields(self, request: HttpRequest, obj: Model | None = None) -> list[str]:
        """Fix what subscriptions rest on."""
        fixed = ["product", "individual", "kind"] if obj and _in_use(request, obj) else []
        return [*super().get_readonly_fields(request, obj), *fixed]

    def get_fieldsets(self, request: HttpRequest, obj: Model | None = None) -> Any:
        """Say the kind in words where it is fixed."""
        shown = super().get_fieldsets(request, obj)
        if not (obj and _in_use(request, obj)):
            return shown
        (title, first), *rest = shown
        fields = ["kind" if name == "individual" else name for name in first["fields"]]
        return [(title, {"fields": fields}), *rest]

    def get_inlines(self, request: HttpRequest, obj: Model | None) -> tuple[type[InlineModelAdmin], ...]:
        """Have versions once there is an offer whose product says which services they have."""
        return self.inlines if obj else ()

    def render_change_form(self, request: HttpRequest, context: Drawn, *args: Any, **kwargs: Any) -> HttpResponse:
        """Say which version is being made, and whether the offer is in use."""
        found = kwargs.get("obj")
        asked = request.GET.get("new", "")
        page = request.path
        extra: dict[str, object] = {
            "title": str(found) if found else "New offer",
            "making": asked if found and (asked == BLANK or asked.isdecimal()) else "",
            "page": page,
            "standing": OFFER_STANDS if found and _in_use(request, found) else "",
            "has_versions": found.versions.exists() if found else True,
        }
        return super().render_change_form(request, context | extra, *args, **kwargs)

    def response_add(self, request: HttpRequest, obj: Offer, post_url_continue: object = None) -> HttpResponse:
        """Go on with the first version: without one nobody can subscribe."""
        messages.success(request, f"{obj} was made; it can be subscribed to once it has a version.")
        return HttpResponseRedirect(f"{reverse('admin:offers_offer_change', args=[obj.pk])}?new={BLANK}")

    def response_change(self, request: HttpRequest, obj: Offer) -> HttpResponse:
        """Stay on the offer's page, where its versions are."""
        messages.success(request, f"{obj} was changed.")
        return HttpResponseRedirect(reverse("admin:offers_offer_change", args=[obj.pk]))
