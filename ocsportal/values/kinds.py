"""The kinds that a resource type may say its values are of, by name."""

from collections.abc import Mapping

from ocsportal.values.addresses import IPV4, IPV6
from ocsportal.values.emails import EMAIL
from ocsportal.values.phones import MSISDN
from ocsportal.values.reading import STRICT, Kind, Reading
from ocsportal.values.simcards import ICCID, IMSI
from ocsportal.values.texts import TEXT

RESOURCE_KINDS: Mapping[str, Kind] = {kind.name: kind for kind in (MSISDN, IMSI, ICCID, IPV4, IPV6, EMAIL, TEXT)}
# How they are called where a resource type is configured.
RESOURCE_KIND_CHOICES = (
    ("TEXT", "text"),
    ("PHONE", "phone number"),
    ("IMSI", "IMSI"),
    ("ICCID", "SIM card (ICCID)"),
    ("IPV4", "IPv4 address"),
    ("IPV6", "IPv6 address"),
    ("EMAIL", "e-mail address"),
)


def resource_kind(name: str) -> Kind:
    """Return the kind of values of a resource type, by the name that the type says."""
    return RESOURCE_KINDS[name]


def readings(text: str, reading: Reading = STRICT) -> dict[str, str]:
    """Return what a text may mean as the value of a resource: canonical forms by their kinds' names."""
    found = {name: kind.canonical_or_none(text, reading) for name, kind in RESOURCE_KINDS.items()}
    return {name: value for name, value in found.items() if value is not None}
