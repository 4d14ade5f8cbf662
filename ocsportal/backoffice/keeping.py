"""What somebody wrote outlives their session: it comes back after the login, kept in the browser only (docs/portal.md).

A form that is sent without a session, or with a token of an earlier one, is answered by a page that carries what was
written along. It leads back to the form, which then only shows it: `_kept` in a POST never does anything.
"""

from collections.abc import Callable
from http import HTTPStatus

from django.contrib import messages
from django.contrib.auth import REDIRECT_FIELD_NAME
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.middleware.csrf import get_token
from django.shortcuts import render
from django.urls import is_valid_path, reverse
from django.utils.http import url_has_allowed_host_and_scheme
from django.views.decorators.http import require_safe

from ocsportal.backoffice.login import LoginForm

KEPT = "_kept"
# How a login page calls what it carries along for another form.
PREFIX = "kept:"
# What is never carried along: tokens of a session, and what nobody may read over one's shoulder.
SECRET = ("csrfmiddlewaretoken", KEPT, "otp_token")
STILL_HERE = (
    "You were logged out in between. Nothing was done yet: here is what you wrote, look at it and send it again."
)
Pairs = list[tuple[str, str]]


def is_kept(request: HttpRequest) -> bool:
    """Whether a POST only brings back what was written, for it to be shown."""
    return request.method == "POST" and KEPT in request.POST


def written(request: HttpRequest) -> Pairs:
    """Return what a form carries that is worth keeping."""
    return [
        (name, value)
        for name, values in request.POST.lists()
        for value in values
        if name not in SECRET and "password" not in name and not name.startswith(PREFIX)
    ]


def carried(request: HttpRequest) -> Pairs:
    """Return what a login page carries along for another form."""
    return [
        (name.removeprefix(PREFIX), value)
        for name, values in request.POST.lists()
        if name.startswith(PREFIX)
        for value in values
    ]


class KeepingMiddleware:
    """Answer forms that come without a session by the login page, which keeps what was written."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        response = self._login(request) or self.get_response(request)
        asked_by_script = request.method == "POST" and request.headers.get("X-Requested-With") == "fetch"
        if not (asked_by_script and "Location" in response.headers):
            return response
        # A script would follow by itself and eat the message that the next page is to show.
        return HttpResponse(headers={"X-Location": response.headers["Location"]})

    def _login(self, request: HttpRequest) -> HttpResponse | None:
        """Answer who is not logged in; tell who is again why the form is there once more."""
        if request.method != "POST" or request.path == reverse("admin:login") or not is_valid_path(request.path_info):
            return None
        if not request.user.is_authenticated:
            return login_page(request) if written(request) else None
        if is_kept(request):
            messages.warning(request, STILL_HERE)
        return None


def login_page(request: HttpRequest) -> HttpResponse:
    """Show the login page in answer to a form, with what was written in it."""
    context = {
        "form": LoginForm(request),
        "kept": [(f"{PREFIX}{name}", value) for name, value in written(request)],
        "next": request.get_full_path(),
        "action": reverse("admin:login"),
        REDIRECT_FIELD_NAME: request.get_full_path(),
    }
    return render(request, "admin/login.html", context, status=HTTPStatus.FORBIDDEN)


def brought_back(request: HttpRequest) -> HttpResponse | None:
    """Return the page that leads a login back to the form that it carried along; None when it carried nothing."""
    target = request.POST.get(REDIRECT_FIELD_NAME, "")
    pairs = carried(request)
    if not pairs or not url_has_allowed_host_and_scheme(target, {request.get_host()}, request.is_secure()):
        return None
    return _again(request, target, pairs, "You are logged in again", HTTPStatus.OK)


def csrf_failure(request: HttpRequest, reason: str = "") -> HttpResponse:
    """Show, where a form's token does not fit, a page that keeps what was written and leads back to it."""
    if request.path == reverse("admin:login"):
        return login_page_anew(request)
    if not getattr(request, "user", None) or not request.user.is_authenticated:
        return login_page(request)
    words = "This form was open for too long"
    return _again(request, request.get_full_path(), written(request), words, HTTPStatus.FORBIDDEN)


def login_page_anew(request: HttpRequest) -> HttpResponse:
    """Show the login page once more, with what it carried along."""
    context = {
        "form": LoginForm(request, initial={"username": request.POST.get("username", "")}),
        "kept": [(f"{PREFIX}{name}", value) for name, value in carried(request)],
        "next": request.POST.get(REDIRECT_FIELD_NAME, ""),
        "again": True,
    }
    return render(request, "admin/login.html", context, status=HTTPStatus.FORBIDDEN)


def _again(request: HttpRequest, target: str, pairs: Pairs, heading: str, status: int) -> HttpResponse:
    context = {"target": target, "kept": pairs, "heading": heading, "title": None}
    return render(request, "kept.html", context, status=status)


@require_safe
def session(request: HttpRequest) -> HttpResponse:
    """Tell a script who is logged in, nobody by an empty name, and the token for the next form."""
    user = request.user
    name = user.get_username() if user.is_authenticated and user.is_active else ""
    return JsonResponse({"user": name, "token": get_token(request)})
