"""Cuts what is to be sent into envelopes that the peer takes. Pure."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Final
from uuid import NAMESPACE_URL, uuid5

_OVERHEAD: Final = 200


@dataclass(frozen=True, slots=True)
class Sending:
    """An object on its way: its id and version, and the date of its entry here."""

    stix_id: str
    version: int
    added_at: int
    text: bytes


def cut_envelopes(
    objects: Sequence[Sending], *, most_bytes: int, most_objects: int
) -> Iterator[list[Sending]]:
    """In order. An object that is larger than an envelope may be is alone in one."""
    envelope: list[Sending] = []
    size = _OVERHEAD
    for each in objects:
        added = len(each.text) + 1
        if envelope and (size + added > most_bytes or len(envelope) >= most_objects):
            yield envelope
            envelope, size = [], _OVERHEAD
        envelope.append(each)
        size += added
    if envelope:
        yield envelope


def write_envelope(objects: Sequence[Sending], *, is_20: bool = False) -> bytes:
    """TAXII 2.1, section 3.7; for 2.0 a bundle. The objects stay the bytes that they are."""
    texts = b",".join(each.text for each in objects)
    if not is_20:
        return b'{"objects":[' + texts + b"]}"
    name = uuid5(NAMESPACE_URL, ",".join(f"{each.stix_id} {each.version}" for each in objects))
    return (
        b'{"type":"bundle","id":"bundle--'
        + str(name).encode()
        + b'","spec_version":"2.0","objects":['
        + texts
        + b"]}"
    )


def fits(each: Sending, *, most_bytes: int) -> bool:
    return len(each.text) + _OVERHEAD <= most_bytes
