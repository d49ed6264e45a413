"""From where a request came: the client's address, behind proxies that are trusted to tell it."""

from collections.abc import Iterable, Sequence
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address, ip_network

Network = IPv4Network | IPv6Network
Address = IPv4Address | IPv6Address


def read_networks(texts: Iterable[str]) -> tuple[Network, ...]:
    """CIDR blocks and single addresses as networks; ValueError names what is neither."""
    return tuple(ip_network(text) for text in texts)


def find_client_address(remote: str, forwarded: str, *, trusted: Sequence[Network]) -> str:
    """The client's address in canonical text; empty where even `remote`, the peer, has none.

    `forwarded` is the `X-Forwarded-For` header. It is read from the right, and each entry counts only because
    a trusted proxy wrote it: the first address that is no trusted proxy is the client, whatever stands left.
    """
    found = _read_address(remote)
    if found is None:
        return ""
    for hop in reversed(forwarded.split(",")):
        if not _is_within(found, trusted):
            break
        before = _read_address(hop)
        if before is None:
            break
        found = before
    return str(found)


def is_trusted(remote: str, *, trusted: Sequence[Network]) -> bool:
    """Whether the peer is one of the proxies whose headers are believed."""
    address = _read_address(remote)
    return address is not None and _is_within(address, trusted)


def _is_within(address: Address, networks: Sequence[Network]) -> bool:
    return any(address in network for network in networks)


def _read_address(text: str) -> Address | None:
    """An address as proxies write it, perhaps with a port; a mapped IPv4 address is an IPv4 address."""
    host = text.strip()
    if host.startswith("["):
        host = host[1:].partition("]")[0]
    elif host.count(":") == 1:
        host = host.partition(":")[0]
    # A zone is free text, and it means nothing on another machine.
    if "%" in host:
        return None
    try:
        address = ip_address(host)
    except ValueError:
        return None
    mapped = address.ipv4_mapped if isinstance(address, IPv6Address) else None
    return mapped or address
