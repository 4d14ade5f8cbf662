"""People in the back office: who logs in, what they may do, their password, and letting them in again."""

from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from typing import Any

from django.contrib import admin, messages
from django.contrib.admin.utils import unquote
from django.contrib.auth.admin import UserAdmin as DjangoUserAdmin
from django.core.exceptions import PermissionDenied
from django.db.models import Model
from django.forms import CheckboxSelectMultiple
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import URLPattern, path, reverse

from ocsportal.backoffice.drawn import Drawn
from ocsportal.backoffice.keeping import is_kept
from ocsportal.backoffice.templatetags.portal import moment
from ocsportal.backoffice.tracked import REASON, TrackedAdmin, recorded_view
from ocsportal.people.admin.pages import change_by, page
from ocsportal.people.forms import NewPersonForm, OthersPasswordForm, PersonForm, PlainReasonForm
from ocsportal.people.lockout import CHANGE_USER, locks_of, unlock
from ocsportal.people.models import User
from ocsportal.people.standing import OWN_GROUPS, one_stays, refuse_last
from ocsportal.transactions.errors import OperationRefused


@admin.register(User)
class PersonAdmin(TrackedAdmin, DjangoUserAdmin):
    """Users: people who log in, and the service users behind API clients. Deactivated when gone, never deleted."""

    form = PersonForm
    add_form = NewPersonForm
    change_password_form = OthersPasswordForm
    list_display = ("username", "first_name", "last_name", "kind", "is_active", "logged_in")
    list_filter = ("is_active", "is_staff")
    search_fields = ("username", "first_name", "last_name", "email")
    filter_horizontal = ()
    change_form_template = "people/person.html"
    fieldsets = (
        (None, {"fields": ("username", "first_name", "last_name", "email", "password")}),
        ("Permissions", {"fields": ("is_active", "is_staff", "groups")}),
        ("Why", {"fields": (REASON,)}),
    )
    add_fieldsets = (
        (
            None,
            {"fields": ("username", "first_name", "last_name", "email", "usable_password", "password1", "password2")},
        ),
        ("Permissions", {"fields": ("is_staff", "groups")}),
        ("Why", {"fields": (REASON,)}),
    )

    def formfield_for_manytomany(self, db_field: Any, request: HttpRequest, **kwargs: Any) -> Any:
        """Let groups be ticked."""
        return super().formfield_for_manytomany(db_field, request, widget=CheckboxSelectMultiple, **kwargs)

    def details(self, saved: Any) -> dict[str, object]:
        """Return the groups that the person is in."""
        return {"groups": list(saved.groups.order_by("name").values_list("name", flat=True))}

    @contextmanager
    def guarded(self, request: HttpRequest, object_id: str | None) -> Iterator[None]:
        """Keep somebody who administers, and everybody's own groups as they are."""
        with one_stays():
            if object_id == str(request.user.pk) and "groups" in request.POST:
                mine = {str(key) for key in request.user.groups.values_list("pk", flat=True)}
                if set(request.POST.getlist("groups")) != mine:
                    raise OperationRefused("REQUEST-VALIDATION", OWN_GROUPS, "groups")
            yield

    @admin.display(description="groups")
    def own_groups(self, person: User) -> str:
        """Return the groups of who looks at the own page, which are for others to change."""
        names = ", ".join(group.name for group in person.groups.order_by("name")) or "none"
        return f"{names}. {OWN_GROUPS}"

    @admin.display(description="kind")
    def kind(self, user: User) -> str:
        """Return whether this is a person or a program."""
        return "API client" if user.is_service else "Person"

    @admin.display(description="last login")
    def logged_in(self, user: User) -> str:
        """Return when the user logged in last."""
        return moment(user.last_login) if user.last_login else "never"

    def get_urls(self) -> list[URLPattern]:
        """Add the page that lets somebody in again."""
        name = "people_user_unlock"
        return [path("<int:user_id>/unlock/", self.admin_site.admin_view(self.unlock), name=name), *super().get_urls()]

    def unlock(self, request: HttpRequest, user_id: int) -> HttpResponse:
        """Let somebody in again who tried too often; the page tells from where, the reason is recorded."""
        person = self.get_object(request, str(user_id))
        if person is None:
            raise Http404
        if not request.user.has_perm(CHANGE_USER):
            raise PermissionDenied
        back = reverse("admin:people_user_change", args=[person.pk])
        form = PlainReasonForm(request.POST or None)
        if request.method == "POST" and not is_kept(request) and form.is_valid():
            try:
                unlock(person, change_by(request, form.cleaned_data["reason"], "unlock", person.pk))
            except OperationRefused as refusal:
                form.add_error(None, refusal.message)
            else:
                messages.success(request, f"{person.display_name} can log in again.")
                return HttpResponseRedirect(back)
        words = {"form": form, "heading": f"Unlock {person.display_name}", "button": "Unlock", "back": back}
        return page(self, request, "people/unlock.html", {**words, "person": person, "locks": locks_of(person)})

    def render_change_form(self, request: HttpRequest, context: Drawn, *args: Any, **kwargs: Any) -> HttpResponse:
        """Say from where the person is kept out."""
        found = kwargs.get("obj")
        own = {"locks": locks_of(found) if found else [], "may_unlock": request.user.has_perm(CHANGE_USER)}
        return super().render_change_form(request, context | own, *args, **kwargs)

    def add_view(self, request: HttpRequest, form_url: str = "", extra_context: Drawn | None = None) -> HttpResponse:
        """Add a person; the database transaction is the door's, not the one that Django opens here."""
        return self._add_view(request, form_url, extra_context)  # type: ignore[attr-defined]

    def user_change_password(self, request: HttpRequest, id: str, form_url: str = "") -> HttpResponse:
        """Give somebody else another password, as one Business Transaction."""
        person = self.get_object(request, unquote(id))
        if person is None:
            raise Http404
        if not self.has_change_permission(request, person) or (person.is_superuser and not request.user.is_superuser):
            raise PermissionDenied
        change = partial(super().user_change_password, request, id, form_url)

        def view() -> HttpResponse:
            # Asked before: Django gives who changes the own password another session, which no refusal takes back.
            if request.POST.get("usable_password") == "false":
                refuse_last(person)
            return change()

        if request.method != "POST":
            return change()
        try:
            return self._another_password(request, view, person)
        except OperationRefused as refusal:
            messages.error(request, refusal.message)
            return HttpResponseRedirect(request.path)

    @staticmethod
    def _another_password(request: HttpRequest, view: Any, person: User) -> HttpResponse:
        return recorded_view(request, "ChangePassword", "people.change_user", view, person)

    def get_fields(self, request: HttpRequest, obj: Model | None = None) -> Any:
        """Leave the fields to the fieldsets."""
        return DjangoUserAdmin.get_fields(self, request, obj)

    def get_fieldsets(self, request: HttpRequest, obj: Model | None = None) -> Any:
        """Show superusers the switch that makes superusers; leave the reason out where nothing can be saved."""
        sections: list[Any] = [(title, dict(options)) for title, options in super().get_fieldsets(request, obj)]
        if request.user.is_superuser and obj:
            sections[1][1]["fields"] = ("is_active", "is_staff", "is_superuser", "groups")
        if obj and obj.pk == request.user.pk:
            words = [name if name != "groups" else "own_groups" for name in sections[1][1]["fields"]]
            sections[1][1]["fields"] = tuple(words)
        if obj and not self.has_change_permission(request, obj):
            return sections[:-1]
        return sections

    def get_readonly_fields(self, request: HttpRequest, obj: User | None = None) -> list[str]:
        """Let nobody but a superuser change a superuser."""
        if obj and obj.is_superuser and not request.user.is_superuser:
            return ["username", "first_name", "last_name", "email", "is_active", "is_staff", "groups"]
        return ["own_groups"] if obj and obj.pk == request.user.pk else []
