"""The HTML of a mail: where its links lead, what it hides, what it would do."""

import re

from selectolax.lexbor import LexborHTMLParser, LexborNode

from stack.analysis.mail.shapes import Link, Markup
from stack.core.errors import BadInput

MOST_LINKS = 1_000
_MOST_LISTED = 50
_LONGEST_TARGET = 4_000
_LONGEST_TEXT = 300
_MOST_HIDDEN = 20_000
_NOT_SHOWN = frozenset(("script", "style", "template", "title"))
_BREAKS = frozenset(
    """
    address article aside blockquote br center dd div dl dt fieldset figure footer form h1 h2 h3 h4 h5 h6
    header hr li main ol p pre section table td th tr ul
    """.split()  # noqa: SIM905 (a list of quoted words is hard to read)
)
# The parser's time grows with the square of how deep elements are nested.
_MOST_OPEN = 20_000
_SPACE = re.compile(r"\s+")
_BLANK_LINES = re.compile(r"[ \t]*\n(?:[ \t]*\n)+[ \t]*")
# What hides text from people but not from filters; RFC and CSS have no better name for it.
_HIDING = re.compile(
    r"display\s*:\s*none|visibility\s*:\s*hidden|font-size\s*:\s*0*[01]?(?:\.\d+)?(?:px|pt|em|%)?\s*(?:;|$|!)"
    r"|opacity\s*:\s*0(?:\.0+)?\s*(?:;|$|!)|max-height\s*:\s*0|text-indent\s*:\s*-\d{3,}"
    r"|(?:left|top)\s*:\s*-\d{3,}",
    re.IGNORECASE,
)
_WHITE = re.compile(
    r"(?<![-\w])color\s*:\s*(?:#fff(?:fff)?\b|white\b|rgb\(\s*255\s*,\s*255\s*,\s*255\s*\))", re.I
)
_DARK = re.compile(r"background(?:-color)?\s*:", re.IGNORECASE)
_SMUGGLING = (
    ("decodes base64", re.compile(r"\batob\s*\(|fromCharCode|\bunescape\s*\(", re.IGNORECASE)),
    ("makes a file (Blob)", re.compile(r"\bnew\s+Blob\b|createObjectURL|msSaveOrOpenBlob|msSaveBlob")),
    ("starts its download", re.compile(r"\.download\b|\bdownload\s*=|\.click\s*\(\s*\)", re.IGNORECASE)),
    ("writes the page anew", re.compile(r"document\s*\.\s*write|\beval\s*\(|innerHTML\s*=", re.IGNORECASE)),
)
_LONG_BASE64 = re.compile(r"[A-Za-z0-9+/]{2000,}")
_MOST_SCRIPT = 4_000_000


def read_markup(text: str, markup: Markup, *, place: str) -> str:
    """Adds what is in this HTML to what was found in others of the same mail; the text that people see.

    Raises BadInput for HTML that is nested so deep that its parser would not end.
    """
    if text.count("<") - 2 * text.count("</") > _MOST_OPEN:
        raise BadInput(f"The HTML leaves more than {_MOST_OPEN:,} elements open, and was not read")
    root = LexborHTMLParser(text).root
    if root is None:
        return ""
    reading = _Reading(markup, place)
    reading.walk(root)
    markup.hidden = (markup.hidden + " ".join(reading.hidden))[:_MOST_HIDDEN]
    _find_smuggling("\n".join(reading.scripts)[:_MOST_SCRIPT], markup)
    return _BLANK_LINES.sub("\n\n", "".join(reading.shown)).strip()


class _Reading:
    """One walk over a page, in linear time: what is open is kept, nothing is looked at twice."""

    def __init__(self, markup: Markup, place: str) -> None:
        self.hidden: list[str] = []
        self.shown: list[str] = []
        self.scripts: list[str] = []
        self._markup = markup
        self._place = place
        self._hidden_by: int | None = None
        self._hidden_size = 0
        self._link: tuple[int, str, list[str]] | None = None

    def walk(self, root: LexborNode) -> None:
        """Without recursion: a page may be nested a hundred thousand deep."""
        node: LexborNode | None = root
        while node is not None:
            self._enter(node)
            if node.child is not None and (node.tag or "") not in _NOT_SHOWN:
                node = node.child
                continue
            self._leave(node)
            while node is not None and node.next is None:
                node = node.parent
                if node is None:
                    return
                self._leave(node)
                if node.mem_id == root.mem_id:
                    return
            node = node.next if node is not None else None

    def _enter(self, node: LexborNode) -> None:
        tag = node.tag or ""
        if node.is_text_node:
            self._read_text(node.text_content or "")
        elif tag == "script":
            self._markup.scripts += 1
            self.scripts.append(node.text(deep=True))
        elif node.is_element_node:
            if self._hidden_by is None and _is_hidden(node):
                self._hidden_by = node.mem_id
            if tag in ("a", "area") and self._link is None:
                self._open_link(node)
            else:
                _read_element(node, tag, self._markup)

    def _leave(self, node: LexborNode) -> None:
        if (node.tag or "") in _BREAKS:
            self.shown.append("\n")
        if node.mem_id == self._hidden_by:
            self._hidden_by = None
        if self._link is not None and node.mem_id == self._link[0]:
            _, target, pieces = self._link
            text = _SPACE.sub(" ", "".join(pieces))[:_LONGEST_TEXT].strip()
            self._markup.links.append(Link(target, text, self._place))
            self._link = None

    def _open_link(self, node: LexborNode) -> None:
        target = (node.attributes.get("href") or "").strip()[:_LONGEST_TARGET]
        if target and not target.startswith("#") and len(self._markup.links) < MOST_LINKS:
            self._link = (node.mem_id, target, [])

    def _read_text(self, text: str) -> None:
        letters = sum(map(str.isalnum, text))
        if self._hidden_by is None:
            self._markup.shown_letters += letters
            self.shown.append(_SPACE.sub(" ", text))
            if self._link is not None and len(self._link[2]) < _LONGEST_TEXT:
                self._link[2].append(text[:_LONGEST_TEXT])
            return
        self._markup.hidden_letters += letters
        if letters and self._hidden_size < _MOST_HIDDEN:
            self.hidden.append(_SPACE.sub(" ", text[:_MOST_HIDDEN]).strip())
            self._hidden_size += len(text)


def _read_element(node: LexborNode, tag: str, markup: Markup) -> None:
    values = node.attributes
    if tag == "form":
        _list(markup.forms, values.get("action") or "(this page)")
    elif tag == "input":
        markup.password_fields += (values.get("type") or "").lower() == "password"
    elif tag == "img":
        _read_image(values, markup)
    elif tag in ("iframe", "frame", "object", "embed"):
        _list(markup.frames, values.get("src") or values.get("data") or "")
    elif tag == "base" and not markup.base:
        markup.base = (values.get("href") or "")[:_LONGEST_TARGET]
    elif tag == "meta" and (values.get("http-equiv") or "").lower() == "refresh" and not markup.refresh:
        target = re.search(r"url\s*=\s*['\"]?([^'\"]{1,2000})", values.get("content") or "", re.IGNORECASE)
        markup.refresh = target[1].strip() if target else ""


def _read_image(values: dict[str, str | None], markup: Markup) -> None:
    source = (values.get("src") or "").strip()
    if not source.lower().startswith(("http:", "https:", "//")):
        return
    markup.images += 1
    sides = [(values.get(name) or "").strip().removesuffix("px") for name in ("width", "height")]
    style = values.get("style") or ""
    if all(side in ("0", "1") for side in sides) or _HIDING.search(style):
        _list(markup.pixels, source)


def _is_hidden(node: LexborNode) -> bool:
    style = (node.attributes.get("style") or "")[:2_000]
    if "hidden" in node.attributes or _HIDING.search(style):
        return True
    return bool(_WHITE.search(style)) and not _DARK.search(style) and not _has_background(node)


def _has_background(node: LexborNode) -> bool:
    """Whether one of the elements around paints a background, on which white is read."""
    parent = node.parent
    for _ in range(20):
        if parent is None or not parent.is_element_node:
            return False
        if parent.attributes.get("bgcolor") or _DARK.search((parent.attributes.get("style") or "")[:2_000]):
            return True
        parent = parent.parent
    return True


def _find_smuggling(script: str, markup: Markup) -> None:
    """Script that assembles a file in the reader's browser, past whatever looked at attachments."""
    found = [what for what, pattern in _SMUGGLING if pattern.search(script)]
    if _LONG_BASE64.search(script):
        found.append("carries more than 2,000 characters of base64")
    for what in found:
        if what not in markup.smuggling:
            markup.smuggling.append(what)


def _list(values: list[str], value: str) -> None:
    value = value.strip()[:_LONGEST_TARGET]
    if value and len(values) < _MOST_LISTED and value not in values:
        values.append(value)
