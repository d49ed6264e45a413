"""Asks recursive resolvers, with limits on everything that they or those behind them decide."""

import ipaddress
import re
from contextlib import suppress
from functools import cache
from threading import Event
from time import monotonic
from typing import TYPE_CHECKING, Any, Final

from stack.analysis.resolving.kept_replies import MOST_S, KeptReplies
from stack.analysis.resolving.replies import SILENCE, DnsReply, Outcome
from stack.analysis.resolving.settings import ResolvingSettings

if TYPE_CHECKING:
    import dns.rdata
    import dns.resolver

_RECORDS: Final = frozenset(
    ("A", "AAAA", "CAA", "CNAME", "DNSKEY", "DS", "MX", "NS", "PTR", "SOA", "SRV", "TLSA", "TXT")
)
_NAME: Final = re.compile(r"(?:[a-z0-9_-]{1,63}\.)*[a-z0-9_-]{1,63}", re.ASCII)
_MOST_RECORDS: Final = 64
_MOST_TEXT: Final = 4096
_kept = KeptReplies()


class DnsResolver:
    """One analysis' way to DNS: at most `questions`, in `seconds` altogether, each within `question_s`.

    What is over these bounds, or after `stop` is set, is answered with silence. Safe for several threads.
    """

    def __init__(
        self,
        settings: ResolvingSettings,
        *,
        question_s: float = 3.0,
        seconds: float = 20.0,
        questions: int = 100,
        stop: Event | None = None,
        kept: KeptReplies = _kept,
    ) -> None:
        self._settings = settings
        self._question_s = question_s
        self._until = monotonic() + seconds
        self._left = questions
        self._stop = stop
        self._replies = kept

    def lookup(self, name: str, record: str) -> tuple[str, ...]:
        """The texts of the records; an address is asked for by itself with "PTR". ValueError as `ask`."""
        return self.ask(name, record).texts

    def ask(self, name: str, record: str) -> DnsReply:
        """ValueError where the type of record is none that is asked for; a name that cannot be is absent."""
        if record not in _RECORDS:
            raise ValueError(f"{record} is none of the records {', '.join(sorted(_RECORDS))}")
        wanted = _write_question(name, record)
        if wanted is None:
            return DnsReply(Outcome.ABSENT)
        question = (self._settings, wanted, record)
        kept = self._replies.get(question)
        if kept is not None:
            return kept
        remaining = self._until - monotonic()
        if remaining <= 0 or self._left <= 0 or (self._stop is not None and self._stop.is_set()):
            return SILENCE
        self._left -= 1
        reply, holds_s = _send(self._settings, wanted, record, seconds=min(self._question_s, remaining))
        self._replies.put(question, reply, seconds=holds_s)
        return reply


def _write_question(name: str, record: str) -> str | None:
    if record == "PTR":
        with suppress(ValueError):
            return ipaddress.ip_address(name).reverse_pointer
    text = name.lower().rstrip(".")
    return text if len(text) <= 253 and _NAME.fullmatch(text) else None


def _send(settings: ResolvingSettings, name: str, record: str, *, seconds: float) -> tuple[DnsReply, float]:
    """The reply, and the seconds for which it holds; silence does not."""
    import dns.exception
    import dns.resolver

    try:
        client = _make_client(settings)
        answer = client.resolve(f"{name}.", record, lifetime=seconds, search=False, raise_on_no_answer=False)
    except dns.resolver.NXDOMAIN:
        return DnsReply(Outcome.ABSENT), MOST_S
    # YXDOMAIN, SERVFAIL of all servers, time-outs, malformed answers: nothing is known.
    except (dns.exception.DNSException, OSError, ValueError):
        return SILENCE, 0
    if answer.rrset is None:
        return DnsReply(Outcome.EMPTY), MOST_S
    texts = {_write_record(each)[:_MOST_TEXT] for each in list(answer.rrset)[:_MOST_RECORDS]}
    return DnsReply(Outcome.FOUND, tuple(sorted(texts))), float(answer.rrset.ttl)


@cache
def _make_client(settings: ResolvingSettings) -> "dns.resolver.Resolver":
    import dns.nameserver
    import dns.resolver

    client = dns.resolver.Resolver(configure=settings.is_system)
    if settings.servers:
        client.nameservers = [
            dns.nameserver.Do53Nameserver(each.address, each.port) for each in settings.servers
        ]
    client.timeout = 1.5
    client.cache = None
    return client


def _write_record(record: Any) -> str:
    """A record as text: strings of TXT joined without quotes, names without the trailing dot."""
    import dns.rdatatype

    if record.rdtype == dns.rdatatype.TXT:
        return b"".join(record.strings).decode("utf-8", "replace")
    text = str(record.to_text())
    if record.rdtype in {dns.rdatatype.CNAME, dns.rdatatype.NS, dns.rdatatype.PTR}:
        return _trim_name(text)
    if record.rdtype in {dns.rdatatype.MX, dns.rdatatype.SRV}:
        head, _, target = text.rpartition(" ")
        # The null MX of RFC 7505 is a bare dot, and stays one.
        return f"{head} {_trim_name(target)}"
    return text


def _trim_name(text: str) -> str:
    return text.lower().rstrip(".") or "."
