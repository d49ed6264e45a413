"""Makes an answer of what a mail is, carries and proves."""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from typing import Any, Final

import msgspec

from stack.analysis.answers import Answer, Evidence, Pivot
from stack.analysis.base import Tools
from stack.analysis.files.results import PartResult
from stack.analysis.mail.alignment import organisational_domain
from stack.analysis.mail.facts import list_facts, list_moments
from stack.analysis.mail.headers import domain_of
from stack.analysis.mail.judging.authentication import judge_authentication
from stack.analysis.mail.judging.case import PREFIX, Case, quote, say
from stack.analysis.mail.judging.content import judge_content, read_host
from stack.analysis.mail.judging.identity import judge_identity
from stack.analysis.mail.judging.links import judge_linked
from stack.analysis.mail.judging.lookalikes import judge_lookalikes
from stack.analysis.mail.judging.route import judge_route
from stack.analysis.mail.running import MailInspection
from stack.analysis.mail.shapes import MailReading
from stack.core.known_good import KnownGood
from stack.stix.observables.kinds import Kind

_MOST_OF_ONE_CODE: Final = 5
_MOST_FACTS, _MOST_PIVOTS, _MOST_MOMENTS = 1_500, 600, 200
_CHECKED: Final = frozenset((Kind.IPV4, Kind.IPV6, Kind.DOMAIN, Kind.URL))
_RULES: Final = (judge_identity, judge_lookalikes, judge_route, judge_authentication, judge_content)
Known = Mapping[str, tuple[KnownGood, ...]]


def make_answer(found: MailInspection, tools: Tools, *, now: int) -> Answer:
    """Evidence of each mail and attachment with where it is; facts by section; pivots."""
    known = _find_known(found.mails, tools)
    evidence = list(_limit(_list_evidence(found, tools, known, now)))
    return Answer(
        summary=_summarise(found, evidence),
        evidence=tuple(evidence),
        facts=tuple(list_facts(found, known))[:_MOST_FACTS],
        pivots=tuple(_list_pivots(found, known))[:_MOST_PIVOTS],
        moments=tuple(list_moments(found.mails))[:_MOST_MOMENTS],
        raw=_write_raw(found),
    )


def _list_evidence(found: MailInspection, tools: Tools, known: Known, now: int) -> Iterator[Evidence]:
    for mail in found.mails:
        case = Case(
            mail=mail,
            now=now,
            brands=tools.brands,
            replies=found.replies,
            checks=found.checks.get(mail.path),
            known=known,
        )
        for rule in _RULES:
            for each in rule(case):
                yield _place(each, mail.path)
        yield from (_place(each, mail.path) for each in judge_linked(mail, tools))
        yield from _list_attached(mail, found)


def _list_attached(mail: MailReading, found: MailInspection) -> Iterator[Evidence]:
    """What the file engine says of the attachments; those shown within the text are no news."""
    for number, attachment in enumerate(mail.attachments):
        for part in found.parts.get((mail.path, number), ()):
            for each in part.evidence:
                inner = f"{attachment.name} > {part.path}" if part.depth else attachment.name
                placed = msgspec.structs.replace(
                    each,
                    code=f"{PREFIX}{each.code}",
                    group=f"{PREFIX}{each.group}" if each.group else "",
                    statement=f"In the attachment {quote(inner)}: {each.statement}",
                )
                yield _place(placed, mail.path)
    if mail.faults:
        yield _place(say("faults", " ".join(mail.faults[:5])), mail.path)


def _place(evidence: Evidence, path: str) -> Evidence:
    if not path:
        return evidence
    return msgspec.structs.replace(evidence, statement=f"In the mail {quote(path)}: {evidence.statement}")


def _limit(evidence: Iterable[Evidence]) -> Iterator[Evidence]:
    """The strongest of each code, in the order of the rules; the rest is counted."""
    found = list(evidence)
    ranked = sorted(range(len(found)), key=lambda place: -abs(found[place].weight))
    shown: Counter[str] = Counter()
    kept: set[int] = set()
    for place in ranked:
        shown[found[place].code] += 1
        if shown[found[place].code] <= _MOST_OF_ONE_CODE:
            kept.add(place)
    yield from (each for place, each in enumerate(found) if place in kept)
    for code, count in shown.items():
        if count > _MOST_OF_ONE_CODE:
            more = count - _MOST_OF_ONE_CODE
            yield say("more", f"{more:,} further findings of the kind {code} are not listed.")


def _summarise(found: MailInspection, evidence: Iterable[Evidence]) -> str:
    mail = found.mails[0]
    author = next((each.address or each.name for each in mail.senders), "nobody")
    count = sum(each.weight > 0 for each in evidence)
    findings = {0: "nothing suspicious", 1: "1 suspicious finding"}.get(count, f"{count} suspicious findings")
    carries = f", {len(mail.attachments)} attached" if mail.attachments else ""
    return f"{quote(mail.subject)} from {author}{carries}: {findings}"


def _list_pivots(found: MailInspection, known: Known) -> Iterator[Pivot]:
    """Each value once. What lists know as good is left out where it only stands in the text."""
    seen: set[tuple[str, str]] = set()
    for pivot in _list_all_pivots(found, known):
        if pivot.value and (pivot.kind, pivot.value) not in seen:
            seen.add((pivot.kind, pivot.value))
            yield pivot


def _list_all_pivots(found: MailInspection, known: Known) -> Iterator[Pivot]:
    for mail in found.mails:
        for attachment in mail.attachments:
            yield Pivot(Kind.SHA256, attachment.sha256, "contains")
        for mailbox in mail.senders:
            yield Pivot(Kind.EMAIL, mailbox.address, "sent-by")
            yield Pivot(Kind.DOMAIN, domain_of(mailbox.address), "sent-by")
    for parts in found.parts.values():
        yield from (Pivot(Kind.SHA256, part.hashes.sha256, "contains") for part in parts if part.depth)
    recipients = {each.address for mail in found.mails for each in mail.recipients}
    for mail in found.mails:
        for each in mail.indicators:
            if each.value not in known and each.value not in recipients:
                is_link = each.kind == Kind.URL and each.place.startswith(("link", "form"))
                yield Pivot(each.kind, each.value, "links-to" if is_link else "mentions")
    for parts in found.parts.values():
        for part in parts:
            yield from (Pivot(each.kind, each.value, "mentions") for each in part.indicators)


def _find_known(mails: Iterable[MailReading], tools: Tools) -> Known:
    """The lists that hold the values of the mails, and the domains that they are from and show."""
    asked: set[tuple[Kind, str]] = set()
    for mail in mails:
        asked |= {(Kind(each.kind), each.value) for each in mail.indicators if each.kind in _CHECKED}
        hosts = [domain_of(each.address) for each in mail.senders]
        hosts += [link.seal_domain for link in mail.chain]
        hosts += [read_host(f"//{link.text.partition('://')[2] or link.text}") for link in mail.markup.links]
        asked |= {(Kind.DOMAIN, organisational_domain(host)) for host in hosts if "." in host}
    found = tools.find_known_good(sorted(asked)) if asked else {}
    return {value: lists for value, lists in found.items() if lists}


def _write_raw(found: MailInspection) -> dict[str, Any]:
    mails = [msgspec.to_builtins(mail) for mail in found.mails]
    for mail in mails:
        mail["text"] = mail["text"][:2_000]
        mail["indicators"] = len(mail["indicators"])
    return {
        "mails": mails,
        "checks": msgspec.to_builtins(list(found.checks.values())),
        "attachments": [
            {"mail": path, "attachment": number, "parts": [_describe_part(part) for part in parts]}
            for (path, number), parts in found.parts.items()
        ],
        "remarks": found.remarks,
    }


def _describe_part(part: PartResult) -> dict[str, Any]:
    return {"path": part.path, "media": part.media, "size": part.size, "sha256": part.hashes.sha256}
