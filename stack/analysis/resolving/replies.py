"""What came of a question to DNS."""

from enum import StrEnum
from typing import Final, Protocol, runtime_checkable

import msgspec

from stack.analysis.base import Resolver


class Outcome(StrEnum):
    FOUND = "found"
    EMPTY = "empty"
    """The name exists, but has no record of this type."""
    ABSENT = "absent"
    """There is no such name (NXDOMAIN)."""
    SILENT = "silent"
    """Nobody answered in time, or those who did could not: nothing is known."""


class DnsReply(msgspec.Struct, frozen=True):
    """`texts` are the records as text, sorted; names in lower case without the trailing dot."""

    outcome: Outcome
    texts: tuple[str, ...] = ()


SILENCE: Final = DnsReply(Outcome.SILENT)


@runtime_checkable
class DnsAsker(Protocol):
    """A resolver that tells apart why there is no answer."""

    def ask(self, name: str, record: str) -> DnsReply: ...


def ask_dns(resolver: Resolver, name: str, record: str) -> DnsReply:
    """The reply of any resolver; of one that only gives texts, no text is silence."""
    if isinstance(resolver, DnsAsker):
        return resolver.ask(name, record)
    texts = resolver.lookup(name, record)
    return DnsReply(Outcome.FOUND, texts) if texts else SILENCE
