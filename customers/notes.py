"""Notes on customers: written, seen by the next agent, closed (docs/customers.md, notes)."""

from datetime import datetime

from django.db.models import Q, QuerySet

from customers.models import Customer, CustomerNote
from ocsportal.entities.identity import Ref
from ocsportal.entities.life.locking import by_reference, hold
from ocsportal.entities.store.reading import not_found
from ocsportal.entities.store.writing import insert, update
from ocsportal.transactions.change import Change, to_millisecond
from ocsportal.transactions.errors import OperationRefused, Stale, invalid, malformed
from ocsportal.transactions.groups import AGENTS
from ocsportal.transactions.operation import Touched, operation
from ocsportal.values.reading import STRICT, Refusal
from ocsportal.values.texts import lines_of_length

MAX_TEXT = 2000
TEXT = lines_of_length(MAX_TEXT)
# On a page, and to close there; older ones are read over REST.
MOST_RECENT = 20
ALREADY_CLOSED = "NOTE-ALREADY-CLOSED"


@operation("CreateCustomerNote", Customer, groups=AGENTS, deed="Note written")
def create_customer_note(
    change: Change, *, customer: Ref, text: str, alert: bool | None = None, until: datetime | None = None
) -> Touched:
    """Write a note on a customer for whoever serves it next; an alert stands on top of every page below, too."""
    if change.if_match is not None:
        raise Stale
    try:
        text = TEXT.canonical(text, STRICT)
    except Refusal as refusal:
        raise invalid([malformed("text", refusal.message)]) from refusal
    if until is not None and to_millisecond(until) <= change.at:
        raise invalid([malformed("until", "Must be in the future.")])
    note = CustomerNote(
        customer=hold(change, Customer, customer, "customer"),
        text=text,
        alert=bool(alert),
        until=to_millisecond(until) if until else None,
        created_at=change.at,
        created_by=_author(change),
    )
    insert(note)
    return Touched([note])


@operation("CloseCustomerNote", Customer, groups=AGENTS, deed="Note closed")
def close_customer_note(change: Change, *, customer: Ref, note: str) -> Touched:
    """Close a note on a customer, whatever state the customer is in; one that is closed already stays as it is.

    ENTITY-NOT-FOUND when the customer has no such note.
    """
    owner = by_reference(Customer.objects.all(), customer).first()
    if owner is None:
        raise not_found(Customer, customer, "customer")
    found = CustomerNote.objects.select_for_update().filter(customer=owner, ref_id=note).first()
    if found is None:
        raise OperationRefused("ENTITY-NOT-FOUND", f"The customer has no note {note!r}.", "note")
    found.customer = owner
    if change.if_match is not None and not {"*", found.etag} & change.if_match:
        raise Stale
    if found.closed_at is not None:
        return Touched([found], notice=ALREADY_CLOSED)
    found.closed_at, found.closed_by = change.at, _author(change)
    found.version += 1
    update(found, "closed_at", "closed_by", "version")
    return Touched([found])


def _author(change: Change) -> str:
    """Return whose note it is: whom a client acts for, else the user."""
    return (change.on_behalf_of or change.actor.display_name)[:150]


def notes_of(customer: Customer) -> QuerySet[CustomerNote]:
    """Return a customer's notes, the newest first."""
    return CustomerNote.objects.filter(customer=customer).select_related("customer").order_by("-pk")


def recent(customer: Customer) -> list[CustomerNote]:
    """Return the newest notes of a customer, asked for once for each page."""
    known: list[CustomerNote] | None = customer.__dict__.get("_recent_notes")
    if known is None:
        known = customer.__dict__["_recent_notes"] = list(notes_of(customer)[:MOST_RECENT])
    return known


def alerts(customer: Customer, at: datetime) -> list[CustomerNote]:
    """Return the alerts of a customer that are neither closed nor over, the oldest first."""
    known: list[CustomerNote] | None = customer.__dict__.get("_recent_notes")
    if known is not None and len(known) < MOST_RECENT:
        # All there are: the page has asked for them already.
        return [note for note in reversed(known) if note.alert and note.is_open(at)]
    still = Q(until=None) | Q(until__gt=at)
    return list(CustomerNote.objects.filter(still, customer=customer.pk, alert=True, closed_at=None).order_by("pk"))
