"""HTML: its text as a browser would break it into lines, and where links lead that say something else."""

import re
from collections.abc import Iterator
from typing import BinaryIO

from selectolax.lexbor import LexborHTMLParser, LexborNode

from stack.ingest.documents.passages import Piece, Title, decode_text, split_text

_CHARSET = re.compile(rb"<meta[^>]{0,200}?charset\s*=\s*[\"']?\s*([\w.:-]{2,40})", re.IGNORECASE)
_BLOCKS = frozenset(
    """
    address article aside blockquote caption center dd details dialog div dl dt fieldset figcaption figure
    footer form h1 h2 h3 h4 h5 h6 header hr legend li main menu ol option p pre section summary table tbody
    tfoot thead title tr ul
    """.split()  # noqa: SIM905 (a list of quoted words is hard to read)
)
_CELLS = frozenset(("td", "th"))
_LEFT_OUT = frozenset(("head", "iframe", "nav", "noscript", "object", "script", "style", "svg", "template"))
_KEEPS_SPACE = frozenset(("pre", "textarea"))
_SPACE = re.compile(r"[ \t\r\n\f]+")
_BLANK_LINES = re.compile(r"[ \t]*\n(?:[ \t]*\n)+")
_LOOKS_LIKE_TARGET = re.compile(r"^\s*\S+\.\S+\s*$")
_FOLLOWED = ("http:", "https:", "ftp:", "hxxp", "//", "mailto:")


def read_html(file: BinaryIO) -> Iterator[Piece]:
    data = file.read()
    declared = _CHARSET.search(data[:4096])
    text = decode_text(data, declared[1].decode("ascii") if declared else "")
    title, body = render_html(text)
    if title:
        yield Title(title)
    yield from split_text("page", body)


def render_html(text: str, *, all_links: bool = False) -> tuple[str, str]:
    """Title and text. A link is followed by its target in angle brackets where its text looks like another
    one, or (`all_links`, for mails) always where the text is not the target."""
    tree = LexborHTMLParser(text)
    title = tree.css_first("title")
    if tree.body is None:
        return "", ""
    rendering = _Rendering(all_links)
    rendering.walk(tree.body)
    written = _BLANK_LINES.sub("\n\n", "".join(rendering.pieces)).strip()
    return (" ".join(title.text().split()) if title is not None else ""), written


class _Rendering:
    def __init__(self, all_links: bool) -> None:
        self.pieces: list[str] = []
        self._all_links = all_links
        self._kept_space = 0
        self._links: list[tuple[str, int]] = []

    def walk(self, root: LexborNode) -> None:
        """Without recursion: a page may be nested a hundred thousand deep."""
        node: LexborNode | None = root.child
        while node is not None:
            is_open = self._enter(node)
            if is_open and node.child is not None:
                node = node.child
                continue
            if is_open:
                self._leave(node)
            while node is not None and node.next is None:
                node = node.parent
                if node is None or node.mem_id == root.mem_id:
                    return
                self._leave(node)
            node = node.next if node is not None else None

    def _enter(self, node: LexborNode) -> bool:
        """Whether there is anything to see within the node."""
        if node.is_text_node:
            text = node.text_content or ""
            self.pieces.append(text if self._kept_space else _SPACE.sub(" ", text))
            return False
        tag = node.tag or ""
        if not node.is_element_node or tag in _LEFT_OUT:
            return False
        if tag in _BLOCKS or tag == "br":
            self.pieces.append("\n")
        elif tag in _CELLS:
            self.pieces.append("\t")
        if tag in _KEEPS_SPACE:
            self._kept_space += 1
        if tag == "a":
            self._links.append(((node.attributes.get("href") or "").strip(), len(self.pieces)))
        elif tag in {"img", "form"} and self._all_links:
            self._show_target(node.attributes.get("src") or node.attributes.get("action") or "")
        return True

    def _leave(self, node: LexborNode) -> None:
        tag = node.tag or ""
        if tag in _BLOCKS:
            self.pieces.append("\n")
        if tag in _KEEPS_SPACE:
            self._kept_space -= 1
        if tag == "a" and self._links:
            target, start = self._links.pop()
            shown = "".join(self.pieces[start:])
            if self._all_links or _LOOKS_LIKE_TARGET.match(shown):
                self._show_target(target, beside=shown.strip())

    def _show_target(self, target: str, *, beside: str = "") -> None:
        if not target.lower().startswith(_FOLLOWED) or "data:" in target[:10]:
            return
        bare = target.removeprefix("mailto:")
        if bare.rstrip("/") != beside.rstrip("/") and bare.partition("://")[2].rstrip("/") != beside.rstrip(
            "/"
        ):
            self.pieces.append(f" <{bare}> ")
