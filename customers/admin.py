"""Customers in the back office: list, page, verbs, configuration."""

from django.contrib import admin
from django.db.models import Q, QuerySet
from django.http import HttpRequest
from django.urls import reverse

from customers import erasing, forms, notes, operations
from customers.contact import WIRE_NAMES, shown
from customers.models import Customer, CustomerProfile, CustomerSegment
from ocsportal.backoffice import alerts
from ocsportal.backoffice.drawn import Drawn, Fact, Section
from ocsportal.backoffice.editing import common_parts, edit_verb
from ocsportal.backoffice.entity import EntityAdmin
from ocsportal.backoffice.links import address_of
from ocsportal.backoffice.moving_out import move_out_verb
from ocsportal.backoffice.reading import portal_reading
from ocsportal.backoffice.state_verbs import level_verbs
from ocsportal.backoffice.templatetags.portal import day, moment
from ocsportal.backoffice.tracked import ConfigurationAdmin
from ocsportal.backoffice.verbs import Verb
from ocsportal.entities.models import Entity
from ocsportal.transactions.actor import Rights
from ocsportal.transactions.change import present
from ocsportal.values.emails import EMAIL
from ocsportal.values.phones import PHONE

NOTE = Verb(
    slug="note",
    label="New note",
    operation=notes.create_customer_note,
    form=forms.NoteForm,
    argument="customer",
    done="The note was written.",
    button="Write the note",
    when=lambda customer: None,
)
CLOSE_NOTE = Verb(
    slug="close-note",
    label="Close note",
    operation=notes.close_customer_note,
    form=forms.CloseNoteForm,
    argument="customer",
    done="The note was closed.",
    fits=lambda customer: any(note.is_open(present()) for note in notes.recent(customer)),
    when=lambda customer: None,
)

EDIT = edit_verb(
    operations.level,
    *common_parts(operations.level, forms.contact_part()),
    pairs=("custom_name", "customer_segment", *forms.CONTACT_PAIRS),
)

ERASE = Verb(
    slug="erase",
    label="Erase",
    operation=erasing.erase_customer,
    form=forms.EraseForm,
    argument="customer",
    done="Everything personal of {entity} was erased.",
    button="Erase for good",
    explains="Contact, names, attributes, numbers, notes and reasons are removed, here and below, from earlier versions too. "
    "This can't be undone.",
    fits=lambda customer: customer.is_deactivated and customer.erased_at is None,
    when=lambda customer: None,
    dangerous=True,
    reaches_below=False,
)


@alerts.SOURCES.enter
def note_alerts(customer: Entity, user: Rights) -> list[alerts.Alert]:
    """Return the alerts among a customer's notes, for who may read customers."""
    if not isinstance(customer, Customer) or not operations.read_customer.allowed(user):
        return []
    address = address_of(customer)
    closes = notes.close_customer_note.allowed(user)
    verb = reverse("admin:customers_customer_verb", args=[customer.pk, CLOSE_NOTE.slug])
    return [
        alerts.Alert(
            note.text,
            note.created_by,
            note.created_at,
            note.until,
            f"{address}#notes",
            f"{verb}?note={note.ref_id}" if closes else "",
        )
        for note in notes.alerts(customer, present())
    ]


@admin.register(Customer)
class CustomerAdmin(EntityAdmin[Customer]):
    """Customers."""

    read = operations.read_customer
    list_display = ("__str__", "state_badge", "why_since", "segment", "reach", "external")
    list_filter = ("state", "segment", "test_customer")
    search_fields = ("custom_name", "contact_name", "contact_email", "contact_phone")
    create = Verb(
        slug="add",
        label="New customer",
        operation=operations.create_customer,
        form=forms.CreateCustomerForm,
        argument="",
        done="The customer was created.",
        button="Create the customer",
    )
    verbs = level_verbs(
        operations.level,
        Verb(
            slug="contact",
            label="Change contact",
            operation=operations.update_customer_contact,
            form=forms.ContactForm,
            argument="customer",
            done="The contact was changed.",
        ),
        EDIT,
        move_out_verb(operations.level),
        NOTE,
        CLOSE_NOTE,
        ERASE,
    )

    @admin.display(description="reached at")
    def reach(self, customer: Customer) -> str:
        """Return how the customer is reached."""
        return shown(customer, "phone") or shown(customer, "email") or "–"

    def searched(self, queryset: QuerySet[Customer], term: str) -> QuerySet[Customer]:
        """Find by a part of a name or of the contact, and by a whole phone number, however they are written."""
        wanted = self.named(term)
        if address := EMAIL.canonical_or_none(term, portal_reading()):
            wanted |= Q(contact_email__iexact=address)
        if number := PHONE.canonical_or_none(term, portal_reading()):
            wanted |= Q(contact_phone=number)
        return queryset.filter(wanted)

    def below(self, request: HttpRequest, entity: Customer) -> list[Drawn]:
        """Return the notes, and what hangs on the customer."""
        return [*super().below(request, entity), self.notes_part(request, entity)]

    def notes_part(self, request: HttpRequest, customer: Customer) -> Drawn:
        """Return the newest notes as a part of the page, the open ones first."""
        at = present()
        rows = [{"note": note, "open": note.is_open(at)} for note in notes.recent(customer)]
        writes = NOTE.offered(request.user, customer)
        return {
            "title": "Notes",
            "template": "customers/notes.html",
            "rows": sorted(rows, key=lambda row: not row["open"]),
            "add": self.verb_address(customer, NOTE) if writes else "",
            "add_words": NOTE.label,
            "close": self.verb_address(customer, CLOSE_NOTE) if CLOSE_NOTE.offered(request.user, customer) else "",
        }

    def facts(self, customer: Customer) -> list[Fact]:
        """Return contact, segment and dates in a glance."""
        reach = " · ".join(part for part in (shown(customer, "email"), shown(customer, "phone")) if part)
        contact = (customer.contact_name or "–", reach or "no e-mail, no phone")
        if customer.erased_at:
            contact = ("erased", day(customer.erased_at))
        return [
            ("Contact", *contact),
            (
                "Segment",
                str(customer.segment or "–"),
                f"customer since {day(customer.created_at)}, last change {moment(customer.changed_at)}",
            ),
        ]

    def parts(self, customer: Customer) -> list[Section]:
        """Return the contact and the attributes in full."""
        contact = [
            (forms.LABELS[name], shown(customer, name)) for name in WIRE_NAMES if getattr(customer, f"contact_{name}")
        ]
        kind = [("Profile", str(customer.profile or "")), ("Segment", str(customer.segment or ""))]
        if customer.erased_at:
            return [("Customer", kind)]  # What stands on top of the page says why.
        return [("Contact", contact), ("Customer", kind), ("Attributes", list(customer.custom_attributes.items()))]


@admin.register(CustomerSegment)
class CustomerSegmentAdmin(ConfigurationAdmin):
    """Customer segments."""


@admin.register(CustomerProfile)
class CustomerProfileAdmin(ConfigurationAdmin):
    """Customer profiles."""

    list_display = ("name", "code", "segment", "state", "state_reason")
    list_select_related = ("segment", "state_reason")
