"""Who is calling: the one answer for log-in, log and throttling, also behind proxies (docs/operating.md, proxies)."""

from collections.abc import Iterator
from ipaddress import IPv6Address, IPv6Network

from django.conf import settings
from django.http import HttpRequest

from ocsportal.proxies import MOST_HOPS, Address, Proxies, read_address

FORWARDED_FOR = "HTTP_X_FORWARDED_FOR"
# What only a proxy may say; from anybody else it is taken off the request.
FROM_PROXIES = (FORWARDED_FOR, "HTTP_X_FORWARDED_PROTO", "HTTP_X_FORWARDED_HOST", "HTTP_X_FORWARDED_PORT")
# How much of an IPv6 address names a customer of a network; the rest is the customer's own to change.
OWN_BITS_OF_IPV6 = 64


def client_address(request: HttpRequest) -> str:
    """Return the address of who is calling, empty when there is none (a Unix socket).

    It is the right-most address that no trusted proxy has: each proxy adds at the right whom it was asked by, and what
    stands further left is whatever the client wrote.
    """
    found = _client(request)
    return str(found) if found else ""


def client_network(request: HttpRequest) -> str:
    """Return what to count a caller by: an IPv4 address, or the network in which an IPv6 caller may take any address."""
    found = _client(request)
    if isinstance(found, IPv6Address):
        return str(IPv6Network((found, OWN_BITS_OF_IPV6), strict=False).network_address)
    return str(found) if found else ""


def forget_claims(request: HttpRequest) -> None:
    """Take off a request what only a trusted proxy may say, unless one is what sent it."""
    proxies: Proxies = settings.TRUSTED_PROXIES
    if proxies and not proxies.trusts(read_address(request.META.get("REMOTE_ADDR", "")), 0):
        for name in FROM_PROXIES:
            request.META.pop(name, None)


def _client(request: HttpRequest) -> Address | None:
    proxies: Proxies = settings.TRUSTED_PROXIES
    found = read_address(request.META.get("REMOTE_ADDR", ""))
    if not proxies:
        return found
    for hop, claimed in enumerate(_claims(request)):
        if not proxies.trusts(found, hop):
            break
        address = read_address(claimed)
        if address is None:
            # Garbage, as told by a proxy that is trusted: nothing further left is worth more than the proxy itself.
            break
        found = address
    return found


def _claims(request: HttpRequest) -> Iterator[str]:
    """Yield what X-Forwarded-For says, the nearest first."""
    claims = request.META.get(FORWARDED_FOR, "").rsplit(",", MOST_HOPS)
    yield from reversed(claims[-MOST_HOPS:])
