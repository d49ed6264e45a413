"""Programs and libraries for macOS, one or several architectures in a file (Mach-O)."""

from collections.abc import Iterator
from typing import Any, ClassVar, Final

from stack.analysis.answers import SLIGHT
from stack.analysis.files import media
from stack.analysis.files.base import FileReader, Part, Report
from stack.analysis.files.hashing import measure_entropy
from stack.analysis.files.programs.packing import SectionShape, note_packing

_MOST_SLICES, _MOST_SEGMENTS, _MOST_SHOWN, _MOST_NAMES = 8, 100, 60, 20_000
_EXECUTE, _WRITE = 4, 2


class Reader(FileReader):
    name: ClassVar[str] = "macho"
    title: ClassVar[str] = "macOS programs"
    types: ClassVar[frozenset[str]] = frozenset({media.MACHO})

    @staticmethod
    def read(part: Part, report: Report) -> None:
        import lief

        lief.logging.disable()
        fat = lief.MachO.parse(bytes(part.data))
        if fat is None or not fat.size:
            report.remark("It begins as a macOS program does, but its headers cannot be read.")
            return
        slices = [each for place in range(min(fat.size, _MOST_SLICES)) if (each := fat.at(place))]
        report.fact(
            "Architectures", ", ".join(_word(each.header.cpu_type) for each in slices), section="Program"
        )
        for each in slices:
            _read_slice(each, several=len(slices) > 1, report=report)


def _read_slice(binary: Any, *, several: bool, report: Report) -> None:
    header = binary.header
    section = f"Program ({_word(header.cpu_type)})" if several else "Program"
    report.fact("Sort", _word(header.file_type).lower(), section=section)
    if binary.has_uuid:
        report.fact("UUID", bytes(binary.uuid.uuid).hex(), section=section)
    if binary.has_entrypoint:
        report.fact("Entry point", f"0x{binary.entrypoint:x}", section=section)
    report.fact("Signature", _say_signed(binary), section=section)
    for library in list(binary.libraries)[:100]:
        report.fact("Needs", _text(library.name), section="Imports")
    imported = [_text(symbol.name) for symbol in list(binary.imported_symbols)[:_MOST_NAMES] if symbol.name]
    if imported:
        more = f" and {len(imported) - _MOST_SHOWN:,} more" if len(imported) > _MOST_SHOWN else ""
        report.fact("Functions", ", ".join(imported[:_MOST_SHOWN]) + more, section="Imports")
    shapes = list(_list_segments(binary))
    note_packing(shapes, calls=len(imported), report=report)
    if any(shape.is_executable and shape.is_writable and shape.size for shape in shapes):
        report.note(
            "macho.writable-code",
            "A segment of it can be written and run, as code needs that unpacks itself.",
            weight=SLIGHT,
            group="packing",
        )
    if any(
        _word(command.command) == "ENCRYPTION_INFO_64" and command.crypt_id for command in binary.commands
    ):
        report.fact("Encrypted", "by a store: its code cannot be read", section=section)


_CODE_SIGNATURE: Final = "a block of signatures; it is not verified here"


def _say_signed(binary: Any) -> str:
    return _CODE_SIGNATURE if binary.has_code_signature else "none"


def _list_segments(binary: Any) -> Iterator[SectionShape]:
    for segment in list(binary.segments)[:_MOST_SEGMENTS]:
        rights = int(segment.init_protection)
        content = memoryview(segment.content).cast("B")
        yield SectionShape(
            name=_text(segment.name),
            size=len(content),
            memory_size=segment.virtual_size,
            entropy=measure_entropy(content),
            is_executable=bool(rights & _EXECUTE),
            is_writable=bool(rights & _WRITE),
        )


def _word(value: Any) -> str:
    return str(getattr(value, "name", value))


def _text(value: Any) -> str:
    return value.decode("utf-8", "replace") if isinstance(value, bytes) else str(value)
