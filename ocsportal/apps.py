"""The admin site under the portal's own name and login."""

from django.contrib.admin.apps import AdminConfig


class PortalAdminConfig(AdminConfig):
    """Install the portal's admin site in place of Django's default one."""

    default_site = "ocsportal.backoffice.site.PortalAdminSite"
