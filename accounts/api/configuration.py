"""The accounts' kinds of configuration, as REST tells them."""

from accounts.models import AccountProfile, AccountSegment, AccountType, BillCycle, Currency
from ocsportal.rest.configuration import ConfigurationKind

KINDS = (
    ConfigurationKind("account-segments", AccountSegment),
    ConfigurationKind("account-profiles", AccountProfile),
    ConfigurationKind("account-types", AccountType),
    ConfigurationKind("bill-cycles", BillCycle),
    ConfigurationKind("currencies", Currency),
)
