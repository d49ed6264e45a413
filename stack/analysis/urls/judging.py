"""What the form of a URL says by itself.

Weights are logarithms of how much more often something was seen in URLs that published reports call malicious
than in those that such reports cite (`benchmarks.analysis.urls` measures both; docs/analysis.md), at most
STRONG. What neither has is weighed by hand, and the comment says why.
"""

import re
from typing import Final
from urllib.parse import unquote

from stack.analysis.answers import MODEST, SLIGHT, STRONG
from stack.analysis.names.algorithmic import measure_entropy
from stack.analysis.names.brands import Brand
from stack.analysis.names.findings import Findings
from stack.analysis.names.lookalikes import LURES
from stack.analysis.urls.endings import ARCHIVES, PROGRAMS, find_double_ending, find_ending
from stack.analysis.urls.reading import ReadUrl
from stack.stix.observables.kinds import Kind

_USUAL_PORTS: Final = frozenset(("", "80", "443", "8080", "8443"))
_WORDS: Final = re.compile(r"[a-z]+")
_TWICE: Final = re.compile(r"%25[0-9a-fA-F]{2}", re.ASCII)
# Letters, digits and "-._~" never need an escape (RFC 3986, section 2.3).
_NEEDLESS: Final = re.compile(
    r"%(?:2[DdEe]|3[0-9]|4[1-9A-Fa-f]|5[0-9AaFf]|6[1-9A-Fa-f]|7[0-9AaEe])", re.ASCII
)
_WORDPRESS: Final = re.compile(r"/wp-(?:content|includes|admin)/", re.IGNORECASE)
_PANEL: Final = re.compile(
    r"/(?:gate|panel|task|cmd|fre|tasks|loader|bot|connect|check)\.php$", re.IGNORECASE
)
_LONG: Final = 200


def judge_form(url: ReadUrl, findings: Findings, *, brands: tuple[Brand, ...], factor: float) -> None:
    """`factor` is below one where the host is a known site's: what its own pages look like says little."""
    _judge_scheme(url, findings)
    _judge_authority(url, findings, brands=brands)
    _judge_ending(url, findings, factor=factor)
    _judge_path(url, findings, brands=brands, factor=factor)
    _judge_escapes(url, findings, factor=factor)


def _judge_scheme(url: ReadUrl, findings: Findings) -> None:
    if url.scheme in {"data", "javascript", "vbscript"}:
        # By hand: nobody hands such a link to others in good faith, as browsers refuse to open it.
        findings.note(
            "active-scheme",
            f"A link of the scheme {url.scheme} carries its page or program inside itself.",
            weight=STRONG,
        )


def _judge_authority(url: ReadUrl, findings: Findings, *, brands: tuple[Brand, ...]) -> None:
    if url.user or url.password:
        user = unquote(url.user)[:80]
        is_host = "." in user or any(brand.label in user.lower() for brand in brands)
        # By hand: a user name that reads as a host has no other use than to be read as one.
        findings.note(
            "user-name",
            f"“{user}” before the @ is a user name to a browser, which goes to {url.host}.",
            weight=STRONG if is_host else MODEST,
        )
    if url.host_kind == Kind.IPV4:
        _judge_ipv4(url, findings)
    elif url.host_kind == Kind.IPV6:
        findings.note("host-address", f"The host is the address {url.host}, no name.", weight=MODEST)
    if url.port not in _USUAL_PORTS:
        findings.note("port", f"Port {url.port} is none that websites use.", weight=1.5)
    for sentence in url.conflicts:
        # By hand: the readings differ where somebody wants a filter and a browser to disagree.
        findings.note("readers-differ", sentence, weight=MODEST, group="readers-differ")
    if "%" in url.written_host:
        findings.note(
            "escaped-host",
            f"The host is written “{url.written_host[:80]}”, which a browser decodes to {url.host}.",
            weight=2.0,
        )


def _judge_ipv4(url: ReadUrl, findings: Findings) -> None:
    if url.written_host == url.host:
        findings.note("host-address", f"The host is the address {url.host}, no name.", weight=2.0)
        return
    # By hand: only who hides an address writes it as one number, in octal or hexadecimal.
    findings.note(
        "disguised-address",
        f"The host “{url.written_host[:80]}” is the address {url.host}, written so that few recognise it.",
        weight=STRONG,
    )


def _judge_ending(url: ReadUrl, findings: Findings, *, factor: float) -> None:
    path = unquote(url.path)
    ending = find_ending(path)
    if double := find_double_ending(path):
        # By hand: a program that is named like a document has no honest use.
        findings.note(
            "double-ending",
            f"The file ends in .{double[0]}.{double[1]}: a program that is named like a {double[0]}.",
            weight=STRONG,
            group="ending",
        )
    elif ending in PROGRAMS:
        findings.note(
            "program", f"The URL leads to a .{ending} file, which runs.", weight=2.0 * factor, group="ending"
        )
    elif ending in ARCHIVES:
        findings.note(
            "archive", f"The URL leads to an archive (.{ending}).", weight=MODEST * factor, group="ending"
        )


def _judge_path(url: ReadUrl, findings: Findings, *, brands: tuple[Brand, ...], factor: float) -> None:
    path = unquote(url.path)
    # Titles of articles name brands too, in parts of many words.
    parts = [_WORDS.findall(part) for part in path.lower().split("/")]
    words = [word for part in parts if len(part) <= 3 for word in part]
    named = [brand for brand in brands if not brand.is_word and brand.label in words]
    lures = [word for word in dict.fromkeys(words) if word in LURES]
    if named and lures:
        findings.note(
            "brand-path",
            f"The path names {named[0].title} beside “{lures[0]}”, and the host is none of {named[0].title}.",
            weight=MODEST * factor,
        )
    if _WORDPRESS.search(path):
        findings.note(
            "wordpress",
            "The path is inside WordPress, where people seldom link to: it is often broken into.",
            weight=1.5 * factor,
        )
    if _PANEL.search(path):
        findings.note(
            "panel",
            f"Malware reports to pages of the name “{path.rpartition('/')[2]}”.",
            weight=1.5 * factor,
        )
    made = next((part for part in path.split("/") if _is_random(part)), "")
    if made:
        findings.note(
            "random-part",
            f"A program made “{made[:60]}” in the path: {measure_entropy(made):.1f} bits a letter.",
            weight=MODEST * factor,
        )
    if len(url.href) >= _LONG:
        findings.note(
            "long", f"The URL has {len(url.href)} characters.", weight=SLIGHT * factor, group="length"
        )


def _is_random(part: str) -> bool:
    """Letters and digits mixed, at length; names of files with words and dashes are none."""
    name = part.partition(".")[0]
    if len(name) < 10 or not name.isascii() or not name.isalnum():
        return False
    digits = sum(letter.isdigit() for letter in name)
    return 0 < digits < len(name) and measure_entropy(name) > 3.0


def _judge_escapes(url: ReadUrl, findings: Findings, *, factor: float) -> None:
    if _TWICE.search(url.path):
        findings.note(
            "double-escapes",
            "The path is percent-encoded twice: filters that decode once miss it.",
            weight=SLIGHT * factor,
        )
    needless = _NEEDLESS.findall(url.path)
    if len(needless) >= 3:
        findings.note(
            "needless-escapes",
            f"{len(needless)} plain letters of the path are written as escapes such as {needless[0]}.",
            weight=MODEST * factor,
        )
