"""Scripts, pages and other text: by the first line, the words, and, where these leave it open, the name."""

import re
from typing import Final

from stack.analysis.files import media

_LOOKS_AT: Final = 64 * 1024
_CONTROLS: Final = bytes(set(range(32)) - set(b"\t\n\r\f\x1b"))
_INTERPRETERS: Final = {
    "sh": media.SHELL,
    "bash": media.SHELL,
    "dash": media.SHELL,
    "zsh": media.SHELL,
    "ksh": media.SHELL,
    "python": media.PYTHON,
    "perl": media.PERL,
    "ruby": media.RUBY,
    "php": media.PHP,
    "pwsh": media.POWERSHELL,
    "node": media.JAVASCRIPT,
}
_STARTS: Final = (
    ("[internetshortcut]", media.URL_SHORTCUT),
    ("[desktop entry]", media.DESKTOP),
    ("windows registry editor version", media.REGISTRY),
    ("regedit4", media.REGISTRY),
    ("begin:vcalendar", media.CALENDAR),
    ("<?php", media.PHP),
)
_MARKUP: Final = (
    ("<hta:application", media.HTA),
    ("<librarydescription", media.LIBRARY_MS),
    ("<searchconnectordescription", media.SEARCH_MS),
    ("<svg", media.SVG),
    ("<job", media.WINDOWS_SCRIPT),
    ("<scriptlet", media.WINDOWS_SCRIPT),
    ("<package", media.WINDOWS_SCRIPT),
    ("<!doctype html", media.HTML),
    ("<html", media.HTML),
    ("<body", media.HTML),
    ("<script", media.HTML),
    ("<iframe", media.HTML),
    ("<meta http-equiv", media.HTML),
)
# Nothing is given back once it is read: lines that could be split in two ways would be tried in all of them.
_HEADER: Final = re.compile(r"(?>[A-Za-z][A-Za-z0-9-]{0,70}:[^\n]*+\n(?>[ \t][^\n]*+\n)*+){2,}+", re.ASCII)
_MAIL_FIELDS: Final = re.compile(
    r"^(?:received|return-path|message-id|mime-version|delivered-to|from|to|subject|date):", re.I | re.M
)
_MAIL_NEEDS: Final = 3
# Words that hardly stand in other languages: at least two different ones, or one and the name.
_WORDS: Final = {
    media.POWERSHELL: re.compile(
        r"\b(?:Invoke-Expression|New-Object|Set-StrictMode|Write-Host|Write-Output|Start-Process|"
        r"Invoke-WebRequest|Get-ChildItem|Set-Variable|Add-Type|IEX)\b|"
        r"\[(?:System\.)?(?:Convert|Text\.Encoding|Reflection\.Assembly|Net\.WebClient|Char|Byte)[\w.]*\]|"
        r"-(?:EncodedCommand|ExecutionPolicy|NoProfile|WindowStyle)\b|\$(?:env|script|global):|\bparam\s*\(\s*\[",
        re.I,
    ),
    media.VBSCRIPT: re.compile(
        r"\b(?:CreateObject\s*\(|WScript\.|On Error Resume Next|End Sub|End Function|End If|Dim \w+|"
        r"Set \w+ ?=|Execute(?:Global)?\s*\(|Chr\(\d+\))",
        re.I,
    ),
    media.JAVASCRIPT: re.compile(
        r"\bfunction\s*\w*\s*\(|\bvar\s+\w+\s*=|\bconst\s+\w+\s*=|\blet\s+\w+\s*=|=>\s*\{|\beval\s*\(|"
        r"\bnew\s+ActiveXObject\b|\bdocument\.\w+|\bString\.fromCharCode\b|\bmodule\.exports\b",
    ),
    media.BATCH: re.compile(
        r"^\s*@?(?:echo off|setlocal|rem |set \w+=|goto :?\w+|if exist|if not|for /[lfd]|call :?\w|start /|"
        r"powershell |cmd /c)|%~dp0|%\w+:~\d",
        re.I | re.M,
    ),
    media.PYTHON: re.compile(
        r"^(?:import \w+|from [\w.]+ import|def \w+\(.*\)(?: ->.*)?:|class \w+.*:|if __name__ ==)|"
        r"\b(?:exec|eval)\((?:base64|zlib|compile)",
        re.M,
    ),
}
_ENDINGS: Final = {
    "ps1": media.POWERSHELL,
    "psm1": media.POWERSHELL,
    "psd1": media.POWERSHELL,
    "vbs": media.VBSCRIPT,
    "vbe": media.ENCODED_SCRIPT,
    "vba": media.VBSCRIPT,
    "bas": media.VBSCRIPT,
    "js": media.JAVASCRIPT,
    "mjs": media.JAVASCRIPT,
    "jse": media.JAVASCRIPT,
    "bat": media.BATCH,
    "cmd": media.BATCH,
    "py": media.PYTHON,
    "sh": media.SHELL,
    "wsf": media.WINDOWS_SCRIPT,
    "sct": media.WINDOWS_SCRIPT,
    "hta": media.HTA,
    "htm": media.HTML,
    "html": media.HTML,
    "xhtml": media.HTML,
    "svg": media.SVG,
    "url": media.URL_SHORTCUT,
    "inf": media.SETUP_INFORMATION,
    "reg": media.REGISTRY,
    "css": media.CSS,
    "php": media.PHP,
    "pl": media.PERL,
    "rb": media.RUBY,
}


def decode_text(data: bytes) -> str | None:
    """The text that these bytes are, by their mark or shape; None for what is no text.

    UTF-16 without a mark is seen by its zeros; what is not UTF-8 is read as Windows-1252.
    """
    if encoding := _find_encoding(data[:4096]):
        return data.decode(encoding, "replace").removeprefix("\ufeff")
    if len(data[:4096].translate(None, _CONTROLS)) * 20 < len(data[:4096]) * 19:
        return None
    try:
        return data.decode("utf-8")
    except UnicodeDecodeError as error:
        if error.start >= len(data) - 3:
            # Cut in the middle of a character.
            return data.decode("utf-8", "replace")
        return data.decode("cp1252", "replace")


def _find_encoding(sample: bytes) -> str:
    """By the mark at the start, or by where zeros stand; empty where neither says anything."""
    for mark, encoding in ((b"\xff\xfe", "utf-16"), (b"\xfe\xff", "utf-16"), (b"\xef\xbb\xbf", "utf-8")):
        if sample.startswith(mark):
            return encoding
    even, odd = sample[0::2].count(0), sample[1::2].count(0)
    if even + odd <= len(sample) // 3 or min(even, odd) > len(sample) // 20:
        return ""
    return "utf-16-le" if odd > even else "utf-16-be"


def find_text_type(head: bytes, extension: str, said: str) -> str:
    """The media type of text; `said` is libmagic's, `extension` lower case without dot. Empty for no text."""
    text = decode_text(head[:_LOOKS_AT])
    if text is None:
        return ""
    start = text.lstrip("\ufeff \t\r\n")
    lowered = start[:4096].lower()
    if lowered.startswith("#!"):
        found = _INTERPRETERS.get(_find_interpreter(lowered.partition("\n")[0]), "")
        return found or (said if said.startswith("text/x-") else media.SHELL)
    for word, found in _STARTS:
        if lowered.startswith(word):
            return found
    if lowered.startswith("<") and (found := _find_markup(lowered, start, extension)):
        return found
    if _is_mail(start):
        return media.MESSAGE
    return _find_script(text, extension) or _ENDINGS.get(extension) or _find_rest(lowered, said)


def _find_interpreter(line: str) -> str:
    """Of "#!/usr/bin/env -S python3.11 -u": python."""
    words = [word.rpartition("/")[2] for word in line[2:].split() if not word.startswith("-")]
    if words[:1] == ["env"]:
        words = [word for word in words[1:] if "=" not in word]
    return words[0].rstrip("0123456789.") if words else ""


def _find_markup(lowered: str, start: str, extension: str) -> str:
    if "<hta:application" in start.lower() or (extension == "hta" and "<" in lowered):
        return media.HTA
    # By the element that comes first: a page may show a picture, and a picture may hold a page.
    places = [(lowered.find(word), found) for word, found in _MARKUP if word in lowered]
    if places:
        found = min(places)[1]
        if found != media.WINDOWS_SCRIPT or "<script" in start.lower():
            return found
    return media.XML if lowered.startswith("<?xml") else ""


def _is_mail(start: str) -> bool:
    match = _HEADER.match(start[:_LOOKS_AT])
    return match is not None and len({*(f.lower() for f in _MAIL_FIELDS.findall(match[0]))}) >= _MAIL_NEEDS


def _find_script(text: str, extension: str) -> str:
    named = _ENDINGS.get(extension, "")
    counts = {kind: len({word.lower() for word in found.findall(text)}) for kind, found in _WORDS.items()}
    if counts.get(named):
        return named
    best = max(counts, key=lambda kind: counts[kind])
    # A name that says it is something else is text about it: notes, a page, a log.
    is_open = not extension or extension in {"txt", "tmp", "dat", "bin", "log"} or extension not in _PROSE
    return best if counts[best] >= 2 and is_open and not named else ""


_PROSE: Final = frozenset(
    {"md", "rst", "csv", "json", "xml", "yml", "yaml", "toml", "ini", "c", "h", "java", "go"}
)


def _find_rest(lowered: str, said: str) -> str:
    if said in {"", media.UNKNOWN, "application/x-wine-extension-ini"}:
        return media.PLAIN
    if said in {"application/javascript", "application/x-javascript"}:
        return media.JAVASCRIPT
    if said == media.JSON or lowered.startswith(("{", "[")):
        return media.JSON if said == media.JSON else media.PLAIN
    return said
