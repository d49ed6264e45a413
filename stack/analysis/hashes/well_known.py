"""Hashes that anybody can name by heart: of nothing, of the test file of all scanners, of no file at all."""

import hashlib
from functools import cache
from typing import Final, NamedTuple

ALGORITHMS: Final = ("md5", "sha1", "sha256", "sha512")
_MOST_PERIOD: Final = 16


class WellKnown(NamedTuple):
    """`name` is stable; `statement` is a sentence. `is_harmless`: whatever has this hash does nothing."""

    name: str
    statement: str
    is_harmless: bool


@cache
def _list_hashes() -> dict[str, WellKnown]:
    # In two pieces, as scanners would take this very module for the test file.
    test_file = rb"X5O!P%@AP[4\PZX54(P^)7CC)7}$" + rb"EICAR-STANDARD-ANTIVIRUS-TEST-FILE!$H+H*"
    contents = {
        b"": WellKnown("empty", "It is the hash of no bytes: every empty file has it.", True),
        b"\n": WellKnown("line-feed", "It is the hash of one line feed: an empty line has it.", True),
        b"\r\n": WellKnown("line-end", "It is the hash of one line end: an empty line has it.", True),
        b"\0": WellKnown("zero-byte", "It is the hash of one byte of value zero.", True),
        test_file: WellKnown(
            "eicar", "It is the EICAR test file, which is harmless and which all scanners report.", True
        ),
    }
    for size in (512, 1024, 4096, 65_536, 1_048_576):
        statement = f"It is the hash of {size:,} bytes of value zero: an unwritten file or block has it."
        contents[bytes(size)] = WellKnown("zeros", statement, True)
    return {
        hashlib.new(name, content, usedforsecurity=False).hexdigest(): known
        for content, known in contents.items()
        for name in ALGORITHMS
    }


def find_well_known(value: str) -> WellKnown | None:
    """`value` in lower-case hexadecimal. A pattern that repeats is no hash: no file can be expected to have
    one, once in 2^64 for the least of them."""
    known = _list_hashes().get(value)
    if known is not None:
        return known
    for period in range(1, min(_MOST_PERIOD, len(value) // 2) + 1):
        if value[period:] == value[:-period]:
            statement = f"It repeats “{value[:period]}”, so it is made up and no file's hash."
            return WellKnown("made-up", statement, False)
    return None
