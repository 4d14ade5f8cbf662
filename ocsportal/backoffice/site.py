"""The admin site: Django's own, with the portal's name, login and menu."""

from functools import partial
from typing import Any

from django.contrib.admin import AdminSite
from django.http import HttpRequest

from ocsportal.backoffice import menu
from ocsportal.backoffice.login import LoginForm
from ocsportal.backoffice.tracked import recorded_view


class PortalAdminSite(AdminSite):
    """The admin under the portal's hand."""

    site_header = "OCS portal"
    site_title = "OCS portal"
    index_title = "Everything"
    site_url = "/"
    enable_nav_sidebar = False
    login_form = LoginForm

    def password_change(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> Any:
        """Let users change their own password, as one Business Transaction."""
        view = partial(super().password_change, request, extra_context)
        return recorded_view(request, "ChangePassword", None, view)

    def each_context(self, request: HttpRequest) -> dict[str, Any]:
        """Return what every page of the admin needs, the rail included."""
        return super().each_context(request) | menu.context(self, request)
