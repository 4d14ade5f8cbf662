"""GET /v1/schema and /v1/docs: the OpenAPI description and its page, made once per process and kept as bytes (docs/rest.md)."""

import gzip
import hashlib
import json
from collections.abc import Sequence
from dataclasses import dataclass
from threading import Lock

from django.http import HttpRequest, HttpResponse
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils.cache import patch_vary_headers
from django.utils.http import parse_etags
from django.views.decorators.http import require_safe
from drf_spectacular.generators import SchemaGenerator
from drf_spectacular.renderers import OpenApiJsonRenderer, OpenApiYamlRenderer
from drf_spectacular.settings import spectacular_settings
from drf_spectacular.views import SpectacularSwaggerSplitView

from ocsportal.problems import problem
from ocsportal.transactions.errors import Fault

YAML, JSON = "yaml", "json"
# The first one is what is sent to whoever takes anything.
TYPES = {
    "application/vnd.oai.openapi": YAML,
    "application/yaml": YAML,
    "application/vnd.oai.openapi+json": JSON,
    "application/json": JSON,
}
CACHE = "public, max-age=300"


@dataclass(frozen=True)
class Description:
    """One form of the description: the bytes, the same compressed, and the tags that name them."""

    plain: bytes
    zipped: bytes
    tag: str

    @classmethod
    def of(cls, plain: bytes) -> "Description":
        """Return the form with everything that is worth working out once."""
        return cls(plain, gzip.compress(plain, mtime=0), hashlib.sha256(plain).hexdigest()[:32])


_lock = Lock()
_made: dict[str, Description] = {}


def made() -> dict[str, Description]:
    """Return both forms. The first who asks makes them, and whoever asks meanwhile waits for that."""
    global _made
    if not _made:
        with _lock:
            if not _made:
                schema = SchemaGenerator().get_schema(request=None, public=True)
                _made = {
                    YAML: Description.of(OpenApiYamlRenderer().render(schema)),
                    JSON: Description.of(OpenApiJsonRenderer().render(schema)),
                }
    return _made


@require_safe
def description(request: HttpRequest) -> HttpResponse:
    """Answer with the description as YAML or JSON, as `?format=` or `Accept` asks for."""
    wanted = request.GET.get("format")
    media_type = request.get_preferred_type(list(TYPES)) if wanted is None else None
    form = TYPES.get(media_type or "") if wanted is None else wanted
    if form not in (YAML, JSON):
        words = "The description comes as YAML (application/yaml) or JSON (application/json)."
        return problem(406, [Fault("NOT-ACCEPTABLE", "" if wanted is None else "format", words)])
    kind = media_type or ("application/yaml" if form == YAML else "application/json")
    response = kept(request, made()[form], kind, vary=["Accept", "Accept-Encoding"])
    if response.status_code == 200:
        response["Content-Disposition"] = f'inline; filename="ocsportal.{form}"'
    return response


def kept(
    request: HttpRequest, found: Description, kind: str, vary: Sequence[str] = ("Accept-Encoding",)
) -> HttpResponse:
    """Return kept bytes as an answer: compressed where that is understood, 304 where they are had already."""
    zips = "gzip" in request.headers.get("Accept-Encoding", "")
    # The bytes differ, so the tags do; an intermediary keeps one answer for each.
    tag = f'"{found.tag}{"-gzip" if zips else ""}"'
    asked = parse_etags(request.headers.get("If-None-Match", ""))
    if "*" in asked or any(known.removeprefix("W/") == tag for known in asked):
        response = HttpResponse(status=304)
        del response["Content-Type"]
    else:
        response = HttpResponse(found.zipped if zips else found.plain, content_type=kind)
        if zips:
            response["Content-Encoding"] = "gzip"
    response["ETag"] = tag
    response["Cache-Control"] = CACHE
    patch_vary_headers(response, vary)
    return response


class DocsPage(SpectacularSwaggerSplitView):
    """The page that shows the description, of which only what stands in it is wanted."""

    @classmethod
    def made(cls) -> dict[str, Description]:
        """Return the page and its script."""
        address = reverse("docs")
        page = {
            "title": cls.title,
            "swagger_ui_css": cls._swagger_ui_resource("swagger-ui.css"),
            "swagger_ui_bundle": cls._swagger_ui_resource("swagger-ui-bundle.js"),
            "swagger_ui_standalone": cls._swagger_ui_resource("swagger-ui-standalone-preset.js"),
            "favicon_href": cls._swagger_ui_favicon(),
            "script_url": f"{address}?script=",
        }
        script = {
            "schema_url": reverse("schema"),
            "settings": json.dumps(spectacular_settings.SWAGGER_UI_SETTINGS),
            "schema_auth_names": "[]",
            # Its requests carry a key, and no session that a token would have to guard.
            "csrf_header_name": "X-CSRFToken",
        }
        return {
            HTML: Description.of(render_to_string(cls.template_name, page).encode()),
            SCRIPT: Description.of(render_to_string(cls.template_name_js, script).encode()),
        }


HTML, SCRIPT = "text/html; charset=utf-8", "application/javascript"
_page: dict[str, Description] = {}


@require_safe
def docs(request: HttpRequest) -> HttpResponse:
    """Answer with the page that shows the description, or with its script for `?script=`."""
    global _page
    if not _page:
        with _lock:
            _page = _page or DocsPage.made()
    kind = SCRIPT if "script" in request.GET else HTML
    return kept(request, _page[kind], kind)
