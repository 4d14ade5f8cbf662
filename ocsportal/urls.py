"""Where everything is: the portal's home, the admin, REST under /v1/, and what a load balancer asks."""

from django.contrib import admin
from django.urls import URLPattern, URLResolver, include, path

from ocsportal.backoffice.keeping import session
from ocsportal.backoffice.understanding import understood
from ocsportal.rest.batches import BatchView
from ocsportal.rest.changes import ChangesView
from ocsportal.rest.configuration import ConfigurationItemsView, ConfigurationItemView, ConfigurationKindsView
from ocsportal.rest.configuring import CreateItemView, UpdateItemView
from ocsportal.rest.description import description, docs
from ocsportal.rest.event_schemas import EventSchemasView
from ocsportal.rest.health import healthz, readyz
from ocsportal.rest.orders import OrderView
from ocsportal.rest.trail import TransactionsView, TransactionView

handler400 = "ocsportal.failures.bad_request"
handler403 = "ocsportal.failures.forbidden"
handler404 = "ocsportal.failures.not_found"
handler500 = "ocsportal.failures.server_error"

casm: list[URLPattern | URLResolver] = [
    path("", include("customers.api.urls")),
    path("", include("accounts.api.urls")),
    path("", include("subscribers.api.urls")),
    path("", include("offers.api.urls")),
    path("", include("balances.api.urls")),
    path("changes", ChangesView.as_view()),
    path("events/schemas", EventSchemasView.as_view()),
    path("transactions", TransactionsView.as_view()),
    path("transactions/read", TransactionView.as_view()),
    path("orders", OrderView.as_view()),
    path("batch", BatchView.as_view()),
    path("configuration", ConfigurationKindsView.as_view()),
    path("configuration/<str:kind>", ConfigurationItemsView.as_view()),
    path("configuration/<str:kind>/create", CreateItemView.as_view()),
    path("configuration/<str:kind>/update", UpdateItemView.as_view()),
    path("configuration/<str:kind>/<str:code>", ConfigurationItemView.as_view()),
]

urlpatterns = [
    # First, since a client asks far more often than a person, and every pattern before costs each of its requests.
    path("v1/casm/", include(casm)),
    path("", include("ocsportal.care.urls")),
    path("understood", understood, name="understood"),
    path("session", session, name="session"),
    path("admin/", admin.site.urls),
    path("v1/schema", description, name="schema"),
    path("v1/docs", docs, name="docs"),
    path("healthz", healthz),
    path("readyz", readyz),
]
