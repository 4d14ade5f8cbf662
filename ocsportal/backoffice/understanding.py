"""Say beside a field what was understood of what is typed, before anything is stored (docs/portal.md, verbs)."""

from collections.abc import Mapping

from django.contrib.auth.decorators import login_required
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, JsonResponse
from django.views.decorators.http import require_safe

from ocsportal.backoffice.reading import portal_reading
from ocsportal.values.countries import COUNTRY
from ocsportal.values.kinds import RESOURCE_KINDS
from ocsportal.values.languages import LANGUAGE
from ocsportal.values.reading import Kind, Refusal

# The kinds of which more can be said than was typed.
TOLD: Mapping[str, Kind] = {
    kind.name: kind for kind in (*RESOURCE_KINDS.values(), COUNTRY, LANGUAGE) if kind.name != "TEXT"
}
# Beyond it nothing that is typed can be meant.
LONGEST = 400


def sentence(kind: Kind, typed: str) -> str:
    """Return what to say of a text that was typed: "Understood as +49 170 3182255, Germany, mobile"; empty if nothing."""
    if kind.name not in TOLD or not typed.strip():
        return ""
    try:
        words = kind.understand(typed, portal_reading()).sentence
    except Refusal:
        return ""
    return words[0].upper() + words[1:]


@require_safe
@login_required
def understood(request: HttpRequest) -> JsonResponse:
    """Answer what is understood of a text as a value of a kind, or why it isn't; nothing is looked up or kept."""
    if not getattr(request.user, "is_staff", False):
        raise PermissionDenied
    kind, typed = TOLD.get(request.GET.get("kind", "")), request.GET.get("text", "")[:LONGEST]
    if kind is None or not typed.strip():
        return JsonResponse({"understood": "", "refused": ""})
    try:
        kind.canonical(typed, portal_reading())
    except Refusal as refusal:
        return JsonResponse({"understood": "", "refused": refusal.message})
    return JsonResponse({"understood": sentence(kind, typed), "refused": ""})
