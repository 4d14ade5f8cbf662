"""The admin site: Django's own, with the portal's name, login and menu."""

from django.contrib.admin import AdminSite


class PortalAdminSite(AdminSite):
    """The admin under the portal's hand."""

    site_header = "OCS portal"
    site_title = "OCS portal"
    index_title = "Everything"
    site_url = "/"
    enable_nav_sidebar = False
