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


class Setting(StrEnum):
    """Where the words stand."""

    MACRO = "macro"
    SHORTCUT = "shortcut"
    WINDOWS = "script"
    UNIX = "program"
    PAGE = "page"


class _Behaviour(NamedTuple):
    code: str
    does: str
    weight: float
    pattern: re.Pattern[str]


def _match(*words: str) -> re.Pattern[str]:
    return re.compile("|".join(words), re.IGNORECASE)


_DOWNLOADS = _Behaviour(
    "downloads",
    "fetches something from the network",
    SLIGHT,
    _match(
        r"\bDownload(?:String|File|Data)\b",
        r"\bInvoke-(?:WebRequest|RestMethod)\b",
        r"\biwr\s+[\"'(-]?h",
        r"\bNet\.WebClient\b",
        r"\bURLDownloadToFile",
        r"\bXMLHTTP\b",
        r"\bWinHttpRequest\b",
        r"\bInternetOpenUrl",
        r"\bbitsadmin\b",
        r"\bStart-BitsTransfer\b",
        r"\bcertutil\b[^\n]{0,80}-urlcache",
        r"\b(?:curl|wget)(?:\.exe)?\s[^\n]{0,200}(?:https?|ftp)://",
        r"\burllib\.request\.urlopen\b",
        r"\brequests\.get\(",
    ),
)
_EXECUTES = _Behaviour(
    "executes",
    "starts programs or runs text as code",
    SLIGHT,
    _match(
        r"\bInvoke-Expression\b",
        r"(?<![\w.-])iex\b",
        r"\bStart-Process\b",
        r"\bWScript\.Shell\b",
        r"\bShell\.Application\b",
        r"\bShellExecute",
        r"\bShell\s*\(",
        r"\bShell\s+[\"']",
        r"\bWin32_Process\b",
        r"\b(?:cmd|powershell|pwsh)(?:\.exe)?[\"']?\s+[/-]",
        r"\bmshta\b",
        r"\bregsvr32\b",
        r"\brundll32\b",
        r"\bcscript\b|\bwscript(?:\.exe)?\s",
        r"\bos\.system\(|\bsubprocess\.|\bos\.popen\(",
        r"\bEXEC\s*\(\s*\"",
    ),
)

_BEHAVIOURS: Final = (
    _Behaviour(
        "hides",
        "keeps its window out of sight",
        SLIGHT,
        _match(
            r"-w(?:in(?:dowstyle)?)?\s+(?:hidden|1\b)",
            r"\bvbHide\b",
            r"WindowStyle\s*=\s*(?:0|Hidden|vbHide)",
        ),
    ),
    _Behaviour(
        "encoded-command",
        "hands PowerShell an encoded command",
        MODEST,
        _match(r"(?:powershell|pwsh)[^\n]{0,200}\s-e(?:nc?|ncodedcommand|c)?\s+[\"']?[A-Za-z0-9+/=]{24}"),
    ),
    _Behaviour(
        "turns-off-amsi",
        "turns off or goes around the scanning of scripts (AMSI)",
        STRONG,
        _match(
            r"\bamsiInitFailed\b",
            r"\bAmsiScanBuffer\b",
            r"\bamsiContext\b",
            r"\bAmsiOpenSession\b",
            r"System\.Management\.Automation\.A.{0,12}m.{0,12}s.{0,12}i.{0,12}U.{0,12}tils",
        ),
    ),
    _Behaviour(
        "turns-off-defence",
        "turns off protection, or deletes what a recovery needs",
        STRONG,
        _match(
            r"\bSet-MpPreference\b[^\n]{0,200}-Disable",
            r"\bAdd-MpPreference\b[^\n]{0,200}-Exclusion",
            r"\bvssadmin(?:\.exe)?[\"']?\s+delete\s+shadows",
            r"\bwmic\b[^\n]{0,40}shadowcopy\s+delete",
            r"\bwbadmin\s+delete\s+(?:catalog|systemstatebackup)",
            r"\bbcdedit\b[^\n]{0,80}recoveryenabled\s+no",
            r"\bDisableAntiSpyware\b",
        ),
    ),
    _Behaviour(
        "persists",
        "has itself started again later",
        SLIGHT,
        _match(
            r"\\CurrentVersion\\Run(?:Once)?\b",
            r"\bschtasks(?:\.exe)?\s[^\n]{0,40}/create",
            r"\bRegister-ScheduledTask\b",
            r"\\Start Menu\\Programs\\Startup",
        ),
    ),
    _Behaviour(
        "remote-program",
        "has a program of Windows fetch and run code from the network",
        STRONG,
        _match(
            r"\bmshta(?:\.exe)?[\"']?\s+[\"']?(?:https?:|\\\\|javascript:|vbscript:)",
            r"\bregsvr32\b[^\n]{0,80}/i:[\"']?https?:",
            r"\brundll32\b[^\n]{0,80}(?:javascript:|\\\\[\w.-]{3,80}\\)",
            r"\bmsiexec\b[^\n]{0,60}/i\s+[\"']?https?:[^\n]{0,200}/q",
            r"\bcertutil\b[^\n]{0,60}-urlcache[^\n]{0,300}\.(?:exe|dll|hta|bat|ps1|vbs)\b",
        ),
    ),
    _Behaviour(
        "runs-in-memory",
        "loads machine code or an assembly into memory and runs it",
        MODEST,
        _match(
            r"\bReflection\.Assembly\]::Load\b",
            r"\bGetDelegateForFunctionPointer\b",
            r"\bVirtualAlloc(?:Ex)?\b",
            r"\bRtlMoveMemory\b",
            r"\bWriteProcessMemory\b",
            r"\bCreateRemoteThread\b",
        ),
    ),
    _Behaviour(
        "opens-shell",
        "hands a shell to somebody over the network",
        STRONG,
        _match(
            r">&\s*/dev/tcp/[\w.$-]{1,80}/",
            r"\bn(?:c|cat)\s[^\n]{0,60}-e\s+/bin/",
            r"\bos\.dup2\(\s*\w+\.fileno\(\)[^\n]{0,400}/bin/(?:ba)?sh",
            r"\bSystem\.Net\.Sockets\.TCPClient\b(?s:.){0,1500}\b(?:iex|Invoke-Expression)\b",
        ),
    ),
    _Behaviour(
        "pipes-to-shell",
        "runs what it fetches from the network unseen",
        SLIGHT,
        _match(r"\b(?:curl|wget)\s[^\n|]{0,300}\|\s*(?:sudo\s+)?(?:ba|z|da)?sh\b"),
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
    looked_at = text[:_MOST_TEXT]
    found = {}
    for behaviour in (_DOWNLOADS, _EXECUTES, *_BEHAVIOURS):
        if match := behaviour.pattern.search(looked_at):
            found[behaviour.code] = " ".join(match[0].split())[:_LONGEST_SHOWN]
    return found


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
        if behaviour.code in found:
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
