"""A mail read: from the tree of its parts to what stands in it. Runs in the sandbox."""

import hashlib
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Final

from stack.analysis.mail.headers import canonical_address, domain_of, parse_mailboxes, parse_time
from stack.analysis.mail.hops import MOST_HOPS, read_hops
from stack.analysis.mail.indicators import IndicatorList
from stack.analysis.mail.markup import read_markup
from stack.analysis.mail.outlook import OutlookMail
from stack.analysis.mail.shapes import Attachment, Field, Mailbox, MailReading
from stack.analysis.mail.signing import read_chain, read_signatures
from stack.analysis.mail.stated import find_client, read_stated
from stack.analysis.mail.wire import MAILS, Entity, walk_leaves
from stack.core.errors import BadInput
from stack.ingest.documents.passages import clean_text, decode_text
from stack.ingest.documents.readers.mail import decode_words

MOST_ATTACHMENTS: Final = 200
_MOST_SHOWN = 300
_LONGEST_SHOWN = 2_000
_LONGEST_TEXT = 20_000
_MOST_MARKUP = 2_000_000
_MOST_BODY = 4_000_000
# Fields of which a mail has one at most (RFC 5322, section 3.6).
_SINGLE = ("from", "sender", "reply-to", "to", "cc", "subject", "date", "message-id", "in-reply-to")
_TOLD_OF = frozenset(
    ("received", "x-originating-ip", "x-sender-ip", "authentication-results", "received-spf")
)
_ENCRYPTED = {
    "application/pkcs7-mime": "S/MIME",
    "application/x-pkcs7-mime": "S/MIME",
    "application/pkcs7-signature": "S/MIME signature",
    "application/x-pkcs7-signature": "S/MIME signature",
    "application/pgp-encrypted": "PGP",
    "application/pgp-signature": "PGP signature",
    "application/pgp-keys": "PGP key",
}
_PGP = {"-----BEGIN PGP MESSAGE-----": "PGP", "-----BEGIN PGP SIGNED MESSAGE-----": "PGP signature"}


@dataclass(slots=True)
class Contents:
    """A mail and the bytes within it that are looked at next. Without `with_markup` no HTML is parsed."""

    reading: MailReading
    with_markup: bool = True
    files: list[tuple[str, bytes]] = field(default_factory=list)
    mails: list[tuple[str, bytes | OutlookMail]] = field(default_factory=list)
    indicators: IndicatorList = field(default_factory=IndicatorList)


def read_entity(root: Entity, *, path: str, with_markup: bool = True) -> Contents:
    """What stands in a mail whose parts are known."""
    contents = Contents(MailReading(path=path, size=len(root.data)), with_markup)
    _read_head(root, contents)
    contents.reading.signatures = read_signatures(root)
    contents.reading.chain = read_chain(root)
    for part in walk_leaves(root):
        _read_part(part, contents)
    contents.reading.faults = list(dict.fromkeys([*root.faults, *contents.reading.faults]))
    return _finish(contents)


def read_outlook(mail: OutlookMail, *, path: str, size: int, with_markup: bool = True) -> Contents:
    """What stands in an Outlook message. Its signatures are not read: the body is no longer what was sent."""
    contents = Contents(MailReading(path=path, format="msg", size=size), with_markup)
    _read_head(mail.head, contents)
    if mail.text:
        _add_text(mail.text, contents)
    if mail.html:
        _add_markup(mail.html, contents)
    for file in mail.files:
        _add_file(contents, file.name, file.data, stated_type=file.type, is_inline=file.is_inline)
    contents.mails += mail.mails
    contents.reading.faults = list(dict.fromkeys([*mail.head.faults, *mail.faults, *contents.reading.faults]))
    return _finish(contents)


def _read_head(root: Entity, contents: Contents) -> None:
    reading, fields = contents.reading, root.fields
    texts = [(each.name, each.text) for each in fields]
    reading.fields = [
        Field(raw.raw_name.decode("ascii"), clean_text(decode_words(text))[:_LONGEST_SHOWN])
        for raw, (_, text) in zip(fields[:_MOST_SHOWN], texts, strict=False)
    ]
    reading.raw_subject = root.read_field("subject")[:1_000]
    reading.subject = clean_text(decode_words(reading.raw_subject))[:1_000]
    reading.senders = _list_mailboxes(texts, ("from",))
    reading.sender = next(iter(_list_mailboxes(texts, ("sender",))), Mailbox())
    reading.reply_to = _list_mailboxes(texts, ("reply-to",))
    reading.recipients = _list_mailboxes(texts, ("to", "cc"))
    reading.return_path = canonical_address(root.read_field("return-path").strip("<> "))
    reading.message_id = root.read_field("message-id")[:1_000]
    reading.mailer = (root.read_field("x-mailer") or root.read_field("user-agent"))[:300]
    reading.is_reply = any(name in ("in-reply-to", "references") and text for name, text in texts)
    reading.list_id = root.read_field("list-id")[:300]
    counts = Counter(name for name, _ in texts)
    reading.repeated = [name for name in _SINGLE if counts[name] > 1]
    reading.date = root.read_field("date")[:120]
    reading.sent_at, reading.sent_offset = parse_time(reading.date)
    received = [text for name, text in texts if name == "received"]
    reading.hops = read_hops(received)
    reading.more_hops = max(0, len(received) - MOST_HOPS)
    reading.stated = read_stated(fields)
    reading.client = find_client(fields)
    for name, text in texts:
        if name in _TOLD_OF:
            contents.indicators.add_text(text, place=f"header {name}")


def _list_mailboxes(texts: Sequence[tuple[str, str]], names: Iterable[str]) -> list[Mailbox]:
    return [
        Mailbox(clean_text(found.name)[:500], found.address)
        for name, text in texts
        if name in names
        for found in parse_mailboxes(text)
    ][:200]


def _read_part(part: Entity, contents: Contents) -> None:
    kind, reading = part.type, contents.reading
    if kind in _ENCRYPTED and _ENCRYPTED[kind] not in reading.encryption:
        reading.encryption.append(_ENCRYPTED[kind])
    if kind in MAILS:
        contents.mails.append((part.name or "message.eml", part.read_body()))
        return
    is_text = kind.startswith("text/")
    if part.disposition == "attachment" or (part.name and not is_text) or not (is_text or _is_report(kind)):
        if part.end > part.start:
            _add_part_file(part, contents)
        return
    body = part.read_body()
    if kind == "text/calendar":
        _add_invitation(body, part, contents)
    elif kind == "text/html":
        _add_markup(decode_text(body[:_MOST_MARKUP], part.charset), contents)
    else:
        _add_text(decode_text(body[:_MOST_BODY], part.charset), contents)
    if part.name:
        _add_file(contents, part.name, body, stated_type=kind, is_inline=True)


def _is_report(kind: str) -> bool:
    """Parts of delivery reports, which are text under another name, and a multipart without parts."""
    return kind in ("message/delivery-status", "message/disposition-notification") or kind.startswith(
        "multipart/"
    )


def _add_part_file(part: Entity, contents: Contents) -> None:
    body = part.read_body()
    if part.type == "text/calendar":
        _add_invitation(body, part, contents)
    _add_file(
        contents,
        part.name or f"attachment ({part.type[:100]})",
        body,
        stated_type=part.type,
        is_inline=part.disposition != "attachment",
    )


def _add_file(contents: Contents, name: str, data: bytes, *, stated_type: str, is_inline: bool) -> None:
    reading = contents.reading
    if len(reading.attachments) >= MOST_ATTACHMENTS:
        reading.faults.append(
            f"The mail has more than {MOST_ATTACHMENTS} attachments; the rest was not read."
        )
        return
    name = clean_text(name)[:300]
    digest = hashlib.sha256(data).hexdigest()
    reading.attachments.append(
        Attachment(
            name=name, size=len(data), sha256=digest, stated_type=stated_type[:100], is_inline=is_inline
        )
    )
    contents.files.append((name, data))


def _add_text(text: str, contents: Contents) -> None:
    text = clean_text(text)
    contents.reading.text = (contents.reading.text + text)[:_LONGEST_TEXT]
    contents.indicators.add_text(text, place="text body")
    for mark, what in _PGP.items():
        if mark in text and what not in contents.reading.encryption:
            contents.reading.encryption.append(what)


def _add_markup(text: str, contents: Contents) -> None:
    reading = contents.reading
    text = clean_text(text[:_MOST_MARKUP])
    reading.has_html = True
    if not contents.with_markup:
        reading.faults.append("The HTML was left out, as reading it took too long.")
        return
    try:
        shown = read_markup(text, reading.markup, place="HTML body")
    except BadInput as error:
        reading.faults.append(f"{error.detail}.")
        return
    if not reading.text:
        reading.text = shown[:_LONGEST_TEXT]
    contents.indicators.add_text(shown, place="HTML body")


def _add_invitation(body: bytes, part: Entity, contents: Contents) -> None:
    """A meeting (RFC 5545): who invites, to what, where; folded lines are joined."""
    text = (
        decode_text(body[:500_000], part.charset).replace("\r\n", "\n").replace("\n ", "").replace("\n\t", "")
    )
    wanted = ("ORGANIZER", "SUMMARY", "LOCATION", "DTSTART", "METHOD")
    lines = [line for line in text.split("\n")[:5_000] if line.split(":")[0].split(";")[0].upper() in wanted]
    contents.reading.invitations += [clean_text(line)[:300] for line in lines[:10]]
    contents.indicators.add_text(clean_text(text), place="invitation")


def _finish(contents: Contents) -> Contents:
    reading, found = contents.reading, contents.indicators
    markup = reading.markup
    for mailboxes, place in (
        (reading.senders, "header from"),
        ([reading.sender], "header sender"),
        (reading.reply_to, "header reply-to"),
        ([Mailbox("", reading.return_path)], "header return-path"),
    ):
        for mailbox in mailboxes:
            found.add_value("email", mailbox.address, place=place)
            found.add_value("domain", domain_of(mailbox.address), place=place)
    for link in markup.links:
        found.add_link(link.target, place=f"link in {link.place}")
    for values, place in (
        (markup.forms, "form"),
        (markup.pixels, "tracking pixel"),
        (markup.frames, "frame"),
    ):
        for value in values:
            found.add_link(value, place=f"{place} in HTML body")
    found.add_link(markup.refresh, place="refresh in HTML body")
    reading.indicators = found.values
    return contents
