"""Pages, SVG pictures, HTML applications: what they carry and run, where they send what is typed."""

import base64
import binascii
import re
from typing import Final
from urllib.parse import unquote_to_bytes, urlsplit

from selectolax.lexbor import LexborHTMLParser, LexborNode

from stack.analysis.answers import MODEST, SLIGHT, STRONG, Pivot
from stack.analysis.files import media
from stack.analysis.files.base import FileReader, Part, Report
from stack.analysis.files.formats.commands import Setting
from stack.analysis.files.formats.scripts import read_script
from stack.analysis.files.text_types import decode_text
from stack.stix.observables.kinds import Kind

_MOST_PAGE = 16 * 1024 * 1024
# The time of the parser grows with the square of how deep elements are nested.
_MOST_OPEN = 20_000
_MOST_SCRIPTS, _MOST_ELEMENTS, _MOST_DATA = 200, 5_000, 32
_DATA = re.compile(r"^\s*data:([\w.+/-]{0,100})((?:;[^,;]{1,100})*),", re.IGNORECASE)
_PICTURES = re.compile(
    r"^(?:image/(?!svg)|font/|application/(?:x-)?font|text/css|audio/|video/)", re.IGNORECASE
)
# To make a file out of a script and have it saved, as is done where a gateway would stop the file itself.
_MAKES_FILE: Final = re.compile(r"\bnew\s+(?:Blob|File)\s*\(|\bmsSaveOrOpenBlob\b|\bmsSaveBlob\b")
_SAVES_FILE: Final = re.compile(r"\bcreateObjectURL\b|\.download\s*=|\bmsSave(?:OrOpen)?Blob\b")
_DECODES: Final = re.compile(r"\batob\s*\(|\bcharCodeAt\s*\(|\bUint8Array\b")
_LARGE_TEXT: Final = re.compile(r"[A-Za-z0-9+/=]{4000,}")
_MOVES: Final = re.compile(
    r"\b(?:window\.|document\.|top\.|self\.)?location(?:\.href|\.replace|\.assign)?\s*(?:=|\()\s*[\"'`]"
)
_WRITES_DECODED: Final = re.compile(
    r"\bdocument\.write(?:ln)?\s*\(\s*(?:unescape|atob|decodeURIComponent|String\.fromCharCode)"
)
_PROTOCOLS: Final = re.compile(r"\b(?:ms-msdt|search-ms|ms-officecmd|mhtml|ms-appinstaller):", re.IGNORECASE)
_SECRETS = frozenset(("password",))


class Reader(FileReader):
    name = "html"
    title = "Web page"
    types = frozenset({media.HTML, media.HTA, media.SVG})

    @staticmethod
    def read(part: Part, report: Report) -> None:
        text = decode_text(bytes(part.data[:_MOST_PAGE])) or ""
        if text.count("<") - 2 * text.count("</") > _MOST_OPEN:
            report.remark(
                f"The page leaves more than {_MOST_OPEN:,} elements open, and was read as text alone."
            )
            return
        tree = LexborHTMLParser(text)
        setting = Setting.MACRO if part.type == media.HTA else Setting.PAGE
        if part.type == media.HTA:
            report.note(
                "html.application",
                "An HTML application runs with all that its user may do, outside of the browser.",
                weight=SLIGHT,
            )
        _read_scripts(tree, report, part, setting=setting)
        _judge_forms(tree, report)
        _judge_frames(tree, report)
        _read_data(tree, report)
        if tree.body is not None and part.type != media.SVG:
            report.text(tree.body.text(separator=" ")[:1_000_000], origin="page")
        if match := _PROTOCOLS.search(text):
            report.note(
                "html.protocol",
                f"The page hands something to a program of Windows by “{match[0]}”.",
                weight=STRONG if match[0].lower().startswith("ms-msdt") else MODEST,
            )


def _list_nodes(tree: LexborHTMLParser, selector: str) -> list[LexborNode]:
    return tree.css(selector)[:_MOST_ELEMENTS]


def _read_scripts(tree: LexborHTMLParser, report: Report, part: Part, *, setting: Setting) -> None:
    scripts = [node.text(deep=True) or "" for node in _list_nodes(tree, "script")][:_MOST_SCRIPTS]
    handlers = [
        value
        for node in _list_nodes(tree, "[onload],[onerror],[onclick],[onmouseover],[onbegin]")
        for name, value in node.attributes.items()
        if name.startswith("on") and value
    ]
    together = "\n".join([*scripts, *handlers])
    report.fact("Scripts", len(scripts), section="Page")
    if part.type == media.SVG and together.strip():
        # Pictures have no need of scripts; some that move on pages have them.
        report.note("html.picture-with-script", "The SVG picture holds scripts.", weight=MODEST)
    if together.strip():
        report.text(together[:1_000_000], origin="scripts")
        _judge_smuggling(together, report)
        read_script(together, report, setting=setting, what="A script in the page")


def _judge_smuggling(script: str, report: Report) -> None:
    makes, saves = _MAKES_FILE.search(script), _SAVES_FILE.search(script)
    payload = _LARGE_TEXT.search(script)
    if makes and saves and _DECODES.search(script):
        report.note(
            "html.smuggling",
            "A script in the page decodes a file out of its own text and has it saved (HTML smuggling)"
            f"{f', {len(payload[0]):,} characters long' if payload else ''}.",
            weight=STRONG if payload else MODEST,
            group="html.smuggling",
        )
    if _WRITES_DECODED.search(script):
        report.note("html.writes-decoded", "The page writes itself out of encoded text.", weight=MODEST)
    if _MOVES.search(script):
        report.note("html.moves", "A script in the page leads on to another one.")


def _judge_forms(tree: LexborHTMLParser, report: Report) -> None:
    has_password = any(
        (node.attributes.get("type") or "").lower() in _SECRETS for node in _list_nodes(tree, "input")
    )
    actions = [(node.attributes.get("action") or "").strip() for node in _list_nodes(tree, "form")[:100]]
    remote = [action for action in actions if _find_host(action)]
    for action in remote:
        report.fact("Form sends to", action[:500], kind=Kind.URL, section="Page")
    if has_password and remote:
        report.note(
            "html.password-sent",
            f"The page, which is a file and no site, asks for a password and sends it to {remote[0][:200]}.",
            weight=STRONG,
            group="html.password",
            pivots=[Pivot(Kind.URL.value, remote[0], "sends-to")],
        )
    elif has_password:
        report.note(
            "html.password",
            "The page, which is a file, asks for a password.",
            weight=MODEST,
            group="html.password",
        )


def _find_host(text: str) -> str:
    """The host of a web address; empty where it is none."""
    try:
        parts = urlsplit(text)
    except ValueError:
        return ""
    return parts.netloc if parts.scheme.lower() in ("http", "https") else ""


def _judge_frames(tree: LexborHTMLParser, report: Report) -> None:
    for node in _list_nodes(tree, "iframe")[:100]:
        source = (node.attributes.get("src") or "").strip()
        style = (node.attributes.get("style") or "").replace(" ", "").lower()
        sizes = {node.attributes.get("width"), node.attributes.get("height")}
        hidden = (
            "display:none" in style or "visibility:hidden" in style or bool(sizes & {"0", "1", "0px", "1px"})
        )
        if hidden and _find_host(source):
            report.note("html.hidden-frame", f"A frame that nobody sees loads {source[:200]}.", weight=SLIGHT)
    for node in _list_nodes(tree, "meta")[:200]:
        if (node.attributes.get("http-equiv") or "").lower() == "refresh":
            content = node.attributes.get("content") or ""
            _, _, target = content.partition("=")
            report.text(content, origin="refresh")
            if _find_host(target.strip("'\" ")):
                report.note("html.refresh", f"The page leads on at once to {target[:200]}.", weight=SLIGHT)


def _read_data(tree: LexborHTMLParser, report: Report) -> None:
    """Files that stand in addresses themselves."""
    count = 0
    for node in _list_nodes(tree, "[href],[src],[data]"):
        for name in ("href", "src", "data", "xlink:href"):
            value = node.attributes.get(name) or ""
            match = _DATA.match(value)
            if not match or _PICTURES.match(match[1]) or count >= _MOST_DATA:
                continue
            count += 1
            data = _decode_data(value[match.end() :], is_base64="base64" in match[2].lower())
            if len(data) > 16:
                saved = node.attributes.get("download") or f"data-{count}"
                report.child(data, name=saved, relation="embeds")
            report.note(
                "html.data-address",
                f"An element {node.tag} carries {len(data):,} bytes of {match[1] or 'text'} in its address.",
                weight=MODEST if node.tag in ("a", "iframe", "object", "embed") else 0.0,
            )


def _decode_data(text: str, *, is_base64: bool) -> bytes:
    data = unquote_to_bytes(text)
    if not is_base64:
        return data
    try:
        return base64.b64decode(data + b"=" * (-len(data) % 4))
    except (binascii.Error, ValueError):
        return b""
