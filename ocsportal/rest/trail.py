"""GET /v1/casm/transactions: who did what, when and why (docs/audit.md, over REST)."""

import base64
import json
from datetime import UTC, datetime
from typing import Any
from zlib import crc32

from django.db import connection
from django.http import HttpResponse
from rest_framework import serializers
from rest_framework.request import Request

from ocsportal.entities.values import few, nearest
from ocsportal.events import trail
from ocsportal.events.operations import read_business_transaction
from ocsportal.rest import answers
from ocsportal.rest.changes import OfCustomer
from ocsportal.rest.fields import Text, parse_instant
from ocsportal.rest.parameters import Page, QueryInstant, parameters
from ocsportal.rest.views import ReadView
from ocsportal.transactions.errors import OperationRefused
from ocsportal.transactions.models import Channel

WORDS = {
    "transactionId": "Of this transactionId: the steps of one case.",
    "requestId": "Of this requestId.",
    "actor": "By whom, as the answers name the actor.",
    "onBehalfOf": "For whom, as it was sent.",
    "operation": "Of this operation, such as UpdateAccountTaxExemption.",
    "field": "That changed this field, as histories name it: customName, contact.city, state.",
    "reason": "Whose reason contains this, capitals or not.",
}


class ChannelName(Text):
    """One of the channels."""

    def run_validation(self, data: object = serializers.empty) -> object:
        """Return the channel; refuse another word, with those that are known."""
        name = super().run_validation(data)
        if name not in Channel.values:
            raise serializers.ValidationError(f"Is no channel. Known: {few(nearest(name, Channel.values))}.")
        return name


class TransactionsParameters(OfCustomer, Page):
    """The parameters of the trail."""

    channel = ChannelName(max_length=60, required=False, help_text="By this way: PORTAL, REST, SCHEDULE or IMPORT.")

    def get_fields(self) -> dict[str, serializers.Field]:
        """Return the fields, of which some have names that Python keeps for itself."""
        moments = {
            "from": QueryInstant(required=False, help_text="What was ordered at this instant or later."),
            "to": QueryInstant(required=False, help_text="What was ordered before this instant."),
        }
        longest = {"reason": 1000}
        texts = {
            name: Text(max_length=longest.get(name, 255), required=False, help_text=words)
            for name, words in WORDS.items()
        }
        return {**super().get_fields(), **texts, **moments}


class TransactionsView(ReadView):
    """List Business Transactions, newest first: who did what, when, for whom and why."""

    operation = read_business_transaction
    told_as = "ListBusinessTransactions"
    parameter_class = TransactionsParameters
    answer_class = answers.BusinessTransactions

    def get(self, request: Request) -> HttpResponse:
        """Answer with a page, which may be short or empty before the end."""
        found = parameters(request, TransactionsParameters)
        if "from" in found and "to" in found and found["to"] <= found["from"]:
            raise OperationRefused("REQUEST-VALIDATION", "Has to lie after from.", "to")
        asked = trail.TrailQuery(
            transaction_id=found.get("transactionId", ""),
            request_id=found.get("requestId", ""),
            customer=OfCustomer.key(found),
            actor=found.get("actor", ""),
            on_behalf_of=found.get("onBehalfOf", ""),
            operation=found.get("operation", ""),
            channel=found.get("channel", ""),
            field=found.get("field", ""),
            since=found.get("from"),
            until=found.get("to"),
            reason=found.get("reason", ""),
        )
        of = crc32(repr(asked).encode())
        before = _key(found["cursor"], trail.order(asked), of) if "cursor" in found else None
        items, end = trail.page(asked, before, found["limit"])
        return self.answer({"items": items, "nextCursor": None if end is None else _cursor(end, of)})


class TransactionParameters(Page):
    """The parameters of one Business Transaction."""

    refId = Text(help_text="Its refId in lists, which the ids of its events begin with.")


class TransactionView(ReadView):
    """Read one Business Transaction with its items, each with what it changed; some at a time where they are many."""

    operation = read_business_transaction
    parameter_class = TransactionParameters
    answer_class = answers.BusinessTransaction

    def get(self, request: Request) -> HttpResponse:
        """Answer with the Business Transaction."""
        found = parameters(request, TransactionParameters)
        cursor: str = found.get("cursor", "0")
        if not cursor.isascii() or not cursor.isdigit() or len(cursor) > 9:
            raise OperationRefused("REQUEST-VALIDATION", "Is no cursor of these items; start without one.", "cursor")
        told = trail.one(found["refId"], int(cursor), found["limit"])
        if told is None:
            words = f"There is no business transaction with refId {found['refId']!r}."
            raise OperationRefused("ENTITY-NOT-FOUND", words, "refId")
        body, following = told
        return self.answer({**body, "nextCursor": None if following is None else str(following)})


def _cursor(key: trail.Key, of: int) -> str:
    values = [_instant(value).isoformat() if isinstance(value, datetime) else value for value in key]
    return base64.urlsafe_b64encode(json.dumps([of, *values]).encode()).decode().rstrip("=")


def _instant(value: datetime) -> datetime:
    """Return an instant with its offset, which SQLite keeps in UTC and without one."""
    return value if value.tzinfo else value.replace(tzinfo=UTC)


def _key(cursor: str, order: tuple[str, ...], of: int) -> trail.Key:
    """Return the key that a cursor stands for; raise REQUEST-VALIDATION for what is no cursor of this very list."""
    try:
        about, *values = json.loads(base64.urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4)))
        if about != of or len(values) != len(order):
            raise ValueError
        return tuple(_value(column, value) for column, value in zip(order, values, strict=True))
    except Exception as error:
        words = "Not a cursor of this list with these filters; start without one."
        raise OperationRefused("REQUEST-VALIDATION", words, "cursor") from error


def _value(column: str, value: Any) -> Any:
    if column == "b.at":
        parse_instant(value)  # only to refuse what is no instant: it would cut the microseconds
        return connection.ops.adapt_datetimefield_value(datetime.fromisoformat(value))
    if type(value) is not int or not 0 < value < 2**63:
        raise ValueError
    return value
