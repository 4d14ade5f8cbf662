"""What is told of an import, in its answer, in the feed and in events: once for each batch (docs/importing.md)."""

from ocsportal.transactions.representation import tells
from ocsportal.transactions.shapes import TEXT, WHOLE, listed, mapped, record

NAME = "ImportCustomers"
TYPE = "io.ocs.pbs.core.model.ImportEx"

# Nothing of it is personal: no external ID, and digests by a key.
tells(
    TYPE,
    record(refId=TEXT, batch=WHOLE, customers=listed(TEXT), digests=listed(TEXT), made=mapped(WHOLE)),
    personal={},
)
