"""Every limit of Stack in one table; docs/security/hardening.md says what each is for."""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from types import MappingProxyType

from stack.core.limits import Policy

_MINUTE = 60
_TEN_MINUTES = 600
_HOUR = 3600
# All keys of a user together, so that making keys does not make room.
_KEYS_OF_A_USER = 4


class Cost(StrEnum):
    """What a request costs: each is counted apart."""

    READ = "read"
    WRITE = "write"
    EXPENSIVE = "expensive"


@dataclass(frozen=True, slots=True)
class LimitSettings:
    """`is_on` concerns requests; signing in is limited always."""

    is_on: bool
    policies: Mapping[str, Policy]


def list_policies(
    *, reads: int = 6000, writes: int = 1200, expensive: int = 300, anonymous: int = 300
) -> Mapping[str, Policy]:
    """The table by name; the arguments are numbers per minute."""
    per_minute = {Cost.READ: reads, Cost.WRITE: writes, Cost.EXPENSIVE: expensive}
    policies = [
        # Per session's user, and per key; then all keys of a user together.
        *(Policy(cost, number, _MINUTE) for cost, number in per_minute.items()),
        *(Policy(f"{cost}-keys", _KEYS_OF_A_USER * number, _MINUTE) for cost, number in per_minute.items()),
        # Per client address.
        Policy("anonymous", anonymous, _MINUTE),
        Policy("address", max(12_000, 2 * reads), _MINUTE),
        Policy("failed-key", 60, _MINUTE),
        Policy("failed-keys", 600, _MINUTE),
        Policy("sign-in-address", 50, _TEN_MINUTES, is_strict=True),
        # Fewer from one address than from all, so that one stranger does not lock the owner out.
        Policy("sign-in", 5, _TEN_MINUTES, is_strict=True, first_lock=300, longest_lock=_HOUR),
        Policy("sign-in-name", 10, _TEN_MINUTES, is_strict=True, first_lock=60, longest_lock=_HOUR),
        Policy("second-factor", 10, _TEN_MINUTES, is_strict=True, first_lock=60, longest_lock=_HOUR),
    ]
    return MappingProxyType({policy.name: policy for policy in policies})
