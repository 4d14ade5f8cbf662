"""The customers' kinds of configuration, as REST tells them."""

from customers.models import CustomerProfile, CustomerSegment
from ocsportal.rest.configuration import ConfigurationKind

KINDS = (
    ConfigurationKind("customer-segments", CustomerSegment),
    ConfigurationKind("customer-profiles", CustomerProfile),
)
