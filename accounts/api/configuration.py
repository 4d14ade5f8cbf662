"""The accounts' kinds of configuration, as REST tells them."""

from accounts.models import AccountProfile, AccountSegment, AccountType, BillCycle, Currency
from ocsportal.rest.configuration import Kind

KINDS = (
    Kind("account-segments", AccountSegment),
    Kind("account-profiles", AccountProfile),
    Kind("account-types", AccountType),
    Kind("bill-cycles", BillCycle),
    Kind("currencies", Currency),
)
