"""The customers' kinds of configuration, as REST tells them."""

from customers.models import CustomerProfile, CustomerSegment
from ocsportal.rest.configuration import Kind

KINDS = (
    Kind("customer-segments", CustomerSegment),
    Kind("customer-profiles", CustomerProfile),
)
