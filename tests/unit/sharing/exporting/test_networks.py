import ipaddress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from stack.sharing.exporting.networks import NetworkSet, find_danger

_V4 = st.tuples(st.integers(0, 2**10), st.integers(20, 32)).map(
    lambda pair: str(ipaddress.ip_network((0xC6336400 + pair[0], pair[1]), strict=False))
)
_V6 = st.tuples(st.integers(0, 2**10), st.integers(116, 128)).map(
    lambda pair: str(ipaddress.ip_network(((0x20010DB8 << 96) + pair[0], pair[1]), strict=False))
)


def _collapse(values: list[str]) -> list[str]:
    networks = NetworkSet()
    for value in values:
        networks.add(value)
    return list(networks.collapse())


@given(st.lists(_V4 | _V6, max_size=40))
def test_the_fewest_networks_are_those_of_the_standard_library(values: list[str]) -> None:
    networks = [ipaddress.ip_network(value) for value in values]
    v4 = ipaddress.collapse_addresses(each for each in networks if isinstance(each, ipaddress.IPv4Network))
    v6 = ipaddress.collapse_addresses(each for each in networks if isinstance(each, ipaddress.IPv6Network))
    expected = [str(each).removesuffix("/32") for each in v4]
    expected += [str(each).removesuffix("/128") for each in v6]
    assert _collapse(values) == expected


def test_addresses_beside_each_other_become_one_network() -> None:
    assert _collapse(["198.51.100.1", "198.51.100.0", "198.51.100.2/31"]) == ["198.51.100.0/30"]


@pytest.mark.parametrize(
    "value",
    ["10.0.0.1", "0.0.0.0/0", "192.168.0.0/24", "127.0.0.1", "172.31.255.255", "255.255.255.255",
     "100.64.0.1", "::1", "::/0", "fe80::1", "::ffff:10.0.0.1", "2000::/3", "126.0.0.0/7"],
)  # fmt: skip
def test_what_would_take_a_network_down_is_named(value: str) -> None:
    assert find_danger(value)


@pytest.mark.parametrize(
    "value", ["198.51.100.1", "8.8.8.8", "192.0.2.0/24", "172.32.0.1", "2001:db8::1", "100.128.0.1"]
)
def test_the_rest_is_not(value: str) -> None:
    assert find_danger(value) == ""
