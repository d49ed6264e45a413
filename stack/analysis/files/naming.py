"""What a file's name says beside its content.

Weights: these tricks serve nobody who sends a file in good faith (MITRE ATT&CK T1036.002, T1036.007), but
each alone may be an accident or a joke; with content to match they decide.
"""

import re
from typing import Final

from stack.analysis.answers import SLIGHT, STRONG
from stack.analysis.files import media
from stack.analysis.files.base import Part, Report
from stack.analysis.files.types import find_extension

_TURNS: Final = re.compile("[\u202a-\u202e\u2066-\u2069]")
_SPACES: Final = re.compile(r"\s{4,}")
_GAP: Final = re.compile(r"\s{8,}\.?\w+$|\s{20,}")


def _set(words: str) -> frozenset[str]:
    return frozenset(words.split())


_LOOKS_LIKE_DOCUMENT: Final = _set(
    "pdf doc docx xls xlsx ppt pptx rtf odt txt csv eml msg htm html jpg jpeg png gif bmp mp3 mp4 avi mov wav"
)
_STARTS: Final = _set(
    "exe scr com pif cpl bat cmd ps1 vbs vbe js jse wsf wsh hta lnk url msi jar reg dll sct library-ms "
    "desktop apk chm iso img"
)
# Endings that each of these may have; of other types none is wrong.
_RIGHT: Final = {
    media.PE: _set(
        "exe dll sys scr cpl ocx drv efi mui ax com tmp bin node pyd xll acm tsp msstyles so winmd rll"
    ),
    media.ELF: _set("so o ko bin elf axf out run appimage debug mod node"),
    media.LNK: _set("lnk"),
    media.PDF: _set("pdf ai fdf"),
    media.RTF: _set("rtf doc dot wbk"),
    media.HTA: _set("hta"),
    media.MSI: _set("msi msp mst msm"),
}
# Scripts are text: a .txt or .html with code in it is no disguise.
_HIDDEN: Final = (
    media.EXECUTABLES | media.SHORTCUTS | {media.MSI, media.HTA, media.CHM, media.APK, media.ENCODED_SCRIPT}
)


def check_name(part: Part, report: Report) -> None:
    """Notes a name that hides what the file is."""
    name, extension = part.name, find_extension(part.name)
    if _TURNS.search(name):
        report.note(
            "name.direction",
            f"The name has characters that turn the direction of writing, so that "
            f"it reads as another: {_show(name)}.",
            weight=STRONG,
            group="name",
        )
    if _GAP.search(name):
        report.note(
            "name.gap",
            f"Many spaces push the ending of the name out of sight: {_show(name)}.",
            weight=STRONG,
            group="name",
        )
    before = find_extension(name.rpartition(".")[0].strip())
    if extension in _STARTS and before in _LOOKS_LIKE_DOCUMENT:
        report.note(
            "name.double-ending",
            f"The name ends twice: it looks like .{before} and is opened as .{extension}.",
            weight=STRONG,
            group="name",
        )
    _check_ending(part.type, extension, report)


def _check_ending(found: str, extension: str, report: Report) -> None:
    if not extension:
        return
    if extension in _LOOKS_LIKE_DOCUMENT and found in _HIDDEN:
        report.note(
            "name.other-content",
            f"The name ends in .{extension}, but the content is {found}, which runs or leads "
            "somewhere when opened.",
            weight=STRONG,
            group="name",
        )
    elif found in _RIGHT and extension not in _RIGHT[found] and extension.isalpha():
        report.note(
            "name.unusual-ending",
            f"The name ends in .{extension}, which is unusual for {found}.",
            weight=SLIGHT if found in media.EXECUTABLES and len(extension) <= 4 else 0.0,
            group="name",
        )


def _show(name: str) -> str:
    shown = "".join(c if c.isprintable() else f"[U+{ord(c):04X}]" for c in name[:120])
    return "“" + _SPACES.sub("    …", shown) + "”"
