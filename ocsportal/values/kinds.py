"""The kinds that a resource type may say its values are of, by name."""

from collections.abc import Mapping

from ocsportal.values.addresses import IPV4, IPV6
from ocsportal.values.emails import EMAIL
from ocsportal.values.phones import MSISDN
from ocsportal.values.reading import Kind
from ocsportal.values.simcards import ICCID, IMSI
from ocsportal.values.texts import TEXT

RESOURCE_KINDS: Mapping[str, Kind] = {kind.name: kind for kind in (MSISDN, IMSI, ICCID, IPV4, IPV6, EMAIL, TEXT)}


def resource_kind(name: str) -> Kind:
    """Return the kind of values of a resource type, by the name that the type says."""
    return RESOURCE_KINDS[name]
