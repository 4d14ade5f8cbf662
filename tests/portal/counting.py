"""What a page counts, the rail's numbers apart, which go no further than one counts at a glance."""

from typing import Any

from ocsportal.backoffice.menu import MOST_COUNTED


def unbounded(queries: Any) -> list[str]:
    """Return the statements that count without a bound."""
    asked = [query["sql"] for query in queries]
    return [sql for sql in asked if sql.upper().count("COUNT(") > sql.count(f"LIMIT {MOST_COUNTED + 1})")]
