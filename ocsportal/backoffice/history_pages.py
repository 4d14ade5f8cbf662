"""The page of a history: versions of an entity, of a configuration item or of a person, some at a time."""

from collections.abc import Callable, Sequence

from django.contrib.admin import ModelAdmin
from django.http import HttpRequest, HttpResponse
from django.template.response import TemplateResponse

from ocsportal.entities.versions import VersionEntry

ON_THE_HISTORY = 50


def history_page(
    admin: ModelAdmin,
    request: HttpRequest,
    about: object,
    back: str,
    versions: Callable[[int | None], Sequence[VersionEntry]],
) -> HttpResponse:
    """Show the versions before the one that the address names, newest first; `versions` returns ON_THE_HISTORY of them."""
    given = request.GET.get("before", "")
    before = int(given) if given.isascii() and given.isdigit() and len(given) < 10 else None
    entries = versions(before)
    older = entries[-1].version if len(entries) == ON_THE_HISTORY and entries[-1].version > 1 else None
    context = {
        **admin.admin_site.each_context(request),
        "opts": admin.opts,
        "title": None,
        "object": about,
        "back": back,
        "entries": entries,
        "older": older,
        "paged": before is not None,
    }
    return TemplateResponse(request, "entity/history.html", context)
