"""The operations that subscribers share with every level."""

from ocsportal.entities import shared
from ocsportal.transactions.constraints import name_constraint
from ocsportal.transactions.errors import Fault
from subscribers.models import Subscriber, SubscriberSegment

name_constraint(
    "subscribers_subscriber_external_id_key",
    Fault("EXTERNAL-ID-NOT-UNIQUE", "externalId", "Another subscriber has this external ID."),
    sqlite="subscribers_subscriber.external_id",
)

level = shared.Level(Subscriber, "subscriber", segments=SubscriberSegment)
