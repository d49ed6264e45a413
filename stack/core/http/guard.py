"""Which addresses Stack may ask: public ones, and what the operator allows in `STACK_HTTP_ALLOW`.

A name is resolved once, all of its addresses are judged, and the connection goes to one that was judged: a
name that changes its mind between the two (DNS rebinding) gains nothing.
"""

import re
import socket
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from ipaddress import IPv4Address, IPv6Address, ip_address, ip_network
from threading import Thread
from typing import Final

from stack.core.addresses import Address, Network
from stack.core.http.errors import AddressRefused, TimedOut, Unreachable

Resolver = Callable[[str, int], Iterable[str]]

# RFC 6890 and the IANA registries of special-purpose addresses, as of 2026; multicast and reserved ones.
_SPECIAL_V4: Final = tuple(
    ip_network(text)
    for text in (
        "0.0.0.0/8",
        "10.0.0.0/8",
        "100.64.0.0/10",
        "127.0.0.0/8",
        "169.254.0.0/16",
        "172.16.0.0/12",
        "192.0.0.0/24",
        "192.0.2.0/24",
        "192.31.196.0/24",
        "192.52.193.0/24",
        "192.88.99.0/24",
        "192.168.0.0/16",
        "192.175.48.0/24",
        "198.18.0.0/15",
        "198.51.100.0/24",
        "203.0.113.0/24",
        "224.0.0.0/4",
        "240.0.0.0/4",
    )
)
_GLOBAL_V6: Final = ip_network("2000::/3")
_SPECIAL_V6: Final = tuple(
    ip_network(text) for text in ("2001::/23", "2001:db8::/32", "2620:4f:8000::/48", "3fff::/20", "5f00::/16")
)
_MAPPED: Final = ip_network("::ffff:0:0/96")
_TRANSLATED: Final = ip_network("::ffff:0:0:0/96")
_NAT64: Final = ip_network("64:ff9b::/96")
_SIX_TO_FOUR: Final = ip_network("2002::/16")
_TEREDO: Final = ip_network("2001::/32")
# The interface identifiers of ISATAP, RFC 5214 section 6.1: 0000:5efe or 0200:5efe, then an IPv4 address.
_ISATAP: Final = (0x00005EFE, 0x02005EFE)

# Never meant by a name: metadata services of clouds live there. An operator may still name the network.
_NEVER_BY_NAME: Final = tuple(
    ip_network(text)
    for text in (
        "0.0.0.0/8",
        "169.254.0.0/16",
        "224.0.0.0/4",
        "240.0.0.0/4",
        "fe80::/10",
        "ff00::/8",
        "::/128",
    )
)

USUAL_PORTS: Final = frozenset({80, 443})
_NAME = re.compile(r"(?=.{1,253}\Z)[a-z0-9_]([a-z0-9_-]{0,62})(\.[a-z0-9_]([a-z0-9_-]{0,62}))*\Z")


@dataclass(frozen=True, slots=True)
class Exemption:
    """One entry of the allow-list: a network or a host's name, at one port or (None) at any.

    Without a network and a name it lets a port be used at public addresses.
    """

    network: Network | None = None
    name: str = ""
    port: int | None = None

    def covers(self, address: Address, name: str, port: int) -> bool:
        if self.port is not None and self.port != port:
            return False
        if self.network is not None:
            return _is_within(address, (self.network,))
        if self.name:
            return self.name == name and not _is_within(address, _NEVER_BY_NAME)
        return is_public(address)


def resolve_name(name: str, port: int) -> list[str]:
    """All addresses of a name, each once, as the system finds them."""
    found = socket.getaddrinfo(name, port, type=socket.SOCK_STREAM)
    return list(dict.fromkeys(str(entry[4][0]) for entry in found))


@dataclass(frozen=True, slots=True)
class OutgoingRules:
    """Where requests may go. `resolve` gives the addresses of a name; a name is asked about once."""

    exemptions: tuple[Exemption, ...] = ()
    resolve: Resolver = resolve_name

    def may_ask(self, address: Address, name: str, port: int) -> bool:
        if is_public(address) and port in USUAL_PORTS:
            return True
        return any(exemption.covers(address, name, port) for exemption in self.exemptions)


_rules: list[OutgoingRules] = [OutgoingRules()]


def install_rules(rules: OutgoingRules) -> None:
    """What holds for every client from now on; a second call replaces the first."""
    _rules[:] = [rules]


def current_rules() -> OutgoingRules:
    return _rules[0]


def read_exemptions(text: str) -> tuple[Exemption, ...]:
    """`10.1.0.0/16 127.0.0.1:8443 [::1]:8443 intranet.example :9000`, with spaces or commas between entries.

    ValueError names what is none of these.
    """
    return tuple(_read_exemption(part) for part in text.replace(",", " ").split())


def find_addresses(host: str, port: int, *, timeout_s: float) -> list[str]:
    """The addresses of a host that may be asked, in the resolver's order.

    Raises `AddressRefused` where any of them may not be: a name that mixes public and private addresses is
    either a mistake or an attack. Raises `Unreachable` where the name has no address.
    """
    rules = current_rules()
    name = host.rstrip(".").lower()
    shown = f"{name}:{port}"
    addresses = _resolve(rules.resolve, name, port, timeout_s)
    if not addresses:
        raise Unreachable(shown, "has no address", remedy="Check the name, and the DNS of this machine.")
    for text in addresses:
        address = ip_address(text)
        if isinstance(address, IPv6Address) and address.scope_id:
            raise _refuse(shown, "has an address of this machine's own network")
        if not rules.may_ask(address, name, port):
            is_port = is_public(address)
            raise _refuse(
                shown, "is at a port that is not usual" if is_port else "has an address that is not public"
            )
    return addresses


def is_host(text: str) -> bool:
    """Whether a text is a name as DNS has them, or an address without a zone."""
    try:
        ip_address(text)
        return "%" not in text
    except ValueError:
        return _NAME.match(text.rstrip(".").lower()) is not None


def is_public(address: Address) -> bool:
    """Whether an address is reached over the internet by everybody, and so is what it may stand for."""
    if isinstance(address, IPv4Address):
        return not _is_within(address, _SPECIAL_V4)
    inner = unwrap_address(address)
    if inner is not None:
        return all(is_public(found) for found in inner)
    if (int(address) >> 32) & 0xFFFFFFFF in _ISATAP and not is_public(_low_v4(address)):
        return False
    return address in _GLOBAL_V6 and not _is_within(address, _SPECIAL_V6)


def unwrap_address(address: IPv6Address) -> tuple[IPv4Address, ...] | None:
    """The IPv4 addresses that a packet to an IPv6 address may end at; None for one that is only itself."""
    if _is_within(address, (_MAPPED, _TRANSLATED, _NAT64)):
        return (_low_v4(address),)
    if address in _SIX_TO_FOUR:
        return (IPv4Address((int(address) >> 80) & 0xFFFFFFFF),)
    if address in _TEREDO:
        server, client = (int(address) >> 64) & 0xFFFFFFFF, int(address) & 0xFFFFFFFF
        return IPv4Address(server), IPv4Address(client ^ 0xFFFFFFFF)
    return None


def _low_v4(address: IPv6Address) -> IPv4Address:
    return IPv4Address(int(address) & 0xFFFFFFFF)


def _is_within(address: Address, networks: Sequence[Network]) -> bool:
    return any(address in network for network in networks if network.version == address.version)


def _refuse(shown: str, problem: str) -> AddressRefused:
    return AddressRefused(
        shown,
        f"{problem}, so Stack does not ask it",
        remedy="If it is yours, the operator can allow it by STACK_HTTP_ALLOW (docs/operations.md).",
    )


def _resolve(resolve: Resolver, name: str, port: int, timeout_s: float) -> list[str]:
    """The system's resolver knows no time limit, so a thread waits for it that nobody waits for."""
    try:
        return [str(ip_address(name))]
    except ValueError:
        pass
    found: list[str] = []
    failed: list[Exception] = []

    def ask() -> None:
        try:
            found.extend(resolve(name, port))
        except Exception as error:  # told to whoever waits
            failed.append(error)

    thread = Thread(target=ask, daemon=True, name="resolve")
    thread.start()
    thread.join(timeout_s)
    if thread.is_alive():
        raise TimedOut(f"{name}:{port}", f"was not found by DNS within {timeout_s:.0f} s")
    if failed:
        raise Unreachable(
            f"{name}:{port}", "has no address", remedy="Check the name, and the DNS of this machine."
        )
    return found


def _read_exemption(text: str) -> Exemption:
    host, port = _split_port(text)
    if not host:
        return Exemption(port=port)
    try:
        return Exemption(network=ip_network(host.strip("[]")), port=port)
    except ValueError:
        if "/" in host or not _NAME.match(host.lower()):
            raise ValueError(f"{text!r} is no network, address, name or port") from None
    return Exemption(name=host.rstrip(".").lower(), port=port)


def _split_port(text: str) -> tuple[str, int | None]:
    host, colon, port = text.rpartition(":")
    is_v6 = ":" in host and not host.endswith("]")
    if not colon or is_v6:
        return text, None
    if not port.isdecimal() or not 0 < int(port) < 65536:
        raise ValueError(f"{text!r} has no port from 1 to 65535 behind its colon")
    return host, int(port)
