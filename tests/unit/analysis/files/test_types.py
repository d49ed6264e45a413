"""What a file is, by its content."""

import io
import time
import zipfile
from pathlib import Path

import pytest

from stack.analysis.files import media
from stack.analysis.files.base import open_bytes
from stack.analysis.files.types import detect_type, find_extension
from tests.byte_samples import make_bytes
from tests.programs import make_elf, make_fat, make_macho, make_pe


def detect(content: bytes, name: str = "") -> str:
    data = memoryview(content)
    return detect_type(data, name, file=open_bytes(data)).media


def make_zip(*names: str, first: tuple[str, bytes] | None = None) -> bytes:
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w") as archive:
        if first:
            archive.writestr(*first)
        for name in names:
            archive.writestr(name, b"x")
    return file.getvalue()


_MAIL = b"From: a@example.org\r\nTo: b@example.org\r\nSubject: x\r\nMIME-Version: 1.0\r\n\r\nhello"
_POWERSHELL = "$c = New-Object Net.WebClient\nInvoke-Expression $c.DownloadString('x')"
_CONTENTS = {
    "pe": (make_pe(), "", media.PE),
    "dos": (b"MZ" + bytes(100), "a.com", media.DOS),
    "elf": (make_elf(), "", media.ELF),
    "macho": (make_macho(), "", media.MACHO),
    "fat macho": (make_fat(make_macho(), make_macho(processor=0x0100000C)), "", media.MACHO),
    "class": (b"\xca\xfe\xba\xbe\x00\x00\x00\x34" + bytes(20), "A.class", media.JAVA_CLASS),
    "docx": (make_zip("[Content_Types].xml", "word/document.xml"), "a.zip", media.DOCX),
    "docm": (
        make_zip("[Content_Types].xml", "word/document.xml", "word/vbaProject.bin"),
        "a.docx",
        media.DOCM,
    ),
    "xlsm by macro sheets": (make_zip("[Content_Types].xml", "xl/macrosheets/a.xml"), "", media.XLSM),
    "xlsb": (make_zip("[Content_Types].xml", "xl/workbook.bin"), "", media.XLSB),
    "jar": (make_zip("META-INF/MANIFEST.MF", "A.class"), "", media.JAR),
    "apk": (make_zip("META-INF/MANIFEST.MF", "AndroidManifest.xml", "classes.dex"), "", media.APK),
    "odt": (make_zip("content.xml", first=("mimetype", media.ODT.encode())), "", media.ODT),
    "zip": (make_zip("a.txt"), "a.docx", media.ZIP),
    "zip cut off": (make_zip("word/document.xml", "[Content_Types].xml")[:-30], "", media.DOCX),
    "pdf with something before": (b"\0" * 500 + b"%PDF-1.7\n", "", media.PDF),
    "rtf without its version": (b"{\\rtx }", "", media.RTF),
    "lnk": (b"\x4c\x00\x00\x00\x01\x14\x02\x00" + bytes(100), "", media.LNK),
    "iso": (bytes(0x8000) + b"\x01CD001\x01" + bytes(2048), "", media.ISO),
    "tar": (b"a".ljust(257, b"\0") + b"ustar\x0000" + bytes(248), "", media.TAR),
    "damaged compound file": (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(600), "", media.OLE),
    "shell": (b"#!/usr/bin/env -S bash\necho\n", "", media.SHELL),
    "python": (b"#!/usr/bin/python3\nimport os\n", "a.txt", media.PYTHON),
    "powershell": (_POWERSHELL.encode(), "notes.txt", media.POWERSHELL),
    "powershell in utf-16": (_POWERSHELL.encode("utf-16"), "", media.POWERSHELL),
    "utf-16 without a mark": (_POWERSHELL.encode("utf-16-le"), "", media.POWERSHELL),
    "vbs": (b'Dim s\r\nSet s = CreateObject("WScript.Shell")\r\n', "", media.VBSCRIPT),
    "js by its name": (b"eval(x)", "a.js", media.JAVASCRIPT),
    "batch": (b"@echo off\r\nset a=1\r\nstart /b x\r\n", "", media.BATCH),
    "hta": (b"<html><HTA:APPLICATION id=x><script>1</script></html>", "a.html", media.HTA),
    "wsf": (b"<job id='1'><script language='VBScript'>x</script></job>", "", media.WINDOWS_SCRIPT),
    "html": (b"\xef\xbb\xbf  <!DOCTYPE html><html></html>", "", media.HTML),
    "html with a picture in it": (b"<html><body><svg></svg></body></html>", "", media.HTML),
    "svg": (b"<?xml version='1.0'?><svg xmlns='http://www.w3.org/2000/svg'></svg>", "", media.SVG),
    "url": (b"[InternetShortcut]\r\nURL=http://example.org/\r\n", "", media.URL_SHORTCUT),
    "library": (b"<?xml version='1.0'?><libraryDescription></libraryDescription>", "", media.LIBRARY_MS),
    "mail": (_MAIL, "a.txt", media.MESSAGE),
    "text": (b"Dear all,\nlet x = y\n", "letter.txt", media.PLAIN),
    "text about a script": (b"Use `Invoke-Expression` or `New-Object` here.\n" * 3, "README.md", media.PLAIN),
    "nothing": (b"", "", media.EMPTY),
    "noise": (make_bytes("even", 1_000), "", media.UNKNOWN),
}


@pytest.mark.parametrize("name", _CONTENTS)
def test_content_is_named(name: str) -> None:
    content, file_name, expected = _CONTENTS[name]
    assert detect(content, file_name) == expected


@pytest.mark.parametrize("path", ["/bin/sh", "/bin/ls"])
def test_programs_of_the_system(path: str) -> None:
    assert detect(Path(path).read_bytes()) == media.ELF


def test_what_is_cut_anywhere_has_some_type() -> None:
    for content, name, _ in _CONTENTS.values():
        for size in {1, 3, 8, len(content) // 2, max(0, len(content) - 1)}:
            assert detect(content[:size], name)


def test_lines_that_go_on_and_on_are_read_once() -> None:
    began = time.process_time()
    for unit in (b"A: b\r\n ", b"A: b\r\n", b"A:\t\n\t", b"<html ", b"#! env ", b"From: "):
        assert detect(unit * (64 * 1024 // len(unit)))
    assert time.process_time() - began < 2


def test_the_ending_of_a_name() -> None:
    assert find_extension("a.tar.GZ") == "gz"
    assert find_extension(".bashrc") == ""
    assert find_extension("a." + "x" * 50) == ""
    assert find_extension("none") == ""
