"""Addresses that webhooks may have."""

import contextlib
from ipaddress import IPv4Address, IPv6Address, ip_address

import pytest
from hypothesis import given
from hypothesis import strategies as st

from creditclock.contract.errors import Refusal
from creditclock.domain.addresses import check_url, is_public, told_url

PRIVATE = [
    "0.0.0.0", "10.0.0.1", "100.64.0.1", "100.127.255.255", "127.0.0.1", "127.255.255.254", "169.254.169.254",
    "172.16.0.1", "172.31.255.255", "192.0.0.1", "192.0.2.1", "192.168.1.1", "198.18.0.1", "198.51.100.1",
    "203.0.113.1", "224.0.0.1", "239.255.255.255", "240.0.0.1", "255.255.255.255",
    "::", "::1", "fe80::1", "fc00::1", "fd12::1", "fec0::1", "ff02::1", "2001:db8::1", "2001::1", "100::1",
    "64:ff9b:1::1", "::127.0.0.1", "::8.8.8.8", "3fff::1", "192.0.0.8", "192.88.99.1", "168.63.129.16",
]  # fmt: skip
PUBLIC = ["1.1.1.1", "8.8.8.8", "100.63.255.255", "100.128.0.0", "172.32.0.1", "2606:4700:4700::1111", "2a00:1450::1"]


def forms_of(inner: IPv4Address) -> list[IPv6Address]:
    """The addresses of IPv6 that lead to one of IPv4."""
    number = int(inner)
    return [
        IPv6Address(0xFFFF << 32 | number),
        IPv6Address(0x0064_FF9B << 96 | number),
        IPv6Address(0x2002 << 112 | number << 80),
    ]


@pytest.mark.parametrize("text", PRIVATE)
def test_addresses_of_nobody_are_not_public(text: str) -> None:
    assert not is_public(ip_address(text))


@pytest.mark.parametrize("text", PUBLIC)
def test_addresses_of_somebody_are_public(text: str) -> None:
    assert is_public(ip_address(text))


@given(st.ip_addresses(v=4))
def test_address_within_another_counts_as_itself(inner: IPv4Address) -> None:
    assert {is_public(form) for form in forms_of(inner)} == {is_public(inner)}


@given(st.text())
def test_any_text_is_a_url_or_refused(text: str) -> None:
    for anywhere in (True, False):
        with contextlib.suppress(Refusal):
            check_url(text, anywhere=anywhere)


@given(st.ip_addresses(), st.integers(1, 65_535))
def test_literal_address_is_refused_if_it_is_not_public(address: IPv4Address | IPv6Address, port: int) -> None:
    host = f"[{address}]" if address.version == 6 else str(address)
    url = f"https://{host}:{port}/"
    check_url(url, anywhere=True)
    if is_public(address):
        check_url(url, anywhere=False)
    else:
        with pytest.raises(Refusal):
            check_url(url, anywhere=False)


def test_query_is_left_out_where_it_is_told() -> None:
    assert told_url("https://shop.example/a?b=c&d") == "https://shop.example/a"
