"""RTF: the objects in it, through oletools; classes that are attacked, updates on opening, odd headers."""

import re
from typing import Any

from stack.analysis.answers import MODEST, SLIGHT, STRONG
from stack.analysis.files import media
from stack.analysis.files.base import FileReader, Part, Report
from stack.analysis.files.formats.embedded import judge_class, judge_class_name
from stack.analysis.files.formats.names import PROGRAMS, find_extension, show_name

_MOST_OBJECTS = 200
_UPDATES = re.compile(rb"\\obj(?:update|autlink)\b")
_TEMPLATE = re.compile(rb"\{\\\*\\template\s+([^}]{1,1000})\}")
_REMOTE = re.compile(r"^(?:https?|ftp|file):|^\\\\", re.IGNORECASE)
_TEXT = re.compile(rb"\\\*|\\[a-zA-Z]{1,32}-?\d{0,10} ?|\\'[0-9a-fA-F]{2}|[{}]")
_UNICODE = re.compile(rb"\\u(-?\d{1,6})\s?\??")
_FIELD = re.compile(rb"(?:DDEAUTO|INCLUDEPICTURE|INCLUDETEXT|HYPERLINK)\b[^}]{1,1000}")


class Reader(FileReader):
    name = "rtf"
    title = "RTF document"
    types = frozenset({media.RTF})

    @staticmethod
    def read(part: Part, report: Report) -> None:
        data = bytes(part.data)
        _judge_header(data, report)
        _judge_fields(data, report)
        report.text(_TEXT.sub(b" ", data[: 1024 * 1024]).decode("cp1252", "replace"), origin="text")
        if b"objdata" in data or b"\\object" in data or b"\\bin" in data:
            _read_objects(data, report)


def _judge_header(data: bytes, report: Report) -> None:
    """Word opens what begins with {\\rt; writers of documents write {\\rtf1."""
    if not data.startswith(b"{\\rtf1"):
        report.note(
            "rtf.header",
            "The header of the RTF is cut short, which Word accepts and many scanners do not.",
            weight=STRONG,
        )


def _judge_fields(data: bytes, report: Report) -> None:
    for match in list(_TEMPLATE.finditer(data))[:5]:
        target = _UNICODE.sub(_decode_unicode, match[1]).decode("utf-8", "replace").strip()
        report.fact("Template", target[:500], section="Document")
        if _REMOTE.search(target):
            report.text(target, origin="template")
            report.note(
                "office.fetches-attachedtemplate",
                f"Once it is opened, the document fetches a template from “{target[:300]}”.",
                weight=STRONG,
                group="office.fetches",
            )
    for match in list(_FIELD.finditer(data))[:50]:
        field = match[0].decode("cp1252", "replace")
        report.text(field, origin="fields")
        if field.startswith("DDEAUTO"):
            report.note("office.dde", f"A field starts a program by DDE: “{field[:200]}”.", weight=STRONG)


def _decode_unicode(match: re.Match[bytes]) -> bytes:
    number = int(match[1]) & 0xFFFF
    return chr(number).encode("utf-8", "replace") if not 0xD800 <= number < 0xE000 else b"?"


def _read_objects(data: bytes, report: Report) -> None:
    from oletools.rtfobj import RtfObjParser

    parser: Any = RtfObjParser(data)
    try:
        parser.parse()
    except Exception:  # hostile bytes make it raise whatever they like
        report.remark("The objects of the RTF could not all be read.")
    found = parser.objects[:_MOST_OBJECTS]
    if not found:
        return
    report.fact("Objects", len(found), section="Objects")
    if _UPDATES.search(data):
        report.note(
            "rtf.updates",
            "An object of the document is loaded as soon as it is opened (\\objupdate).",
            weight=MODEST,
        )
    for number, each in enumerate(found, start=1):
        _judge_object(each, number, report)


def _judge_object(each: Any, number: int, report: Report) -> None:
    class_name = bytes(each.class_name or b"")
    if class_name:
        shown = show_name(class_name.decode("cp1252", "replace").strip("\0"))
        report.fact("Object", shown, section="Objects")
    judge_class_name(class_name or bytes(each.rawdata or b"")[:512], report, where=f"Object {number}")
    if each.clsid:
        judge_class(str(each.clsid), report, where=f"Object {number}")
    if each.is_package:
        name = _text_of(each.filename) or f"package-{number}"
        runs = find_extension(name) in PROGRAMS
        report.note(
            "object.program" if runs else "object.package",
            f"The document embeds “{show_name(name)}”{', which runs when it is opened' if runs else ''}.",
            weight=STRONG if runs else SLIGHT,
            group="object.package",
        )
        report.child(bytes(each.olepkgdata or b""), name=name, relation="embeds")
    elif each.is_ole and each.oledata:
        report.child(bytes(each.oledata), name=f"object-{number}", relation="embeds")
    elif each.rawdata and len(each.rawdata) > 16:
        report.note(
            "rtf.raw-object",
            f"The data of object {number} ({len(each.rawdata):,} bytes) is no proper object, as in exploits.",
            weight=MODEST,
        )
        report.child(bytes(each.rawdata), name=f"object-{number}", relation="embeds")


def _text_of(value: Any) -> str:
    return value.decode("cp1252", "replace") if isinstance(value, bytes) else str(value or "")
