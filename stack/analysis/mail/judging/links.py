"""What the URL engine says of the links of a mail, without asking DNS: a mail may hold a thousand."""

from collections.abc import Iterable, Iterator
from typing import Any, Final, cast

import msgspec

from stack.analysis.answers import MODEST, Evidence
from stack.analysis.base import Tools
from stack.analysis.mail.judging.case import PREFIX, quote
from stack.analysis.mail.judging.content import read_host
from stack.analysis.mail.shapes import MailReading
from stack.analysis.subjects import Subject
from stack.analysis.urls.analysing import analyze_link
from stack.core.errors import BadInput
from stack.stix.observables.kinds import Kind

_MOST_HOSTS: Final = 25
_OF_ONE_HOST: Final = 2


def judge_linked(mail: MailReading, tools: Tools) -> Iterator[Evidence]:
    """Evidence of some weight: what links of newsletters have too is left to the analysis of the link."""
    quiet = cast("Tools", _WithoutDns(tools))
    seen: set[tuple[str, str]] = set()
    for target in _choose_links(mail):
        if tools.stop.is_set():
            return
        try:
            answer = analyze_link(Subject(Kind.URL, target), quiet)
        except BadInput:
            continue
        host = read_host(target)
        for each in answer.evidence:
            if each.weight >= MODEST and (each.code, host) not in seen:
                seen.add((each.code, host))
                yield msgspec.structs.replace(
                    each,
                    code=f"{PREFIX}{each.code}",
                    group=f"{PREFIX}links",
                    statement=f"The mail links to {quote(target)}. {each.statement}",
                )


def _choose_links(mail: MailReading) -> Iterator[str]:
    """Two of each host at most, so that a mail full of good links does not hide the one that is not."""
    markup = mail.markup
    counts: dict[str, int] = {}
    linked = [link.target for link in markup.links]
    found: Iterable[str] = (*markup.forms, markup.refresh, *linked, *_list_written(mail))
    for target in dict.fromkeys(found):
        host = read_host(target)
        if not host or counts.get(host, 0) >= _OF_ONE_HOST:
            continue
        if host not in counts and len(counts) >= _MOST_HOSTS:
            return
        counts[host] = counts.get(host, 0) + 1
        yield f"http:{target}" if target.startswith("//") else target


def _list_written(mail: MailReading) -> Iterator[str]:
    """What mail programs make a link of although it is plain text."""
    return (each.value for each in mail.indicators if each.kind == Kind.URL and each.place == "text body")


class _WithoutDns:
    """The same tools, but for DNS."""

    resolver = None

    def __init__(self, tools: Tools) -> None:
        self._tools = tools

    def __getattr__(self, name: str) -> Any:
        return getattr(self._tools, name)
