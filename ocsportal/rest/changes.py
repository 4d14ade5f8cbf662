"""GET /v1/casm/changes: whatever happened after a position, in order, each with who and why (docs/events.md, the feed)."""

import time
from typing import Any

from django.http import HttpResponse
from rest_framework import serializers
from rest_framework.request import Request

from ocsportal.entities.identity import Ref
from ocsportal.entities.store.reading import fetch_all, named, not_found
from ocsportal.entities.values import few, nearest
from ocsportal.events import feed
from ocsportal.events.operations import read_business_transaction
from ocsportal.events.told import kinds
from ocsportal.events.watching import WATCH
from ocsportal.rest import answers
from ocsportal.rest.fields import ExternalId, StrictSerializer, Text
from ocsportal.rest.parameters import DEFAULT_ITEMS, MOST_ITEMS, parameters
from ocsportal.rest.views import ReadView
from ocsportal.transactions.given import Checked
from ocsportal.transactions.history import tracked_models

LONGEST_WAIT = 30
MOST_TYPES = 20


def entity_names() -> dict[str, str]:
    """Return the objectTypes by what a client calls them: `offerSubscription` of `io.ocs.pbs.core.model.OfferSubscriptionEx`."""
    found = {}
    for name in kinds():
        word = name.rsplit(".", 1)[-1].removesuffix("Ex")
        found[word[:1].lower() + word[1:]] = name
    return found


class EntityNames(Text):
    """Names of entities, separated by commas."""

    def run_validation(self, data: object = serializers.empty) -> object:
        """Return their objectTypes; refuse a name that is none, with those that are most like it."""
        known = entity_names()
        names = [name.strip() for name in super().run_validation(data).split(",")]
        if len(names) > MOST_TYPES:
            raise serializers.ValidationError(f"Has {len(names)} values; at most {MOST_TYPES} are allowed.")
        for name in names:
            if name not in known:
                like = nearest(name, sorted(known))
                raise serializers.ValidationError(f"No entity is called {name!r}. Known: {few(like)}.")
        return frozenset(known[name] for name in names)


class OfCustomer(StrictSerializer):
    """The parameters that name a customer."""

    customer = Text(required=False, help_text="The refId of a customer: what happened in its tree only.")
    customerExternalId = ExternalId(required=False, help_text="The external ID of a customer, in place of its refId.")

    @staticmethod
    def key(found: Checked) -> int | None:
        """Return the customer's key, None where none is named; raise ENTITY-NOT-FOUND."""
        ref = Ref(found.get("customer"), found.get("customerExternalId"))
        if ref == Ref():
            return None
        top: Any = next(model for model in tracked_models() if model.tree_top)
        rows = fetch_all(top, named(ref))
        if not rows:
            raise not_found(top, ref, "customer" if ref.ref_id else "customerExternalId")
        return int(rows[0].pk)


class ChangesParameters(OfCustomer):
    """The parameters of the feed."""

    after = serializers.IntegerField(
        min_value=0,
        max_value=2**63 - 1,
        required=False,
        default=0,
        help_text="nextAfter of the page before; 0 begins at the beginning.",
    )
    limit = serializers.IntegerField(min_value=1, max_value=MOST_ITEMS, required=False, default=DEFAULT_ITEMS)
    wait = serializers.IntegerField(
        min_value=0, max_value=LONGEST_WAIT, required=False, default=0,
        help_text="Seconds to wait for something to happen, where nothing has.",
    )  # fmt: skip
    entity = EntityNames(max_length=1000, required=False, help_text="Changes of these only, such as customer,account.")


class ChangesView(ReadView):
    """Read what happened after a position, in the order of commits; wait for it where nothing has."""

    operation = read_business_transaction
    told_as = "ReadChanges"
    parameter_class = ChangesParameters
    answer_class = answers.Changes
    statuses = (400, 401, 403, 404, 410, 429, 503)
    # Until when it waits, should it begin anew.
    until = 0.0

    def get(self, request: Request) -> HttpResponse:
        """Answer with a page, which is empty where nothing happened in time."""
        found = parameters(request, ChangesParameters)
        asked = feed.FeedQuery(found["limit"], OfCustomer.key(found), found.get("entity", ()))
        self.until = self.until or time.monotonic() + found["wait"]
        page, waits = feed.page(found["after"], asked), True
        while not page.items and waits and (left := self.until - time.monotonic()) > 0:
            if page.next_after >= page.latest:
                waits = WATCH.beyond(page.latest, left) is not None
            page = feed.page(page.next_after, asked)
        told = {"items": page.items, "nextAfter": page.next_after, "latest": page.latest}
        response = self.answer(told)
        if not waits:
            response["Retry-After"] = "1"
        return response
