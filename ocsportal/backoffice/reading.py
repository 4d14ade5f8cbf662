"""How the portal reads what people type: leniently, at home in the country of the installation (docs/values.md)."""

from django.conf import settings

from ocsportal.values.reading import Reading


def portal_reading() -> Reading:
    """Return how what a person types is read: national numbers are those of HOME_COUNTRY."""
    return Reading(lenient=True, home_country=settings.HOME_COUNTRY)
