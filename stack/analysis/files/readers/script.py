"""Scripts: PowerShell, VBScript, JScript and JavaScript, batch files, Python, shells, and their like."""

import re

from stack.analysis.answers import MODEST
from stack.analysis.files import media
from stack.analysis.files.base import FileReader, Part, Report
from stack.analysis.files.formats.commands import Setting
from stack.analysis.files.formats.scripts import MOST_SCRIPT, read_script
from stack.analysis.files.text_types import decode_text

_WINDOWS = frozenset(
    {
        media.POWERSHELL,
        media.VBSCRIPT,
        media.BATCH,
        media.WINDOWS_SCRIPT,
        media.ENCODED_SCRIPT,
        media.REGISTRY,
    }
)
_UNIX = frozenset({media.PYTHON, media.SHELL, media.PERL, media.PHP, media.RUBY})
# JavaScript that Windows itself runs, outside of a browser.
_SCRIPT_HOST = re.compile(r"\bActiveXObject\b|\bWScript\b|\bGetObject\s*\(", re.IGNORECASE)


class Reader(FileReader):
    name = "script"
    title = "Script"
    types = _WINDOWS | _UNIX | {media.JAVASCRIPT, media.SETUP_INFORMATION}

    @staticmethod
    def read(part: Part, report: Report) -> None:
        if part.type == media.ENCODED_SCRIPT or b"#@~^" in bytes(part.data[:4096]):
            report.note(
                "script.encoded",
                "The script is encoded with Microsoft's Script Encoder, which hides it from readers alone.",
                weight=MODEST,
            )
        text = decode_text(bytes(part.data[:MOST_SCRIPT])) or ""
        report.fact("Lines", text.count("\n") + 1, section="Script")
        read_script(text, report, setting=_find_setting(part.type, text))


def _find_setting(media_type: str, text: str) -> Setting:
    if media_type in _UNIX:
        return Setting.UNIX
    if media_type == media.JAVASCRIPT and not _SCRIPT_HOST.search(text):
        return Setting.PAGE
    return Setting.WINDOWS
