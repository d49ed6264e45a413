"""Programs and libraries for Windows: structure, calls, signature, and what is odd about them (PE/COFF)."""

import hashlib
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any, ClassVar, Final

from stack.analysis.answers import MODEST, SLIGHT, STRONG
from stack.analysis.files import media
from stack.analysis.files.base import FileReader, Part, Report
from stack.analysis.files.hashing import measure_entropy
from stack.analysis.files.programs.calls import note_calls
from stack.analysis.files.programs.packing import SectionShape, note_packing
from stack.analysis.files.programs.pe_parts import read_overlay, read_resources, read_version
from stack.analysis.files.programs.signing import read_signatures
from stack.stix.observables.kinds import Kind

_EXECUTE, _WRITE = 0x20000000, 0x80000000
_DLL: Final = 0x2000
_MOST_SECTIONS, _MOST_SHOWN, _MOST_CALLS = 96, 60, 5_000
# Windows NT 3.1, the first with this format, came in 1993.
_FIRST_S: Final = 725_846_400
_DAY_S: Final = 86_400


class Reader(FileReader):
    name: ClassVar[str] = "pe"
    title: ClassVar[str] = "Windows programs"
    types: ClassVar[frozenset[str]] = frozenset({media.PE})

    @staticmethod
    def read(part: Part, report: Report) -> None:
        import lief

        lief.logging.disable()
        binary = lief.PE.parse(bytes(part.data))
        if binary is None:
            report.remark("It begins as a Windows program does, but its headers cannot be read.")
            return
        _read_headers(binary, report)
        calls = _read_imports(binary, report)
        _read_sections(binary, calls, report)
        _read_exports(binary, report)
        read_version(binary, report)
        read_resources(binary, report)
        read_signatures(binary, report)
        read_overlay(binary, part, report)


def _read_headers(binary: Any, report: Report) -> None:
    header, optional = binary.header, binary.optional_header
    section = "Program"
    report.fact("Machine", _word(header.machine), section=section)
    what = "library" if int(header.characteristics) & _DLL else "program"
    report.fact("Sort", f"{what}, {_word(optional.subsystem).lower().replace('_', ' ')}", section=section)
    report.fact("Entry point", f"0x{optional.addressof_entrypoint:x}", section=section)
    runtime = binary.data_directory(type(binary.data_directories[0]).TYPES.CLR_RUNTIME_HEADER)
    if runtime is not None and runtime.rva:
        report.fact("Runtime", ".NET", section=section)
    stamp = header.time_date_stamps
    if binary.is_reproducible_build:
        report.fact("Compiled", "reproducibly: the time in the header is a hash", section=section)
    elif stamp >= _FIRST_S:
        report.fact(
            "Compiled (as it states)",
            f"{datetime.fromtimestamp(stamp, UTC):%Y-%m-%d %H:%M:%S} UTC",
            section=section,
        )
        report.moment(stamp * 1_000_000, "compiled, as its header states")
        if stamp > datetime.now(UTC).timestamp() + _DAY_S:
            report.note(
                "pe.from-the-future", "Its header states a time of compilation in the future.", weight=SLIGHT
            )
    if binary.has_rich_header:
        _read_rich(binary.rich_header, report)
    pdb = binary.codeview_pdb
    if pdb is not None and (path := _text(pdb.filename).strip("\0 ")):
        report.fact("Debug file", path, kind=Kind.PATH, section=section)
    if binary.has_tls and (callbacks := [each for each in binary.tls.callbacks if each]):
        report.fact("Runs before its entry point", f"{len(callbacks)} TLS callbacks", section=section)


def _read_rich(rich: Any, report: Report) -> None:
    """The hash of the unmasked header, as pefile and VirusTotal give it."""
    clear = bytes(rich.raw(0))
    end = clear.find(b"Rich")
    if end > 0:
        report.fact(
            "Rich header hash",
            hashlib.md5(clear[:end], usedforsecurity=False).hexdigest(),
            kind=Kind.MD5,
            section="Program",
        )


def _read_imports(binary: Any, report: Report) -> int | None:
    """How many functions are imported; None for programs of .NET, which need but one."""
    import lief

    names: list[str] = []
    libraries = list(binary.imports)[:500]
    for library in libraries:
        functions = [
            _text(entry.name) or f"#{entry.ordinal}" for entry in list(library.entries)[:_MOST_CALLS]
        ]
        names += functions
        report.fact(_text(library.name), _show(functions), section="Imports")
    for library in list(binary.delay_imports)[:100]:
        functions = [_text(entry.name) for entry in list(library.entries)[:_MOST_CALLS]]
        names += functions
        report.fact(f"{_text(library.name)} (when needed)", _show(functions), section="Imports")
    if libraries and (imphash := lief.PE.get_imphash(binary, lief.PE.IMPHASH_MODE.PEFILE)):
        report.fact("Imphash", imphash, kind=Kind.MD5, section="Program")
    note_calls(names, report)
    if [_text(library.name).lower() for library in libraries] == ["mscoree.dll"]:
        return None
    return len(names)


def _read_sections(binary: Any, calls: int | None, report: Report) -> None:
    shapes = list(_list_sections(binary))
    for shape in shapes:
        rights = (
            "".join(("x" if shape.is_executable else "", "w" if shape.is_writable else "")) or "read only"
        )
        report.fact(
            shape.name or "(no name)",
            f"{shape.size:,} bytes ({shape.memory_size:,} in memory), {shape.entropy:.2f} bits per byte, "
            f"{rights}",
            section="Sections",
        )
    note_packing(shapes, calls=calls, report=report)
    both = [shape.name for shape in shapes if shape.is_executable and shape.is_writable and shape.memory_size]
    if both:
        report.note(
            "pe.writable-code",
            f"Its section {both[0] or 'without a name'} can be written and run, as code needs "
            "that unpacks itself.",
            weight=SLIGHT,
            group="packing",
        )
    entry = binary.optional_header.addressof_entrypoint
    home = binary.section_from_rva(entry) if entry else None
    if entry and home is None:
        report.note(
            "pe.entry-outside",
            "Its entry point lies in none of its sections.",
            weight=MODEST,
            group="packing",
        )


def _list_sections(binary: Any) -> Iterator[SectionShape]:
    for section in list(binary.sections)[:_MOST_SECTIONS]:
        content = memoryview(section.content).cast("B")
        rights = int(section.characteristics)
        yield SectionShape(
            name=_text(section.name).rstrip("\0"),
            size=len(content),
            memory_size=section.virtual_size,
            entropy=measure_entropy(content),
            is_executable=bool(rights & _EXECUTE),
            is_writable=bool(rights & _WRITE),
        )


def _read_exports(binary: Any, report: Report) -> None:
    export = binary.get_export() if binary.has_exports else None
    if export is None:
        return
    names = [_text(entry.name) or f"#{entry.ordinal}" for entry in list(export.entries)[:_MOST_CALLS]]
    report.fact("Name it was built with", _text(export.name), section="Exports")
    report.fact("Functions", f"{len(names):,}: {_show(names)}", section="Exports")
    if reflective := [name for name in names if "reflectiveloader" in name.lower()]:
        report.note(
            "pe.reflective-loader",
            f"It exports {reflective[0]}, with which a library loads itself from memory (T1620).",
            weight=STRONG,
        )


def _show(names: list[str]) -> str:
    more = f" and {len(names) - _MOST_SHOWN:,} more" if len(names) > _MOST_SHOWN else ""
    return ", ".join(names[:_MOST_SHOWN]) + more


def _word(value: Any) -> str:
    return str(getattr(value, "name", value))


def _text(value: Any) -> str:
    return value.decode("utf-8", "replace") if isinstance(value, bytes) else str(value)
