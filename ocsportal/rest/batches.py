"""POST /v1/casm/batch: many operations in one request, each done for itself (docs/rest.md, batches)."""

import json
import logging
from typing import Any

from django.http import HttpResponse
from rest_framework import serializers
from rest_framework.request import Request

from ocsportal.problems import problem
from ocsportal.rest import answers
from ocsportal.rest.delivery import delivered
from ocsportal.rest.errors import problem_response
from ocsportal.rest.fields import Several, StrictSerializer
from ocsportal.rest.level import example
from ocsportal.rest.several import NamedOperation, SeveralView
from ocsportal.rest.views import OperationView
from ocsportal.transactions import edition
from ocsportal.transactions.edition import OutOfDate
from ocsportal.transactions.errors import Fault, OperationRefused
from ocsportal.transactions.outage import is_outage
from ocsportal.transactions.touched import Outcome

LOG = logging.getLogger(__name__)
MOST = 1000
BUG = Fault("INTERNAL-ERROR", "", "Internal error")


class Unlooked(serializers.Field):
    """An operation of a batch, which is looked at when its turn comes: what is wrong with it is its own answer."""

    def to_internal_value(self, data: object) -> object:
        """Return it as it came."""
        return data

    def run_validation(self, data: object = serializers.empty) -> object:
        """Return it as it came, null too."""
        return data


class Batch(StrictSerializer):
    """Up to 1,000 operations, each in a database transaction of its own."""

    operations = Several(child=Unlooked(), max_length=MOST, allow_empty=False)


class DescribedBatch(StrictSerializer):
    """Up to 1,000 operations, each in a database transaction of its own, and idempotent by its own requestId."""

    operations = NamedOperation(many=True)


class BatchView(SeveralView):
    """POST does many operations, each in a database transaction of its own, and answers each for itself."""

    name, summary = "RunBatch", "Do many operations in their order, each for itself; each has an answer of its own."
    request_class, answer_class = DescribedBatch, answers.Batch
    statuses = (400, 401, 413, 415, 429, 503)
    example = {
        "operations": [
            {
                "operation": "CreateCustomer",
                "body": example("batch-1", externalId="batch-1", customerProfile="b2b", customName="Nordwind SE"),
            },
            {
                "operation": "UpdateCustomerSegment",
                "body": example("batch-2", customer={"externalId": "batch-1"}, customerSegment="vip"),
            },
        ]
    }
    validator, named = Batch(), NamedOperation()

    def post(self, request: Request) -> HttpResponse:
        """Do one operation after the other; answer with what came of each, in the same order."""
        operations = self.validator.run_validation(request.data)["operations"]
        found: list[str] = []
        for number, one in enumerate(operations):
            try:
                found.append(self._answer(request, one))
            except Exception as error:
                found += [_unanswered(error)] * (len(operations) - number if is_outage(error) else 1)
                if is_outage(error):
                    break
        return delivered(request, f'{{"items":[{",".join(found)}]}}')

    def _answer(self, request: Request, one: object) -> str:
        """Return the answer to one operation as JSON; raise what is no refusal."""
        try:
            return _done(self._outcome(request, one))
        except (OperationRefused, serializers.ValidationError, OutOfDate) as error:
            remembered = getattr(request.user, "remembered_at", None)
            if remembered is None or (not isinstance(error, OutOfDate) and edition.read() == remembered):
                return _refused(request, error)
        # It rests on memory that no longer holds: who the client is, and what it may do, is asked for anew.
        self.verifies_client = False
        request.user, request.auth = self.get_authenticators()[0].authenticate(request)
        try:
            return _done(self._outcome(request, one))
        except (OperationRefused, serializers.ValidationError) as error:
            return _refused(request, error)

    def _outcome(self, request: Request, one: object) -> Outcome:
        named = self.named.run_validation(one)
        return OperationView.known[named["operation"]]().outcome(request, named["body"])


def _done(outcome: Outcome) -> str:
    # As it is stored: to read and write it again costs more than to check the operation's body.
    told = {"Idempotent-Replay": "true"} if outcome.replayed else {}
    if outcome.notice:
        told["X-Ocs-Io-Notice"] = outcome.notice
    headers = f',"headers":{json.dumps(told)}' if told else ""
    return f'{{"status":200,"body":{outcome.answer}{headers}}}'


def _refused(request: Request, error: Exception) -> str:
    response = problem_response(error, {"request": request})
    if response is None:
        raise error
    return _item(response)


def _unanswered(error: Exception) -> str:
    """Return the answer to an operation that met an outage or a bug; the latter is logged as any other."""
    response = problem_response(error, {}) if is_outage(error) else None
    if response is None:
        LOG.error("An operation of a batch failed.", exc_info=error)
        response = problem(500, [BUG])
    return _item(response)


def _item(response: Any) -> str:
    return f'{{"status":{response.status_code},"body":{response.content.decode()}}}'
