"""Verb pages: one operation each, with its few fields, what it will do, and the reason (docs/portal.md).

GET only shows; POST runs the operation. The page carries a requestId, so that a double click is answered twice and
done once, and the version that the agent saw, so that nobody overwrites what another one just did.
"""

import uuid
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from http import HTTPStatus
from typing import Any, ClassVar, Generic, Protocol, TypeVar

from django import forms
from django.contrib import messages
from django.contrib.admin import AdminSite
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.template.response import TemplateResponse

from ocsportal.backoffice.drawn import Drawn
from ocsportal.backoffice.keeping import is_kept
from ocsportal.backoffice.lately_given import Given, lately, reasons
from ocsportal.backoffice.meanwhile import Changed, changed_since
from ocsportal.backoffice.templatetags.portal import moment
from ocsportal.backoffice.words import who_can
from ocsportal.entities.life.changes import CANCELLED, CONFIRMED
from ocsportal.entities.life.plans import as_due
from ocsportal.entities.models import Entity, Identified
from ocsportal.entities.values import is_storable
from ocsportal.transactions.actor import Actor, Rights, actor_of
from ocsportal.transactions.change import Change, present
from ocsportal.transactions.errors import Fault, NotAllowed, OperationRefused, Stale
from ocsportal.transactions.given import Checked
from ocsportal.transactions.history import versions_of, with_transaction
from ocsportal.transactions.models import Channel
from ocsportal.transactions.touched import Outcome

# How often a form that compares field by field is tried again, when others write at the same instant.
TRIES = 3
# What, its present value, the name of the field that will replace it, and the new value where no field does.
Row = tuple[str, str, str, str]


# What a verb is about.
About = TypeVar("About", bound=Identified)


class VerbForm(forms.Form, Generic[About]):
    """The fields of a verb, then the reason; subclasses add their own fields and say what they will do."""

    # From the parameter that a refusal names to the field of this form.
    parameters: ClassVar[dict[str, str]] = {}
    # From the beginning of a permission's codename to the field that needs it.
    denied_at: ClassVar[dict[str, str]] = {}
    # Fields that stand side by side.
    pairs: ClassVar[tuple[str, ...]] = ()
    # Fields of which three stand side by side.
    thirds: ClassVar[tuple[str, ...]] = ()
    # Whether it compares what it was read from field by field, and so can be tried again over what stands by now.
    compares: ClassVar[bool] = False
    # Fields that few need, folded away under a title.
    folded: ClassVar[tuple[tuple[str, tuple[str, ...]], ...]] = ()

    reason = forms.CharField(
        label="Reason for the audit trail",
        max_length=1000,
        widget=forms.TextInput(attrs={"autocomplete": "off", "placeholder": "Why, in a few words"}),
    )
    request_id = forms.CharField(widget=forms.HiddenInput, max_length=255)
    version = forms.CharField(widget=forms.HiddenInput, required=False, max_length=60)

    def __init__(
        self,
        data: Mapping[str, object] | None = None,
        *,
        entity: About | None = None,
        user: Actor | None = None,
        given: Mapping[str, str] | None = None,
        looking: bool = False,
    ) -> None:
        self.entity = entity
        self.user = user
        # What the link to the page fills in, such as the customer of a new account.
        self.given = given or {}
        self.only_looks = looking
        # What somebody else has changed since the agent saw it.
        self.meanwhile: list[Changed] = []
        initial = {"request_id": str(uuid.uuid4()), "version": self.seen()}
        super().__init__(data, initial=initial)
        # Who only looks at what would happen need not say why.
        self.fields["reason"].required = not looking
        self.prepare()
        # The reason comes last, as the last thing one thinks of before doing it.
        self.order_fields([name for name in self.fields if name != "reason"] + ["reason"])
        for field in self.fields.values():
            if field.required and not isinstance(field.widget, forms.HiddenInput):
                field.widget.attrs.setdefault("aria-required", "true")
        if self.is_bound:
            self.mark_errors()

    @property
    def about(self) -> About:
        """What the verb is about; only what makes something has nothing that it would be about."""
        assert self.entity is not None
        return self.entity

    @property
    def agent(self) -> Actor:
        """Who fills it in."""
        assert self.user is not None
        return self.user

    def seen(self) -> str:
        """Return the version of what the agent sees, which the write must still find."""
        return self.entity.etag if self.entity else ""

    def if_match(self) -> frozenset[str] | None:
        """Return the versions that the operation is to accept, None when the form's own arguments say it."""
        version = self.cleaned_data["version"]
        return frozenset({version}) if version and self.entity is not None else None

    def changed_by(self) -> str:
        """Return who wrote what stands now."""
        latest = with_transaction(versions_of(self.about)).order_by("-history_id").first()
        return latest.transaction.actor_name if latest and latest.transaction else "somebody"

    def prepare(self) -> None:
        """Fill in what depends on the entity: choices, initial values."""

    def suggest_lately(self, rows: Given) -> None:
        """Have the browser offer the reasons that the agent gave lately."""
        field: Any = self.fields["reason"]
        field.suggestions = [(reason, "") for reason in reasons(rows)]
        if field.suggestions:
            field.widget.attrs["list"] = "id_reason_list"

    def clean(self) -> Checked:
        """Refuse text that no database keeps, wherever it stands."""
        data = super().clean() or {}
        for name, value in data.items():
            if isinstance(value, str) and not is_storable(value):
                self.add_error(name, "Contains characters that can't be stored.")
        return data

    def arguments(self) -> Checked:
        """Return the operation's arguments beside the entity itself."""
        raise NotImplementedError

    def preview(self) -> list[Row]:
        """Return what will change, row by row."""
        return []

    def counted(self) -> Drawn | None:
        """Return the counts of what a change reaches below, None where nothing is below."""
        return None

    def foreseen(self) -> Drawn | None:
        """Return what is drawn of what will happen, with the name of its `template`; None where nothing is drawn.

        It changes nothing, and takes whatever is filled in so far.
        """
        return None

    def check(self) -> None:
        """Raise OperationRefused for what the rules would refuse; asked when an agent only looks."""

    def mark_errors(self) -> None:
        """Mark the fields with errors for who hears the page, and lead to the first of them."""
        wrong = [field for field in self.visible_fields() if field.errors]
        for field in self.visible_fields():
            attrs = field.field.widget.attrs
            attrs.pop("autofocus", None)
            if field in wrong:
                attrs |= {"aria-invalid": "true", "aria-describedby": f"{field.id_for_label}_errors"}
        if wrong:
            wrong[0].field.widget.attrs["autofocus"] = True

    def complain(self, fault: Fault) -> None:
        """Show a refusal at the field that it is about."""
        name = self.parameters.get(fault.parameter, "")
        self.add_error(name if name in self.fields else None, fault.message)

    def deny(self, permission: str) -> None:
        """Say, at the field that needs it, which right is missing and who has it."""
        codename = permission.rpartition(".")[2]
        field = next((name for prefix, name in self.denied_at.items() if codename.startswith(prefix)), None)
        self.add_error(
            field if field in self.fields else None,
            f"You don't have permission to do this. {who_can(permission, 'do it')}",
        )

    def remarks(self) -> list[str]:
        """Return what is to be said, once it is done, of how values were understood: what was left out of them."""
        notices = ((field, getattr(field, "notice", "")) for field in self.fields.values())
        return [f"{field.label}: {notice}" for field, notice in notices if notice]

    def notes(self) -> list[str]:
        """Return what one has to know before filling it in."""
        return []

    def button(self) -> str:
        """Return what the button says when that follows from what is filled in; empty for the verb's own words."""
        return ""

    def width(self, name: str) -> str:
        """Return how much of a row a field takes."""
        return "half" if name in self.pairs else "third" if name in self.thirds else "whole"

    def in_pairs(self) -> list[tuple[forms.BoundField, str]]:
        """Return the visible fields that are not folded away, each with its width."""
        folded = {name for _, names in self.folded for name in names}
        return [(field, self.width(field.name)) for field in self.visible_fields() if field.name not in folded]

    def folds(self) -> list[Drawn]:
        """Return the fields that are folded away, part by part; one with an error or something filled in is open."""
        parts = []
        for title, names in self.folded:
            fields = [(self[name], self.width(name)) for name in names if name in self.fields]
            filled = self.is_bound and any(self.data.get(field.html_name) for field, _ in fields)
            wrong = any(field.errors for field, _ in fields)
            parts.append({"title": title, "fields": fields, "open": wrong or filled})
        return parts


class Does(Protocol):
    """What a verb runs: an operation, or several in one (ocsportal/backoffice/macros.py)."""

    def allowed(self, user: Rights, **fields: Any) -> bool:
        """Whether the user may do this, with these fields."""

    def authorise(self, user: Rights, fields: Checked | None = None, at: datetime | None = None) -> None:
        """Raise PERMISSION-DENIED unless the user may do this with these fields."""

    def __call__(self, change: Change, **fields: Any) -> Outcome:
        """Do it; raise OperationRefused, having changed nothing."""


@dataclass(frozen=True, kw_only=True)
class Verb:
    """What an agent can do with an entity: which operation, by which form, under which words."""

    slug: str
    label: str
    operation: Does
    form: type[VerbForm]
    # What it says when it is done; `{entity}` is its name.
    done: str
    # The name of the operation's argument that takes the reference.
    argument: str
    # What it says when it was planned instead; `{when}` is for when.
    planned: str = ""
    # For when it is planned now, None when it was done at once.
    when: Callable[[Any], datetime | None] = lambda entity: entity.plan_valid_from if entity.has_plan else None
    # Whether the page can show beforehand what it will do, by asking the portal.
    foresees: bool = False
    dangerous: bool = False
    # Whether what else it touches lies below the entity, and is counted when it is done.
    reaches_below: bool = True
    fits: Callable[[Any], bool] = lambda entity: not entity.is_deactivated
    # Fields that the permission may depend on, such as the state that it leads to.
    fields: Callable[[], Checked] = dict
    # The same where they are the entity's own, such as what is planned for it.
    needs: Callable[[Any], Checked] = lambda entity: {}
    # Whether it may be the one filled button of the page.
    likely: bool = False
    explains: str = ""
    button: str = ""
    # What its page is called, where the label alone would not read well before a name.
    heading: str = ""

    @property
    def looks(self) -> bool:
        """Whether the page can be asked what would happen; so a plain Enter, where no script runs, does no harm."""
        return self.foresees or self.dangerous

    def offered(self, user: Rights, entity: Entity) -> bool:
        """Whether to draw the button: the operation is allowed and the entity's state lets it."""
        return self.fits(entity) and self.operation.allowed(user, **self.asks(entity))

    def asks(self, entity: Any) -> Checked:
        """Return the fields that the permission is asked with."""
        return {**self.fields(), **(self.needs(entity) if entity is not None else {})}


class VerbPage:
    """Show and run one verb."""

    template = "entity/verb.html"
    # Where its breadcrumb leads when it is about nothing that stands yet.
    back_words = "Back to the list"

    def __init__(self, site: AdminSite, verb: Verb, reference: Callable[[Any], Any]) -> None:
        self.site = site
        self.verb = verb
        self.reference = reference

    def respond(self, request: HttpRequest, entity: Any, back: str) -> HttpResponse:
        """Answer GET with the form, POST with the operation's outcome."""
        if request.method not in ("GET", "HEAD", "POST"):
            return HttpResponse(status=405, headers={"Allow": "GET, HEAD, POST"})
        if request.method != "POST":
            if not self.verb.operation.allowed(request.user, **self.verb.asks(entity)):
                raise PermissionDenied
            form = self.verb.form(entity=entity, user=actor_of(request), given=request.GET)
            return self.show(request, form, entity, back)
        if is_kept(request):
            return self.show(request, self.verb.form(request.POST, entity=entity, user=actor_of(request)), entity, back)
        return self.answer(request, entity, back, looking=self.verb.looks and "preview" in request.POST)

    def answer(
        self, request: HttpRequest, entity: Entity, back: str, *, looking: bool, tries: int = TRIES
    ) -> HttpResponse:
        """Run the operation, or only look at what it would do; whatever is refused, what was typed stays."""
        form = self.verb.form(request.POST, entity=entity, user=actor_of(request), given=request.GET, looking=looking)
        valid = form.is_valid()
        try:
            self.verb.operation.authorise(request.user, form.arguments() if valid else self.verb.asks(entity))
            if valid and looking:
                form.check()
            elif valid:
                response = self.finish(request, entity, self.run(request, form, entity), back)
                for words in form.remarks():
                    messages.info(request, words)
                return response
        except Stale:
            if form.compares and tries:
                entity.refresh_from_db()
                return self.answer(request, as_due(entity, present()), back, looking=looking, tries=tries - 1)
            return self.show_stale(request, form, entity, back)
        except NotAllowed as refusal:
            form.deny(refusal.permission)
            return self.show(request, form, entity, back, status=refusal.status)
        except OperationRefused as refusal:
            for fault in refusal.faults:
                form.complain(fault)
        return self.show(request, form, entity, back)

    def run(self, request: HttpRequest, form: VerbForm, entity: Entity) -> Outcome:
        """Run the operation under the agent's name."""
        # What makes a request another one is what the agent filled in, not the token of the session.
        body = {name: request.POST.getlist(name) for name in request.POST if name != "csrfmiddlewaretoken"}
        return self.ordered(request, form, entity, body)

    def ordered(self, request: HttpRequest, form: VerbForm, entity: Entity, body: Any) -> Outcome:
        """Run the operation with what a valid form says; `body` is what tells its request from every other."""
        arguments = form.arguments()
        if entity is not None:
            arguments[self.verb.argument] = self.reference(entity)
        change = Change(
            actor=actor_of(request),
            channel=Channel.PORTAL,
            reason=form.cleaned_data["reason"],
            request_id=form.cleaned_data["request_id"],
            if_match=form.if_match(),
            body=body,
        )
        return self.verb.operation(change, **arguments)

    def finish(self, request: HttpRequest, entity: Entity, outcome: Outcome, back: str) -> HttpResponse:
        """Say what happened and go back to the entity."""
        messages.success(request, self.said(entity, outcome))
        return HttpResponseRedirect(back)

    def said(self, entity: Entity, outcome: Outcome) -> str:
        """Return what happened, in words: now or planned, and with how many below."""
        entity.refresh_from_db()
        when = self.verb.when(entity) if self.verb.planned else None
        words = (self.verb.planned if when else self.verb.done).format(entity=entity, when=moment(when))
        # What belongs to an entity and has no state of its own, such as a number, is not below it.
        reached = sum("state" in item["object"] for item in outcome.items) if outcome.touched > 1 else 1
        if reached > 1 and self.verb.reaches_below:
            words = f"{words.rstrip('.')}, with {reached - 1} below."
        if outcome.notice in (CONFIRMED, CANCELLED):
            words = "There was nothing left to do; it had already been decided."
        return words

    def show_stale(self, request: HttpRequest, form: VerbForm, entity: Entity, back: str) -> HttpResponse:
        """Show the form again over the fresh entity, and say who changed it."""
        data = {**form.data.dict(), "version": form.seen(), "request_id": str(uuid.uuid4())}  # type: ignore[attr-defined]
        again = self.verb.form(data, entity=entity, user=actor_of(request))
        again.is_valid()
        again.meanwhile = changed_since(entity, form.data.get("version", ""))
        again.add_error(
            None, f"{again.changed_by()} has changed it in the meantime. Check the current values, then confirm again."
        )
        return self.show(request, again, entity, back)

    def show(
        self, request: HttpRequest, form: VerbForm, entity: Entity, back: str, status: int = HTTPStatus.OK
    ) -> HttpResponse:
        """Render the page."""
        blocked = entity is not None and not self.verb.fits(entity)
        if form.is_bound:
            form.mark_errors()
        if not form.only_looks:
            form.suggest_lately(lately(actor_of(request)))
        context = {
            **self.site.each_context(request),
            "title": None,
            "verb": self.verb,
            "form": form,
            "entity": entity,
            "back": back,
            "back_words": self.back_words,
            "blocked": blocked,
            "heading": self.heading(entity),
            "foreseen": form.foreseen(),
            "preview": form.preview(),
            **self.words(entity, form.counted(), form.button()),
        }
        return TemplateResponse(request, self.template, context, status=status)

    def words(self, entity: Entity, counted: Checked | None, own: str = "") -> Checked:
        """Return what the button says, and what it says when all that is below is reached too."""
        reached = counted["reached"] if counted else 0
        button = own or self.verb.button or self.verb.label
        below = button.format(entity=f"{entity} and {reached} below") if reached else ""
        return {"counted": counted, "button": button.format(entity=entity), "button_below": below}

    def heading(self, entity: Entity) -> str:
        """Return what the page is called: `Suspend Nordwind`, `Change name of Nordwind`."""
        if not entity:
            return self.verb.label
        if self.verb.heading:
            return self.verb.heading.format(entity=entity)
        return f"{self.verb.label} of {entity}" if " " in self.verb.label else f"{self.verb.label} {entity}"
