"""Every write that the portal's users may do has its page, from which it goes into the audit trail under its own name."""

import pytest
from django.contrib import admin

from ocsportal.backoffice.entity import EntityAdmin
from ocsportal.backoffice.words import operation_words
from ocsportal.people.groups import BACK_OFFICE, CARE
from ocsportal.people.models import User
from ocsportal.transactions.operation import OPERATIONS, Operation
from offers.forms.subscribing import operation_for
from offers.models import Offer
from offers.models.subscriptions import OWNERS
from tests.conftest import make_user
from tests.portal.catalogue import make_offer

# Several fields in one request: in the browser each of them has its own verb, by which it is done.
COMBINED = {
    "UpdateCustomer": {"ExternalId", "CustomName", "CustomAttributes", "Segment", "Contact"},
    "UpdateAccount": {"ExternalId", "CustomName", "CustomAttributes", "Segment", "Preferences"},
    "UpdateSubscriber": {"ExternalId", "CustomName", "CustomAttributes", "Segment"},
    "UpdateSubscription": {"ExternalId", "CustomName", "CustomAttributes"},
}


def pages() -> set[str]:
    """Return the operations that have a verb page, the forms that make something included."""
    make_offer("several", "BALANCE", "MONETARY_BALANCE", individual=True)
    levels = [page for page in admin.site._registry.values() if isinstance(page, EntityAdmin)]
    assert len(levels) == 5
    verbs = [verb for page in levels for verb in (*page.verbs, page.create) if verb is not None]
    subscribing = [operation_for(offer, kind) for offer in Offer.objects.all() for kind in OWNERS]
    # A macro has no operation of its own.
    own = [verb.operation for verb in verbs if isinstance(verb.operation, Operation)]
    return {operation.name for operation in [*own, *subscribing]}


@pytest.mark.django_db
@pytest.mark.parametrize("group", [CARE, BACK_OFFICE])
def test_each_that_an_agent_may_do_has_its_page(group: str) -> None:
    agent: User = make_user("agent", group)
    mine = {name for name, entry in OPERATIONS.items() if not entry.is_read and entry.allowed(agent)}
    shown = pages()
    assert mine - shown == (set(COMBINED) if group == BACK_OFFICE else set())
    assert {f"{name}{field}" for name, fields in COMBINED.items() for field in fields} <= shown
    # Each is called in the audit trail by what it is, and no two are called the same.
    assert len({operation_words(name) for name in OPERATIONS}) == len(OPERATIONS)
