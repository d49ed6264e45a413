"""How many addresses beside one are known to be bad.

Of 839 addresses in published indicators, leaving out each in turn, 12 % have one other in their /24, 6 % two
and 9 % more; of 62,000 public resolvers 0.06 % have one and 0.008 % more. That is a ratio of hundreds, but
the more a store knows the more chance there is in it, and who shares a network shares its host, not its
guilt. So the weights are far below what was measured, and no number of neighbours is strong evidence.
"""

from collections.abc import Sequence
from typing import Final, NamedTuple

from stack.analysis.answers import MODEST, SLIGHT
from stack.analysis.base import Known, KnownObject
from stack.core.addresses import Address

_LENGTHS: Final = {4: (24,), 6: (64, 48)}
_HARMLESS: Final = frozenset(
    {"benign", "false-positive", "known-good", "allowlist", "whitelist", "anonymization", "tor-exit"}
)
_MANY: Final = 5
_MANY_WEIGHT: Final = 2.0


class Neighbourhood(NamedTuple):
    """`bad` are the addresses of `network`, but for the one asked about, that indicators are about."""

    network: str
    size: int
    known: int
    bad: tuple[str, ...]

    @property
    def weight(self) -> float:
        if len(self.bad) >= _MANY:
            return _MANY_WEIGHT
        return (0.0, SLIGHT, MODEST, MODEST, MODEST)[len(self.bad)]


def list_networks_around(address: Address) -> list[str]:
    """The networks whose addresses are neighbours: /24, or /64 and /48."""
    return [_write_network(address, length) for length in _LENGTHS[address.version]]


def count_bad(network: str, known: Sequence[Known], *, besides: Address) -> Neighbourhood:
    """`known` are the addresses of the network that the store knows."""
    others = [each for each in known if each.value != str(besides)]
    bad = tuple(each.value for each in others if any(map(speaks_ill, each.objects)))
    length = int(network.rpartition("/")[2])
    return Neighbourhood(network, 1 << (besides.max_prefixlen - length), len(others), bad)


def speaks_ill(known: KnownObject) -> bool:
    """Whether an object is an indicator of something bad, as far as it says."""
    if known.type != "indicator" or known.is_revoked:
        return False
    return not _HARMLESS.intersection(label.lower() for label in known.labels)


def _write_network(address: Address, length: int) -> str:
    kept = int(address) >> (address.max_prefixlen - length) << (address.max_prefixlen - length)
    return f"{type(address)(kept)}/{length}"
