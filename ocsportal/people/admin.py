"""People, groups and API clients in the back office; for administrators."""

from functools import partial
from typing import Any

from django.contrib import admin, messages
from django.contrib.admin.utils import unquote
from django.contrib.auth.admin import GroupAdmin as DjangoGroupAdmin
from django.contrib.auth.admin import UserAdmin as DjangoUserAdmin
from django.contrib.auth.models import Group, Permission
from django.core.exceptions import PermissionDenied
from django.forms import CheckboxSelectMultiple
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseNotAllowed, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.urls import path, reverse
from django.utils.html import format_html_join
from django.utils.safestring import SafeString

from ocsportal.backoffice.templatetags.portal import moment
from ocsportal.backoffice.tracked import REASON, TrackedAdmin, recorded_view
from ocsportal.people.forms import ClientForm, GroupForm, NewPersonForm, PersonForm, PlainReasonForm, by_subject
from ocsportal.people.group_history import group_versions
from ocsportal.people.keys import make_client, revoke_key
from ocsportal.people.models import ApiKey, User
from ocsportal.transactions.change import Change
from ocsportal.transactions.errors import OperationRefused
from ocsportal.transactions.models import Channel

admin.site.unregister(Group)

# Applications whose permissions nothing here asks for.
UNUSED = ("admin", "contenttypes", "sessions")


@admin.register(User)
class PersonAdmin(TrackedAdmin, DjangoUserAdmin):
    """Users: people who log in, and the service users behind API clients. Deactivated when gone, never deleted."""

    form = PersonForm
    add_form = NewPersonForm
    list_display = ("username", "first_name", "last_name", "kind", "is_active", "logged_in")
    list_filter = ("is_active", "is_staff")
    search_fields = ("username", "first_name", "last_name", "email")
    filter_horizontal = ()
    fieldsets = (
        (None, {"fields": ("username", "first_name", "last_name", "email", "password")}),
        ("What they may do", {"fields": ("is_active", "is_staff", "groups")}),
        ("Why", {"fields": (REASON,)}),
    )
    add_fieldsets = (
        (
            None,
            {"fields": ("username", "first_name", "last_name", "email", "usable_password", "password1", "password2")},
        ),
        ("What they may do", {"fields": ("is_staff", "groups")}),
        ("Why", {"fields": (REASON,)}),
    )

    def formfield_for_manytomany(self, db_field: Any, request: HttpRequest, **kwargs: Any) -> Any:
        """Let groups be ticked."""
        return super().formfield_for_manytomany(db_field, request, widget=CheckboxSelectMultiple, **kwargs)

    def details(self, saved: Any) -> dict[str, Any]:
        """Return the groups that the person is in."""
        return {"groups": list(saved.groups.order_by("name").values_list("name", flat=True))}

    @admin.display(description="kind")
    def kind(self, user: User) -> str:
        """Return whether this is a person or a program."""
        return "API client" if user.is_service else "Person"

    @admin.display(description="last login")
    def logged_in(self, user: User) -> str:
        """Return when the user logged in last."""
        return moment(user.last_login) if user.last_login else "never"

    def add_view(self, request: HttpRequest, form_url: str = "", extra_context: dict[str, Any] | None = None) -> Any:
        """Add a person; the database transaction is the door's, not the one that Django opens here."""
        return self._add_view(request, form_url, extra_context)  # type: ignore[attr-defined]

    def user_change_password(self, request: HttpRequest, id: str, form_url: str = "") -> HttpResponse:
        """Give somebody else another password, as one Business Transaction."""
        person = self.get_object(request, unquote(id))
        if person is None:
            raise Http404
        if not self.has_change_permission(request, person) or (person.is_superuser and not request.user.is_superuser):
            raise PermissionDenied
        view = partial(super().user_change_password, request, id, form_url)
        return recorded_view(request, "ChangePassword", "people.change_user", view, person)

    def get_fields(self, request: HttpRequest, obj: Any = None) -> Any:
        """Leave the fields to the fieldsets."""
        return DjangoUserAdmin.get_fields(self, request, obj)

    def get_fieldsets(self, request: HttpRequest, obj: Any = None) -> Any:
        """Show superusers the switch that makes superusers; leave the reason out where nothing can be saved."""
        sections = [(title, dict(options)) for title, options in super().get_fieldsets(request, obj)]
        if request.user.is_superuser and obj:
            sections[1][1]["fields"] = ("is_active", "is_staff", "is_superuser", "groups")
        if obj and not self.has_change_permission(request, obj):
            return sections[:-1]
        return sections

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> Any:
        """Let nobody but a superuser change a superuser."""
        if obj and obj.is_superuser and not request.user.is_superuser:
            return ["username", "first_name", "last_name", "email", "is_active", "is_staff", "groups"]
        return []


@admin.register(Group)
class GroupAdmin(TrackedAdmin, DjangoGroupAdmin):
    """Groups and what they may do."""

    form = GroupForm
    list_display = ("name",)
    filter_horizontal = ()

    def formfield_for_manytomany(self, db_field: Any, request: HttpRequest | None = None, **kwargs: Any) -> Any:
        """Let permissions be ticked, each under what it is about."""
        rows = Permission.objects.select_related("content_type").order_by("content_type__app_label", "name")
        # Nothing here asks for these; the history of a row is shown to whoever may see the row.
        rows = rows.exclude(content_type__model__startswith="historical").exclude(content_type__app_label__in=UNUSED)
        own = {"queryset": rows, "widget": CheckboxSelectMultiple}
        field: Any = super().formfield_for_manytomany(db_field, request, **{**kwargs, **own})
        field.choices = by_subject(rows)
        return field

    def history_view(
        self, request: HttpRequest, object_id: str, extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        """Show what the Business Transactions say of the group, which has no history of its own; answers GET only."""
        if request.method not in ("GET", "HEAD"):
            return HttpResponseNotAllowed(["GET", "HEAD"])
        group = self.get_object(request, object_id) if self.has_view_permission(request) else None
        if group is None:
            raise PermissionDenied
        words = {"object": group, "back": "../change/", "entries": group_versions(group)}
        frame = {**self.admin_site.each_context(request), "opts": self.opts, "title": None}
        return TemplateResponse(request, "entity/history.html", {**frame, **words})

    def get_fields(self, request: HttpRequest, obj: Any = None) -> Any:
        """Tell what the group may do to who may only look."""
        fields = super().get_fields(request, obj)
        if obj is None or self.has_change_permission(request, obj):
            return [name for name in fields if name != "may"]
        return ["name", "may"]

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> Any:
        """Have what the group may do in words."""
        return ["may"]

    @admin.display(description="permissions")
    def may(self, group: Group) -> SafeString:
        """Return what the group may do, each under what it is about."""
        rows = by_subject(group.permissions.select_related("content_type").order_by("content_type__app_label", "name"))
        words = ((title, ", ".join(name for _, name in those)) for title, those in rows)
        return format_html_join("", "<p><b>{}</b>: {}</p>", words)

    def details(self, saved: Any) -> dict[str, Any]:
        """Return what the group may do."""
        names = saved.permissions.order_by("content_type__app_label", "codename")
        return {
            "permissions": [f"{app}.{name}" for app, name in names.values_list("content_type__app_label", "codename")]
        }

    def save_related(self, request: HttpRequest, form: Any, formsets: Any, change: bool) -> None:
        """Save the permissions, and remember them for the Business Transaction."""
        super().save_related(request, form, formsets, change)
        request.saved = form.instance  # type: ignore[attr-defined]


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

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Never through a form; revoking is a verb."""
        return False

    def get_urls(self) -> list[Any]:
        """Add the page that revokes."""
        revoke = path("<int:key_id>/revoke/", self.admin_site.admin_view(self.revoke), name="people_apikey_revoke")
        return [revoke, *super().get_urls()]

    def change_view(
        self, request: HttpRequest, object_id: str, form_url: str = "", extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        """Show a key without its secret."""
        key = self.get_object(request, object_id) if self.has_view_permission(request) else None
        if key is None:
            raise Http404
        may = request.user.has_perm("people.change_apikey") and key.revoked_at is None
        return self._page(request, "people/key.html", {"key": key, "may_revoke": may})

    def add_view(
        self, request: HttpRequest, form_url: str = "", extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        """Make a client or a key, and show the key this once."""
        if not self.has_add_permission(request):
            raise PermissionDenied
        form = ClientForm(request.POST or None)
        if request.method == "POST" and form.is_valid():
            data = form.cleaned_data
            change = self._change(request, data["reason"])
            try:
                client, plain = make_client(data["name"], data["group"].name, change, data["days"])
            except OperationRefused as refusal:
                for fault in refusal.faults:
                    form.add_error(fault.parameter if fault.parameter in form.fields else None, fault.message)
            else:
                return self._page(request, "people/new_key.html", {"client": client, "plain": plain})
        return self._page(
            request, "people/form.html", {"form": form, "heading": "New API client", "button": "Make the key"}
        )

    def revoke(self, request: HttpRequest, key_id: int) -> HttpResponse:
        """Revoke a key; the next request with it is refused."""
        key = self.get_object(request, str(key_id))
        if key is None or not request.user.has_perm("people.change_apikey"):
            raise PermissionDenied
        form = PlainReasonForm(request.POST or None)
        if request.method == "POST" and form.is_valid():
            revoke_key(key, self._change(request, form.cleaned_data["reason"]))
            messages.success(request, f"The key {key.prefix}… was revoked.")
            return HttpResponseRedirect(reverse("admin:people_apikey_changelist"))
        words = {"form": form, "heading": f"Revoke the key {key.prefix}… of {key.client}", "button": "Revoke the key"}
        return self._page(request, "people/form.html", {**words, "dangerous": True})

    def _change(self, request: HttpRequest, reason: str) -> Change:
        return Change(actor=request.user, channel=Channel.PORTAL, reason=reason, body=[self.opts.label])  # type: ignore[arg-type]

    def _page(self, request: HttpRequest, template: str, words: dict[str, Any]) -> HttpResponse:
        frame = {**self.admin_site.each_context(request), "opts": self.opts, "title": None}
        return TemplateResponse(request, template, {**frame, **words})
