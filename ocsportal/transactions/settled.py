"""Up to which instant everything that is written is there to be read: who asks from there next time misses nothing.

Rows are dated by the database after their transaction got its number, so none is dated before an open transaction
began, nor before now where none is open (docs/rest.md, lists).
"""

from datetime import datetime

from django.db import connection, models
from django.db.models import Max

from ocsportal.transactions.change import to_millisecond

# Only those that have written something have a number: a backup that reads for hours holds nothing back.
OLDEST = """
SELECT least(statement_timestamp(), min(xact_start)) FROM pg_stat_activity
WHERE datname = current_database() AND backend_xid IS NOT NULL AND pid <> pg_backend_pid()
"""


def settled_until(model: type[models.Model], since: datetime) -> datetime:
    """Return the instant before which no change of a model's rows can turn up any more, to the millisecond.

    To be asked before the rows are read. SQLite writes one after the other, so there it is the newest change, or
    `since`.
    """
    if connection.vendor == "sqlite":
        rows = model._default_manager.order_by()
        newest: datetime | None = rows.aggregate(newest=Max("changed_at"))["newest"]
        return newest or since
    with connection.cursor() as cursor:
        cursor.execute(OLDEST)
        oldest: datetime = cursor.fetchone()[0]
        return to_millisecond(oldest)
