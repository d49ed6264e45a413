"""Compound files of Office up to 2003, and encrypted ones of any age: macros, objects, what is linked."""

import io
import re
from datetime import datetime
from itertools import islice
from typing import Any

from stack.analysis.answers import SLIGHT, STRONG
from stack.analysis.files import media
from stack.analysis.files.base import FileReader, Part, Report
from stack.analysis.files.formats.commands import Setting, find_behaviours, judge_commands
from stack.analysis.files.formats.compound import Compound
from stack.analysis.files.formats.embedded import hand_over_native, judge_class, judge_class_name
from stack.analysis.files.formats.macros import judge_names, judge_project, judge_xlm
from stack.analysis.files.formats.members import list_passwords, note_password
from stack.analysis.files.formats.vba import find_projects, read_identifiers, read_project

# With which Excel opens a workbook without asking: an encryption that only hides.
_SILENT_PASSWORD = "VelvetSweatshop"  # noqa: S105 - known to everybody
_FIELD = re.compile(
    r"\x13\s*((?:DDEAUTO|DDE|INCLUDETEXT|INCLUDEPICTURE|IMPORT)\b[^\x14\x15]{0,500})", re.IGNORECASE
)
_FACTS = (
    "title",
    "author",
    "last_saved_by",
    "creating_application",
    "template",
    "company",
    "subject",
    "comments",
)
_ACTIVE_SHEET = re.compile(r"EXCEL 4\.0 MACRO SHEET", re.IGNORECASE)


class Reader(FileReader):
    name = "ole"
    title = "Compound file"
    types = frozenset({media.OLE, media.DOC, media.XLS, media.PPT, media.VSD, media.ENCRYPTED_OFFICE})

    @staticmethod
    def read(part: Part, report: Report) -> None:
        data = bytes(part.data)
        try:
            compound = Compound(data)
        except OSError as error:
            report.note("ole.damaged", f"The compound file is damaged: {error}.", weight=SLIGHT)
            return
        report.fact("Streams", len(compound.list_streams()), section="Compound file")
        if _is_encrypted(compound, data, part.type):
            _decrypt(data, part, report)
        _describe(compound, report)
        judge_class(compound.find_class(), report, where="The file itself")
        _read_macros(compound, report)
        _read_objects(compound, report)
        _read_fields(compound, report)
        if part.type == media.XLS:
            _read_sheets(compound, report)


def _is_encrypted(compound: Compound, data: bytes, media_type: str) -> bool:
    if compound.exists("EncryptedPackage") or compound.exists("EncryptionInfo"):
        return True
    if media_type not in (media.DOC, media.XLS, media.PPT):
        return False
    import msoffcrypto

    try:
        return bool(msoffcrypto.OfficeFile(io.BytesIO(data)).is_encrypted())
    except Exception:  # hostile bytes make it raise whatever they like
        return False


def _decrypt(data: bytes, part: Part, report: Report) -> None:
    import msoffcrypto

    for password in (_SILENT_PASSWORD, *list_passwords(part)):
        output = io.BytesIO()
        try:
            file = msoffcrypto.OfficeFile(io.BytesIO(data))
            # The check of the password first: to decrypt all only to see that it is wrong takes long.
            file.load_key(password=password, verify_password=True)
            file.decrypt(output)
        except Exception:  # hostile bytes make it raise whatever they like
            if not report.has_time():
                return
            continue
        if password == _SILENT_PASSWORD:
            report.note(
                "office.silent-password",
                "The document is encrypted with the password that Excel tries by itself: it only hides.",
                weight=STRONG,
                group="archive.encrypted",
            )
        else:
            note_password(password, part, report, what="The document")
        report.child(output.getvalue(), name="decrypted", relation="decrypts-to")
        return
    note_password(None, part, report, what="The document")


def _describe(compound: Compound, report: Report) -> None:
    stated = compound.read_properties()
    for name in _FACTS:
        value = getattr(stated, name, None)
        if isinstance(value, bytes):
            value = value.decode("utf-8", "replace").strip("\0 ")
        if value:
            report.fact(name.replace("_", " ").capitalize(), str(value)[:300], section="Document")
    for name, text in (
        ("create_time", "The document was created"),
        ("last_saved_time", "The document was saved"),
    ):
        value = getattr(stated, name, None)
        if isinstance(value, datetime) and value.year > 1980:
            report.moment(int((value - datetime(1970, 1, 1)).total_seconds() * 1_000_000), text)  # noqa: DTZ001


def _read_macros(compound: Compound, report: Report) -> None:
    for root in find_projects(compound)[:20]:
        if not report.has_time():
            return
        judge_project(read_project(compound, root, go_on=report.has_time), report)
        judge_names(read_identifiers(compound, root), report)


def _read_objects(compound: Compound, report: Report) -> None:
    for path in compound.list_streams():
        if not report.has_time():
            return
        name = path[-1]
        where = "The object " + "/".join(path[:-1]) if len(path) > 1 else "An object"
        if name.lower() == "\x01ole10native":
            hand_over_native(compound.read_or_nothing(path), report, where=path[0])
        elif name.lower() == "equation native":
            judge_class_name(b"equation.3", report, where=where)
        elif name.lower() in ("package", "contents") and len(path) > 1:
            report.child(compound.read_or_nothing(path), name="/".join(path), relation="embeds")
        elif name == "\x01CompObj":
            judge_class_name(compound.read_or_nothing(path)[:2048], report, where=where)
    for path in compound.list_storages():
        judge_class(compound.find_class(path), report, where="The object " + "/".join(path))


def _read_fields(compound: Compound, report: Report) -> None:
    """Fields in the text of Word: DDE starts programs, the others fetch from elsewhere."""
    if not compound.exists("WordDocument"):
        return
    data = compound.read_or_nothing(["WordDocument"])
    for text in (data.decode("cp1252", "replace"), data.decode("utf-16-le", "replace")):
        for match in islice(_FIELD.finditer(text), 50):
            field = " ".join(match[1].split())
            report.text(field, origin="fields")
            if field.upper().startswith("DDE"):
                report.note(
                    "office.dde",
                    f"A field of the document starts a program by DDE: “{field[:200]}”.",
                    weight=STRONG,
                )
                judge_commands(find_behaviours(field), report, setting=Setting.MACRO, what="The field")
            else:
                report.note(
                    "office.field", f"A field fetches from elsewhere: “{field[:200]}”.", weight=SLIGHT
                )


def _read_sheets(compound: Compound, report: Report) -> None:
    """Excel 4.0 macros, by the reader of BIFF records that oletools brings."""
    name = next((each for each in ("Workbook", "Book") if compound.exists(each)), "")
    if not name:
        return
    from oletools.thirdparty.oledump.plugin_biff import cBIFF

    stream = compound.read_or_nothing([name])
    sheets = _run_biff(cBIFF, name, stream, "-o BOUNDSHEET")
    macro_sheets = [line for line in sheets if _ACTIVE_SHEET.search(line)]
    if not macro_sheets or not report.has_time():
        return
    labels = "\n".join(_run_biff(cBIFF, name, stream, "-o LABEL -r LN")).lower()
    formulas = "\n".join(_run_biff(cBIFF, name, stream, "-c -r LN"))
    hidden = any("hidden" in line.lower() for line in macro_sheets)
    # The reader of records drops the last letter of some names.
    judge_xlm(formulas, report, hidden=hidden, starts="auto_ope" in labels)


def _run_biff(reader: Any, name: str, stream: bytes, options: str) -> list[str]:
    try:
        return [str(line) for line in reader(name=[name], stream=stream, options=options).Analyze()]
    except (Exception, SystemExit):  # hostile bytes make it raise whatever they like
        return []
