"""Texts of the key table."""

import ipaddress

import pytest

from stack.stix.observables.key_text import MAXIMUM_LENGTH, key_text, networks_of
from stack.stix.observables.kinds import Kind, Observable


def test_ipv6_is_exploded_so_that_networks_are_prefixes() -> None:
    assert key_text(Observable(Kind.IPV6, "2001:db8::1")) == "2001:0db8:0000:0000:0000:0000:0000:0001"
    assert key_text(Observable(Kind.CIDR, "2001:db8::/32")) == "2001:0db8:0000:0000:0000:0000:0000:0000/32"
    assert key_text(Observable(Kind.CIDR, "10.0.0.0/8")) == "10.0.0.0/8"


def test_long_values_keep_their_start_and_stay_apart() -> None:
    first = key_text(Observable(Kind.URL, "http://a.example/" + "x" * 600 + "1"))
    second = key_text(Observable(Kind.URL, "http://a.example/" + "x" * 600 + "2"))
    assert len(first) == len(second) == MAXIMUM_LENGTH
    assert first[:449] == second[:449]
    assert first != second
    assert key_text(Observable(Kind.TEXT, "y" * 512)) == "y" * 512
    assert len(key_text(Observable(Kind.TEXT, "\ud800" * 600))) == MAXIMUM_LENGTH


@pytest.mark.parametrize("ip", ["192.0.2.255", "0.0.0.0", "2001:db8::ffff", "::"])
def test_the_networks_of_an_address_are_all_that_contain_it(ip: str) -> None:
    address = ipaddress.ip_address(ip)
    expected = [
        key_text(Observable(Kind.CIDR, str(ipaddress.ip_network(f"{ip}/{prefix}", strict=False))))
        for prefix in range(address.max_prefixlen + 1)
    ]
    assert networks_of(ip) == expected


def test_what_is_no_address_has_no_networks() -> None:
    with pytest.raises(ValueError):
        networks_of("evil.example")
