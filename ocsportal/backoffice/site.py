"""The admin site: Django's own, with the portal's name, login and menu."""

from functools import partial
from typing import Any

from django.contrib.admin import AdminSite
from django.contrib.auth import REDIRECT_FIELD_NAME
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse

from ocsportal.backoffice import keeping, menu
from ocsportal.backoffice.drawn import Drawn
from ocsportal.backoffice.login import LoginForm
from ocsportal.backoffice.tracked import recorded_view


class PortalAdminSite(AdminSite):
    """The admin under the portal's hand."""

    site_header = "OCS portal"
    site_title = "OCS portal"
    index_title = "Everything"
    empty_value_display = "–"
    site_url = "/"
    enable_nav_sidebar = False
    login_form = LoginForm

    def login(self, request: HttpRequest, extra_context: Drawn | None = None) -> HttpResponse:
        """Log in, and lead to the portal's home unless somebody was on the way to another page."""
        on_the_way = request.GET.get(REDIRECT_FIELD_NAME) or request.POST.get(REDIRECT_FIELD_NAME)
        target = {} if on_the_way else {REDIRECT_FIELD_NAME: reverse("home")}
        # What a form carried along stays while somebody mistypes the password, and leads back when they don't.
        kept = {"kept": [(f"{keeping.PREFIX}{name}", value) for name, value in keeping.carried(request)]}
        response = super().login(request, {**target, **kept, **(extra_context or {})})
        done = request.method == "POST" and "Location" in response.headers
        return (keeping.brought_back(request) if done else None) or response

    def app_index(self, request: HttpRequest, app_label: str, extra_context: Drawn | None = None) -> Any:
        """Lead to the index: what is together there is not told by applications."""
        return HttpResponseRedirect(reverse("admin:index"))

    def password_change(self, request: HttpRequest, extra_context: Drawn | None = None) -> Any:
        """Let users change their own password, as one Business Transaction."""
        view = partial(super().password_change, request, extra_context)
        return recorded_view(request, "ChangePassword", None, view)

    def each_context(self, request: HttpRequest) -> Drawn:
        """Return what every page of the admin needs, the rail included."""
        return super().each_context(request) | menu.context(self, request)
