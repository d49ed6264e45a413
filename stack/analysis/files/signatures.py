"""Formats that begin, or end, with bytes of their own."""

import re
from typing import Final

from stack.analysis.files import media

_STARTS: Final = (
    (b"%PDF-", media.PDF),
    (b"{\\rt", media.RTF),
    (b"\x4c\x00\x00\x00\x01\x14\x02\x00", media.LNK),
    (b"\xe4\x52\x5c\x7b\x8c\xd8\xa7\x4d\xae\xb1\x53\x78\xd0\x29\x96\xd3", media.ONENOTE),
    (b"7z\xbc\xaf\x27\x1c", media.SEVEN_ZIP),
    (b"Rar!\x1a\x07", media.RAR),
    (b"MSCF\0\0\0\0", media.CAB),
    (b"\x1f\x8b\x08", media.GZIP),
    (b"BZh", media.BZIP2),
    (b"\xfd7zXZ\x00", media.XZ),
    (b"\x28\xb5\x2f\xfd", media.ZSTD),
    (b"ITSF\x03\0\0\0", media.CHM),
    (b"dex\n0", media.DEX),
    (b"\0asm", media.WASM),
    (b"Cr24", media.CRX),
    (b"SZDD\x88\xf0\x27\x33", media.SZDD),
    (b"vhdxfile", media.VHDX),
    (b"conectix", media.VHD),
    (b"MSWIM\0\0\0", media.WIM),
    (b"\xed\xab\xee\xdb", media.RPM),
    (b"!<arch>\ndebian", media.DEB),
    (b"!<arch>\n", media.AR),
    (b"\x60\xea", media.ARJ),
    (b"\x89PNG\r\n\x1a\n", media.PNG),
    (b"\xff\xd8\xff", media.JPEG),
    (b"GIF8", media.GIF),
    (b"II*\0", media.TIFF),
    (b"MM\0*", media.TIFF),
    (b"#@~^", media.ENCODED_SCRIPT),
    (b"\x7fELF", media.ELF),
)
_MARKS: Final = (
    (2, b"-lh", media.LZH),
    (7, b"**ACE**", media.ACE),
    (257, b"ustar", media.TAR),
    (8, b"WEBP", media.WEBP),
)
_TRAILERS: Final = ((b"koly", media.DMG), (b"conectix", media.VHD))
_MACHO_MAGICS: Final = frozenset(
    (b"\xfe\xed\xfa\xce", b"\xfe\xed\xfa\xcf", b"\xce\xfa\xed\xfe", b"\xcf\xfa\xed\xfe")
)
_FAT: Final = (b"\xca\xfe\xba\xbe", b"\xca\xfe\xba\xbf")
# A fat binary counts its architectures where a class file has its version, which begins at 45.
_MOST_ARCHITECTURES: Final = 40
_ISO_SECTORS: Final = range(0x8000, 0x9000, 0x800)
_LATE_PDF: Final = re.compile(rb"%PDF-\d")
# PDF readers look for the header in the first 1,024 bytes; so does whoever hides it.
_PDF_WITHIN: Final = 1024


def find_signature(data: memoryview) -> str:
    """The media type that its bytes name for certain; empty where none is named. Zip and OLE are not here."""
    head = bytes(data[:_PDF_WITHIN])
    return (
        _name_program(head, data)
        or next((found for start, found in _STARTS if head.startswith(start)), "")
        or next((found for place, mark, found in _MARKS if head[place : place + len(mark)] == mark), "")
        or next((found for mark, found in _TRAILERS if bytes(data[-512:]).startswith(mark)), "")
        or _find_volume(data)
        or (media.PDF if _LATE_PDF.search(head) and not head.startswith((b"PK", b"\xd0\xcf")) else "")
    )


def _name_program(head: bytes, data: memoryview) -> str:
    if head[:2] == b"MZ":
        return _name_mz(data)
    if head[:4] in _FAT:
        is_fat = int.from_bytes(head[4:8], "big") <= _MOST_ARCHITECTURES
        return media.MACHO if is_fat else media.JAVA_CLASS
    return media.MACHO if head[:4] in _MACHO_MAGICS else ""


def _name_mz(data: memoryview) -> str:
    place = int.from_bytes(data[60:64], "little")
    return media.PE if len(data) >= 64 and bytes(data[place : place + 4]) == b"PE\0\0" else media.DOS


def _find_volume(data: memoryview) -> str:
    """ISO 9660 (ECMA-119) and UDF (ECMA-167): volume descriptors from sector 16 on."""
    marks = {bytes(data[place + 1 : place + 6]) for place in _ISO_SECTORS}
    if b"CD001" in marks:
        return media.ISO
    return media.UDF if marks & {b"BEA01", b"NSR02", b"NSR03"} else ""
