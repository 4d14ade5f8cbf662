"""Who is calling: the one answer for log-in, log and throttling, also behind proxies (docs/operating.md, proxies)."""

import logging
from collections.abc import Iterator
from dataclasses import dataclass
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address, ip_network

from django.conf import settings
from django.http import HttpRequest

FORWARDED_FOR = "HTTP_X_FORWARDED_FOR"
# What only a proxy may say; from anybody else it is taken off the request.
FROM_PROXIES = (FORWARDED_FOR, "HTTP_X_FORWARDED_PROTO", "HTTP_X_FORWARDED_HOST", "HTTP_X_FORWARDED_PORT")
# Nobody has more proxies in a row; what a stranger sends beyond that is not even looked at.
MOST_HOPS = 20
# How much of an IPv6 address names a customer of a network; the rest is the customer's own to change.
OWN_BITS_OF_IPV6 = 64

Address = IPv4Address | IPv6Address
Network = IPv4Network | IPv6Network
LOG = logging.getLogger("ocsportal")


@dataclass(frozen=True)
class Proxies:
    """The proxies that are believed: a number of them in a row, or those of some networks; none by default."""

    hops: int = 0
    networks: tuple[Network, ...] = ()

    def __bool__(self) -> bool:
        return bool(self.hops or self.networks)

    def trusts(self, address: Address | None, hop: int) -> bool:
        """Whether what is `hop` steps away from the portal is a proxy whose word counts."""
        if self.hops:
            return hop < self.hops
        return address is not None and any(address in network for network in self.networks)


def read_proxies(value: str) -> Proxies:
    """Read TRUSTED_PROXIES: a number of hops, or addresses and networks by comma; raise ValueError on anything else."""
    words = [word.strip() for word in value.split(",") if word.strip()]
    if len(words) == 1 and words[0].isascii() and words[0].isdecimal():
        hops = int(words[0])
        if hops > MOST_HOPS:
            raise ValueError(f"at most {MOST_HOPS} hops")
        return Proxies(hops=hops)
    return Proxies(networks=tuple(ip_network(word) for word in words))


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


def read_address(text: str) -> Address | None:
    """Read an address with or without a port, in brackets or not; None for what is none."""
    text = text.strip().strip('"')
    if text.startswith("["):
        text = text[1:].partition("]")[0]
    elif text.count(":") == 1:
        text = text.partition(":")[0]
    try:
        found = ip_address(text.partition("%")[0])
    except ValueError:
        return None
    # One caller has one name, whichever kind of socket the server listens on.
    return getattr(found, "ipv4_mapped", None) or found
