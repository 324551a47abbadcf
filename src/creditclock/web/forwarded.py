"""Forwarded: who asks when a proxy stands between, and over which scheme (RFC 7239 and what came before it)."""

import ipaddress
import re
from collections.abc import Iterable, Mapping, Sequence
from functools import lru_cache
from typing import Any, Final, NamedTuple

Headers = Iterable[tuple[bytes, bytes]]
LONGEST: Final = 4_096
"""Bytes of a header that are looked at, from its end: what stands there the trusted proxy wrote."""
SITE_BITS: Final = 64
"""One customer of a provider has so many bits of an address of version 6 alone."""
_PAIR: Final = re.compile(r"\s*([a-z]+)\s*=\s*(?:\"([^\"]*)\"|([^\s;,\"]+))\s*(?:;|\Z)", re.IGNORECASE)
_PORT: Final = re.compile(r"(?:\[([0-9a-fA-F:.]+)\]|([0-9.]+))(?::\d{1,5})?\Z")
_SCHEMES: Final = frozenset({"http", "https"})


class Origin(NamedTuple):
    """Where a request comes from: an address, and the scheme that was used there; None if nobody said so."""

    address: str
    scheme: str | None


class Proxies:
    """The proxies whose `header` says who asks: `x-forwarded-for` or `forwarded`.

    Only one of them counts, for what a proxy doesn't write itself it passes on as its client made it up.
    """

    def __init__(self, networks: Sequence[str], header: str) -> None:
        self._networks = [ipaddress.ip_network(one) for one in networks]
        self._header = header.encode()
        self.trusts = lru_cache(4_096)(self._trusts)

    def origin(self, peer: str, headers: Headers) -> Origin:
        """Where a request comes from that `peer` sent."""
        if not self._networks or not self.trusts(peer):
            return Origin(peer, None)
        said: list[bytes] = []
        schemes: list[bytes] = []
        for name, value in headers:
            if name == self._header:
                said.append(value)
            elif name == b"x-forwarded-proto":
                schemes.append(value)
        text = b",".join(said)[-LONGEST:].decode("latin-1")
        if self._header == b"forwarded":
            return self._by_standard(peer, text)
        scheme = b",".join(schemes)[-LONGEST:].decode("latin-1").rpartition(",")[2].strip().lower()
        return Origin(self._walk(peer, text.split(",")), scheme if scheme in _SCHEMES else None)

    def _by_standard(self, peer: str, text: str) -> Origin:
        hops = [{pair[1].lower(): pair[2] or pair[3] or "" for pair in _PAIR.finditer(hop)} for hop in text.split(",")]
        scheme = hops[-1].get("proto", "").lower()
        address = self._walk(peer, [hop.get("for", "") for hop in hops])
        return Origin(address, scheme if scheme in _SCHEMES else None)

    def _walk(self, peer: str, hops: Sequence[str]) -> str:
        """The rightmost address that is no trusted proxy; what can't be read ends the walk at the one who wrote it."""
        last = peer
        for hop in reversed(hops):
            found = _address(hop.strip())
            if found is None:
                break
            last = found
            if not self.trusts(found):
                break
        return last

    def _trusts(self, address: str) -> bool:
        try:
            found = _plain(ipaddress.ip_address(address))
        except ValueError:
            return False
        return any(found.version == network.version and found in network for network in self._networks)


def _address(hop: str) -> str | None:
    """The address in `192.0.2.1`, `192.0.2.1:8080`, `2001:db8::1` or `[2001:db8::1]:8080`; None if there is none."""
    matched = _PORT.match(hop)
    text = (matched[1] or matched[2]) if matched else hop
    try:
        return str(_plain(ipaddress.ip_address(text)))
    except ValueError:
        return None


def _plain(
    address: ipaddress.IPv4Address | ipaddress.IPv6Address,
) -> ipaddress.IPv4Address | ipaddress.IPv6Address:
    """An address of version 4 that is written as one of version 6 is what it is."""
    return getattr(address, "ipv4_mapped", None) or address


def source_in(scope: Mapping[str, Any]) -> str:
    """What stands for the address that a request comes from; empty where the server doesn't know it."""
    client = scope.get("client")
    return source_of(client[0]) if client else ""


@lru_cache(4_096)
def source_of(address: str) -> str:
    """What stands for an address where somebody is slowed down: itself, or its network in version 6."""
    if ":" not in address:
        return address
    try:
        found = _plain(ipaddress.ip_address(address.partition("%")[0]))
    except ValueError:
        return address
    if found.version == 4 or found.is_loopback:  # noqa: PLR2004 - the version's name
        return str(found)
    return str(ipaddress.ip_network((found, SITE_BITS), strict=False))
