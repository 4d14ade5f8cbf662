"""The read of customers' notes; all others are declared in urls.py."""

from django.http import HttpResponse
from rest_framework.request import Request

from customers import operations, queries
from customers.api.serializers import NotesParameters
from customers.notes import notes_of
from ocsportal.rest.paging import page
from ocsportal.rest.parameters import parameters, reference
from ocsportal.rest.views import ReadView
from ocsportal.transactions.representation import represent


class CustomerNotesView(ReadView):
    """Read a customer's notes, open and closed, the newest first."""

    operation = operations.read_customer
    told_as = "ReadCustomerNotes"
    parameter_class = NotesParameters

    def get(self, request: Request) -> HttpResponse:
        """Answer with one page."""
        found = parameters(request, NotesParameters)
        customer = queries.customer(reference(found))
        rows, following = page(notes_of(customer), ("pk", "-"), found.get("cursor"), found["limit"], of=customer.pk)
        return self.answer({"items": [represent(row) for row in rows], "nextCursor": following})
