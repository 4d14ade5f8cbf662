"""People, groups and API clients in the back office, for administrators; the admin looks for them here."""

from ocsportal.people.admin import groups, keys, persons

__all__ = ["groups", "keys", "persons"]
