"""Where everything is: the portal's home, the admin, and REST under /v1/."""

from django.contrib import admin
from django.urls import include, path

handler400 = "ocsportal.failures.bad_request"
handler403 = "ocsportal.failures.forbidden"
handler404 = "ocsportal.failures.not_found"
handler500 = "ocsportal.failures.server_error"

urlpatterns = [
    path("", include("ocsportal.care.urls")),
    path("admin/", admin.site.urls),
]
