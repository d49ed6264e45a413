"""What people want to see of a mail beside the evidence: fields, the way, who proves what, what is in it."""

from collections.abc import Iterable, Iterator, Mapping

from stack.analysis.answers import Fact, Moment
from stack.analysis.mail.running import MailInspection
from stack.analysis.mail.shapes import Checks, Hop, MailReading
from stack.core.known_good import KnownGood

_SHOWN = ("from", "sender", "reply-to", "to", "cc", "subject", "date", "message-id", "return-path")
_MOST_LINKS = 200
_MOST_INDICATORS = 300


def list_facts(found: MailInspection, known: Mapping[str, tuple[KnownGood, ...]]) -> Iterator[Fact]:
    for remark in found.remarks:
        yield Fact("The mail", remark, section="Not read")
    if found.left_out:
        yield Fact("Mails within", f"{found.left_out:,} more were not read.", section="Not read")
    for mail in found.mails:
        prefix = f"{mail.path}: " if mail.path else ""
        for section, name, value, kind in _list_of_mail(mail, found, known):
            if name and value:
                yield Fact(name, value, kind, section=f"{prefix}{section}")


def list_moments(mails: Iterable[MailReading]) -> Iterator[Moment]:
    for mail in mails:
        at = f" ({mail.path})" if mail.path else ""
        if mail.sent_at is not None:
            yield Moment(mail.sent_at, f"The mail is dated{at}")
        for hop in mail.hops:
            if hop.at is not None:
                yield Moment(hop.at, f"{hop.by or 'A server'} takes the mail from {_name_giver(hop)}{at}")


def _list_of_mail(
    mail: MailReading, found: MailInspection, known: Mapping[str, tuple[KnownGood, ...]]
) -> Iterator[tuple[str, str, str, str]]:
    for field in mail.fields:
        if field.name.lower() in _SHOWN:
            yield "Header", field.name, field.text, ""
    if mail.mailer:
        yield "Header", "Written with", mail.mailer, ""
    if mail.list_id:
        yield "Header", "Mailing list", mail.list_id, ""
    if mail.sent_offset is not None:
        yield "Header", "Time zone of the sender", _write_zone(mail.sent_offset), ""
    yield from _list_way(mail)
    yield from _list_proofs(mail, found.checks.get(mail.path))
    for line in mail.invitations:
        yield "Invitation", line.partition(":")[0].partition(";")[0].title(), line.partition(":")[2], ""
    for number, attachment in enumerate(mail.attachments):
        parts = found.parts.get((mail.path, number))
        kind = parts[0].media if parts else attachment.stated_type
        yield (
            "Attachments",
            f"{attachment.name} ({kind}, {attachment.size:,} bytes)",
            attachment.sha256,
            "sha256",
        )
    for link in mail.markup.links[:_MOST_LINKS]:
        yield "Links", link.text or "(without text)", link.target, "url" if "//" in link.target[:9] else ""
    for each in mail.indicators[:_MOST_INDICATORS]:
        good = " (known good)" if each.value in known else ""
        yield "Indicators", f"{each.place}{good}", each.value, each.kind
    for fault in mail.faults:
        yield "Not read", "The mail", fault, ""
    yield from _list_fields(mail)


def _list_way(mail: MailReading) -> Iterator[tuple[str, str, str, str]]:
    for number, hop in enumerate(mail.hops, start=1):
        protocol = f" with {hop.protocol}" if hop.protocol else ""
        delay = f", {hop.delay_s:+,.0f} s" if hop.delay_s is not None else ""
        zone = f", zone {_write_zone(hop.offset)}" if hop.offset is not None else ""
        yield "Way", f"Hop {number}", f"from {_name_giver(hop)} by {hop.by or '?'}{protocol}{delay}{zone}", ""
        if hop.address:
            yield "Way", f"Hop {number}, address", hop.address, "ipv6" if ":" in hop.address else "ipv4"
    if mail.more_hops:
        yield "Way", "Further hops", f"{mail.more_hops:,} older ones were not read", ""


def _list_proofs(mail: MailReading, checks: Checks | None) -> Iterator[tuple[str, str, str, str]]:
    section = "Authentication"
    for signature in mail.signatures:
        covers = f" covers {', '.join(signature.signed)}" if signature.signed else ""
        yield (
            section,
            f"DKIM of {signature.domain}, {signature.algorithm}, {signature.selector}",
            covers.strip(),
            "",
        )
    if checks and checks.spf:
        yield section, "SPF", f"{checks.spf} {checks.spf_reason}".strip(), ""
    for link in mail.chain:
        yield section, f"ARC {link.instance}", f"{link.domain}, cv={link.status}", ""
    for each in mail.stated:
        where = f"ARC {each.instance} of {each.server}" if each.instance else each.server or "stated"
        yield section, f"{where} states", f"{each.method}={each.result} {each.about}".strip(), ""


def _list_fields(mail: MailReading) -> Iterator[tuple[str, str, str, str]]:
    for field in mail.fields:
        if field.name.lower() not in _SHOWN:
            yield "All fields", field.name, field.text, ""


def _name_giver(hop: Hop) -> str:
    names = " / ".join(dict.fromkeys(each for each in (hop.greeting, hop.reverse) if each))
    return f"{names} [{hop.address}]" if hop.address and hop.address != names else names or "?"


def _write_zone(minutes: int) -> str:
    return f"{'-' if minutes < 0 else '+'}{abs(minutes) // 60:02}:{abs(minutes) % 60:02}"
