"""Groups in the back office, and what they may do."""

from contextlib import AbstractContextManager
from functools import partial
from typing import Any

from django.contrib import admin
from django.contrib.auth.admin import GroupAdmin as DjangoGroupAdmin
from django.contrib.auth.models import Group, Permission
from django.core.exceptions import PermissionDenied
from django.db.models import Model, QuerySet
from django.forms import CheckboxSelectMultiple, ModelForm
from django.http import HttpRequest, HttpResponse, HttpResponseNotAllowed
from django.utils.html import format_html_join
from django.utils.safestring import SafeString

from ocsportal.backoffice.drawn import Drawn
from ocsportal.backoffice.history_pages import history_page
from ocsportal.backoffice.tracked import TrackedAdmin
from ocsportal.people.forms import GroupForm
from ocsportal.people.group_history import group_versions
from ocsportal.people.models import User
from ocsportal.people.standing import one_stays
from ocsportal.people.tasks import by_task

admin.site.unregister(Group)

# Applications whose permissions nothing here asks for.
UNUSED = ("admin", "contenttypes", "sessions")


@admin.register(Group)
class GroupAdmin(TrackedAdmin, DjangoGroupAdmin):
    """Groups and what they may do."""

    form = GroupForm
    list_display = ("name",)
    filter_horizontal = ()
    change_form_template = "people/group.html"

    def formfield_for_manytomany(self, db_field: Any, request: HttpRequest | None = None, **kwargs: object) -> Any:
        """Let permissions be ticked, each under what it is about."""
        own = {"queryset": self.all_permissions(), "widget": CheckboxSelectMultiple}
        field: Any = super().formfield_for_manytomany(db_field, request, **{**kwargs, **own})
        return field

    @staticmethod
    def all_permissions() -> QuerySet[Permission]:
        """Return the permissions that anything asks for; the history of a row is shown to whoever may see the row."""
        rows = Permission.objects.select_related("content_type").order_by("content_type__app_label", "name")
        return rows.exclude(content_type__model__startswith="historical").exclude(content_type__app_label__in=UNUSED)

    def history_view(self, request: HttpRequest, object_id: str, extra_context: Drawn | None = None) -> HttpResponse:
        """Show what the Business Transactions say of the group, which has no history of its own; answers GET only."""
        if request.method not in ("GET", "HEAD"):
            return HttpResponseNotAllowed(["GET", "HEAD"])
        group = self.get_object(request, object_id) if self.has_view_permission(request) else None
        if group is None:
            raise PermissionDenied
        return history_page(self, request, group, "../change/", partial(group_versions, group))

    def has_change_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        """Let nobody but a superuser say what the own groups may do."""
        user = request.user
        own = (
            obj is not None
            and isinstance(user, User)
            and not user.is_superuser
            and user.groups.filter(pk=obj.pk).exists()
        )
        return super().has_change_permission(request, obj) and not own

    def guarded(self, request: HttpRequest, object_id: str | None) -> AbstractContextManager[None]:
        """Keep somebody who administers."""
        return one_stays()

    def get_fields(self, request: HttpRequest, obj: Model | None = None) -> Any:
        """Tell what the group may do to who may only look."""
        fields = super().get_fields(request, obj)
        if obj is None or self.has_change_permission(request, obj):
            return [name for name in fields if name != "may"]
        return ["name", "may"]

    def get_readonly_fields(self, request: HttpRequest, obj: Model | None = None) -> list[str]:
        """Have what the group may do in words."""
        return ["may"]

    @admin.display(description="permissions")
    def may(self, group: Group) -> SafeString:
        """Return what the group may do, each under what it is about."""
        rows = list(group.permissions.select_related("content_type").order_by("content_type__app_label", "name"))
        parts = by_task(self.all_permissions(), [row.pk for row in rows])
        words = (
            (part.task.title, part.task.explains, f" ({part.words})" if part.words else "")
            for part in parts
            if part.held
        )
        return format_html_join("", "<p><b>{}</b>: {}{}</p>", words)

    def details(self, saved: Any) -> dict[str, object]:
        """Return what the group may do."""
        names = saved.permissions.order_by("content_type__app_label", "codename")
        return {
            "permissions": [f"{app}.{name}" for app, name in names.values_list("content_type__app_label", "codename")]
        }

    def save_related(self, request: HttpRequest, form: ModelForm, formsets: object, change: bool) -> None:
        """Save the permissions, and remember them for the Business Transaction."""
        super().save_related(request, form, formsets, change)
        request.saved = form.instance  # type: ignore[attr-defined]
