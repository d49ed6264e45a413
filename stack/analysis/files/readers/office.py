"""Packages of Office from 2007 on (ECMA-376) and OpenDocument: macros, what is fetched, embedded objects."""

import io
import re
import zipfile
import zlib
from collections.abc import Iterator

import msgspec

from stack.analysis.answers import MODEST, SLIGHT, STRONG, Pivot
from stack.analysis.files import media
from stack.analysis.files.base import FileReader, Part, Report
from stack.analysis.files.formats.commands import Setting, find_behaviours, judge_commands
from stack.analysis.files.formats.compound import Compound
from stack.analysis.files.formats.embedded import hand_over_native, judge_class, judge_class_name
from stack.analysis.files.formats.macros import judge_project, judge_xlm
from stack.analysis.files.formats.names import PROGRAMS, find_extension, show_name
from stack.analysis.files.formats.scripts import read_script
from stack.analysis.files.formats.vba import find_projects, read_project, search_source
from stack.stix.observables.kinds import Kind

_FAULTS = (zipfile.BadZipFile, RuntimeError, NotImplementedError, EOFError, OSError, ValueError, zlib.error)
_MOST_PARTS, _MOST_XML, _MOST_LINKS = 10_000, 16 * 1024 * 1024, 2_000
_RELATION = re.compile(r"<(?:\w+:)?Relationship\b([^<>]{0,8000})>", re.IGNORECASE)
_ATTRIBUTE = re.compile(r"""(\w+)\s*=\s*(?:"([^"]*)"|'([^']*)')""")
_EMBEDDED = re.compile(
    r"(?:^|/)(?:embeddings|activeX|media|ctrlProps|customUI|Object[^/]*|ObjectReplacements)/", re.IGNORECASE
)
_DDE = re.compile(r"\b(DDEAUTO|DDE)\b\s+([^<]{1,500})", re.IGNORECASE)
_INSTRUCTION = re.compile(r"<w:instrText[^>]{0,100}>([^<]{0,2000})</w:instrText>|w:instr=\"([^\"]{0,2000})\"")
_DDE_LINK = re.compile(
    r'<(?:\w+:)?ddeLink\b[^>]{0,200}ddeService="([^"]{0,100})"[^>]{0,200}ddeTopic="([^"]{0,1000})"'
)
_FORMULA = re.compile(r'<c r="([A-Z]+\d+)"[^>]{0,100}>\s*<f[^>]{0,100}>([^<]{1,8000})</f>')
_SHEET = re.compile(r"<sheet\b([^<>]{0,1000})/?>")
_AUTO_OPEN = re.compile(r'name="_xlnm\.Auto_Open', re.IGNORECASE)
_CLASS_ID = re.compile(r'classid="\{?([0-9A-Fa-f-]{36})\}?"')
_XML_TEXT = re.compile(r"<w:t(?:\s[^>]{0,100})?>([^<]*)</w:t>")
_BASIC = re.compile(r"(?:^|/)(?:Basic/.+\.xml|Scripts/.+)$")
# What these relations name is fetched as soon as the document is opened, without a click.
_FETCHED = {
    "attachedTemplate": ("a template", STRONG),
    "oleObject": ("an object", STRONG),
    "frame": ("a frame", STRONG),
    "subDocument": ("a part of the document", MODEST),
    "externalLinkPath": ("cells of a workbook", SLIGHT),
    "externalLink": ("cells of a workbook", SLIGHT),
    "image": ("a picture", SLIGHT),
    "mhtml": ("a page", STRONG),
    "control": ("a control", STRONG),
}
_REMOTE = re.compile(r"^(?:https?|ftp|file:/{2,3}[^/]|\\\\|mhtml:|[a-z-]+:https?:)", re.IGNORECASE)


class _Relation(msgspec.Struct, frozen=True):
    source: str
    kind: str
    target: str
    is_external: bool


class Reader(FileReader):
    name = "office"
    title = "Office document"
    types = frozenset(
        {media.DOCX, media.DOTX, media.XLSX, media.PPTX, media.DOCM, media.XLSM, media.XLSB, media.PPTM}
        | {media.VSDX, media.OOXML, media.ODT, media.ODS, media.ODP}
    )

    @staticmethod
    def read(part: Part, report: Report) -> None:
        try:
            archive = zipfile.ZipFile(io.BytesIO(part.data))
        except _FAULTS as error:
            report.note("office.damaged", f"The package of the document is damaged: {error}.", weight=SLIGHT)
            return
        package = _Package(archive, report)
        package.read()


class _Package:
    def __init__(self, archive: zipfile.ZipFile, report: Report) -> None:
        self._archive = archive
        self._report = report
        self._members = archive.infolist()[:_MOST_PARTS]

    def read(self) -> None:
        self._report.fact("Parts", len(self._members), section="Document")
        self._read_properties()
        relations = list(self._list_relations())
        _judge_relations(relations, self._report)
        self._read_text()
        self._read_sheets()
        for member in self._members:
            if not self._report.has_time():
                return
            self._read_member(member)

    def _load(self, name: str, most: int = _MOST_XML) -> bytes:
        """Empty where it is damaged or not there; never more than may still be unpacked."""
        try:
            with self._archive.open(name) as opened:
                return opened.read(min(most, max(self._report.room(), 1024 * 1024)))
        except (*_FAULTS, KeyError):
            return b""

    def _load_text(self, name: str) -> str:
        data = self._load(name)
        encoding = "utf-16" if data[:2] in (b"\xff\xfe", b"\xfe\xff") else "utf-8"
        return data.decode(encoding, "replace")

    def _read_properties(self) -> None:
        """Parsed with entities refused: what declares any was made to harm whoever parses it."""
        from defusedxml.common import DefusedXmlException
        from defusedxml.ElementTree import ParseError, fromstring

        for name in ("docProps/core.xml", "docProps/app.xml", "meta.xml"):
            data = self._load(name, 1024 * 1024)
            if not data:
                continue
            try:
                root = fromstring(data)
            except DefusedXmlException:
                self._report.note(
                    "office.entities", f"{name} declares entities, as bombs of XML do.", weight=MODEST
                )
                continue
            except (ParseError, ValueError, RecursionError):
                continue
            for element in list(root.iter())[:200]:
                tag = str(element.tag).rpartition("}")[2]
                if tag in _PROPERTIES and element.text:
                    self._report.fact(_PROPERTIES[tag], element.text.strip()[:300], section="Document")

    def _list_relations(self) -> Iterator[_Relation]:
        """By pattern and not by a parser: Office reads what parsers refuse."""
        count = 0
        for member in self._members:
            if not member.filename.endswith(".rels"):
                continue
            for match in _RELATION.finditer(self._load_text(member.filename)):
                count += 1
                if count > _MOST_LINKS:
                    return
                found = {key.lower(): first or second for key, first, second in _ATTRIBUTE.findall(match[1])}
                yield _Relation(
                    source=member.filename,
                    kind=found.get("type", "").rpartition("/")[2],
                    target=_unescape(found.get("target", "")),
                    is_external=found.get("targetmode", "").lower() == "external",
                )

    def _read_text(self) -> None:
        for member in self._members:
            if not re.fullmatch(
                r"word/(?:document|footnotes|endnotes|comments|header\d*|footer\d*)\.xml", member.filename
            ):
                continue
            text = self._load_text(member.filename)
            self._report.text("".join(_XML_TEXT.findall(text)), origin=member.filename)
            # The pieces of an instruction are often torn apart to hide the word.
            instruction = _unescape("".join(first or second for first, second in _INSTRUCTION.findall(text)))
            _judge_dde(instruction, self._report)

    def _read_sheets(self) -> None:
        names = {member.filename for member in self._members}
        for name in sorted(names):
            if name.startswith("xl/externalLinks/") and name.endswith(".xml"):
                for service, topic in _DDE_LINK.findall(self._load_text(name)):
                    _judge_dde(f"DDE {_unescape(service)} {_unescape(topic)}", self._report)
        macro_sheets = sorted(name for name in names if name.startswith("xl/macrosheets/"))
        if not macro_sheets:
            return
        workbook = self._load_text("xl/workbook.xml")
        hidden = any("hidden" in match[1].lower() for match in _SHEET.finditer(workbook))
        formulas = [
            f"{cell}: {_unescape(formula)}"
            for name in macro_sheets
            for cell, formula in _FORMULA.findall(self._load_text(name))
        ]
        judge_xlm("\n".join(formulas), self._report, hidden=hidden, starts=bool(_AUTO_OPEN.search(workbook)))

    def _read_member(self, member: zipfile.ZipInfo) -> None:
        name, base = member.filename, member.filename.rpartition("/")[2]
        if base.lower().startswith("vbaproject") and base.lower().endswith(".bin"):
            self._read_macros(name)
        elif _BASIC.search(name) and "script" in name.lower() + self._load_text(name)[:2000].lower():
            self._read_basic(name)
        elif name.lower().endswith(".xml") and "activex" in name.lower():
            for class_id in _CLASS_ID.findall(self._load_text(name)):
                judge_class(class_id, self._report, where="A control")
        elif _EMBEDDED.search(name) and not name.endswith("/") and not name.endswith((".xml", ".rels")):
            self._read_embedded(name)
        elif find_extension(base) in PROGRAMS and find_extension(base) != "com":
            self._report.note(
                "office.program", f"The package holds “{show_name(base)}”, which runs.", weight=STRONG
            )
            self._report.child(self._load(name, self._report.room()), name=base)

    def _read_macros(self, name: str) -> None:
        data = self._load(name)
        try:
            compound = Compound(data)
        except OSError:
            found = search_source(data, name)
            for module in found:
                read_script(module.source, self._report, setting=Setting.MACRO, what="The macro")
            return
        for root in find_projects(compound)[:20]:
            judge_project(read_project(compound, root, go_on=self._report.has_time), self._report)

    def _read_basic(self, name: str) -> None:
        """Macros of LibreOffice are text in XML."""
        text = _unescape(re.sub(r"<[^<>]{0,1000}>", "", self._load_text(name)))
        if len(text.strip()) > 20:
            self._report.note(
                "macro.present", f"The document holds macros: {show_name(name)}.", weight=SLIGHT
            )
            self._report.text(text, origin="macros")
            read_script(text, self._report, setting=Setting.MACRO, what="The macro")

    def _read_embedded(self, name: str) -> None:
        data = self._load(name, self._report.room())
        if not data:
            return
        if data.startswith(b"\xd0\xcf\x11\xe0") and _hand_over_objects(data, name, self._report):
            return
        if "/media/" in name and data.startswith((b"\x89PNG", b"\xff\xd8\xff", b"GIF8", b"BM")):
            return
        self._report.child(data, name=name, relation="embeds")


_PROPERTIES = {
    "title": "Title",
    "creator": "Author",
    "lastModifiedBy": "Last saved by",
    "Application": "Application",
    "Template": "Template",
    "Company": "Company",
    "created": "Created",
    "modified": "Saved",
    "initial-creator": "Author",
    "generator": "Application",
}


_ENTITIES = (("&quot;", '"'), ("&apos;", "'"), ("&lt;", "<"), ("&gt;", ">"), ("&amp;", "&"))


def _unescape(text: str) -> str:
    for entity, character in _ENTITIES:
        text = text.replace(entity, character)
    return re.sub(r"&#(?:x([0-9A-Fa-f]{1,6})|(\d{1,7}));", _find_character, text)


def _find_character(match: re.Match[str]) -> str:
    number = int(match[1], 16) if match[1] else int(match[2])
    return chr(number) if number < 0x110000 and not 0xD800 <= number < 0xE000 else "?"


def _judge_relations(relations: list[_Relation], report: Report) -> None:
    links = []
    for relation in relations:
        if not relation.is_external or not relation.target:
            continue
        if relation.kind == "hyperlink":
            links.append(relation.target)
            continue
        is_remote = _REMOTE.match(relation.target) is not None
        said, weight = _FETCHED.get(relation.kind, ("something", SLIGHT if relation.kind else 0.0))
        report.text(relation.target, origin="external relations")
        report.fact("External", f"{relation.kind}: {relation.target[:500]}", section="Links")
        if is_remote:
            _note_fetch(relation, said, weight, report)
    if links:
        report.text("\n".join(links), origin="links")
        for link in links[:20]:
            report.fact("Link", link[:500], kind=Kind.URL if link.startswith("http") else "", section="Links")


def _note_fetch(relation: _Relation, said: str, weight: float, report: Report) -> None:
    target = relation.target
    is_protocol = target.lower().startswith(("mhtml:", "ms-msdt:", "search-ms:")) or "!" in target[-3:]
    report.note(
        f"office.fetches-{relation.kind.lower() if relation.kind in _FETCHED else 'part'}",
        f"Once it is opened, the document fetches {said} from “{target[:300]}”.",
        weight=STRONG if is_protocol else weight,
        group="office.fetches",
        pivots=[Pivot(Kind.URL.value, target, "fetches")] if target.lower().startswith("http") else [],
    )


def _judge_dde(instruction: str, report: Report) -> None:
    for match in list(_DDE.finditer(instruction))[:20]:
        command = match[2].strip()
        report.text(command, origin="fields")
        report.note(
            "office.dde",
            f"A field of the document starts a program by DDE: “{command[:200]}”.",
            weight=STRONG,
        )
        judge_commands(find_behaviours(command), report, setting=Setting.MACRO, what="The field")


def _hand_over_objects(data: bytes, name: str, report: Report) -> bool:
    """Packages in an embedded compound file; False where it is a document itself, to be read as a part."""
    try:
        compound = Compound(data)
    except OSError:
        return False
    found = False
    judge_class(compound.find_class(), report, where=name)
    for path in compound.list_streams()[:500]:
        if path[-1].lower() == "\x01ole10native":
            found = True
            hand_over_native(compound.read_or_nothing(path), report, where=name)
        elif path[-1].lower() == "equation native":
            judge_class_name(b"equation.3", report, where=name)
    return found
