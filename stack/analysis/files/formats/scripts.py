"""Reads the text of a script, whatever brought it: what it does, hides, and how it was made hard to read."""

import re
from collections import Counter
from itertools import islice
from math import log2
from typing import Final

from stack.analysis.answers import MODEST, SLIGHT
from stack.analysis.files.base import Report
from stack.analysis.files.formats.commands import Setting, find_behaviours, judge_commands, judge_hidden
from stack.analysis.files.formats.decoding import decode_layers

MOST_SCRIPT: Final = 4 * 1024 * 1024
_LOOKS_AT = 512 * 1024
_MOST_TEXT_OUT = 256 * 1024
_SAMPLE = 64 * 1024
_HIDING_STEPS = frozenset({"joined strings", "backticks", "carets"})

_SIGNS: Final = (
    (
        "packed",
        "is packed with a packer that unpacks it with eval",
        0.5 * SLIGHT,
        1,
        ("eval(function(p",),
        re.compile(r"eval\(function\(p,a,c,k,e,[dr]\)"),
    ),
    (
        "jsfuck",
        "is written with brackets and signs alone",
        MODEST,
        1,
        ("[]",),
        re.compile(r"[\[\]()!+]{400,}"),
    ),
    (
        "hex-names",
        "has names made of hexadecimal digits",
        SLIGHT,
        40,
        ("_0x",),
        re.compile(r"\b_0x[0-9a-f]{4,8}\b"),
    ),
    (
        "evaluates-decoded",
        "runs text as code that it decodes first",
        MODEST,
        1,
        (
            "unescape",
            "atob",
            "fromcharcode",
            "strreverse",
            "chr(",
            "decode",
            "zlib",
            "marshal",
            "encoding",
            "convert",
        ),
        re.compile(
            r"\b(?:eval|exec|Execute(?:Global)?|Function|iex|Invoke-Expression)\b[\s($\[]{0,40}"
            r"(?:unescape|atob|String\.fromCharCode|StrReverse|Chr\(|base64\.b64decode|zlib\.decompress|"
            r"__import__\(['\"](?:base64|zlib)|marshal\.loads|\[(?:System\.)?(?:Text\.)?Encoding|"
            r"\[(?:System\.)?Convert\]::FromBase64)",
            re.IGNORECASE,
        ),
    ),
)
# Of the languages of Windows alone: elsewhere these marks have uses of their own.
_SIGNS_OF_WINDOWS: Final = (
    (
        "char-codes",
        "writes text as character codes",
        SLIGHT,
        30,
        ("chr", "[char]"),
        re.compile(r"(?i)\bchr[wb]?\$?\(|\[char\]"),
    ),
    (
        "backticks",
        "breaks words up with backticks",
        MODEST,
        12,
        ("`",),
        re.compile(r"(?<=[A-Za-z])`(?=[A-Za-z])"),
    ),
    ("carets", "breaks words up with carets", MODEST, 12, ("^",), re.compile(r"(?<=[A-Za-z])\^(?=[A-Za-z])")),
    (
        "slices",
        "puts commands together from single letters of variables",
        MODEST,
        12,
        (":~",),
        re.compile(r"%\w+:~\d+,1%"),
    ),
    (
        "format-pieces",
        "puts words together in another order",
        SLIGHT,
        8,
        ("-f",),
        re.compile(r"\{\d{1,3}\}[\"']\s*-f\s"),
    ),
)


def read_script(text: str, report: Report, *, setting: Setting, what: str = "The script") -> None:
    """Notes and texts for one script; files that it carries become children."""
    text = text[:MOST_SCRIPT]
    plain = find_behaviours(text)
    judge_commands(plain, report, setting=setting, what=what)
    _measure(text, report, setting=setting, what=what)
    _read_layers(text, plain, report, setting=setting, what=what)


def _read_layers(text: str, plain: dict[str, str], report: Report, *, setting: Setting, what: str) -> None:
    deepest, files, hidden, how = 0, 0, dict[str, str](), ""
    for layer in decode_layers(text, go_on=report.has_time):
        if layer.binary:
            files += 1
            report.child(layer.binary, name=f"decoded-{files}", relation="decodes-to")
            _note_file(layer.binary, layer.how, report, setting=setting, what=what)
            continue
        report.text(layer.text[:_MOST_TEXT_OUT], origin=f"decoded from {layer.how}")
        if layer.how not in _HIDING_STEPS:
            deepest = max(deepest, layer.depth)
        found = find_behaviours(layer.text)
        how = how or (layer.how if found.keys() - plain.keys() else "")
        hidden |= found
    judge_hidden(plain, hidden, report, setting=setting, how=how or "encoded text")
    if deepest >= 2:
        report.note(
            f"{setting.value}.layers",
            f"{what} hides text under {deepest} layers of encoding.",
            weight=MODEST,
            group=f"{setting.value}.obfuscated",
        )


def _note_file(data: bytes, how: str, report: Report, *, setting: Setting, what: str) -> None:
    if data.startswith((b"MZ", b"\x7fELF")):
        report.note(
            f"{setting.value}.carries-program",
            f"{what} carries a program of {len(data):,} bytes as {how}.",
            weight=MODEST * (1.5 if setting is not Setting.UNIX else 0.5),
        )


def _measure(text: str, report: Report, *, setting: Setting, what: str) -> None:
    looked_at = text[:_LOOKS_AT]
    lowered = looked_at.lower()
    is_windows = setting in (Setting.WINDOWS, Setting.MACRO, Setting.SHORTCUT)
    for code, says, weight, least, words, pattern in (*_SIGNS, *(_SIGNS_OF_WINDOWS if is_windows else ())):
        if any(word in lowered for word in words) and _count(pattern, looked_at, least) >= least:
            report.note(
                f"{setting.value}.{code}",
                f"{what} {says}{f' ({least} times and more)' if least > 1 else ''}.",
                weight=weight if setting is not Setting.UNIX else 0.5 * weight,
                group=f"{setting.value}.obfuscated",
            )
    longest = max((len(line) for line in looked_at.splitlines()), default=0)
    report.fact(
        "Entropy of text", f"{measure_entropy(text[:_SAMPLE]):.2f} bits a character", section="Script"
    )
    report.fact("Longest line", f"{longest:,} characters", section="Script")


def _count(pattern: re.Pattern[str], text: str, most: int) -> int:
    return sum(1 for _ in islice(pattern.finditer(text), most))


def measure_entropy(text: str) -> float:
    """Bits a character."""
    counts = Counter(text)
    return -sum(n / len(text) * log2(n / len(text)) for n in counts.values()) if text else 0.0
