"""DOCX (ECMA-376): paragraphs, tables, links, notes and comments, out of a ZIP archive of XML."""

import re
import zipfile
from collections.abc import Iterator
from typing import BinaryIO
from xml.etree.ElementTree import Element, ParseError  # nosec - defusedxml parses, this names types

from defusedxml.common import DefusedXmlException
from defusedxml.ElementTree import iterparse

from stack.core.errors import BadInput
from stack.ingest.documents.passages import Piece, Remark, Title, clean_text, split_text

_MOST_ENTRIES = 5_000
_MOST_XML = 64 * 1024 * 1024
_CHUNK = 256 * 1024
_W = "{http://schemas.openxmlformats.org/wordprocessingml/2006/main}"
_STRICT_W = "{http://purl.oclc.org/ooxml/wordprocessingml/main}"
_R_ID = "{http://schemas.openxmlformats.org/officeDocument/2006/relationships}id"
_TITLE = "{http://purl.org/dc/elements/1.1/}title"
_PARTS = re.compile(r"word/(document|comments|footnotes|endnotes|header\d*|footer\d*)\.xml")
_FIELD = re.compile(r'\bHYPERLINK\s+"([^"]{1,4096})"')
_KNOWN_OTHERS = {
    "xl/": "an Excel workbook: save it as CSV, and ingest that",
    "ppt/": "a presentation: save it as PDF",
}


def read_word(file: BinaryIO) -> Iterator[Piece]:
    archive = _open_archive(file)
    names = set(archive.namelist())
    if "word/document.xml" not in names:
        found = next(
            (say for start, say in _KNOWN_OTHERS.items() if any(n.startswith(start) for n in names)), ""
        )
        raise BadInput(
            f"This is {found}" if found else "This is a ZIP archive, not a Word document",
            remedy="" if found else "Unpack it, and add the documents in it.",
        )
    reading = _Reading(archive)
    try:
        if "docProps/core.xml" in names and (title := reading.read_title()):
            yield Title(title)
        parts = sorted(name for name in names if _PARTS.fullmatch(name))
        for name in sorted(parts, key=lambda name: name != "word/document.xml"):
            part = name.removeprefix("word/").removesuffix(".xml")
            yield from split_text(part, reading.read_part(name))
    except (ParseError, DefusedXmlException, zipfile.BadZipFile, EOFError, NotImplementedError) as error:
        raise BadInput(
            f"The Word document is damaged: {type(error).__name__}", remedy="Open it and save it again."
        ) from None
    if any(name.endswith("vbaProject.bin") for name in names):
        yield Remark("The document holds macros, which were not read")


def _open_archive(file: BinaryIO) -> zipfile.ZipFile:
    try:
        archive = zipfile.ZipFile(file)
    except (zipfile.BadZipFile, NotImplementedError, ValueError) as error:
        raise BadInput(
            f"The Word document is damaged: {error}", remedy="Open it and save it again."
        ) from None
    if len(archive.infolist()) > _MOST_ENTRIES:
        raise BadInput(
            f"The archive holds {len(archive.infolist()):,} files; a Word document has a few dozen"
        )
    return archive


class _Reading:
    def __init__(self, archive: zipfile.ZipFile) -> None:
        self._archive = archive
        self._left = _MOST_XML

    def read_title(self) -> str:
        titles = [element.text or "" for element in self._parse("docProps/core.xml") if element.tag == _TITLE]
        return clean_text(titles[0]).strip() if titles else ""

    def read_part(self, name: str) -> str:
        targets = self._read_targets(name)
        pieces: list[str] = []
        links: list[str] = []
        for event, element in self._parse_events(name):
            tag = element.tag.removeprefix(_W).removeprefix(_STRICT_W)
            if event == "start":
                if tag == "hyperlink":
                    links.append(targets.get(element.get(_R_ID, ""), ""))
                elif tag == "tc":
                    pieces.append("\t")
                continue
            _write_end(tag, element, pieces, links)
            element.clear()
        return "".join(pieces)

    def _read_targets(self, name: str) -> dict[str, str]:
        folder, _, base = name.rpartition("/")
        relations = f"{folder}/_rels/{base}.rels"
        if relations not in self._archive.namelist():
            return {}
        return {
            element.get("Id", ""): element.get("Target", "")
            for element in self._parse(relations)
            if element.get("TargetMode") == "External"
        }

    def _parse(self, name: str) -> Iterator[Element]:
        return (element for event, element in self._parse_events(name) if event == "end")

    def _parse_events(self, name: str) -> Iterator[tuple[str, Element]]:
        with self._archive.open(name) as part:
            yield from iterparse(_Counted(part, self), events=("start", "end"), forbid_dtd=True)

    def take(self, size: int) -> None:
        self._left -= size
        if self._left < 0:
            raise BadInput(f"The Word document unpacks to more than {_MOST_XML // 1_048_576} MB of XML")


class _Counted:
    """A part of the archive, of which no more is unpacked than may be."""

    def __init__(self, file: object, reading: _Reading) -> None:
        self._file = file
        self._reading = reading

    def read(self, size: int = -1) -> bytes:
        data: bytes = self._file.read(_CHUNK if size < 0 else min(size, _CHUNK))  # type: ignore[attr-defined]
        self._reading.take(len(data))
        return data


def _write_end(tag: str, element: Element, pieces: list[str], links: list[str]) -> None:
    match tag:
        case "t":
            pieces.append(element.text or "")
        case "tab":
            pieces.append("\t")
        case "br" | "cr" | "p" | "tr":
            pieces.append("\n")
        case "noBreakHyphen":
            pieces.append("-")
        case "instrText":
            pieces += [f" <{target}> " for target in _FIELD.findall(element.text or "")]
        case "hyperlink":
            target = links.pop() if links else ""
            if target and target not in "".join(pieces[-8:]):
                pieces.append(f" <{target}> ")
