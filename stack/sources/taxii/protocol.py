"""What TAXII servers say, read leniently: envelopes, manifests, statuses. Pure; nothing here asks anybody.

TAXII 2.1 (OASIS, June 2021). Servers differ in how well they keep to it, so that whatever is not needed may
be absent or of another type. Objects stay the bytes that came.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from hashlib import blake2b
from typing import Any, Final

import msgspec

from stack.core.errors import Unavailable
from stack.stix.timestamps import TimestampError, parse_instant

TAXII_21: Final = "application/taxii+json;version=2.1"
TAXII_20: Final = "application/vnd.oasis.taxii+json; version=2.0"
STIX_20: Final = "application/vnd.oasis.stix+json; version=2.0"
FIRST_HEADER: Final = "x-taxii-date-added-first"
LAST_HEADER: Final = "x-taxii-date-added-last"
_LONGEST_TOKEN: Final = 8_192


class NotTaxii(Unavailable):
    """The answer is none that TAXII knows."""

    title = "The other server does not speak TAXII"


@dataclass(frozen=True, slots=True)
class Page:
    """One answer with objects. `first` and `last` are dates of its headers as they stand there, `now` the
    server's clock in microseconds (0: it says none). `is_more` is None where it says nothing of that."""

    objects: Sequence[bytes]
    is_more: bool | None = None
    next: str = ""
    first: str = ""
    last: str = ""
    now: int = 0


@dataclass(frozen=True, slots=True)
class ApiRoot:
    """`most_bytes` is the longest body that it takes; 0 where it says none."""

    url: str
    title: str
    description: str
    versions: tuple[str, ...]
    most_bytes: int


@dataclass(frozen=True, slots=True)
class Discovery:
    title: str
    description: str
    contact: str
    default: str
    api_roots: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class RemoteCollection:
    id: str
    title: str
    description: str
    alias: str
    can_read: bool
    can_write: bool
    media_types: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class RefusedObject:
    """An object that the other side did not take, with its own words for why."""

    stix_id: str
    version: str
    message: str


@dataclass(frozen=True, slots=True)
class Status:
    """What became of objects that were sent. `is_complete`: nothing of it is pending any more."""

    id: str
    is_complete: bool
    succeeded: int
    failed: int
    pending: int
    failures: tuple[RefusedObject, ...] = field(default=())


class _Envelope(msgspec.Struct):
    objects: msgspec.Raw = msgspec.Raw(b"null")
    more: Any = None
    next: Any = None


class _Head(msgspec.Struct):
    id: Any = ""
    modified: Any = ""
    created: Any = ""


_ENVELOPE = msgspec.json.Decoder(_Envelope)
_OBJECTS = msgspec.json.Decoder(list[msgspec.Raw])
_HEAD = msgspec.json.Decoder(_Head)


def read_envelope(body: bytes, headers: Mapping[str, str]) -> Page:
    """The page that an answer is. Raises `NotTaxii` where it is none; an empty body is an empty page."""
    try:
        envelope = _ENVELOPE.decode(body) if body.strip() else _Envelope()
        is_none = bytes(envelope.objects).strip() == b"null"
        objects = [] if is_none else _OBJECTS.decode(bytes(envelope.objects))
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        raise NotTaxii(
            "The answer is no envelope of objects",
            remedy="Check that the address is an API root of TAXII 2.1.",
        ) from None
    token = envelope.next if isinstance(envelope.next, str) else ""
    if isinstance(envelope.next, int) and not isinstance(envelope.next, bool):
        token = str(envelope.next)
    return Page(
        objects=[bytes(each) for each in objects],
        is_more=read_flag(envelope.more),
        next=token if len(token) <= _LONGEST_TOKEN else "",
        first=read_date(headers.get(FIRST_HEADER, "")),
        last=read_date(headers.get(LAST_HEADER, "")),
    )


def read_flag(value: object) -> bool | None:
    """True and false, also as the texts and numbers that some servers send; None for anything else."""
    if isinstance(value, str):
        return {"true": True, "false": False}.get(value.strip().lower())
    return value if isinstance(value, bool) else bool(value) if isinstance(value, int) else None


def read_date(text: object) -> str:
    """A date as the server wrote it; empty for what is none."""
    if not isinstance(text, str):
        return ""
    try:
        parse_instant(text.strip())
    except TimestampError:
        return ""
    return text.strip()


def read_resource(body: bytes) -> dict[str, Any]:
    """Any resource of TAXII but an envelope. Raises `NotTaxii`."""
    try:
        found = msgspec.json.decode(body)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        found = None
    if not isinstance(found, dict):
        raise NotTaxii("The answer is no JSON object", remedy="Check that the address is one of TAXII 2.1.")
    return found


def read_api_root(url: str, body: Mapping[str, Any]) -> ApiRoot:
    most = body.get("max_content_length")
    return ApiRoot(
        url=url,
        title=read_text(body.get("title")),
        description=read_text(body.get("description")),
        versions=read_texts(body.get("versions")),
        most_bytes=most if isinstance(most, int) and most > 0 else 0,
    )


def read_discovery(body: Mapping[str, Any]) -> Discovery:
    return Discovery(
        title=read_text(body.get("title")),
        description=read_text(body.get("description")),
        contact=read_text(body.get("contact")),
        default=read_text(body.get("default")),
        api_roots=read_texts(body.get("api_roots")),
    )


def read_collections(body: Mapping[str, Any]) -> list[RemoteCollection]:
    found = body.get("collections")
    return [
        RemoteCollection(
            id=read_text(each.get("id")),
            title=read_text(each.get("title")),
            description=read_text(each.get("description")),
            alias=read_text(each.get("alias")),
            can_read=read_flag(each.get("can_read")) is True,
            can_write=read_flag(each.get("can_write")) is True,
            media_types=read_texts(each.get("media_types")),
        )
        for each in (found if isinstance(found, list) else [])
        if isinstance(each, dict) and read_text(each.get("id"))
    ]


def read_manifest(body: Mapping[str, Any]) -> list[tuple[str, str]]:
    """(STIX id, date added) of each entry that has both."""
    found = body.get("objects")
    entries = [each for each in (found if isinstance(found, list) else []) if isinstance(each, dict)]
    pairs = [(read_text(each.get("id")), read_date(each.get("date_added"))) for each in entries]
    return [(stix_id, added) for stix_id, added in pairs if stix_id and added]


def read_status(body: Mapping[str, Any]) -> Status:
    """A status resource of either version (section 4.3.1; lists of failures differ)."""
    failures = body.get("failures")
    pending = _count(body.get("pending_count"))
    refused = tuple(
        RefusedObject(
            stix_id=read_text(each.get("id")),
            version=read_text(each.get("version")),
            message=read_text(each.get("message"))[:500],
        )
        for each in (failures if isinstance(failures, list) else [])
        if isinstance(each, dict)
    )
    return Status(
        id=read_text(body.get("id")),
        is_complete=read_text(body.get("status")).lower() == "complete",
        succeeded=_count(body.get("success_count")),
        failed=max(_count(body.get("failure_count")), len(refused)),
        pending=pending,
        failures=refused,
    )


def read_problem(body: bytes) -> str:
    """What an error body says (section 3.6.1), for people: title and description, short."""
    try:
        found = msgspec.json.decode(body)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        return ""
    if not isinstance(found, dict):
        return ""
    words = [read_text(found.get(name)) for name in ("title", "description")]
    return _printable(": ".join(word for word in words if word))[:300]


def identify_object(text: bytes) -> tuple[str, str]:
    """Id and version (`modified`, else `created`) as they stand in the text; empty where they are not."""
    try:
        head = _HEAD.decode(text)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        return "", ""
    return read_text(head.id), read_date(head.modified) or read_date(head.created)


def digest_object(text: bytes) -> str:
    """By which one that comes again is known; the text holds its id and its version."""
    return blake2b(text, digest_size=12).hexdigest()


def read_text(value: object) -> str:
    return _printable(value.strip()) if isinstance(value, str) else ""


def read_texts(value: object) -> tuple[str, ...]:
    """A list of texts; some servers send a single one."""
    found = [value] if isinstance(value, str) else value
    return tuple(read_text(each) for each in found if read_text(each)) if isinstance(found, list) else ()


def _printable(text: str) -> str:
    """Without control characters: the texts of others are shown on terminals."""
    return "".join(character if character.isprintable() else " " for character in text)[:5_000]


def _count(value: object) -> int:
    return value if isinstance(value, int) and not isinstance(value, bool) and value > 0 else 0
