"""Addresses and networks for block lists: what is safe to block, and the fewest entries that say it.

A list that names private or reserved addresses, or half of the internet, takes a network down.
"""

from array import array
from collections.abc import Iterator
from ipaddress import IPv4Network, IPv6Network, ip_network
from typing import Final

# RFC 6890 and its registries, without the networks for documentation, which nobody uses.
_RESERVED_V4: Final = tuple(
    map(
        IPv4Network,
        (
            "0.0.0.0/8",
            "10.0.0.0/8",
            "100.64.0.0/10",
            "127.0.0.0/8",
            "169.254.0.0/16",
            "172.16.0.0/12",
            "192.168.0.0/16",
            "224.0.0.0/3",
        ),
    )
)
_RESERVED_V6: Final = tuple(map(IPv6Network, ("::/96", "::ffff:0:0/96", "fc00::/7", "fe80::/10", "ff00::/8")))
_WIDEST: Final = {4: 8, 6: 19}
_OCTETS: Final = frozenset({"0", "10", "100", "127", "169", "172", "192", *map(str, range(224, 256))})

Network = IPv4Network | IPv6Network


def find_danger(value: str) -> str:
    """Why an address or network should stand in no block list; "" where nothing speaks against it."""
    if "/" not in value and ":" not in value and value.partition(".")[0] not in _OCTETS:
        return ""
    network = ip_network(value, strict=False)
    if network.prefixlen < _WIDEST[network.version]:
        return f"a network wider than /{_WIDEST[network.version]}"
    if isinstance(network, IPv4Network):
        is_reserved = any(network.overlaps(each) for each in _RESERVED_V4)
    else:
        is_reserved = any(network.overlaps(each) for each in _RESERVED_V6)
    return "a private or reserved address" if is_reserved else ""


class NetworkSet:
    """Addresses and networks as ranges: 16 bytes of each for IPv4."""

    def __init__(self) -> None:
        self._v4 = array("Q")
        self._v6: list[tuple[int, int]] = []

    def add(self, value: str) -> None:
        """An address or a network, as `normalise` writes it."""
        if ":" in value:
            network = ip_network(value, strict=False)
            self._v6.append((int(network.network_address), int(network.broadcast_address)))
            return
        address, _, prefix = value.partition("/")
        first, second, third, fourth = address.split(".")
        start = int(first) << 24 | int(second) << 16 | int(third) << 8 | int(fourth)
        size = 1 << 32 - int(prefix or 32)
        self._v4.append(start << 32 | start + size - 1)

    def collapse(self) -> Iterator[str]:
        """The fewest networks that are the same addresses, in order, IPv4 first; single ones without /32."""
        v4 = ((pair >> 32, pair & 0xFFFFFFFF) for pair in sorted(self._v4))
        for start, end in _merge(v4):
            for network, prefix in _cut(start, end, 32):
                text = f"{network >> 24}.{network >> 16 & 255}.{network >> 8 & 255}.{network & 255}"
                yield text if prefix == 32 else f"{text}/{prefix}"
        for start, end in _merge(iter(sorted(self._v6))):
            for network, prefix in _cut(start, end, 128):
                written = str(IPv6Network((network, prefix)))
                yield written.removesuffix("/128")


def _merge(ranges: Iterator[tuple[int, int]]) -> Iterator[tuple[int, int]]:
    current: tuple[int, int] | None = None
    for start, end in ranges:
        if current is not None and start <= current[1] + 1:
            current = (current[0], max(current[1], end))
            continue
        if current is not None:
            yield current
        current = (start, end)
    if current is not None:
        yield current


def _cut(start: int, end: int, bits: int) -> Iterator[tuple[int, int]]:
    """The networks that a range is made of, each with the length of its prefix."""
    while start <= end:
        size = (start & -start).bit_length() - 1 if start else bits
        size = min(size, (end - start + 1).bit_length() - 1)
        yield start, bits - size
        start += 1 << size
