"""What the sandbox says of a mail: what stands in it, not yet what it means."""

from typing import Any

import msgspec


class Mailbox(msgspec.Struct, frozen=True):
    """`address` is canonical, empty where there is none that can be one."""

    name: str = ""
    address: str = ""


class Field(msgspec.Struct, frozen=True):
    name: str
    text: str


class Hop(msgspec.Struct, frozen=True, kw_only=True):
    """One `Received` field; the first hop is the one nearest to the sender. Times are microseconds.

    `address` is that of the machine that handed over, as the one that took it saw it; `reverse` the name of
    its address; `greeting` what it called itself. `offset` is the zone in minutes. `delay_s` is counted from
    the hop before.
    """

    greeting: str = ""
    reverse: str = ""
    address: str = ""
    by: str = ""
    protocol: str = ""
    id: str = ""
    recipient: str = ""
    at: int | None = None
    offset: int | None = None
    delay_s: float | None = None


class Stated(msgspec.Struct, frozen=True):
    """What somebody on the way says to have checked: `method` spf, dkim, dmarc, arc…, and its `result`.

    `about` is the domain, address or such that it speaks of. `instance` is that of an ARC set, else 0.
    """

    server: str
    method: str
    result: str
    about: str = ""
    instance: int = 0


class Signature(msgspec.Struct, frozen=True, kw_only=True):
    """A DKIM signature (RFC 6376) as it is written; `number` is its place among them, from the top.

    `body_matches` tells whether the body is still the one that was signed, None where that cannot be told.
    `length` is how many bytes of the body are signed, None for all. Times are microseconds.
    """

    number: int
    domain: str = ""
    selector: str = ""
    algorithm: str = ""
    identity: str = ""
    signed: tuple[str, ...] = ()
    length: int | None = None
    body_size: int = 0
    signed_at: int | None = None
    expires_at: int | None = None
    body_matches: bool | None = None
    fault: str = ""


class ChainLink(msgspec.Struct, frozen=True):
    """One set of ARC (RFC 8617) as it is written."""

    instance: int
    domain: str
    selector: str
    status: str
    seal_selector: str = ""
    seal_domain: str = ""


class Link(msgspec.Struct, frozen=True):
    """`text` is what people see; `place` where it stands."""

    target: str
    text: str
    place: str


class Markup(msgspec.Struct, kw_only=True):
    """What is in the HTML of a mail."""

    links: list[Link] = []
    forms: list[str] = []
    password_fields: int = 0
    pixels: list[str] = []
    images: int = 0
    scripts: int = 0
    hidden: str = ""
    hidden_letters: int = 0
    shown_letters: int = 0
    smuggling: list[str] = []
    frames: list[str] = []
    refresh: str = ""
    base: str = ""


class Indicator(msgspec.Struct, frozen=True):
    """A value, and where it stands first."""

    kind: str
    value: str
    place: str


class Attachment(msgspec.Struct, frozen=True, kw_only=True):
    """`report` is what the file engine says of it (`files.inspecting`), None where it was not looked at."""

    name: str
    size: int
    sha256: str
    stated_type: str
    is_inline: bool = False
    report: Any = None


class MailReading(msgspec.Struct, kw_only=True):
    """One mail. `path` is how one gets there: empty for the mail itself, else "mail.eml > old.eml"."""

    path: str = ""
    format: str = "eml"
    size: int = 0
    subject: str = ""
    raw_subject: str = ""
    fields: list[Field] = []
    senders: list[Mailbox] = []
    sender: Mailbox = Mailbox()
    reply_to: list[Mailbox] = []
    return_path: str = ""
    recipients: list[Mailbox] = []
    message_id: str = ""
    mailer: str = ""
    is_reply: bool = False
    list_id: str = ""
    repeated: list[str] = []
    sent_at: int | None = None
    sent_offset: int | None = None
    date: str = ""
    hops: list[Hop] = []
    more_hops: int = 0
    stated: list[Stated] = []
    client: str = ""
    signatures: list[Signature] = []
    chain: list[ChainLink] = []
    text: str = ""
    markup: Markup = msgspec.field(default_factory=Markup)
    has_html: bool = False
    encryption: list[str] = []
    invitations: list[str] = []
    attachments: list[Attachment] = []
    indicators: list[Indicator] = []
    faults: list[str] = []


class KeyCheck(msgspec.Struct, frozen=True, kw_only=True):
    """Whether a signature holds: None where it could not be told, then `fault` says why."""

    number: int
    is_valid: bool | None = None
    key_bits: int = 0
    is_testing: bool = False
    fault: str = ""


class Checks(msgspec.Struct, kw_only=True):
    """What the answers of DNS say of one mail. `missing` are questions that came up on the way."""

    path: str = ""
    spf: str = ""
    spf_reason: str = ""
    signatures: list[KeyCheck] = []
    chain: str = ""
    chain_reason: str = ""
    missing: list[str] = []
