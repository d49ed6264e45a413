"""Programs that were never compiled: just enough of each format to be read."""

import struct
from collections.abc import Mapping, Sequence

import lief

CODE, DATA, WRITABLE_CODE = 0x60000020, 0x40000040, 0xE0000020


def make_pe(
    sections: Mapping[str, tuple[bytes, int]] | None = None,
    *,
    imports: Mapping[str, Sequence[str]] | None = None,
    stamp: int = 0,
    entry: int | None = None,
    behind: bytes = b"",
) -> bytes:
    """A program for 64-bit Windows of these sections (content and rights) and imports."""
    lief.logging.disable()
    factory = lief.PE.Factory.create(lief.PE.PE_TYPE.PE32_PLUS)
    assert factory is not None
    for name, (content, rights) in (sections or {".text": (b"\xc3" * 512, CODE)}).items():
        section = lief.PE.Section(name, list(content))
        section.characteristics = rights
        factory.add_section(section)
    binary = factory.get()
    assert binary is not None
    binary.header.time_date_stamps = stamp
    first = binary.sections[0].virtual_address
    binary.optional_header.addressof_entrypoint = first if entry is None else entry
    for library, functions in (imports or {}).items():
        added = binary.add_import(library)
        for function in functions:
            added.add_entry(function)
    configuration = lief.PE.Builder.config_t()
    configuration.imports = bool(imports)
    return bytes(binary.write_to_bytes(configuration)) + behind


def make_elf(*, code: bytes = b"\xc3" * 64, rights: int = 5) -> bytes:
    """A static program for 64-bit Linux of one segment, without a table of sections."""
    header = struct.pack(
        "<16sHHIQQQIHHHHHH", b"\x7fELF\x02\x01\x01", 2, 62, 1, 0x400078, 64, 0, 0, 64, 56, 1, 0, 0, 0
    )
    size = 64 + 56 + len(code)
    segment = struct.pack("<IIQQQQQQ", 1, rights, 0, 0x400000, 0x400000, size, size, 0x1000)
    return header + segment + code


def make_macho(*, code: bytes = b"\xc3" * 64, rights: int = 5, processor: int = 0x01000007) -> bytes:
    """A program for macOS of one segment."""
    size = 32 + 72 + len(code)
    header = struct.pack("<IiiIIIII", 0xFEEDFACF, processor, 3, 2, 1, 72, 0, 0)
    segment = struct.pack(
        "<II16sQQQQiiII", 0x19, 72, b"__TEXT", 0x100000000, 0x1000, 0, size, rights, rights, 0, 0
    )
    return header + segment + code


def make_fat(*slices: bytes) -> bytes:
    """One file of several programs, for one processor each."""
    place, table, body = 0x1000, b"", b""
    for number, content in enumerate(slices):
        processor = struct.unpack_from("<i", content, 4)[0]
        table += struct.pack(">iiIII", processor, 3, place + len(body), len(content), 12)
        body += content + bytes(-len(content) % 0x1000)
        assert number < 8
    return (struct.pack(">II", 0xCAFEBABE, len(slices)) + table).ljust(place, b"\0") + body
