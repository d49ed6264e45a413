"""What sort of address it is, by the registries of IANA, and which address it stands for.

Sources: the IANA IPv4 and IPv6 Special-Purpose Address Registries (RFC 6890), RFC 5771 and RFC 4291 for
multicast; for addresses within addresses RFC 4291, 6052 (NAT64), 3056 (6to4) and 4380 (Teredo).
"""

from ipaddress import IPv4Address, IPv6Address, ip_address, ip_network
from typing import Final, NamedTuple

from stack.core.addresses import Address
from stack.core.errors import BadInput
from stack.core.http.guard import is_public, unwrap_address


class Scope(NamedTuple):
    """`name` is stable, `statement` says what it means, in a sentence that follows "This address "."""

    name: str
    title: str
    statement: str


PUBLIC: Final = Scope("public", "Public", "is reached over the internet.")
_PRIVATE: Final = Scope(
    "private", "Private", "is used inside networks, by everybody; it means nothing outside."
)
_LOOPBACK: Final = Scope("loopback", "Loopback", "is the machine itself.")
_LINK: Final = Scope("link-local", "Link-local", "means something on one link only.")
_METADATA: Final = Scope("metadata", "Cloud metadata", "is where clouds answer about their own machines.")
_CGNAT: Final = Scope("shared", "Carrier-grade NAT", "is used between providers and their customers.")
_DOCUMENTATION: Final = Scope("documentation", "Documentation", "is for examples and belongs to nobody.")
_BENCHMARK: Final = Scope("benchmarking", "Benchmarking", "is for measuring devices in laboratories.")
_MULTICAST: Final = Scope("multicast", "Multicast", "is a group that machines join, not a machine.")
_BROADCAST: Final = Scope("broadcast", "Broadcast", "is every machine of the local network.")
_UNSPECIFIED: Final = Scope(
    "unspecified", "Unspecified", "is no machine's: it says that there is no address."
)
_RESERVED: Final = Scope("reserved", "Reserved", "is not in use on the internet.")
_SPECIAL: Final = Scope("special", "Special purpose", "is set aside for a protocol, and nobody's host.")

_TABLE: Final = tuple(
    (ip_network(network), scope)
    for network, scope in (
        ("169.254.169.254/32", _METADATA),
        ("fd00:ec2::254/128", _METADATA),
        ("255.255.255.255/32", _BROADCAST),
        ("0.0.0.0/32", _UNSPECIFIED),
        ("::/128", _UNSPECIFIED),
        ("::1/128", _LOOPBACK),
        ("10.0.0.0/8", _PRIVATE),
        ("172.16.0.0/12", _PRIVATE),
        ("192.168.0.0/16", _PRIVATE),
        ("fc00::/7", _PRIVATE),
        ("100.64.0.0/10", _CGNAT),
        ("127.0.0.0/8", _LOOPBACK),
        ("169.254.0.0/16", _LINK),
        ("fe80::/10", _LINK),
        ("192.0.2.0/24", _DOCUMENTATION),
        ("198.51.100.0/24", _DOCUMENTATION),
        ("203.0.113.0/24", _DOCUMENTATION),
        ("2001:db8::/32", _DOCUMENTATION),
        ("3fff::/20", _DOCUMENTATION),
        ("198.18.0.0/15", _BENCHMARK),
        ("2001:2::/48", _BENCHMARK),
        ("224.0.0.0/4", _MULTICAST),
        ("ff00::/8", _MULTICAST),
        ("240.0.0.0/4", _RESERVED),
        ("0.0.0.0/8", _RESERVED),
    )
)
_FORMS: Final = tuple(
    (ip_network(network), title)
    for network, title in (
        ("::ffff:0:0/96", "IPv4-mapped"),
        ("::ffff:0:0:0/96", "IPv4-translated"),
        ("64:ff9b::/96", "NAT64"),
        ("2002::/16", "6to4"),
        ("2001::/32", "Teredo"),
    )
)


class Unwrapped(NamedTuple):
    """IPv4 addresses inside an IPv6 address: of Teredo the server, then the client; of others one."""

    form: str
    inner: tuple[IPv4Address, ...]


def read_address(text: str) -> Address:
    """BadInput for what is no address, or has a zone."""
    try:
        if "%" not in text:
            return ip_address(text)
    except ValueError:
        pass
    raise BadInput(
        f"“{text[:60]}” is no IP address", remedy="Write it like 192.0.2.1 or 2001:db8::1, without a zone."
    )


def find_scope(address: Address) -> Scope:
    """The most particular scope that the registries know; `PUBLIC` for what everybody reaches."""
    for network, scope in _TABLE:
        if network.version == address.version and address in network:
            return scope
    return PUBLIC if is_public(address) else _SPECIAL


def unwrap(address: Address) -> Unwrapped | None:
    """The IPv4 addresses that an IPv6 address stands for; None where it is only itself."""
    if not isinstance(address, IPv6Address):
        return None
    inner = unwrap_address(address)
    if inner is None:
        return None
    form = next(title for network, title in _FORMS if address in network)
    return Unwrapped(form, inner)
