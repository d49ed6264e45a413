"""Reads a file that was made for a test, and lists what was told of it."""

from collections.abc import Iterable

from stack.analysis.files.inspecting import inspect_part
from stack.analysis.files.results import PartResult

PROGRAM = b"MZ" + bytes(200)


def read(data: bytes, name: str, *, passwords: tuple[str, ...] = ()) -> list[PartResult]:
    parts = inspect_part(data, name=name, passwords=passwords)
    # A reader that fails on a file of these is broken.
    assert not [text for part in parts for text in part.remarks if "to its end" in text]
    return parts


def list_codes(parts: Iterable[PartResult]) -> dict[str, float]:
    """The strongest weight of each code, without the prefix of files."""
    found: dict[str, float] = {}
    for part in parts:
        for each in part.evidence:
            code = each.code.removeprefix("file.")
            found[code] = max(found.get(code, 0.0), each.weight)
    return found


def list_names(parts: Iterable[PartResult]) -> set[str]:
    return {part.name for part in parts}
