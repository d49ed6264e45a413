"""Words that tell what a program or script is for.

Weights: each is also in the manuals and rules of those who look for it, so none decides alone; those that
destroy or hide have hardly any use in software that people install.
"""

import re
from typing import Final

import msgspec

from stack.analysis.answers import MODEST, SLIGHT, STRONG
from stack.analysis.files.base import Report

_MOST_SHOWN: Final = 3
_LONGEST_SHOWN: Final = 120


class Wording(msgspec.Struct, frozen=True):
    """What it needs is looked for first, in lower case; what is shown is what the expression finds."""

    code: str
    text: str
    weight: float
    needs: tuple[str, ...]
    expression: re.Pattern[str]


def _word(code: str, text: str, weight: float, needs: str, expression: str) -> Wording:
    """`needs` are words of which one is in whatever the expression finds; ␣ stands for a space."""
    words = tuple(word.replace("␣", " ") for word in needs.split())
    return Wording(code, text, weight, words, re.compile(expression, re.I))


WORDINGS: Final = (
    _word(
        "deletes-backups",
        "It deletes shadow copies or turns recovery off, as ransomware does",
        STRONG,
        "shadow wbadmin recoveryenabled bootstatuspolicy",
        r"vssadmin(?:\.exe)?\s+(?:delete|resize)\s+shadow\w*|wmic(?:\.exe)?\s+shadowcopy\s+delete|"
        r"wbadmin(?:\.exe)?\s+delete\s+(?:catalog|systemstatebackup)|recoveryenabled\s+no\b|"
        r"bootstatuspolicy\s+ignoreallfailures|Win32_ShadowCopy[^\n]{0,80}Delete",
    ),
    _word(
        "ransom-note",
        "It has the words of a ransom note",
        STRONG,
        "encrypted bitcoin how_to_ how␣to␣",
        r"(?:your|all)[^\n]{0,40}\bfiles\b[^\n]{0,60}\b(?:have been|were|are)\b[^\n]{0,20}\bencrypted\b|"
        r"\bdecrypt(?:ion)?\b[^\n]{0,60}\bbitcoins?\b|how[_ ]to[_ ](?:decrypt|recover)[_ ]\w*files",
    ),
    _word(
        "steals-credentials",
        "It names tools or calls that take credentials out of memory",
        STRONG,
        "mimikatz sekurlsa lsadump lsass comsvcs",
        r"\bmimikatz\b|sekurlsa::|lsadump::|procdump[^\n]{0,40}lsass|comsvcs\.dll[^\n]{0,20}MiniDump",
    ),
    _word(
        "evades-scanning",
        "It names what turns off scanning of scripts or the protection of Windows",
        STRONG,
        "amsi mppreference disableantispyware",
        r"amsiInitFailed|AmsiUtils|AmsiScanBuffer[^\n]{0,200}VirtualProtect|"
        r"Set-MpPreference\s+-Disable\w+|Add-MpPreference\s+-Exclusion\w+|DisableAntiSpyware",
    ),
    _word(
        "hidden-powershell",
        "It starts PowerShell hidden or with encoded commands",
        STRONG,
        "powershell",
        r"powershell(?:\.exe)?[^\n]{0,120}\s-(?:e|ec|en|enc|enco|encodedcommand)\s+[A-Za-z0-9+/=]{20,}|"
        r"powershell(?:\.exe)?[^\n]{0,120}-w(?:in|indowstyle)?\s+(?:hidden|1)\b",
    ),
    _word(
        "downloads-and-runs",
        "It downloads something and runs it",
        STRONG,
        "iex invoke-expression certutil bitsadmin mshta rundll32 regsvr32 curl wget",
        r"\b(?:IEX|Invoke-Expression)\b[^\n]{0,120}\b(?:DownloadString|DownloadData|Invoke-WebRequest|iwr|irm)\b|"
        r"certutil(?:\.exe)?[^\n]{0,60}-urlcache|bitsadmin(?:\.exe)?[^\n]{0,40}/transfer|"
        r"mshta(?:\.exe)?\s+[\"']?(?:https?:|javascript:|vbscript:)|rundll32(?:\.exe)?\s+[\"']?javascript:|"
        r"regsvr32(?:\.exe)?[^\n]{0,60}/i:https?:|"
        r"(?:curl|wget)\s[^\n|;]{4,200}\|\s*(?:sudo\s+)?(?:ba|da|z)?sh\b",
    ),
    _word(
        "reverse-shell",
        "It opens a shell to another machine",
        STRONG,
        "/dev/tcp/ -e␣ os.dup2",
        r"/dev/tcp/[\w.$%{}]+/[\w$%{}]+[^\n]{0,40}(?:0>&1|<&|>&)|\bnc(?:at)?\s[^\n]{0,60}-e\s+(?:/bin/|cmd)|"
        r"socket\.socket\([^\n]{0,200}os\.dup2\(",
    ),
    _word(
        "mines-coins",
        "It mines cryptocurrency",
        STRONG,
        "stratum+ xmrig --donate-level cryptonight",
        r"stratum\+(?:tcp|ssl|tls)://|\bxmrig\b|--donate-level\b|cryptonight",
    ),
    _word(
        "keeps-itself-started",
        "It makes itself start again with the machine",
        MODEST,
        "schtasks currentversion\\run crontab binpath=",
        r"schtasks(?:\.exe)?\s[^\n]{0,60}/create\b|"
        r"reg(?:\.exe)?\s+add\s[^\n]{0,80}\\CurrentVersion\\Run(?:Once)?\b|crontab\s+-[^\n]{0,20}<|"
        r"sc(?:\.exe)?\s+create\s+\w+\s+binpath=",
    ),
    _word(
        "chat-as-control",
        "It talks to a chat service or a place to paste text, which are common ways to control malware",
        MODEST,
        "telegram discord pastebin",
        r"api\.telegram\.org/bot|discord(?:app)?\.com/api/webhooks/|pastebin\.com/raw/",
    ),
    _word(
        "decodes-code",
        "It decodes text and runs it as code",
        MODEST,
        "frombase64string eval( exec(",
        r"FromBase64String\([^\n]{0,200}(?:Invoke|IEX|Load\()|eval\(\s*(?:atob|unescape|base64_decode|gzinflate)\(|"
        r"exec\(\s*(?:base64\.b64decode|zlib\.decompress|marshal\.loads)\(",
    ),
    _word(
        "run-key",
        "It names the key of the registry from which programs start with Windows",
        SLIGHT,
        "currentversion\\run",
        r"Software\\Microsoft\\Windows\\CurrentVersion\\Run(?:Once)?(?![\\\w])",
    ),
)


def find_words(text: str, *, origin: str, report: Report) -> None:
    """Notes each sort once, with what was found."""
    lowered = text.lower()
    for wording in WORDINGS:
        # An expression costs a hundred times as much as looking for a word that it needs.
        if not any(word in lowered for word in wording.needs):
            continue
        shown = []
        for match in wording.expression.finditer(text):
            if (piece := match[0][:_LONGEST_SHOWN]) not in shown:
                shown.append(piece)
            if len(shown) == _MOST_SHOWN:
                break
        if shown:
            quoted = ", ".join(f"“{' '.join(piece.split())}”" for piece in shown)
            report.note(
                f"words.{wording.code}",
                f"{wording.text} ({origin}): {quoted}.",
                weight=wording.weight,
                group=wording.code,
            )
