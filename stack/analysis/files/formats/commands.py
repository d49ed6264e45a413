"""What scripts, macros and command lines do, told by their words, which weigh less where they are usual.

The weights are judgements, not measurements: no collection of malicious scripts comes with Stack. They are
held down by the scripts of the system that the tests run on, none of which may come out suspicious.
"""

import re
from enum import StrEnum
from typing import Final, NamedTuple

from stack.analysis.answers import MODEST, SLIGHT, STRONG
from stack.analysis.files.base import Report

_MOST_TEXT = 2 * 1024 * 1024
_LONGEST_SHOWN = 120
_MOST_PLACES = 2_000


class Setting(StrEnum):
    """Where the words stand."""

    MACRO = "macro"
    SHORTCUT = "shortcut"
    WINDOWS = "script"
    UNIX = "program"
    PAGE = "page"


class _Behaviour(NamedTuple):
    """`phrases` are lower case: a word, and the expression of what follows it."""

    code: str
    does: str
    weight: float
    phrases: tuple[tuple[str, re.Pattern[str]], ...]


def _list_phrases(*phrases: tuple[str, str] | str) -> tuple[tuple[str, re.Pattern[str]], ...]:
    """A word that begins with a letter begins there; it ends there too where nothing is said to follow."""
    found = []
    for phrase in phrases:
        word, rest = (phrase, r"\b") if isinstance(phrase, str) else phrase
        begin = r"(?<![\w-])" if word[0].isalnum() else ""
        found.append((word, re.compile(begin + re.escape(word) + rest)))
    return tuple(found)


_DOWNLOADS = _Behaviour(
    "downloads",
    "fetches something from the network",
    SLIGHT,
    _list_phrases(
        "downloadstring",
        "downloadfile",
        "downloaddata",
        "invoke-webrequest",
        "invoke-restmethod",
        ("iwr", r"\s+[\"'(-]?h"),
        "net.webclient",
        ("urldownloadtofile", ""),
        ("xmlhttp", r"\b"),
        "winhttprequest",
        ("winhttp.winhttprequest", ""),
        ("internetopenurl", ""),
        "bitsadmin",
        "start-bitstransfer",
        ("certutil", r"\b[^\n]{0,80}-urlcache"),
        ("curl", r"(?:\.exe)?\s[^\n]{0,200}(?:https?|ftp)://"),
        ("wget", r"(?:\.exe)?\s[^\n]{0,200}(?:https?|ftp)://"),
        ("urllib.request.urlopen", ""),
        ("requests.get(", ""),
    ),
)
_EXECUTES = _Behaviour(
    "executes",
    "starts programs or runs text as code",
    SLIGHT,
    _list_phrases(
        "invoke-expression",
        ("iex", r"(?=[\s(|;&]|$)"),
        "start-process",
        "wscript.shell",
        "shell.application",
        ("shellexecute", ""),
        ("shell", r"(?:\s*\(|\s+[\"']|[ \t]+\w+[ \t]*(?:,[ \t]*(?:vb|\d)|&|[\r\n]))"),
        "win32_process",
        ("cmd", r"(?:\.exe)?[\"']?\s+[/-]"),
        ("powershell", r"(?:\.exe)?[\"']?\s+[/-]"),
        ("pwsh", r"(?:\.exe)?[\"']?\s+[/-]"),
        "mshta",
        "regsvr32",
        "rundll32",
        "cscript",
        ("wscript", r"(?:\.exe)?\s"),
        ("os.system(", ""),
        ("subprocess.", ""),
        ("os.popen(", ""),
        ("exec", r"\s*\(\s*\""),
    ),
)
_ENCODED = r"(?:\.exe)?[^\n]{0,200}?\s-e(?:nc?|ncodedcommand|c)?\s+[\"']?[a-z0-9+/=]{24}"
_BEHAVIOURS: Final = (
    _Behaviour(
        "hides",
        "keeps its window out of sight",
        SLIGHT,
        _list_phrases(
            ("-w", r"(?:in(?:dowstyle)?)?\s+(?:hidden|1\b)"),
            "vbhide",
            ("windowstyle", r"\s*=\s*(?:0|hidden|vbhide)"),
        ),
    ),
    _Behaviour(
        "encoded-command",
        "hands PowerShell an encoded command",
        MODEST,
        _list_phrases(("powershell", _ENCODED), ("pwsh", _ENCODED)),
    ),
    _Behaviour(
        "turns-off-amsi",
        "turns off or goes around the scanning of scripts (AMSI)",
        STRONG,
        _list_phrases("amsiinitfailed", "amsiscanbuffer", "amsicontext", "amsiopensession", "amsiutils"),
    ),
    _Behaviour(
        "turns-off-defence",
        "turns off protection, or deletes what a recovery needs",
        STRONG,
        _list_phrases(
            ("set-mppreference", r"\b[^\n]{0,200}-disable"),
            ("add-mppreference", r"\b[^\n]{0,200}-exclusion"),
            ("vssadmin", r"(?:\.exe)?[\"']?\s+delete\s+shadows"),
            ("shadowcopy", r"\s+delete"),
            ("wbadmin", r"\s+delete\s+(?:catalog|systemstatebackup)"),
            ("recoveryenabled", r"\s+no\b"),
            "disableantispyware",
        ),
    ),
    _Behaviour(
        "persists",
        "has itself started again later",
        SLIGHT,
        _list_phrases(
            ("\\currentversion\\run", r"(?:once)?\b"),
            ("schtasks", r"(?:\.exe)?\s[^\n]{0,40}/create"),
            "register-scheduledtask",
            ("\\start menu\\programs\\startup", ""),
        ),
    ),
    _Behaviour(
        "remote-program",
        "has a program of Windows fetch and run code from the network",
        STRONG,
        _list_phrases(
            ("mshta", r"(?:\.exe)?[\"']?\s+[\"']?(?:https?:|\\\\|javascript:|vbscript:)"),
            ("regsvr32", r"\b[^\n]{0,80}/i:[\"']?https?:"),
            ("rundll32", r"\b[^\n]{0,80}(?:javascript:|\\\\[\w.-]{3,80}\\)"),
            ("msiexec", r"\b[^\n]{0,60}/i\s+[\"']?https?:[^\n]{0,200}/q"),
            ("certutil", r"\b[^\n]{0,60}-urlcache[^\n]{0,300}\.(?:exe|dll|hta|bat|ps1|vbs)\b"),
        ),
    ),
    _Behaviour(
        "runs-in-memory",
        "loads machine code or an assembly into memory and runs it",
        MODEST,
        _list_phrases(
            ("reflection.assembly]::load", r"\b"),
            "getdelegateforfunctionpointer",
            ("virtualalloc", r"(?:ex)?\b"),
            "rtlmovememory",
            "writeprocessmemory",
            "createremotethread",
        ),
    ),
    _Behaviour(
        "opens-shell",
        "hands a shell to somebody over the network",
        STRONG,
        _list_phrases(
            (">&", r"\s*/dev/tcp/[\w.$-]{1,80}/"),
            ("nc", r"\s[^\n]{0,60}-e\s+/bin/"),
            ("ncat", r"\s[^\n]{0,60}-e\s+/bin/"),
            ("os.dup2(", r"\s*\w+\.fileno\(\)(?s:.){0,400}/bin/(?:ba)?sh"),
            ("net.sockets.tcpclient", r"\b(?s:.){0,1500}\b(?:iex|invoke-expression)\b"),
        ),
    ),
    _Behaviour(
        "pipes-to-shell",
        "runs what it fetches from the network unseen",
        SLIGHT,
        _list_phrases(
            ("curl", r"\s[^\n|]{0,300}\|\s*(?:sudo\s+)?(?:ba|z|da)?sh\b"),
            ("wget", r"\s[^\n|]{0,300}\|\s*(?:sudo\s+)?(?:ba|z|da)?sh\b"),
        ),
    ),
)
# What all scripts of administrators hold says little there, and much in a document or shortcut from a mail.
_FACTORS: Final = {
    Setting.MACRO: 1.0,
    Setting.SHORTCUT: 1.0,
    Setting.WINDOWS: 0.7,
    Setting.PAGE: 0.7,
    Setting.UNIX: 0.3,
}
_TOGETHER: Final = {
    Setting.MACRO: STRONG,
    Setting.SHORTCUT: STRONG,
    Setting.WINDOWS: MODEST,
    Setting.PAGE: MODEST,
    Setting.UNIX: 0.0,
}


def find_behaviours(text: str) -> dict[str, str]:
    """What the text does, by code, with the words that say so."""
    text = text[:_MOST_TEXT]
    lowered = text.lower()
    # Some letters become two: then what is shown is lower case.
    shown = text if len(text) == len(lowered) else lowered
    found = {}
    for behaviour in (_DOWNLOADS, _EXECUTES, *_BEHAVIOURS):
        if place := _find_phrase(lowered, behaviour):
            found[behaviour.code] = " ".join(shown[slice(*place)].split())[:_LONGEST_SHOWN]
    return found


def _find_phrase(lowered: str, behaviour: _Behaviour) -> tuple[int, int] | None:
    """Looks for the words first: expressions over a whole text take a hundred times as long."""
    for word, pattern in behaviour.phrases:
        at = lowered.find(word)
        for _ in range(_MOST_PLACES):
            if at < 0:
                break
            if match := pattern.match(lowered, at):
                return match.span()
            at = lowered.find(word, at + 1)
    return None


def judge_commands(
    found: dict[str, str], report: Report, *, setting: Setting, what: str = "The script"
) -> None:
    """Notes what `find_behaviours` found. `what` begins the sentences."""
    factor = _FACTORS[setting]
    for behaviour in _BEHAVIOURS:
        if behaviour.code in found:
            report.note(
                f"{setting.value}.{behaviour.code}",
                f"{what} {behaviour.does}: “{found[behaviour.code]}”.",
                weight=behaviour.weight * factor,
            )
    if _DOWNLOADS.code in found and _EXECUTES.code in found:
        report.note(
            f"{setting.value}.downloads-and-executes",
            f"{what} {_DOWNLOADS.does} (“{found[_DOWNLOADS.code]}”) and {_EXECUTES.does}"
            f" (“{found[_EXECUTES.code]}”).",
            weight=_TOGETHER[setting],
            group=f"{setting.value}.downloads",
        )
        return
    for behaviour in (_DOWNLOADS, _EXECUTES):
        # Nearly each program and page does the one or the other.
        if behaviour.code in found and setting not in (Setting.UNIX, Setting.PAGE):
            report.note(
                f"{setting.value}.{behaviour.code}",
                f"{what} {behaviour.does}: “{found[behaviour.code]}”.",
                weight=behaviour.weight * factor if setting is not Setting.WINDOWS else 0.0,
                group=f"{setting.value}.downloads",
            )


def judge_hidden(
    plain: dict[str, str], decoded: dict[str, str], report: Report, *, setting: Setting, how: str
) -> None:
    """What comes to light only once it is decoded was hidden on purpose: nobody does that to a plain one."""
    hidden = {code: words for code, words in decoded.items() if code not in plain}
    if not hidden:
        return
    code, words = next(iter(hidden.items()))
    does = next(each.does for each in (_DOWNLOADS, _EXECUTES, *_BEHAVIOURS) if each.code == code)
    report.note(
        f"{setting.value}.hidden-behaviour",
        f"Only what is hidden as {how} {does}: “{words}”.",
        weight=STRONG if setting is not Setting.UNIX else MODEST,
    )
