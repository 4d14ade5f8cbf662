"""API clients in the back office: made, shown, revoked."""

from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import URLPattern, path, reverse

from ocsportal.backoffice.drawn import Drawn
from ocsportal.backoffice.keeping import is_kept
from ocsportal.backoffice.templatetags.portal import moment
from ocsportal.backoffice.tracked import TrackedAdmin
from ocsportal.people.admin.pages import change_by, page
from ocsportal.people.forms import ClientForm, PlainReasonForm
from ocsportal.people.keys import make_client, revoke_key
from ocsportal.people.models import ApiKey
from ocsportal.transactions.errors import OperationRefused


@admin.register(ApiKey)
class ApiKeyAdmin(TrackedAdmin):
    """API clients' keys: made and shown once, told apart by their first characters, revoked."""

    list_display = ("client", "begins", "made", "expires", "used", "standing")
    list_display_links = ("begins",)
    list_select_related = ("client",)
    search_fields = ("client__username", "client__application_id", "prefix")

    @admin.display(description="key")
    def begins(self, key: ApiKey) -> str:
        """Return the first characters."""
        return f"{key.prefix}…"

    @admin.display(description="made")
    def made(self, key: ApiKey) -> str:
        """Return when it was made."""
        return moment(key.created_at)

    @admin.display(description="expires")
    def expires(self, key: ApiKey) -> str:
        """Return when it ends by itself."""
        return moment(key.expires_at)

    @admin.display(description="last used")
    def used(self, key: ApiKey) -> str:
        """Return when it was last used."""
        return moment(key.last_used_at) if key.last_used_at else "never"

    @admin.display(description="state")
    def standing(self, key: ApiKey) -> str:
        """Return whether it is valid."""
        return f"revoked {moment(key.revoked_at)}" if key.revoked_at else "valid"

    def has_change_permission(self, request: HttpRequest, obj: object = None) -> bool:
        """Never through a form; revoking is a verb."""
        return False

    def get_urls(self) -> list[URLPattern]:
        """Add the page that revokes."""
        revoke = path("<int:key_id>/revoke/", self.admin_site.admin_view(self.revoke), name="people_apikey_revoke")
        return [revoke, *super().get_urls()]

    def change_view(
        self, request: HttpRequest, object_id: str, form_url: str = "", extra_context: Drawn | None = None
    ) -> HttpResponse:
        """Show a key without its secret."""
        key = self.get_object(request, object_id) if self.has_view_permission(request) else None
        if key is None:
            raise Http404
        may = request.user.has_perm("people.change_apikey") and key.revoked_at is None
        return page(self, request, "people/key.html", {"key": key, "may_revoke": may})

    def add_view(self, request: HttpRequest, form_url: str = "", extra_context: Drawn | None = None) -> HttpResponse:
        """Make a client or a key, and show the key this once."""
        if not self.has_add_permission(request):
            raise PermissionDenied
        form = ClientForm(request.POST or None)
        if request.method == "POST" and not is_kept(request) and form.is_valid():
            data = form.cleaned_data
            change = change_by(request, data["reason"])
            try:
                client, plain = make_client(data["name"], data["group"].name, change, data["days"])
            except OperationRefused as refusal:
                for fault in refusal.faults:
                    form.add_error(fault.parameter if fault.parameter in form.fields else None, fault.message)
            else:
                return page(self, request, "people/new_key.html", {"client": client, "plain": plain})
        return page(
            self, request, "people/form.html", {"form": form, "heading": "New API client", "button": "Make the key"}
        )

    def revoke(self, request: HttpRequest, key_id: int) -> HttpResponse:
        """Revoke a key; the next request with it is refused."""
        key = self.get_object(request, str(key_id))
        if key is None or not request.user.has_perm("people.change_apikey"):
            raise PermissionDenied
        form = PlainReasonForm(request.POST or None)
        if request.method == "POST" and not is_kept(request) and form.is_valid():
            revoke_key(key, change_by(request, form.cleaned_data["reason"]))
            messages.success(request, f"The key {key.prefix}… was revoked.")
            return HttpResponseRedirect(reverse("admin:people_apikey_changelist"))
        words = {"form": form, "heading": f"Revoke the key {key.prefix}… of {key.client}", "button": "Revoke the key"}
        return page(self, request, "people/form.html", {**words, "dangerous": True})
