"""GET /v1/casm/events/schemas: what events look like, type by type (docs/events.md, schemas)."""

from django.http import HttpResponse
from rest_framework.request import Request

from ocsportal.events.operations import read_business_transaction
from ocsportal.events.schemas import schemas
from ocsportal.rest import answers
from ocsportal.rest.parameters import NoParameters, parameters
from ocsportal.rest.views import ReadView


class EventSchemasView(ReadView):
    """Read the JSON Schemas of events, one for each type of object."""

    operation = read_business_transaction
    told_as = "ReadEventSchemas"
    answer_class = answers.EventSchemas

    def get(self, request: Request) -> HttpResponse:
        """Answer with all of them."""
        parameters(request, NoParameters)
        return self.answer({"items": [{"objectType": name, "schema": schema} for name, schema in schemas().items()]})
