"""The way to the page of an entity: its address, and a link that says what it is called."""

from django.http import HttpRequest
from django.urls import reverse
from django.utils.html import format_html
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.safestring import SafeString

from ocsportal.entities.models import Entity


def address_of(entity: Entity) -> str:
    """Return the address of an entity's page."""
    return reverse(f"admin:{entity._meta.app_label}_{entity._meta.model_name}_change", args=[entity.pk])


def link_to(entity: Entity) -> SafeString:
    """Return a link to an entity's page, under the entity's name in whatever direction that is written."""
    return format_html('<a href="{}"><bdi>{}</bdi></a>', address_of(entity), str(entity))


def back_to(request: HttpRequest) -> str:
    """Return where somebody came from, as `back` in the address says; empty when it says nothing, or leads away."""
    address = request.GET.get("back", "")
    own = address.startswith("/") and url_has_allowed_host_and_scheme(address, None)
    return address if own else ""
