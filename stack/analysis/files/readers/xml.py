"""XML: entities that blow up or read files, scripts, and what documents of Word 2003 carry."""

import base64
import binascii
import re
from collections.abc import Iterator

from stack.analysis.answers import MODEST, SLIGHT, STRONG
from stack.analysis.files import media
from stack.analysis.files.base import FileReader, Part, Report
from stack.analysis.files.formats.commands import Setting
from stack.analysis.files.formats.packing import inflate
from stack.analysis.files.formats.scripts import read_script
from stack.analysis.files.text_types import decode_text

_MOST_XML = 32 * 1024 * 1024
_ENTITY = re.compile(
    r"<!ENTITY\s+(?:%\s+)?[\w.-]{1,100}\s+(SYSTEM|PUBLIC|[\"'])([^>]{0,2000})>", re.IGNORECASE
)
_REFERENCES = re.compile(r"(?:&[\w.-]{1,60};){4,}")
_BINARY = re.compile(r"<(?:\w+:)?binData\b[^>]{0,400}>([A-Za-z0-9+/=\s]{40,})</", re.IGNORECASE)
_SCRIPT = re.compile(r"<(?:\w{1,20}:)?script\b[^<>]{0,400}>", re.IGNORECASE)
_SCRIPT_END = re.compile(r"</(?:\w{1,20}:)?script>", re.IGNORECASE)
_MOST_SCRIPTS = 100
_STYLESHEET = re.compile(r"urn:schemas-microsoft-com:xslt", re.IGNORECASE)
_ACTIVE_MIME = b"ActiveMime"


class Reader(FileReader):
    name = "xml"
    title = "XML"
    types = frozenset({media.XML, media.MHTML})

    @staticmethod
    def read(part: Part, report: Report) -> None:
        text = decode_text(bytes(part.data[:_MOST_XML])) or ""
        _judge_entities(text, report)
        for number, match in enumerate(list(_BINARY.finditer(text))[:100], start=1):
            _hand_over(match[1], number, report)
        scripts = "\n".join(_find_scripts(text))
        if scripts:
            is_stylesheet = _STYLESHEET.search(text) is not None
            report.note(
                "xml.script",
                f"The XML holds a script{', which runs with its stylesheet' if is_stylesheet else ''}.",
                weight=MODEST if is_stylesheet else SLIGHT,
            )
            report.text(scripts[:1_000_000], origin="scripts")
            read_script(scripts, report, setting=Setting.WINDOWS, what="The script in the XML")


def _find_scripts(text: str) -> Iterator[str]:
    """What stands between the marks, found without going back: an expression could be made to, endlessly."""
    at = 0
    for _ in range(_MOST_SCRIPTS):
        opening = _SCRIPT.search(text, at)
        end = text.find("</", opening.end()) if opening else -1
        while opening and end >= 0 and not _SCRIPT_END.match(text, end):
            end = text.find("</", end + 2)
        if not opening or end < 0:
            return
        yield text[opening.end() : end].strip().removeprefix("<![CDATA[").removesuffix("]]>")
        at = end


def _judge_entities(text: str, report: Report) -> None:
    found = list(_ENTITY.finditer(text[: 1024 * 1024]))[:200]
    nested = [match for match in found if _REFERENCES.search(match[2])]
    if len(nested) >= 2:
        report.note(
            "xml.bomb",
            f"{len(nested)} entities are made of each other many times over: a bomb for whoever parses it.",
            weight=STRONG,
            group="bomb",
        )
    outside = next((match for match in found if match[1].upper() in ("SYSTEM", "PUBLIC")), None)
    if outside:
        report.text(outside[2], origin="entities")
        report.note(
            "xml.external-entity",
            f"An entity of the XML is read from elsewhere: {outside[2].strip()[:200]}.",
            weight=SLIGHT,
        )


def _hand_over(text: str, number: int, report: Report) -> None:
    """Macros and objects of Word 2003; those of macros are packed once more (ActiveMime)."""
    try:
        data = base64.b64decode("".join(text.split()))
    except (binascii.Error, ValueError):
        return
    if data.startswith(_ACTIVE_MIME):
        at = data.find(b"\x78", 0x28)
        data = inflate(data[at:], most=report.room()) if at > 0 else b""
    if data:
        report.child(data, name=f"binary-{number}", relation="embeds")
