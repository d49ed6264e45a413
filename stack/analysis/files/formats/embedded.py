"""Objects within documents: packages, which are files, and classes that are known to be attacked."""

import re
import struct
from typing import Final

import msgspec

from stack.analysis.answers import DECISIVE, MODEST, SLIGHT, STRONG
from stack.analysis.files.base import Report
from stack.analysis.files.formats.names import PROGRAMS, find_extension, show_name

# Classes that documents embed to attack those who open them (the ids are in the advisories of each CVE); what
# is told of each, and how much it says.
# The equation editor was taken out of Office in January 2018, so that new documents have none.
_CLASSES: Final = {
    "0002ce02-0000-0000-c000-000000000046": ("the equation editor 3.0 (CVE-2017-11882)", STRONG),
    "0004a6b0-0000-0000-c000-000000000046": ("the equation editor 2.0 (CVE-2017-11882)", STRONG),
    "00021700-0000-0000-c000-000000000046": ("the equation editor 2.0 (CVE-2017-11882)", STRONG),
    "0003000b-0000-0000-c000-000000000046": ("the equation editor (CVE-2017-11882)", STRONG),
    "c08afd90-f2a1-11d1-8455-00a0c91f3880": ("ShellBrowserWindow, which starts programs", STRONG),
    "9ba05972-f6a8-11cf-a442-00a0c90a8f39": ("ShellWindows, which starts programs", STRONG),
    "06290bd3-48aa-11d2-8432-006008c3fbfc": ("a script that is fetched (CVE-2017-0199)", STRONG),
    "3050f4d8-98b5-11cf-bb82-00aa00bdce0b": ("an HTML application (CVE-2017-0199)", STRONG),
    "ecabb0c7-7f19-11d2-978e-0000f8757e2a": ("a SOAP moniker (CVE-2017-8759)", STRONG),
    "79eac9e0-baf9-11ce-8c82-00aa004ba90b": ("a link by its address (CVE-2017-0199)", MODEST),
    "00000300-0000-0000-c000-000000000046": ("a link to another document", SLIGHT),
    "996bf5e0-8044-4650-adeb-0b013914e99c": ("a list view (CVE-2012-0158)", MODEST),
    "bdd1f04b-858b-11d1-b16a-00c0f0283628": ("a list view (CVE-2012-0158)", MODEST),
    "c74190b6-8589-11d1-b16a-00c0f0283628": ("a tree view (CVE-2012-0158)", MODEST),
    "d27cdb6e-ae6d-11cf-96b8-444553540000": ("Flash", MODEST),
    "8856f961-340a-11d0-a96b-00c04fd705a2": ("a browser", MODEST),
    "f20da720-c02f-11ce-927b-0800095ae340": ("a package, which is a file", 0.0),
    "0003000c-0000-0000-c000-000000000046": ("a package, which is a file", 0.0),
}
_EQUATION: Final = re.compile(rb"equation\.[23]", re.IGNORECASE)
_MOST_NATIVE = 64 * 1024 * 1024


class NativePackage(msgspec.Struct, frozen=True):
    """A file in an `Ole10Native` stream, with the paths that it had where it was put in."""

    name: str
    source: str
    temporary: str
    data: bytes


def judge_class(class_id: str, report: Report, *, where: str) -> None:
    """A class id in any writing."""
    known = _CLASSES.get(class_id.strip("{}").lower())
    if known:
        report.note(
            f"object.class-{class_id.strip('{}').lower()[:8]}",
            f"{where} is an object of {known[0]}.",
            weight=known[1],
            group="object.class",
        )


def judge_class_name(name: bytes, report: Report, *, where: str) -> None:
    if _EQUATION.search(name):
        report.note(
            "object.equation",
            f"{where} is an object of the equation editor, which was removed for its holes (CVE-2017-11882).",
            weight=STRONG,
            group="object.class",
        )


def read_native(data: bytes) -> NativePackage | None:
    """MS-OLEDS leaves it open; the form is that which the Packager writes. None where it is not that."""
    try:
        at = 4
        kind = struct.unpack_from("<H", data, at)[0]
        if kind != 2:
            return None
        name, at = _read_text(data, at + 2)
        source, at = _read_text(data, at)
        at += 8
        temporary, at = _read_text(data, at)
        size = struct.unpack_from("<I", data, at)[0]
        at += 4
    except (struct.error, ValueError):
        return None
    return NativePackage(name, source, temporary, data[at : at + min(size, _MOST_NATIVE)])


def _read_text(data: bytes, at: int) -> tuple[str, int]:
    end = data.index(b"\0", at, at + 4096)
    return data[at:end].decode("cp1252", "replace"), end + 1


def hand_over_native(data: bytes, report: Report, *, where: str) -> None:
    """A package becomes a child, and its kind is said: what runs has no business in a document."""
    package = read_native(data)
    if package is None:
        if len(data) > 4:
            report.child(data[4 : 4 + _MOST_NATIVE], name=f"{where}.bin", relation="embeds")
        return
    name = re.split(r"[\\/]", package.name or package.source)[-1] or "package"
    report.fact("Embedded file", show_name(name), section="Objects")
    for path in dict.fromkeys((package.source, package.temporary)):
        if len(path) > 3:
            report.fact("Embedded from", show_name(path), section="Objects")
    if find_extension(name) in PROGRAMS or package.data[:2] == b"MZ":
        report.note(
            "object.program",
            f"The document embeds “{show_name(name)}”, which runs when it is opened.",
            weight=DECISIVE * 0.7,
            group="object.package",
        )
    elif package.data:
        report.note(
            "object.package",
            f"The document embeds the file “{show_name(name)}”.",
            weight=SLIGHT,
            group="object.package",
        )
    if package.data:
        report.child(package.data, name=name, relation="embeds")
