"""Which proxies are believed, and how addresses are read (TRUSTED_PROXIES in docs/configuration.md)."""

from dataclasses import dataclass
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address, ip_network

# Nobody has more proxies in a row; what a stranger sends beyond that is not even looked at.
MOST_HOPS = 20

Address = IPv4Address | IPv6Address
Network = IPv4Network | IPv6Network


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
