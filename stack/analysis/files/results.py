"""What goes into the sandbox beside a file, and what an inspection tells of each part."""

from typing import Final

import msgspec

from stack.analysis.answers import Evidence, Fact, Moment

SECONDS: Final = 40.0


class Request(msgspec.Struct, frozen=True):
    """The arguments of `inspect_file`. `without`: readers that are left out; `seconds` is for all parts.

    `rules` are YARA rules as `rules.CompiledRules` has them.
    """

    name: str = ""
    passwords: tuple[str, ...] = ()
    without: tuple[str, ...] = ()
    seconds: float = SECONDS
    rules: str = ""


class Hashes(msgspec.Struct, frozen=True):
    """Lower case hexadecimal; `ssdeep` and `tlsh` are empty for what is too short or too uniform."""

    md5: str
    sha1: str
    sha256: str
    sha512: str
    ssdeep: str = ""
    tlsh: str = ""


class Indicator(msgspec.Struct, frozen=True):
    """A value in a part: `kind` as in `stix.observables`, `origin` where in it ("strings", "macro")."""

    kind: str
    value: str
    origin: str


class PartResult(msgspec.Struct, frozen=True):
    """One part: the file itself (`index` 0) or something inside the part `parent`.

    Sizes are bytes, `entropy` bits per byte. `is_read` False: only its type and hashes are known. `remarks`
    are sentences on what could not be read.
    """

    index: int
    parent: int
    path: str
    name: str
    relation: str
    depth: int
    media: str
    title: str
    size: int
    hashes: Hashes
    entropy: float = 0.0
    is_read: bool = False
    evidence: tuple[Evidence, ...] = ()
    facts: tuple[Fact, ...] = ()
    moments: tuple[Moment, ...] = ()
    indicators: tuple[Indicator, ...] = ()
    remarks: tuple[str, ...] = ()


class Progress(msgspec.Struct, frozen=True):
    """One line of the answer: a part, first identified and later read, or the reader that begins now."""

    part: PartResult | None = None
    reader: str = ""
