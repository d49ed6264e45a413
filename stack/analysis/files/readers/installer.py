"""Installers in a program: which maker wrote them, and what of theirs cannot be unpacked here."""

from typing import Final

from stack.analysis.files import media
from stack.analysis.files.base import FileReader, Part, Report

_LOOKS_AT = 4 * 1024 * 1024
_MARKS: Final = (
    (b"\xef\xbe\xad\xdeNullsoftInst", "NSIS"),
    (b"Inno Setup Setup Data", "Inno Setup"),
    (b"InstallShield", "InstallShield"),
    (b"WixBundleOriginalSource", "WiX Burn"),
    (b".wixburn", "WiX Burn"),
    (b"!@Install@!UTF-8!", "7-Zip SFX"),
    (b"WinRAR SFX", "WinRAR SFX"),
    (b"SquirrelTemp", "Squirrel"),
    (b"AU3!EA06", "AutoIt"),
    (b"PyInstaller", "PyInstaller"),
    (b"MEI\x0c\x0b\x0a\x0b\x0e", "PyInstaller"),
    (b"go.buildid", "Go"),
)
_INNER: Final = ((b"7z\xbc\xaf\x27\x1c", "7z"), (b"MSCF\0\0\0\0", "cab"), (b"Rar!\x1a\x07", "rar"))


class Reader(FileReader):
    name = "installer"
    title = "Installer"
    types = frozenset({media.PE})

    @staticmethod
    def read(part: Part, report: Report) -> None:
        size = len(part.data)
        looked_at = bytes(part.data[:_LOOKS_AT])
        tail = bytes(part.data[max(size - _LOOKS_AT, 0) :])
        found = dict.fromkeys(title for mark, title in _MARKS if mark in looked_at or mark in tail)
        for title in found:
            report.fact("Made with", title, section="Installer")
        if found.keys() & {"NSIS", "Inno Setup", "InstallShield", "AutoIt", "PyInstaller"}:
            report.remark(f"What the {next(iter(found))} program unpacks was not read.")
        if found.keys() & {"7-Zip SFX", "WinRAR SFX", "WiX Burn"}:
            _hand_over_archive(part, report)


def _hand_over_archive(part: Part, report: Report) -> None:
    """The archive behind the program, where it begins with its mark."""
    data = bytes(part.data)
    for mark, ending in _INNER:
        # The first may be in the program itself, which knows the mark.
        at = data.find(mark, min(len(data), 64 * 1024))
        if at > 0:
            report.child(data[at:][: report.room()], name=f"archive.{ending}")
            return
