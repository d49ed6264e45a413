"""What is analysed: a value of one kind, or a file."""

from typing import Final

import msgspec

from stack.stix.observables.kinds import Kind

FILE: Final = "file"
MESSAGE: Final = "message"
"""A mail with its headers, `.eml` or `.msg`; an address of somebody is the kind `email`."""

ADDRESSES: Final = frozenset({Kind.IPV4.value, Kind.IPV6.value})
HASHES: Final = frozenset({Kind.MD5.value, Kind.SHA1.value, Kind.SHA256.value, Kind.SHA512.value})
FILES: Final = frozenset({FILE, MESSAGE})

SUBJECT_KINDS: Final = ADDRESSES | HASHES | FILES | {Kind.DOMAIN.value, Kind.URL.value, Kind.EMAIL.value}


class Subject(msgspec.Struct, frozen=True):
    """`kind` is one of `SUBJECT_KINDS`, `value` canonical for its kind; of a file it is the SHA-256.

    `tlp` is the highest level, 0 (clear) to 4 (red), of what the value is known from: it decides who may be
    asked. `name` and `size` (bytes) are those of a file.
    """

    kind: str
    value: str
    tlp: int = 0
    name: str = ""
    size: int = 0

    @property
    def is_file(self) -> bool:
        return self.kind in FILES
