"""Decide on the plans of a queue, one or many with one reason; each is decided on its own (docs/portal.md, queues).

Every row goes through its own verb, with its form, its operation and the version that was seen: one door, and one
refusal stops no other.
"""

import uuid
from collections import Counter
from dataclasses import dataclass
from datetime import datetime

from django import forms
from django.contrib import admin
from django.http import HttpRequest, QueryDict
from django.utils import timezone
from django.utils.safestring import SafeString

from ocsportal.backoffice.drawn import Drawn
from ocsportal.backoffice.forms import LOCAL_FORMAT, MomentField
from ocsportal.backoffice.templatetags.portal import moment
from ocsportal.backoffice.verbs import VerbForm, VerbPage
from ocsportal.backoffice.words import version_words
from ocsportal.care.queues.entries import Entry, Offered, Spot, named, offered, page_of
from ocsportal.care.queues.reach import WORDS, reckon
from ocsportal.entities.models import Entity
from ocsportal.entities.states import PLANS, State
from ocsportal.entities.versions import version_entries
from ocsportal.transactions.actor import Rights, actor_of
from ocsportal.transactions.errors import NotAllowed, OperationRefused, Stale
from ocsportal.transactions.given import Checked
from ocsportal.transactions.models import BusinessTransaction

# A change of it would give a form that is sent twice other request IDs than it was recorded under.
NAMESPACE = uuid.UUID("6d0e6f0a-4d5c-4d35-9f0c-0b8e7c2b8f52")
MOST_AT_ONCE = 200
LISTED = 8
LAST_REASON = "queue_reason"
# What was done, in a word, by the verb.
PAST = {
    "Confirm": "Confirmed",
    "Cancel": "Cancelled",
    "Move": "Moved",
    "Dismiss": "Dismissed",
    "Plan anew": "Planned anew",
    "Move planned bill cycle": "Moved",
    "Cancel planned bill cycle": "Cancelled",
}


class DecideForm(forms.Form):
    """One reason for all, and the date where the decision takes one."""

    valid_from = MomentField(label="To")
    subordinates = forms.BooleanField(label="Include everything below", required=False)
    reason = forms.CharField(
        label="Reason for the audit trail, one for all",
        max_length=1000,
        widget=forms.TextInput(attrs={"autocomplete": "off", "placeholder": "Why, in a few words"}),
    )
    request_id = forms.CharField(widget=forms.HiddenInput, max_length=200)

    def __init__(self, data: QueryDict | None, *, dated: bool, reaches: bool, initial: Drawn) -> None:
        super().__init__(data, initial=initial, label_suffix="")
        if not dated:
            del self.fields["valid_from"]
        if not reaches:
            del self.fields["subordinates"]
        for field in self.visible_fields():
            if field.errors:
                field.field.widget.attrs |= {"aria-invalid": "true", "autofocus": True}


@dataclass
class Ticked:
    """One row to decide on: its entry, and what may be decided there; None where that is not offered (any more)."""

    spot: Spot
    entry: Entry
    seen: str
    offered: Offered | None


@dataclass
class Decided:
    """What came of a row: the entry as it was, whether it was done, and in words what happened or what is in the way."""

    entry: Entry
    done: bool
    words: str
    label: str = "Not done"


@dataclass
class Choice:
    """What somebody is about to decide: which word, about which rows."""

    slug: str
    rows: list[Ticked]

    @property
    def able(self) -> list[Ticked]:
        """The rows on which it may be decided."""
        return [row for row in self.rows if row.offered is not None]

    @property
    def word(self) -> str:
        """The decision in a word."""
        return next((row.offered.decision.word for row in self.able if row.offered), self.slug.capitalize())

    @property
    def dated(self) -> bool:
        """Whether it takes a date."""
        return any(row.offered.decision.dated for row in self.able if row.offered)

    @property
    def reaches(self) -> bool:
        """Whether it may be asked to take along what is below."""
        return any(row.offered.decision.reaches and row.entry.entity.subordinates for row in self.able if row.offered)

    @property
    def dangerous(self) -> bool:
        """Whether it ends something for good."""
        ends = any(row.entry.becomes == State.DEACTIVATED for row in self.able)
        return ends and self.slug in ("confirm", "try-again")


def order_of(request: HttpRequest, name: str, at: datetime) -> Choice | None:
    """Return what a form asks to decide; None when it names nothing."""
    one, _, value = request.POST.get("one", "").partition(" ")
    slug, values = (one, [value]) if value else (request.POST.get("decide", ""), request.POST.getlist("row"))
    rows = [
        _row(spot, entity, seen, slug, at, request.user)
        for spot, entity, seen in named(list(dict.fromkeys(values))[:MOST_AT_ONCE], [name], request.user)
    ]
    reckon([row.entry for row in rows])
    return Choice(slug, rows) if rows and slug else None


def _row(spot: Spot, entity: Entity, seen: str, slug: str, at: datetime, user: Rights) -> Ticked:
    entry = spot.entry(entity, at, user) if getattr(entity, spot.kind.instant) else _bare(spot, entity, at)
    offers = offered(spot.waiting, entity, user) if spot.waiting.holds(entity) else ()
    return Ticked(spot, entry, f"{entity.ref_id}-{seen}", next((one for one in offers if one.slug == slug), None))


def _bare(spot: Spot, entity: Entity, at: datetime) -> Entry:
    """Return the entry of a row whose plan is gone."""
    address = page_of(spot.model).address(entity)
    return Entry(entity, str(entity._meta.verbose_name), address, SafeString(), "", "", at, "", spot.where)


def left(request: HttpRequest, order: Choice) -> list[Decided]:
    """Return why nothing can be decided on any of the rows."""
    return [_not_offered(request, row, request.POST.get("request_id", "")) for row in order.rows]


def _not_offered(request: HttpRequest, row: Ticked, request_id: str) -> Decided:
    # Sent twice, it is done once and answered twice.
    entity = row.entry.entity
    own = BusinessTransaction.objects.filter(actor_id=request.user.pk, request_id=_own_id(request_id, row))
    if request_id and own.exists():
        return Decided(row.entry, True, f"{entity} had been decided by you.", "Done")
    return Decided(row.entry, False, _overtaken(entity) or "This can't be decided here.")


def _own_id(request_id: str, row: Ticked) -> str:
    return str(uuid.uuid5(NAMESPACE, f"{request_id} {row.entry.key}"))


def form_of(order: Choice, data: QueryDict | None, reason: str = "") -> DecideForm:
    """Return the form of what is to be decided, with the reason that was given last."""
    initial = {"reason": reason, "request_id": str(uuid.uuid4())}
    return DecideForm(data, dated=order.dated, reaches=order.reaches, initial=initial)


def summed(order: Choice) -> Drawn:
    """Return what the rows add up to: `11 deactivations, 1 suspension`, what they reach, and mostly whose it is."""
    able = [row.entry for row in order.able]
    states = Counter(entry.becomes for entry in able if entry.becomes)
    others = len(able) - sum(states.values())
    told = [_plural(number, PLANS[State(state)].lower()) for state, number in states.most_common()]
    told += [_plural(others, "bill cycle")] if others else []
    reached: Counter[str] = Counter()
    for entry in able:
        reached.update(entry.reach or {})
    if len(reached) > 1:
        del reached["account"]  # They say little beside whom they are for.
    largest = max(able, key=lambda entry: sum((entry.reach or {}).values()), default=None)
    return {
        "told": ", ".join(told),
        "reached": " and ".join(f"{number:,} {WORDS[level][number != 1]}" for level, number in reached.items()),
        "mostly": largest.top if largest and len(able) > 1 and reached else "",
        "listed": able[:LISTED],
        "further": max(0, len(able) - LISTED),
        "left_out": len(order.rows) - len(able),
    }


def _plural(number: int, word: str) -> str:
    return f"{number} {word}{'s' if number != 1 else ''}"


def carried_out(request: HttpRequest, order: Choice, form: DecideForm) -> list[Decided]:
    """Decide on every row, each on its own, under the agent's name and one reason; return what came of each."""
    return [_decided(request, row, form.cleaned_data) for row in order.rows]


def _decided(request: HttpRequest, row: Ticked, given: Checked) -> Decided:
    entity = row.entry.entity
    if row.offered is None:
        return _not_offered(request, row, given["request_id"])
    page = page_of(row.spot.model)
    verb = row.offered.verb
    at = given.get("valid_from")
    data = {
        "reason": given["reason"],
        "request_id": _own_id(given["request_id"], row),
        "version": row.seen,
        "valid_from": f"{timezone.localtime(at):{LOCAL_FORMAT}}" if at else "",
        "subordinates": "on" if given.get("subordinates") or entity.plan_subordinates else "",
    }
    doing = VerbPage(admin.site, verb, page.reference)
    form = verb.form(data, entity=entity, user=actor_of(request))
    if not form.is_valid():
        return Decided(row.entry, False, _faults(form))
    return _done(request, row.entry, doing, form, data)


def _done(request: HttpRequest, entry: Entry, doing: VerbPage, form: VerbForm, data: dict[str, str]) -> Decided:
    entity = entry.entity
    try:
        outcome = doing.ordered(request, form, entity, {"decided": [data["valid_from"], data["subordinates"]]})
    except Stale:
        return Decided(entry, False, _overtaken(entity) or "Somebody else changed it. Look again, then decide.")
    except NotAllowed as refusal:
        form.deny(refusal.permission)
    except OperationRefused as refusal:
        for fault in refusal.faults:
            form.complain(fault)
    else:
        words = doing.said(entity, outcome)
        return Decided(entry, True, _told(entry, words, outcome.touched - 1), PAST.get(doing.verb.label, "Done"))
    return Decided(entry, False, _faults(form))


def _told(entry: Entry, words: str, below: int) -> str:
    """Return what has become of an entity by a decision on its plan, as a sentence about it."""
    entity = entry.entity
    if not entry.becomes:
        return words
    state = State(entry.becomes).label.lower()
    if entity.has_plan:
        return f"{entity} will be {state} {moment(entity.plan_valid_from)}."
    if entity.state != entry.becomes:
        return words if entity.plan_status == "" else f"{entity} stays {State(entity.state).label.lower()}."
    reached = f", with {below} below" if below > 0 else ""
    return f"{entity} is {state} since {moment(entity.state_valid_from)}{reached}."


def _faults(form: forms.Form) -> str:
    return " ".join(str(error) for errors in form.errors.values() for error in errors)


def _overtaken(entity: Entity) -> str:
    """Return who was faster, in words: `Maria Kraus was faster: plan cancelled, today 10:41.`"""
    for entry in version_entries(entity, 1, told_by="name"):
        words = version_words(entry.operation, entry.changes)
        words = words[:1].lower() + words[1:]
        return f"{entry.actor or 'Somebody'} was faster: {words}, {moment(entry.at)}."
    return ""
