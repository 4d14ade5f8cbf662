"""Ask for resources by what somebody wrote: a value is found however it is spelled (docs/values.md)."""

from django.db.models import Q

from ocsportal.values.kinds import readings
from ocsportal.values.reading import STRICT, Reading


def has_value(text: str, reading: Reading = STRICT, path: str = "") -> Q:
    """Return the condition that a resource has the value that a text means, as its type's kind understands it.

    `path` leads from what is asked for to its resources and ends with two underscores. A value from before its type had
    a kind is found as it stands.
    """
    wanted = Q(**{f"{path}value": text})
    meant = {kind: value for kind, value in readings(text, reading).items() if value != text}
    for kind, value in meant.items():
        wanted |= Q(**{f"{path}value": value, f"{path}resource_type__kind": kind})
    # All values side by side, for the index: the kinds alone would lead through a join.
    return wanted & Q(**{f"{path}value__in": sorted({text, *meant.values()})}) if meant else wanted
