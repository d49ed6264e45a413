"""How a value is written in the key table, so that every look-up is an exact one."""

import hashlib
import ipaddress
from collections.abc import Iterable

from stack.stix.observables.kinds import Kind, Observable

MAXIMUM_LENGTH = 512
_KEPT_LENGTH = 448


def key_text(observable: Observable) -> str:
    """The value as kept in the key table.

    IPv6 addresses and networks are exploded, so that a network's addresses share a prefix. A value of more
    than 512 characters keeps its first 448, followed by "#" and the start of its SHA-256. U+FFFD stands for
    NUL, which PostgreSQL does not keep.
    """
    value = observable.value.replace("\x00", "\ufffd")
    if ":" in value:
        if observable.kind is Kind.IPV6:
            return ipaddress.IPv6Address(value).exploded
        if observable.kind is Kind.CIDR:
            return ipaddress.IPv6Network(value).exploded
    if len(value) <= MAXIMUM_LENGTH:
        return value
    digest = hashlib.sha256(value.encode("utf-8", "surrogatepass")).hexdigest()
    return f"{value[:_KEPT_LENGTH]}#{digest[: MAXIMUM_LENGTH - _KEPT_LENGTH - 1]}"


def networks_of(ip: str, *, lengths: Iterable[int] = range(129)) -> list[str]:
    """The key texts of the networks with these prefix lengths that would contain this address.

    Of all lengths these are 33 for IPv4 and 129 for IPv6. ValueError where `ip` is no address.
    """
    if ":" not in ip:
        number = int(ipaddress.IPv4Address(ip))
        return [
            _write_ipv4(number >> 32 - length << 32 - length, length) for length in lengths if length <= 32
        ]
    number = int(ipaddress.IPv6Address(ip))
    return [_write_ipv6(number >> 128 - length << 128 - length, length) for length in lengths]


def _write_ipv4(number: int, prefix: int) -> str:
    return f"{number >> 24}.{number >> 16 & 255}.{number >> 8 & 255}.{number & 255}/{prefix}"


def _write_ipv6(number: int, prefix: int) -> str:
    digits = f"{number:032x}"
    return ":".join(digits[start : start + 4] for start in range(0, 32, 4)) + f"/{prefix}"
