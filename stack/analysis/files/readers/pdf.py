"""PDF: what it does when it is opened, its scripts, files, forms and links, and how it hides them."""

import re
from collections import Counter
from collections.abc import Iterator
from typing import Any, Final

from stack.analysis.answers import MODEST, SLIGHT, STRONG, Pivot
from stack.analysis.files import media
from stack.analysis.files.base import FileReader, Part, Report
from stack.analysis.files.formats.commands import Setting
from stack.analysis.files.formats.names import PROGRAMS, find_extension, show_name
from stack.analysis.files.formats.pdf import PdfObject, decode_stream, list_objects, read_string
from stack.analysis.files.formats.scripts import read_script
from stack.stix.observables.kinds import Kind

_NAMES: Final = (
    "OpenAction",
    "AA",
    "JavaScript",
    "JS",
    "Launch",
    "EmbeddedFile",
    "RichMedia",
    "XFA",
    "AcroForm",
    "GoToR",
    "GoToE",
    "SubmitForm",
    "ImportData",
    "URI",
    "ObjStm",
    "Encrypt",
    "JBIG2Decode",
    "U3D",
)
_WORDS = re.compile(rb"/(" + b"|".join(name.encode() for name in _NAMES) + rb")(?![A-Za-z0-9])")
_VALUE = re.compile(
    rb"/(JS|URI|F|UF|Title|Author|Producer|Creator|Win|P|D|CreationDate|ModDate)\s*([(<])(?!<)"
)
_REFERENCE = re.compile(rb"/(JS|EF|F|UF)\s+(\d{1,10})\s+\d{1,5}\s+R")
_FILE_NAME = re.compile(rb"/(?:UF|F)\s*([(<])(?!<)")
_STREAM_OF_FILE = re.compile(rb"/EF\s*<<[^>]{0,200}/(?:UF|F)\s+(\d{1,10})\s")
_HEADER_WITHIN = 1024
_MOST_PAGES, _MOST_CHARACTERS = 100, 200_000
_MOST_FILES, _MOST_SCRIPTS = 200, 100
# PDFium searches the rest of the file for each of them.
_MOST_FALSE_LENGTHS = 200
_FACTS = frozenset((b"Title", b"Author", b"Producer", b"Creator"))


class Reader(FileReader):
    name = "pdf"
    title = "PDF document"
    types = frozenset({media.PDF})

    @staticmethod
    def read(part: Part, report: Report) -> None:
        data = bytes(part.data)
        reading = _Reading(report)
        for found in list_objects(data, go_on=report.has_time):
            reading.take(found)
        _judge_shape(data, report)
        reading.judge()
        reading.hand_over()
        if reading.false_lengths > _MOST_FALSE_LENGTHS:
            report.remark("The pages of the PDF were not read: the lengths that it states are false.")
        elif not reading.counts["Encrypt"]:
            _read_text(data, report)


class _Reading:
    def __init__(self, report: Report) -> None:
        self._report = report
        self.counts: Counter[str] = Counter()
        self.false_lengths = 0
        self._hidden: set[str] = set()
        self._objects: dict[int, PdfObject] = {}
        self._scripts: list[str] = []
        self._script_objects: set[int] = set()
        self._links: dict[str, None] = {}
        self._launched: list[str] = []
        self._files: dict[int, str] = {}
        self._facts: dict[str, str] = {}

    def take(self, found: PdfObject) -> None:
        body = found.body
        self.false_lengths += found.is_length_false
        # The last statement of an object holds; earlier ones stay to be read for what they carry.
        if found.raw is not None:
            self._objects[found.number] = found
        words = {match[1].decode() for match in _WORDS.finditer(body)}
        self.counts.update(words)
        self._hidden |= set(found.hidden_names) & set(_NAMES)
        for key, number in _REFERENCE.findall(body):
            if key == b"JS":
                self._script_objects.add(int(number))
        end = 0
        for match in _VALUE.finditer(body):
            # What looks like a value within a text is a part of that text.
            if match.start() >= end:
                value, end = read_string(body, match.start(2))
                self._take_value(match[1], value, body)
        for number in _STREAM_OF_FILE.findall(body):
            name = _FILE_NAME.search(body)
            self._files[int(number)] = read_string(body, name.start(1))[0] if name else ""
        if "EmbeddedFile" in words and found.raw is not None:
            self._files.setdefault(found.number, "")

    def _take_value(self, key: bytes, value: str, body: bytes) -> None:
        if key == b"JS" and len(self._scripts) < _MOST_SCRIPTS:
            self._scripts.append(value)
        elif key == b"URI":
            self._links[value[:2048]] = None
        elif key in _FACTS and value.strip():
            self._facts.setdefault(key.decode(), value.strip()[:300])
        elif key in (b"F", b"UF", b"P", b"D") and b"/Launch" in body and value.strip():
            self._launched.append(value)
        elif key in (b"F", b"UF") and (b"/SubmitForm" in body or b"/GoToR" in body) and "://" in value:
            self._links[value[:2048]] = None

    def judge(self) -> None:
        report, counts = self._report, self.counts
        for name, value in self._facts.items():
            report.fact(name, value, section="PDF")
        for name, count in sorted(counts.items()):
            report.fact(f"/{name}", count, section="PDF")
        if self._hidden:
            report.note(
                "pdf.hidden-names",
                f"Names that start something are written in codes: {', '.join(sorted(self._hidden))}.",
                weight=STRONG,
            )
        self._judge_actions()
        if counts["Encrypt"]:
            report.note(
                "pdf.encrypted", "The PDF is encrypted: its texts and scripts cannot be read.", weight=SLIGHT
            )
        if counts["JBIG2Decode"] and counts["JavaScript"]:
            report.note(
                "pdf.jbig2",
                "A PDF with scripts holds JBIG2 pictures, whose decoders had holes.",
                weight=SLIGHT,
            )
        if counts["RichMedia"] or counts["U3D"]:
            report.note("pdf.rich-media", "The PDF holds Flash or 3-D content.", weight=MODEST)
        links = list(self._links)
        if links:
            report.text("\n".join(links), origin="links")
        for link in links[:50]:
            report.fact("Link", link[:500], kind=Kind.URL if link.startswith("http") else "", section="Links")

    def _judge_actions(self) -> None:
        report, counts = self._report, self.counts
        starts = counts["OpenAction"] or counts["AA"]
        has_script = counts["JavaScript"] or counts["JS"]
        if counts["Launch"]:
            what = " ".join(self._launched)[:300]
            report.note(
                "pdf.launch",
                f"The PDF starts a program{f': “{show_name(what)}”' if what else ''}.",
                weight=STRONG,
            )
        if has_script and starts:
            # Forms that compute, or print themselves, do this in good faith.
            report.note(
                "pdf.script-on-open",
                "A script of the PDF runs once it is opened.",
                weight=MODEST,
                group="pdf.script",
            )
        elif has_script:
            report.note("pdf.script", "The PDF holds scripts.", weight=SLIGHT, group="pdf.script")
        if counts["SubmitForm"] and starts:
            report.note("pdf.submits", "The PDF may send what is filled in to a server.", weight=SLIGHT)
        # A page that is one link is the commonest form of phishing with PDF, and also that of many a flyer.
        urls = [link for link in self._links if link.lower().startswith("http")]
        if urls:
            report.note(
                "pdf.links",
                f"The PDF leads to {len(urls):,} {'addresses' if len(urls) > 1 else 'address'} on the web.",
                pivots=[Pivot(Kind.URL.value, url, "links-to") for url in urls[:50]],
            )

    def hand_over(self) -> None:
        for number in sorted(self._script_objects):
            if number in self._objects and len(self._scripts) < _MOST_SCRIPTS:
                self._scripts.append(decode_stream(self._objects[number]).decode("utf-8", "replace"))
        for script in self._scripts:
            if not self._report.has_time():
                return
            self._report.text(script, origin="scripts")
            read_script(script, self._report, setting=Setting.PAGE, what="A script in the PDF")
            _judge_exploits(script, self._report)
        for number, name in list(self._files.items())[:_MOST_FILES]:
            if number in self._objects and not self._hand_over_file(self._objects[number], name):
                return

    def _hand_over_file(self, found: PdfObject, name: str) -> bool:
        name = re.split(r"[\\/]", name)[-1] or f"embedded-{found.number}"
        runs = find_extension(name) in PROGRAMS
        self._report.note(
            "pdf.embedded-program" if runs else "pdf.embedded",
            f"The PDF carries “{show_name(name)}”{', which runs when it is opened' if runs else ''}.",
            weight=STRONG if runs else SLIGHT / 2,
            group="pdf.embedded",
        )
        return self._report.child(decode_stream(found), name=name, relation="embeds")


# Functions of Acrobat that were attacked, and which forms do not need.
_ATTACKED: Final = re.compile(
    r"\b(Collab\.(?:collectEmailInfo|getIcon)|util\.printf\s*\(\s*[\"']%\d{3,}|media\.newPlayer|spell\.customDictionaryOpen|"
    r"app\.launchURL|this\.exportDataObject|getAnnots\s*\(\s*\{|printSeps)\b"
)


def _judge_exploits(script: str, report: Report) -> None:
    if match := _ATTACKED.search(script[: 1024 * 1024]):
        word = match[1].split("(")[0].strip()
        report.note(
            "pdf.attacked-function",
            f"A script in the PDF calls {word}, which attacks have used.",
            weight=MODEST if word in ("app.launchURL", "this.exportDataObject") else STRONG,
        )


def _judge_shape(data: bytes, report: Report) -> None:
    report.fact("Version", data[:_HEADER_WITHIN].partition(b"%PDF-")[2][:3].decode("latin-1"), section="PDF")
    ends = data.count(b"%%EOF")
    report.fact("Revisions", ends, section="PDF")
    if not data.startswith(b"%PDF-"):
        report.note("pdf.late-header", "Other bytes stand before the header of the PDF.", weight=SLIGHT)
    last = data.rfind(b"%%EOF")
    rest = len(data) - last - 5 if last >= 0 else 0
    if rest > 1024:
        report.note("pdf.appended", f"{rest:,} bytes follow the end of the PDF.", weight=SLIGHT)
        report.child(data[last + 5 :], name="after-the-end", relation="follows")


def _read_text(data: bytes, report: Report) -> None:
    """What people see, through PDFium; a PDF that it refuses was read above all the same."""
    import pypdfium2

    try:
        document = pypdfium2.PdfDocument(data)
        report.fact("Pages", len(document), section="PDF")
        text = "\n".join(_list_texts(document, report))
    except Exception:  # hostile bytes make it raise whatever they like
        report.remark("The pages of the PDF could not be read; its objects were.")
        return
    report.text(text, origin="pages")


def _list_texts(document: Any, report: Report) -> Iterator[str]:
    left = _MOST_CHARACTERS
    for number in range(min(len(document), _MOST_PAGES)):
        if left <= 0 or not report.has_time():
            return
        page = document[number].get_textpage()
        text = page.get_text_range(0, min(page.count_chars(), left))
        left -= len(text)
        yield text
