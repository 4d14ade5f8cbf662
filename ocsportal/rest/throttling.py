"""Keep one API client from starving the others (RATE_LIMIT in docs/configuration.md)."""

from django.conf import settings
from rest_framework.request import Request
from rest_framework.throttling import SimpleRateThrottle


class ClientThrottle(SimpleRateThrottle):
    """Allow each client RATE_LIMIT requests per worker process; everything where no limit is set."""

    scope = "client"

    def get_rate(self) -> str | None:
        """Return the configured rate; None switches throttling off."""
        return settings.RATE_LIMIT or None

    def get_cache_key(self, request: Request, view: object) -> str | None:
        """Return what requests are counted by: the client."""
        return f"throttle-{request.user.pk}" if request.user else None
