"""What the pages of people have in common."""

from django.contrib.admin import ModelAdmin
from django.http import HttpRequest, HttpResponse
from django.template.response import TemplateResponse

from ocsportal.backoffice.drawn import Drawn
from ocsportal.transactions.actor import actor_of
from ocsportal.transactions.change import Change
from ocsportal.transactions.given import Json
from ocsportal.transactions.models import Channel


def change_by(request: HttpRequest, reason: str, *about: Json) -> Change:
    """Return the change that a user makes in the portal."""
    return Change(actor=actor_of(request), channel=Channel.PORTAL, reason=reason, body=[*about])


def page(admin: ModelAdmin, request: HttpRequest, template: str, words: Drawn) -> HttpResponse:
    """Return a page in the frame of an admin."""
    frame = {**admin.admin_site.each_context(request), "opts": admin.opts, "title": None}
    return TemplateResponse(request, template, {**frame, **words})
