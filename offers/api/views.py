"""The reads of subscriptions, and the view that takes attributes as fields."""

from typing import ClassVar

from accounts.models import Account
from customers.models import Customer
from ocsportal.entities.models import Entity
from ocsportal.entities.versions import Moment
from ocsportal.rest.entities import below, part
from ocsportal.rest.views import OperationView
from ocsportal.transactions.given import Checked
from offers.models import Subscription
from subscribers.models import Subscriber


class SpecialView(OperationView):
    """An operation whose offer's attributes are fields of the body."""

    names: ClassVar[frozenset[str]] = frozenset()

    def arguments(self, body: Checked) -> Checked:
        """Return the operation's arguments, the attributes by their own names in one of them."""
        given = {name: value for name, value in body.items() if name in self.names and value is not None}
        rest = {name: value for name, value in body.items() if name not in self.names}
        return {**super().arguments(rest), "attributes": given}


def offers_of(owner: Entity, moment: Moment | None) -> list[dict[str, object]]:
    """Return every subscription of an owner, in the order they were made."""
    return below(Subscription, {f"{owner._meta.model_name}_id": owner.pk}, moment)


for level in (Customer, Account, Subscriber):
    part(level, "offers")(offers_of)
