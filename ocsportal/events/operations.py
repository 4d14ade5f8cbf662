"""What follows the journal over REST needs one permission, of whoever may read all that happened."""

from ocsportal.transactions.groups import AUDITOR, BACK_OFFICE, CRM
from ocsportal.transactions.models import BusinessTransaction
from ocsportal.transactions.operation import read_operation

read_business_transaction = read_operation(
    "ReadBusinessTransaction",
    BusinessTransaction,
    "Read what happened, and who did it and why.",
    groups=(BACK_OFFICE, AUDITOR, CRM),
)
