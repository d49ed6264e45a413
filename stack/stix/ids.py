"""STIX identifiers: reading them, and computing the deterministic ones (STIX 2.1, sections 2.9 and 3.4)."""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from hashlib import sha1
from typing import Any, Final
from uuid import UUID, uuid4

from stack.stix.canonical import canonical_json

SCO_NAMESPACE: Final = UUID("00abedb4-aa42-466c-9c01-fed23315a9b7")
"""The namespace that section 2.9 keeps for ids made from ID contributing properties."""

STACK_NAMESPACE: Final = UUID("6f0a7f3e-7f6c-4d0b-9a44-2d9b1c6f5a10")
"""Stack's own namespace: ids that must come out the same again but that section 2.9 does not define."""

ID_CONTRIBUTING: Final[Mapping[str, tuple[str, ...]]] = {
    "artifact": ("hashes", "payload_bin"),
    "autonomous-system": ("number",),
    "directory": ("path",),
    "domain-name": ("value",),
    "email-addr": ("value",),
    "email-message": ("from_ref", "subject", "body"),
    "file": ("hashes", "name", "extensions", "parent_directory_ref"),
    "ipv4-addr": ("value",),
    "ipv6-addr": ("value",),
    "mac-addr": ("value",),
    "mutex": ("name",),
    "network-traffic": (
        "start",
        "end",
        "src_ref",
        "dst_ref",
        "src_port",
        "dst_port",
        "protocols",
        "extensions",
    ),
    "process": (),
    "software": ("name", "cpe", "swid", "vendor", "version"),
    "url": ("value",),
    "user-account": ("account_type", "user_id", "account_login"),
    "windows-registry-key": ("key", "values"),
    "x509-certificate": ("hashes", "serial_number"),
}
"""The ID contributing properties of each cyber-observable object (sections 6.1 to 6.18)."""

_HASH_PREFERENCE: Final = ("MD5", "SHA-1", "SHA-256", "SHA-512")
_HEX: Final = "[0-9a-fA-F]"
_ID: Final = re.compile(
    rf"([a-z][a-z0-9-]{{1,248}}[a-z0-9])--({_HEX}{{8}}(?:-{_HEX}{{4}}){{3}}-{_HEX}{{12}})"
)
_match_id = _ID.fullmatch


class IdError(ValueError):
    """A text that is no STIX identifier; the message says what was expected."""


@dataclass(frozen=True, slots=True)
class StixId:
    """An identifier taken apart: the type name and the 16 bytes of the UUID."""

    type: str
    uuid: bytes


def parse_id(text: str) -> StixId:
    """The parts of an identifier such as `malware--<uuid>`. Upper-case hex digits are read as lower-case.

    Raises `IdError` where the text is not `type--UUID`.
    """
    match = _match_id(text)
    if match is None or "--" in match[1]:
        raise IdError(
            f"{text[:80]!r} is no STIX identifier: write it as type--UUID, for example malware--<UUID>"
        )
    return StixId(match[1], bytes.fromhex(match[2].replace("-", "")))


def is_id(text: str) -> bool:
    """Whether `parse_id` would read the text."""
    match = _match_id(text)
    return match is not None and "--" not in match[1]


def format_id(type: str, uuid_bytes: bytes) -> str:  # noqa: A002 - the field's own name for it
    """The identifier of a type name and the 16 bytes of a UUID."""
    digits = uuid_bytes.hex()
    return f"{type}--{digits[:8]}-{digits[8:12]}-{digits[12:16]}-{digits[16:20]}-{digits[20:]}"


def compute_sco_id(obj: Mapping[str, Any]) -> str:
    """The id that section 2.9 gives a cyber-observable object: UUIDv5 of its ID contributing properties.

    A random UUIDv4 where none of them is present or the type defines none. Timestamps contribute with the
    text that the object has. Raises `CanonicalError` where a property has no canonical form.
    """
    return compute_deterministic_id(obj) or format_id(obj["type"], uuid4().bytes)


def compute_deterministic_id(obj: Mapping[str, Any]) -> str | None:
    """As `compute_sco_id`, but None where the object has no ID contributing property."""
    name: dict[str, Any] = {}
    for key in ID_CONTRIBUTING.get(obj["type"], ()):
        value = obj.get(key)
        if key == "hashes" and isinstance(value, Mapping):
            value = _choose_hash(value)
        if value is not None and value not in ([], {}):
            name[key] = value
    if not name:
        return None
    return format_id(obj["type"], compute_uuid5(SCO_NAMESPACE, canonical_json(name)))


def compute_bundle_id(members: Iterable[str]) -> str:
    """A bundle id that is the same for the same members in any order, so that an export repeats itself.

    A member is the text that tells one version of an object from another, such as `id@modified`. The
    namespace is Stack's own, because section 2.9 keeps the other one for cyber-observable objects.
    """
    return format_id("bundle", compute_uuid5(STACK_NAMESPACE, canonical_json(sorted(members))))


def compute_uuid5(namespace: UUID, name: bytes) -> bytes:
    """The 16 bytes of a UUIDv5 (RFC 4122, section 4.3) over a name that is bytes already."""
    digest = bytearray(sha1(namespace.bytes + name, usedforsecurity=False).digest()[:16])
    digest[6] = digest[6] & 0x0F | 0x50
    digest[8] = digest[8] & 0x3F | 0x80
    return bytes(digest)


def _choose_hash(hashes: Mapping[str, Any]) -> dict[str, Any] | None:
    """One hash: by the order that section 6 prefers, else the first as the object lists them."""
    for name in (*_HASH_PREFERENCE, *hashes):
        if name in hashes:
            return {name: hashes[name]}
    return None
