"""Programs and libraries for Linux and its like: structure, needs, and what is odd about them (ELF)."""

import hashlib
from collections.abc import Iterator
from typing import Any, ClassVar, Final

from stack.analysis.answers import MODEST, SLIGHT
from stack.analysis.files import media
from stack.analysis.files.base import FileReader, Part, Report
from stack.analysis.files.hashing import measure_entropy
from stack.analysis.files.programs.packing import SectionShape, note_packing
from stack.stix.observables.kinds import Kind

_MOST_SECTIONS, _MOST_SHOWN, _MOST_NAMES = 200, 60, 20_000
_EXECUTE, _WRITE = 1, 2
_PRELOADED: Final = frozenset(
    {"execve", "readdir", "readdir64", "open", "fopen", "accept", "pam_authenticate"}
)
_LINUX_LOADERS: Final = (
    "/lib",
    "/lib64/",
    "/usr/lib",
    "/libexec/",
    "/system/bin/",
    "/usr/libexec/",
    "/nix/store/",
)


class Reader(FileReader):
    name: ClassVar[str] = "elf"
    title: ClassVar[str] = "Linux programs"
    types: ClassVar[frozenset[str]] = frozenset({media.ELF})

    @staticmethod
    def read(part: Part, report: Report) -> None:
        import lief

        lief.logging.disable()
        binary = lief.ELF.parse(bytes(part.data))
        if binary is None:
            report.remark("It begins as an ELF file does, but its headers cannot be read.")
            return
        _read_headers(binary, part, report)
        names = _read_symbols(binary, report)
        _read_segments(binary, part, len(names), report)
        _note_hooks(binary, names, report)


def _read_headers(binary: Any, part: Part, report: Report) -> None:
    header, section = binary.header, "Program"
    report.fact("Machine", _word(header.machine_type), section=section)
    report.fact("Sort", _word(header.file_type).lower(), section=section)
    report.fact("Entry point", f"0x{header.entrypoint:x}", section=section)
    sections = list(binary.sections)[:_MOST_SECTIONS]
    report.fact(
        "Sections", ", ".join(_text(each.name) for each in sections if each.name) or "none", section=section
    )
    if binary.has_interpreter:
        loader = _read_loader(binary)
        report.fact("Loader", loader, section=section)
        if not loader.startswith(_LINUX_LOADERS):
            report.note(
                "elf.odd-loader", f"It is to be started by {loader}, which is no usual loader.", weight=MODEST
            )
    for note in list(binary.notes)[:20]:
        if "BUILD_ID" in _word(note.type):
            report.fact("Build id", bytes(note.description).hex(), section=section)
    for needed in list(binary.libraries)[:100]:
        report.fact("Needs", _text(needed), section="Imports")
    if not sections and _word(header.file_type) != "CORE":
        report.note(
            "elf.no-sections",
            "It has no table of sections, which hinders debuggers and is seldom done but by packers.",
            weight=SLIGHT,
            group="packing",
        )
    if bytes(part.data[:4096]).find(b"UPX!") >= 0 or bytes(part.data[-512:]).find(b"UPX!") >= 0:
        report.note("elf.upx", "It is packed with UPX.", weight=SLIGHT, group="packing")


def _read_symbols(binary: Any, report: Report) -> list[str]:
    """Names of the functions that it imports."""
    imported = [_text(symbol.name) for symbol in list(binary.imported_functions)[:_MOST_NAMES] if symbol.name]
    exported = [_text(symbol.name) for symbol in list(binary.exported_functions)[:_MOST_NAMES] if symbol.name]
    if imported:
        report.fact("Functions", _show(imported), section="Imports")
        joined = ",".join(sorted({name.lower() for name in imported}))
        report.fact(
            "Hash of its imports",
            hashlib.md5(joined.encode(), usedforsecurity=False).hexdigest(),
            kind=Kind.MD5,
            section="Program",
        )
    if exported:
        report.fact("Functions", f"{len(exported):,}: {_show(exported)}", section="Exports")
    return imported


def _read_segments(binary: Any, part: Part, calls: int, report: Report) -> None:
    shapes = list(_list_segments(binary, part))
    # A static program imports nothing, packed or not.
    note_packing(shapes, calls=calls if binary.has_interpreter else None, report=report)
    if any(shape.is_executable and shape.is_writable and shape.size for shape in shapes):
        report.note(
            "elf.writable-code",
            "A segment of it can be written and run, as code needs that unpacks itself.",
            weight=SLIGHT,
            group="packing",
        )


def _list_segments(binary: Any, part: Part) -> Iterator[SectionShape]:
    for segment in list(binary.segments)[:_MOST_SECTIONS]:
        if _word(segment.type) != "LOAD":
            continue
        rights = int(segment.flags)
        content = part.data[segment.file_offset : segment.file_offset + segment.physical_size]
        yield SectionShape(
            name=f"at 0x{segment.virtual_address:x}",
            size=len(content),
            memory_size=segment.virtual_size,
            entropy=measure_entropy(content),
            is_executable=bool(rights & _EXECUTE),
            is_writable=bool(rights & _WRITE),
        )


def _note_hooks(binary: Any, imported: list[str], report: Report) -> None:
    """Libraries that stand before others hide files and take passwords so (T1574.006)."""
    exported = {_text(symbol.name) for symbol in list(binary.exported_functions)[:_MOST_NAMES]}
    hooks = sorted(exported & _PRELOADED)
    if len(hooks) >= 2 and "dlsym" in imported:
        report.note(
            "elf.hooks",
            f"It offers functions of the system's own library ({', '.join(hooks)}) and looks the real ones "
            "up, as a library does that stands before others to hide or listen.",
            weight=MODEST,
        )


def _show(names: list[str]) -> str:
    more = f" and {len(names) - _MOST_SHOWN:,} more" if len(names) > _MOST_SHOWN else ""
    return ", ".join(names[:_MOST_SHOWN]) + more


def _word(value: Any) -> str:
    return str(getattr(value, "name", value))


def _read_loader(binary: Any) -> str:
    try:
        return _text(binary.interpreter)
    except UnicodeDecodeError:
        return "(not text)"


def _text(value: Any) -> str:
    return value.decode("utf-8", "replace") if isinstance(value, bytes) else str(value)
