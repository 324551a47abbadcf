"""Addresses that webhooks may have: whom the server may call, and whom never (design sections 5 and 7).

What can be said of a URL is said here; the addresses that a name resolves to are looked at when it is connected to.
"""

import ipaddress
import socket
from typing import Final
from urllib.parse import SplitResult, urlsplit

from creditclock.contract.errors import Refusal

Address = ipaddress.IPv4Address | ipaddress.IPv6Address
SETTING: Final = "webhook_addresses"
_NAT64: Final = ipaddress.IPv6Network("64:ff9b::/96")
_INNER: Final = tuple(
    ipaddress.IPv6Network(text)
    for text in (
        "::/96",
        "::ffff:0:0:0/96",
        "64:ff9b:1::/48",
        "100::/64",
        "fec0::/10",
        "2001::/23",
        "2001:db8::/32",
        "3fff::/20",
    )
)
"""What is nobody's on the Internet, and what reaches IPv4 in ways that nobody needs here."""
_HOSTS: Final = tuple(ipaddress.IPv4Network(text) for text in ("192.0.0.0/24", "192.88.99.0/24", "168.63.129.16/32"))
"""What looks public and isn't: protocol assignments, relays, a host's own service in a large cloud."""


def is_public(address: Address) -> bool:
    """Whether an address belongs to somebody on the Internet; one that holds an IPv4 address counts as that."""
    if isinstance(address, ipaddress.IPv6Address):
        inner = address.ipv4_mapped or address.sixtofour
        if address in _NAT64:
            inner = ipaddress.IPv4Address(int(address) & 0xFFFFFFFF)
        if inner is not None:
            return is_public(inner)
        if any(address in network for network in _INNER):
            return False
    elif any(address in network for network in _HOSTS):
        return False
    return address.is_global and not (
        address.is_private
        or address.is_loopback
        or address.is_link_local
        or address.is_multicast
        or address.is_reserved
        or address.is_unspecified
    )


def split(url: str) -> SplitResult:
    """The parts of a webhook's URL. Raises a Refusal `invalid` for one that can't be called."""
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError as error:
        raise _refused("This is no URL. Write it like https://shop.example/creditclock.") from error
    if parts.scheme not in {"http", "https"} or not parts.hostname or port == 0:
        raise _refused("This is no URL. Write it like https://shop.example/creditclock.")
    if parts.username is not None or parts.password is not None:
        raise _refused("A webhook's URL has no user and no password. Requests are signed instead.")
    if "#" in url:
        raise _refused("A webhook's URL has no fragment. Leave out what begins with #.")
    if "\\" in url or not _is_name(parts.hostname):
        raise _refused("The host of the URL is no name that can be looked up. Write it in ASCII, such as xn--….")
    return parts


def check_url(url: str, *, anywhere: bool) -> None:
    """Refuse (`invalid`) a webhook's URL that certainly must not be called; `anywhere` allows every address."""
    parts = split(url)
    if anywhere:
        return
    if parts.scheme != "https":
        raise _refused(f'Webhooks need https. The setting `{SETTING} = "any"` of the server allows http too.')
    host = (parts.hostname or "").rstrip(".")
    literal = literal_address(host)
    if (literal is not None and not is_public(literal)) or host == "localhost" or host.endswith(".localhost"):
        raise _refused(
            f'{host} is not on the Internet. The setting `{SETTING} = "any"` of the server allows every address.'
        )


def literal_address(host: str) -> Address | None:
    """The address that a host is by itself, also in the forms of old such as 127.1; None for a name."""
    try:
        return ipaddress.ip_address(host.partition("%")[0])
    except ValueError:
        pass
    try:
        return ipaddress.IPv4Address(socket.inet_aton(host))
    except (OSError, ValueError):
        return None


def told_url(url: str) -> str:
    """A URL without its query, which may hold a secret, as logs and events tell it."""
    return url.partition("?")[0]


def _is_name(host: str) -> bool:
    if ":" in host:
        return literal_address(host) is not None
    labels = host.rstrip(".").split(".")
    most, longest = 253, 63
    return len(host) <= most and all(
        0 < len(label) <= longest and label.replace("-", "").replace("_", "").isalnum() for label in labels
    )


def _refused(detail: str) -> Refusal:
    return Refusal("invalid", detail, field="url")
