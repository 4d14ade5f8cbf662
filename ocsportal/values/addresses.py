"""IP addresses, as RFC 5952 writes them."""

import re
from ipaddress import AddressValueError, IPv4Address, IPv6Address

from ocsportal.values.characters import bare, named, without_invisible
from ocsportal.values.reading import STRICT, Kind, Reading, Refusal

V4, V6 = "an IPv4 address", "an IPv6 address"
FOREIGN = re.compile("[^0-9a-fA-F:.]")
LONGEST = 45
LEADING_ZERO = re.compile(r"(?:^|[.:])(0[0-9]+)(?=\.|$)")


def ipv4(text: str, reading: Reading = STRICT) -> str:
    """Return an IPv4 address, also one that IPv6 maps; raise Refusal for what is none."""
    text = _prepared(text, V4, reading)
    if ":" not in text:
        return str(_v4(text, V4))
    mapped = _v6(text, V4).ipv4_mapped
    if mapped is None:
        raise Refusal(f"Not {V4}: this is {V6}.")
    return str(mapped)


def ipv6(text: str, reading: Reading = STRICT) -> str:
    """Return an IPv6 address as RFC 5952 writes it; raise Refusal for what is none."""
    text = _prepared(text, V6, reading)
    if text.startswith("[") and text.endswith("]"):
        text = text[1:-1]
    if ":" not in text:
        _v4(text, V6)
        raise Refusal(f"Not {V6}: this is {V4}.")
    found = _v6(text, V6)
    # Python writes a mapped address in figures only from 3.13 on.
    return f"::ffff:{found.ipv4_mapped}" if found.ipv4_mapped else found.compressed


def beginning(typed: str) -> str:
    """Return with which characters canonical addresses begin that somebody began to type so; empty for others.

    Good as long as no `::` was typed and no group that RFC 5952 would shorten to it.
    """
    typed = typed.strip().lower().removeprefix("[")
    if not typed or FOREIGN.search(typed) or not re.search("[.:]", typed):
        return ""
    if ":" not in typed:
        return typed
    *whole, last = typed.split(":")
    return ":".join([*(group.lstrip("0") or (group and "0") for group in whole), last])


def _prepared(text: str, noun: str, reading: Reading) -> str:
    """Return the text without what surrounds it; refuse what no address has, by name and place."""
    text = bare(text, noun, reading)
    if reading.lenient:
        text = without_invisible(text)
    inside = text[1:-1] if noun is V6 and text.startswith("[") and text.endswith("]") else text
    if "%" in inside:
        raise Refusal(f"Not {noun}: leave out the zone, “{inside[inside.index('%') :][:20]}”.")
    if "/" in inside:
        raise Refusal(f"Not {noun}: leave out the prefix length, “{inside[inside.index('/') :][:20]}”.")
    if odd := FOREIGN.search(inside):
        raise Refusal(f"Not {noun}: {named(text, odd.start() + (len(text) - len(inside)) // 2)} doesn't belong in one.")
    if len(text) > LONGEST + 2:
        raise Refusal(f"Not {noun}: has {len(text)} characters; at most {LONGEST} are possible.")
    return text


def _v4(text: str, noun: str) -> IPv4Address:
    if zeros := LEADING_ZERO.search(text):
        raise Refusal(f"Not {noun}: “{zeros[1]}” has a leading zero, which may mean another number.")
    try:
        return IPv4Address(text)
    except AddressValueError as error:
        raise Refusal(
            f"Not {noun}: {'four numbers of 0 to 255 with dots between' if noun is V4 else _V6_SHAPE}."
        ) from error


_V6_SHAPE = "up to eight groups of hexadecimal digits with colons between"


def _v6(text: str, noun: str) -> IPv6Address:
    if zeros := LEADING_ZERO.search(text) if "." in text else None:
        raise Refusal(f"Not {noun}: “{zeros[1]}” has a leading zero, which may mean another number.")
    try:
        return IPv6Address(text)
    except AddressValueError as error:
        raise Refusal(f"Not {noun}: {_V6_SHAPE}.") from error


IPV4 = Kind("IPV4", V4, ipv4)
IPV6 = Kind("IPV6", V6, ipv6)
