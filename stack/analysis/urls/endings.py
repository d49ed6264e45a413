"""What the end of a path promises: a program, a script, an archive, a document."""

import re
from typing import Final

PROGRAMS: Final = frozenset(
    """
    apk appx bat bin cmd cpl dll dmg elf exe hta iso img jar jse lnk msi msix pif pkg ps1 scr sct sh
    sys url vbe vbs vhd vhdx wsf xll arm arm5 arm6 arm7 mips mpsl x86 ppc sh4
    """.split()  # noqa: SIM905 (a list of fifty quoted words is hard to read)
)
ARCHIVES: Final = frozenset(("7z", "ace", "cab", "gz", "rar", "tar", "tgz", "xz", "zip"))
DOCUMENTS: Final = frozenset(
    (
        "doc",
        "docm",
        "docx",
        "dotm",
        "one",
        "pdf",
        "ppsm",
        "ppt",
        "pptm",
        "pptx",
        "rtf",
        "xls",
        "xlsb",
        "xlsm",
        "xlsx",
    )
)
_DECOYS: Final = DOCUMENTS | ARCHIVES | {"csv", "gif", "jpeg", "jpg", "mp3", "mp4", "png", "txt"}
_ENDING: Final = re.compile(r"[^/]\.([a-z0-9]{1,5})$")


def find_ending(path: str) -> str:
    """The ending of the last part in lower case, without its dot; empty where there is none."""
    found = _ENDING.search(path.rpartition("/")[2].lower())
    return found[1] if found else ""


def find_double_ending(path: str) -> tuple[str, str] | None:
    """("pdf", "exe") of "invoice.pdf.exe": a program that is named like a document."""
    name = path.rpartition("/")[2].lower()
    outer = find_ending(name)
    inner = find_ending(name[: -len(outer) - 1]) if outer else ""
    return (inner, outer) if outer in PROGRAMS and inner in _DECOYS else None
