"""What a zip is: an archive, a document, a program; told by the names in its directory (APPNOTE 4.3)."""

from collections.abc import Iterator
from typing import Final

from stack.analysis.files import media

_END: Final = b"PK\x05\x06"
_ENTRY: Final = b"PK\x01\x02"
_LOCAL: Final = b"PK\x03\x04"
_END_BYTES, _ENTRY_BYTES, _LOCAL_BYTES = 22, 46, 30
_LONGEST_COMMENT: Final = 65_535
_MOST_NAMES: Final = 4_000
_MOST_DIRECTORY: Final = 4 * 1024 * 1024
_OPEN_DOCUMENTS: Final = (
    ("opendocument.text", media.ODT),
    ("opendocument.spreadsheet", media.ODS),
    ("opendocument.presentation", media.ODP),
    ("epub+zip", media.EPUB),
)
# Without macros, with macros.
_PACKAGES: Final = {
    "word": (media.DOCX, media.DOCM),
    "xl": (media.XLSX, media.XLSM),
    "ppt": (media.PPTX, media.PPTM),
    "visio": (media.VSDX, media.VSDX),
}


def find_zip_type(data: memoryview) -> str:
    """Of something that begins as a zip does."""
    names = set(list_names(data))
    if "[Content_Types].xml" in names or "_rels/.rels" in names:
        return _name_package(names)
    if stated := _read_stated(data):
        return next((found for word, found in _OPEN_DOCUMENTS if word in stated), media.ZIP)
    return _name_program(names)


def _name_program(names: set[str]) -> str:
    if "AndroidManifest.xml" in names:
        return media.APK
    if "META-INF/MANIFEST.MF" in names or any(name.endswith(".class") for name in names):
        return media.JAR
    if any(name.startswith("Payload/") and ".app/" in name for name in names):
        return media.IPA
    if "install.rdf" in names or {"manifest.json", "META-INF/mozilla.rsa"} <= names:
        return media.XPI
    return media.ZIP


def _name_package(names: set[str]) -> str:
    folders = {name.split("/", 1)[0] for name in names if "/" in name}
    has_macros = any(name.lower().endswith("vbaproject.bin") for name in names)
    if "AppxManifest.xml" in names or "AppxMetadata" in folders:
        return media.MSIX
    if "FixedDocumentSequence.fdseq" in names:
        return media.XPS
    if "xl/workbook.bin" in names:
        return media.XLSB
    has_macros |= any(name.startswith("xl/macrosheets/") for name in names)
    found = next((types for folder, types in _PACKAGES.items() if folder in folders), None)
    return found[has_macros] if found else media.OOXML


def _read_stated(data: memoryview) -> str:
    """The media type that OpenDocument and EPUB state, uncompressed, in their first entry."""
    head = bytes(data[:200])
    if head[:4] != _LOCAL or head[_LOCAL_BYTES : _LOCAL_BYTES + 8] != b"mimetype":
        return ""
    begin = _LOCAL_BYTES + 8 + int.from_bytes(head[28:30], "little")
    return head[begin : begin + 80].decode("ascii", "replace")


def list_names(data: memoryview) -> Iterator[str]:
    """Names of entries, the first few thousand; of a damaged archive those that its entries state."""
    tail_at = max(0, len(data) - _END_BYTES - _LONGEST_COMMENT)
    tail = bytes(data[tail_at:])
    found = tail.rfind(_END)
    if found < 0 or found + _END_BYTES > len(tail):
        yield from _list_local(data)
        return
    size = int.from_bytes(tail[found + 12 : found + 16], "little")
    # Counted from the end, so that what stands before the archive does not matter.
    begin = tail_at + found - size
    directory = bytes(data[max(0, begin) : max(0, begin) + min(size, _MOST_DIRECTORY)])
    if begin < 0 or not directory.startswith(_ENTRY):
        yield from _list_local(data)
        return
    place = 0
    for _ in range(_MOST_NAMES):
        if directory[place : place + 4] != _ENTRY:
            return
        lengths = [int.from_bytes(directory[place + at : place + at + 2], "little") for at in (28, 30, 32)]
        yield directory[place + _ENTRY_BYTES : place + _ENTRY_BYTES + lengths[0]].decode("utf-8", "replace")
        place += _ENTRY_BYTES + sum(lengths)


def _list_local(data: memoryview) -> Iterator[str]:
    place = 0
    for _ in range(_MOST_NAMES):
        head = bytes(data[place : place + _LOCAL_BYTES])
        if head[:4] != _LOCAL or len(head) < _LOCAL_BYTES:
            return
        packed, name, extra = (
            int.from_bytes(head[18:22], "little"),
            int.from_bytes(head[26:28], "little"),
            int.from_bytes(head[28:30], "little"),
        )
        yield bytes(data[place + _LOCAL_BYTES : place + _LOCAL_BYTES + name]).decode("utf-8", "replace")
        place += _LOCAL_BYTES + name + extra + packed
