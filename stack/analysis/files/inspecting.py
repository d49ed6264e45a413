"""Inspects a file and what is inside it, breadth first. Runs in the sandbox.

Each step is told as soon as it is done: what a crash takes away is the part that crashed it.
"""

import mmap
from collections import deque
from collections.abc import Iterator, Mapping
from functools import cache
from importlib import import_module
from time import monotonic
from typing import Any, BinaryIO, Final

import msgspec

from stack.analysis.files import media
from stack.analysis.files.arrays import set_up_numpy
from stack.analysis.files.base import FileReader, Part, open_bytes
from stack.analysis.files.hashing import hash_bytes, measure_entropy
from stack.analysis.files.indicators import STRINGS, find_indicators
from stack.analysis.files.naming import check_name
from stack.analysis.files.reporting import Budget, PartReport, Waiting
from stack.analysis.files.results import SECONDS, PartResult, Progress, Request
from stack.analysis.files.rules import match_rules
from stack.analysis.files.strings import find_strings
from stack.analysis.files.text_types import decode_text
from stack.analysis.files.types import detect_type
from stack.analysis.files.words import find_words
from stack.core.plugins import discover_plugins

ANY: Final = "*"
"""Among the types of a reader: it reads all of them."""
YARA: Final = "yara"
_BETWEEN: Final = " > "
_MOST_TEXT: Final = 8 * 1024 * 1024


_SAMPLE: Final = b"".join(b"https://shop%d.example.com/ or\nshop.example.net\n" % each for each in range(100))


class _Place(msgspec.Struct, frozen=True):
    """Where a part stands in the tree."""

    index: int = 0
    parent: int = 0
    depth: int = 0
    path: str = ""
    relation: str = ""


def warm_up() -> Iterator[None]:
    """For a nursery: what most files need, and what takes longest to load of what many do."""
    yield from warm_up_readers()
    for name in ("yara_x", "lief"):
        import_module(name)
        yield


def warm_up_readers() -> Iterator[None]:
    """What a mail's attachments need, which are programs more rarely."""
    _list_readers()
    yield
    set_up_numpy()
    yield
    # Of our own, once as text and once not: lists and tables are read at their first use.
    for sample in (_SAMPLE, b"\0" + _SAMPLE):
        budget = Budget(until=monotonic() + SECONDS)
        yield from (None for _ in inspect_parts(memoryview(sample), name="", budget=budget))
    for name in ("olefile", "cryptography.x509", "pyzipper", "pypdfium2"):
        import_module(name)
        yield


def inspect_file(file: BinaryIO, arguments: Mapping[str, Any]) -> Iterator[Any]:
    """The sandbox's way in: yields `results.Progress` as JSON."""
    request = msgspec.convert(arguments, Request)
    budget = Budget(until=monotonic() + request.seconds)
    for progress in inspect_parts(
        _map_file(file),
        name=request.name,
        budget=budget,
        passwords=request.passwords,
        without=frozenset(request.without),
        rules=request.rules,
    ):
        yield msgspec.to_builtins(progress)


def inspect_part(
    data: bytes | memoryview,
    *,
    name: str,
    passwords: tuple[str, ...] = (),
    budget: Budget | None = None,
    seconds: float = SECONDS,
) -> list[PartResult]:
    """The part and what is inside it, read in this process: for those who are in the sandbox already.

    With one `budget` for several calls they share it.
    """
    budget = budget or Budget(until=monotonic() + seconds)
    parts: dict[int, PartResult] = {}
    for progress in inspect_parts(memoryview(data), name=name, budget=budget, passwords=passwords):
        if progress.part:
            parts[progress.part.index] = progress.part
    return list(parts.values())


def inspect_parts(
    data: memoryview,
    *,
    name: str,
    budget: Budget,
    passwords: tuple[str, ...] = (),
    without: frozenset[str] = frozenset(),
    rules: str = "",
) -> Iterator[Progress]:
    """Each part twice, first identified and then read; before each reader its name.

    What was seen before, byte by byte, is identified and not read again.
    """
    waiting: deque[tuple[_Place, Waiting | None]] = deque([(_Place(path=name), None)])
    seen: set[str] = set()
    count = 1
    while waiting:
        place, child = waiting.popleft()
        content = data if child is None else memoryview(child.data)
        part = Part(
            data=content,
            name=name if child is None else child.name,
            type=media.UNKNOWN,
            path=place.path,
            depth=place.depth,
            passwords=passwords,
        )
        identified, part = _identify(part, place)
        yield Progress(part=identified)
        if identified.hashes.sha256 in seen:
            continue
        seen.add(identified.hashes.sha256)
        report = PartReport(part, budget)
        yield from _read(part, report, without)
        yield from _match(part, report, without, rules)
        yield Progress(part=_conclude(identified, report))
        for found in report.children:
            path = f"{place.path}{_BETWEEN}{found.name}" if place.path else found.name
            waiting.append((_Place(count, place.index, place.depth + 1, path, found.relation), found))
            count += 1


def _identify(part: Part, place: _Place) -> tuple[PartResult, Part]:
    found = detect_type(part.data, part.name, file=open_bytes(part.data))
    result = PartResult(
        index=place.index,
        parent=place.parent,
        path=place.path,
        name=part.name,
        relation=place.relation,
        depth=place.depth,
        media=found.media,
        title=found.title,
        size=len(part.data),
        hashes=hash_bytes(part.data),
        entropy=round(measure_entropy(part.data), 3),
    )
    return result, msgspec.structs.replace(part, type=found.media)


def _read(part: Part, report: PartReport, without: frozenset[str]) -> Iterator[Progress]:
    if not report.has_time():
        report.remark("It was not read, as the time for this analysis was over.")
        return
    check_name(part, report)
    for name, reader in _list_readers().items():
        if not reader.types & {part.type, ANY}:
            continue
        if name in without:
            report.remark(f"The reader for {reader.title} failed on it and was left out.")
        elif report.has_time():
            yield Progress(reader=name)
            _run_reader(reader, part, report)
    _read_text(part, report)


def _match(part: Part, report: PartReport, without: frozenset[str], rules: str) -> Iterator[Progress]:
    if rules and YARA in without:
        report.remark("The YARA rules took too much on it and were left out.")
    elif rules and report.has_time():
        yield Progress(reader=YARA)
        try:
            match_rules(part, report, rules=rules)
        except Exception as error:
            report.remark(f"The YARA rules could not be matched: {str(error)[:200]}.")


def _run_reader(reader: type[FileReader], part: Part, report: PartReport) -> None:
    try:
        reader.read(part, report)
    except MemoryError:
        report.remark(f"The reader for {reader.title} needed more memory than it may have.")
    except Exception as error:
        why = str(error) or type(error).__name__
        report.remark(f"The reader for {reader.title} could not read it to its end: {why[:200]}.")


def _read_text(part: Part, report: PartReport) -> None:
    """Text whole, other content by its strings; not what is compressed, as chance writes words there."""
    if part.type.startswith("text/") or part.type in _TEXTS:
        if text := decode_text(bytes(part.data[:_MOST_TEXT])):
            report.text(text, origin="text")
    elif part.type not in media.COMPRESSED:
        report.text("\n".join(dict.fromkeys(find_strings(part.data))), origin=STRINGS)
    for text, origin in report.texts:
        find_words(text, origin=origin, report=report)


_TEXTS: Final = frozenset({media.HTA, media.SVG, media.JSON, media.RTF, *media.SHORTCUTS} - {media.LNK})


def _conclude(identified: PartResult, report: PartReport) -> PartResult:
    return msgspec.structs.replace(
        identified,
        is_read=True,
        indicators=tuple(find_indicators(report.texts)),
        evidence=tuple(report.evidence),
        facts=tuple(report.facts),
        moments=tuple(report.moments),
        remarks=report.list_remarks(),
    )


@cache
def _list_readers() -> dict[str, type[FileReader]]:
    return discover_plugins("stack.analysis.files.readers", "Reader")


def _map_file(file: BinaryIO) -> memoryview:
    try:
        return memoryview(mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ))
    except (ValueError, OSError):
        # Nothing in it, or not a file that can be mapped.
        return memoryview(file.read())
