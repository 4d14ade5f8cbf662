"""Configuration and people in the admin: ordinary forms, each save one Business Transaction with a reason."""

import contextlib
from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager
from typing import Any, ClassVar

from django import forms
from django.contrib import messages
from django.contrib.admin.utils import unquote
from django.core.exceptions import PermissionDenied, ValidationError
from django.db.models import Field, Model
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseNotAllowed
from django.utils.text import capfirst

from ocsportal.backoffice.drawn import Drawn
from ocsportal.backoffice.history_pages import ON_THE_HISTORY, history_page
from ocsportal.backoffice.keeping import STILL_HERE, is_kept
from ocsportal.backoffice.listing import CountFreeAdmin, Row
from ocsportal.backoffice.manners import Mannered
from ocsportal.backoffice.stale import SEEN, Outdated, merged, refuse_outdated, seen
from ocsportal.backoffice.words import VERSION_WORDS
from ocsportal.entities.versions import VersionEntry
from ocsportal.transactions import door
from ocsportal.transactions.actor import actor_of
from ocsportal.transactions.change import Change
from ocsportal.transactions.errors import Fault, OperationRefused
from ocsportal.transactions.given import Checked
from ocsportal.transactions.history import HistoryRow, versions_of, with_transaction
from ocsportal.transactions.models import Channel
from ocsportal.transactions.touched import Touched

REASON = "audit_reason"
# Columns of the history itself, and what changes with every version.
UNTOLD = {"version", "id", "ref_id"}


def reason_field() -> forms.CharField:
    """Return the field for the reason."""
    return forms.CharField(
        label="Reason for the audit trail", max_length=1000, widget=forms.TextInput(attrs={"class": "vTextField"})
    )


class Refusable:
    """A form that says at its fields what was refused when it was to be saved; with a refusal in it, it saves nothing."""

    # What the database or a rule refused where the form's own checks had seen nothing wrong.
    refused: ClassVar[Sequence[Fault]] = ()

    def __init__(self, *args: object, **kwargs: object) -> None:
        super().__init__(*args, **{"label_suffix": "", **kwargs})

    def clean(self) -> Checked:
        """Say at its field what was refused."""
        form: Any = self
        data = super().clean() or {}  # type: ignore[misc]
        for fault in self.refused:
            form.add_error(fault.parameter if fault.parameter in form.fields else None, fault.message)
        return data


class ReasonForm(Refusable, forms.ModelForm):
    """A model's form with the reason for the audit trail at its end."""

    audit_reason = reason_field()


class TrackedAdmin(Mannered, CountFreeAdmin[Row]):
    """A tracked model's admin: reason demanded, saved in one Business Transaction, never deleted, history read-only."""

    form: Any = ReasonForm

    def has_delete_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        """Never: other rows and the history point to it."""
        return False

    def get_fields(self, request: HttpRequest, obj: Model | None = None) -> Any:
        """Put the reason last; leave it out where nothing can be saved."""
        names = [name for name in super().get_fields(request, obj) if name != REASON]
        may = self.has_change_permission(request, obj) if obj else self.has_add_permission(request)
        return [*names, REASON] if may else names

    def get_form(self, request: HttpRequest, obj: Model | None = None, change: bool = False, **kwargs: Any) -> Any:
        """Return the form, which knows what the database refused."""
        form: Any = super().get_form(request, obj, change=change, **kwargs)
        # What was brought back after a login is only shown.
        refused = (
            (Fault("REQUEST-VALIDATION", "", STILL_HERE),) if is_kept(request) else getattr(request, "refused", ())
        )
        return type(form.__name__, (form,), {"refused": refused}) if refused else form

    def render_change_form(self, request: HttpRequest, context: Drawn, *args: Any, **kwargs: Any) -> HttpResponse:
        """Call the page by what it shows."""
        found = kwargs.get("obj")
        title = str(found) if found else f"New {self.opts.verbose_name}"
        own = {"title": title, "outdated": getattr(request, "outdated", None)}
        # The library's own sentence about errors would stand there; ours says how many there are, and where to look.
        own |= {"errors": [], "faults": len(context.get("errors") or [])}
        if found and self.has_change_permission(request, found):
            # What stands, not what was typed: a form with errors has written that on the row.
            standing = found if request.method == "GET" else self.model._default_manager.get(pk=found.pk)
            own["seen"] = seen(standing, self.parts(request, standing))
        return super().render_change_form(request, context | own, *args, **kwargs)

    def response_add(self, request: HttpRequest, obj: Any, post_url_continue: str | None = None) -> HttpResponse:
        """Say what was made, and lead to the list, or on to what it needs next."""
        messages.success(request, f"{capfirst(self.opts.verbose_name)} {obj} is there now.")
        return self.response_post_save_add(request, obj)

    def response_change(self, request: HttpRequest, obj: Any) -> HttpResponse:
        """Say what was changed, and lead back to the list."""
        messages.success(request, f"{capfirst(self.opts.verbose_name)} {obj} was changed.")
        return self.response_post_save_change(request, obj)

    def parts(self, request: HttpRequest, row: Model) -> list[Model]:
        """Return the rows that the page shows below a row, whose changes are changes of it."""
        found: list[Model] = []
        for inline in self.get_inlines(request, row):
            links = [f for f in inline.model._meta.concrete_fields if f.is_relation and f.related_model is self.model]
            related = [f.name for f in inline.model._meta.concrete_fields if f.is_relation]
            rows = inline.model._default_manager.filter(**{links[0].name: row}).select_related(*related)
            found += rows.order_by("pk")
        return found

    def locked(self, request: HttpRequest, object_id: str) -> None:
        """Lock a row that is about to be saved; raise Outdated when it is not what the form was read from."""
        rows = self.model._default_manager.select_for_update(no_key=True)
        try:
            row = rows.filter(pk=unquote(object_id)).first()
        except (ValueError, ValidationError):
            return
        if row is not None:
            refuse_outdated(row, request.POST.get(SEEN, ""), self.parts(request, row))

    def changeform_view(
        self,
        request: HttpRequest,
        object_id: str | None = None,
        form_url: str = "",
        extra_context: Drawn | None = None,
    ) -> HttpResponse:
        """Run a save as one Business Transaction; what is refused rolls back as a whole and is said."""
        extra = {"show_save_and_continue": False, "show_save_and_add_another": False, **(extra_context or {})}
        if request.method != "POST":
            return super().changeform_view(request, object_id, form_url, extra)
        verb = "Change" if object_id else "Add"
        permission = f"{self.opts.app_label}.{verb.lower()}_{self.opts.model_name}"
        if not request.user.has_perm(permission):
            raise PermissionDenied
        kept: Checked = {}

        def work() -> Touched:
            with self.guarded(request, object_id):
                if object_id:
                    self.locked(request, object_id)
                kept["response"] = super(TrackedAdmin, self).changeform_view(request, object_id, form_url, extra)
            saved = getattr(request, "saved", None)
            if saved is None:
                raise _NothingSaved
            return Touched([saved], details=self.details(saved))

        change = Change(
            actor=actor_of(request),
            channel=Channel.PORTAL,
            reason=request.POST.get(REASON, "").strip()[:1000].replace("\x00", ""),
            body=[self.opts.label, object_id],
        )
        try:
            # A form with errors saves nothing; the transaction that was opened for it is gone again.
            with contextlib.suppress(_NothingSaved):
                door.record(f"{verb}{self.model.__name__}", change, permission, work)
        except OperationRefused as refusal:
            # The form once more, as it was filled in; with the refusal in it, it saves nothing.
            request.refused = refusal.faults  # type: ignore[attr-defined]
            if isinstance(refusal, Outdated):
                self._take_over(request, str(object_id), refusal)
            return super().changeform_view(request, object_id, form_url, extra)
        return kept["response"]

    def _take_over(self, request: HttpRequest, object_id: str, refusal: Outdated) -> None:
        """Keep what was typed, take over what others changed beside it, and say so."""
        row = self.model._default_manager.get(pk=unquote(object_id))
        form = self.get_form(request, row, change=True, fields=None)
        request.POST = merged(request.POST, form, request.POST.get(SEEN, ""), row)  # type: ignore[assignment]
        request.outdated = refusal  # type: ignore[attr-defined]

    def guarded(self, request: HttpRequest, object_id: str | None) -> AbstractContextManager[None]:
        """Return what a save runs within: rules that need to see what stood before and what stands after."""
        return contextlib.nullcontext()

    def details(self, saved: Model) -> dict[str, object]:
        """Return what the Business Transaction says of a saved row beside its columns."""
        return {}

    def save_related(self, request: HttpRequest, form: forms.ModelForm, formsets: Any, change: bool) -> None:
        """Save what belongs to the row, and remember that it was saved."""
        super().save_related(request, form, formsets, change)
        form.instance.refresh_from_db()
        request.saved = form.instance  # type: ignore[attr-defined]

    def log_addition(self, request: HttpRequest, obj: Model, message: Any) -> Any:
        """Write nothing: the audit trail is the Business Transaction."""

    def log_change(self, request: HttpRequest, obj: Model, message: Any) -> Any:
        """Write nothing: the audit trail is the Business Transaction."""

    def history_view(self, request: HttpRequest, object_id: str, extra_context: Drawn | None = None) -> HttpResponse:
        """Show the versions of the row, a page at a time; answers GET only."""
        if request.method not in ("GET", "HEAD"):
            return HttpResponseNotAllowed(["GET", "HEAD"])
        if not self.has_view_permission(request):
            raise PermissionDenied
        found = self.get_object(request, object_id)
        if found is None:
            raise Http404
        return history_page(self, request, found, "../change/", lambda before: row_versions(found, before))


def recorded_view(
    request: HttpRequest,
    name: str,
    permission: str | None,
    view: Callable[[], HttpResponse],
    about: Model | None = None,
) -> HttpResponse:
    """Run one of Django's own saving views as a Business Transaction by the user; one that only shows is left alone."""
    if request.method != "POST":
        return view()
    kept: Checked = {}

    def work() -> Touched:
        kept["response"] = view()
        if kept["response"].status_code != 302:
            raise _NothingSaved
        return Touched([about] if about else [])

    reason = request.POST.get(REASON, "").strip()[:1000].replace("\x00", "")
    change = Change(actor=actor_of(request), channel=Channel.PORTAL, reason=reason, body=[name])
    with contextlib.suppress(_NothingSaved):
        door.record(name, change, permission, work)
    return kept["response"]


class _NothingSaved(Exception):
    """The form was not valid."""


class ConfigurationAdmin(TrackedAdmin):
    """A configuration item: its code is fixed once it is made."""

    list_display: Any = ("name", "code", "description")
    list_display_links = ("name",)
    search_fields = ("name", "code")

    def get_readonly_fields(self, request: HttpRequest, obj: Model | None = None) -> list[str]:
        """Fix the code after creation."""
        return ["code"] if obj else []

    def get_fieldsets(self, request: HttpRequest, obj: Model | None = None) -> Any:
        """Put the reason below the parts, where there are any and something can be saved."""
        if not self.fieldsets:
            return super().get_fieldsets(request, obj)
        may = self.has_change_permission(request, obj) if obj else self.has_add_permission(request)
        return [*self.fieldsets, ("Why", {"fields": [REASON]})] if may else [*self.fieldsets]


def row_versions(row: Model, before: int | None) -> list[VersionEntry]:
    """Return the versions of a configuration item or a person, newest first, with what changed."""
    rows = with_transaction(versions_of(row)).order_by("-history_id")
    if before is not None:
        rows = rows.filter(version__lt=before)
    found = list(rows[: ON_THE_HISTORY + 1])
    older = [*found[1:], None]
    return [_entry(new, old) for new, old in zip(found, older, strict=True)][:ON_THE_HISTORY]


def _entry(new: HistoryRow, old: HistoryRow) -> VersionEntry:
    changes = [
        (str(field.verbose_name), before if old else None, after)
        for field in new.tracked_fields
        if field.name not in UNTOLD and (after := _shown(new, field)) != (before := _shown(old, field) if old else None)
    ]
    return VersionEntry.of_row(new, changes, outside=VERSION_WORDS[new.history_type])


def _shown(row: Model, field: Field) -> object:
    value = getattr(row, field.name, None) if field.is_relation else getattr(row, field.attname)
    return str(value) if field.is_relation and value is not None else value
