"""Shortcuts: .lnk through LnkParse3, .url, .desktop, libraries and search connectors of Windows."""

import logging
import re
import warnings
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import Any, Final

from stack.analysis.answers import MODEST, SLIGHT, STRONG, Pivot
from stack.analysis.files import media
from stack.analysis.files.base import FileReader, Part, Report
from stack.analysis.files.formats.commands import Setting, find_behaviours, judge_commands
from stack.analysis.files.formats.names import show_name
from stack.analysis.files.formats.scripts import read_script
from stack.analysis.files.text_types import decode_text
from stack.stix.observables.kinds import Kind

_MOST_LNK = 4 * 1024 * 1024
_LARGE_LNK = 64 * 1024
# Programs of Windows that shortcuts start in place of what they seem to be.
_INTERPRETERS: Final = re.compile(
    r"\b(powershell|pwsh|cmd|mshta|wscript|cscript|rundll32|regsvr32|msiexec|certutil|bitsadmin|forfiles|conhost|"
    r"wmic|msbuild|installutil|hh|pcalua|explorer\.exe\s+[\"']?\\\\|ftp|ssh|curl)(?:\.exe)?\b",
    re.IGNORECASE,
)
_DOCUMENT_ICONS: Final = re.compile(
    r"(?:\.pdf|\.docx?|\.xlsx?|\.jpe?g|\.png|\.txt|winword|excel|acrord32|acrobat|wordpad|notepad|msedge|imageres\.dll|"
    r"folder)\b",
    re.IGNORECASE,
)
_LONG_ARGUMENTS, _BLANKS = 260, re.compile(r"[\s\u00a0]{40,}")
_REMOTE = re.compile(r"^(?:\\\\|file:/{2,3}(?!/?[A-Za-z]:)|https?:|ftp:|search-ms:|webdav)", re.IGNORECASE)
_MOST_LINES = 10_000
_ADDRESS = re.compile(r"<(?:url|simpleLocation)[^>]{0,200}>\s*(?:<url>)?([^<]{1,2000})", re.IGNORECASE)


class Reader(FileReader):
    name = "shortcut"
    title = "Shortcut"
    types = media.SHORTCUTS

    @staticmethod
    def read(part: Part, report: Report) -> None:
        if part.type == media.LNK:
            _read_lnk(part, report)
            return
        text = decode_text(bytes(part.data[: 1024 * 1024])) or ""
        if part.type == media.URL_SHORTCUT:
            _read_url(_read_keys(text), report)
        elif part.type == media.DESKTOP:
            _read_desktop(_read_keys(text), report)
        else:
            _read_library(text, report)


def _read_lnk(part: Part, report: Report) -> None:
    import LnkParse3

    data = bytes(part.data[:_MOST_LNK])
    with _quiet_logging(), warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            stated: dict[str, Any] = LnkParse3.lnk_file(indata=data).get_json(get_all=True)
        except Exception as error:  # hostile bytes make it raise whatever they like
            report.note("lnk.damaged", f"The shortcut cannot be read: {type(error).__name__}.", weight=SLIGHT)
            report.text(data.decode("utf-16-le", "replace"), origin="shortcut")
            return
    _describe_lnk(stated, report)
    if len(data) > max(_LARGE_LNK, int(stated.get("size") or 0) + 16):
        report.note(
            "lnk.appended",
            f"{len(data) - int(stated.get('size') or 0):,} bytes follow what belongs to the shortcut.",
            weight=MODEST,
        )
        report.child(data[int(stated.get("size") or 0) :], name="after-the-shortcut", relation="follows")


@contextmanager
def _quiet_logging() -> Iterator[None]:
    """LnkParse3 logs what it finds odd, which hostile bytes make a lot of."""
    before = logging.root.manager.disable
    logging.disable(logging.CRITICAL)
    try:
        yield
    finally:
        logging.disable(before)


def _describe_lnk(stated: Mapping[str, Any], report: Report) -> None:
    strings: Mapping[str, Any] = stated.get("data") or {}
    info: Mapping[str, Any] = stated.get("link_info") or {}
    extra: Mapping[str, Any] = stated.get("extra") or {}
    environment = extra.get("ENVIRONMENTAL_VARIABLES_LOCATION_BLOCK") or {}
    names = [
        str(item.get("primary_name") or item.get("name") or "")
        for item in (stated.get("target") or {}).get("items") or ()
        if item
    ]
    targets = [
        str(each)
        for each in (
            info.get("local_base_path"),
            info.get("location_info", {}).get("net_name"),
            strings.get("relative_path"),
            environment.get("target_unicode") or environment.get("target_ansi"),
            "\\".join(name for name in names if name),
        )
        if each
    ]
    arguments = str(strings.get("command_line_arguments") or "")
    icon = str(strings.get("icon_location") or "")
    for name, value in (
        *(("Target", target) for target in dict.fromkeys(targets)),
        ("Arguments", arguments),
        ("Icon", icon),
        ("Working folder", strings.get("working_directory")),
        ("Description", strings.get("description")),
        ("Machine", (extra.get("DISTRIBUTED_LINK_TRACKER_BLOCK") or {}).get("machine_identifier")),
        ("Volume", info.get("location_info", {}).get("volume_label")),
    ):
        if value:
            report.fact(name, show_name(str(value)), section="Shortcut")
    _tell_times(stated.get("header") or {}, report)
    report.text("\n".join([*targets, arguments, icon]), origin="shortcut")
    _judge_command(targets, arguments, icon, report)


def _tell_times(header: Mapping[str, Any], report: Report) -> None:
    for key, text in (
        ("creation_time", "The target was created"),
        ("modified_time", "The target was changed"),
    ):
        value = header.get(key)
        if isinstance(value, datetime) and value.year > 1990:
            value = value if value.tzinfo else value.replace(tzinfo=UTC)
            report.moment(int(value.timestamp() * 1_000_000), text)


def _judge_command(targets: list[str], arguments: str, icon: str, report: Report) -> None:
    command = f"{' '.join(targets)} {arguments}"
    interpreter = _INTERPRETERS.search(" ".join(targets))
    if interpreter and arguments:
        report.note(
            "shortcut.interpreter",
            f"The shortcut starts {interpreter[1]} with “{show_name(arguments[:200])}”.",
            weight=MODEST,
            group="shortcut.command",
        )
    if interpreter and _DOCUMENT_ICONS.search(icon):
        report.note(
            "shortcut.icon",
            f"It starts {interpreter[1]} and has the picture of something else ({show_name(icon)}).",
            weight=STRONG,
        )
    if len(arguments) > _LONG_ARGUMENTS:
        report.note(
            "shortcut.long",
            f"Its arguments have {len(arguments):,} characters; Windows shows the first 260.",
            weight=MODEST,
        )
    if _BLANKS.search(arguments):
        report.note("shortcut.blanks", "Its arguments are pushed out of sight by blanks.", weight=STRONG)
    for target in targets:
        if _REMOTE.match(target) and not target.lower().startswith(("https:", "http:")):
            report.note("shortcut.remote", f"The shortcut leads to “{show_name(target)}”.", weight=SLIGHT)
    if arguments:
        read_script(command, report, setting=Setting.SHORTCUT, what="The shortcut")


def _read_keys(text: str) -> dict[str, str]:
    """The last of each key, whatever section it is in."""
    lines = (line.partition("=") for line in text[:_MOST_LNK].splitlines()[:_MOST_LINES])
    return {
        key.strip(): value.strip()[:4_000] for key, sign, value in lines if sign and key.strip().isalpha()
    }


def _read_url(keys: Mapping[str, str], report: Report) -> None:
    named = {key.lower(): value for key, value in keys.items()}
    address = named.get("url", "")
    report.fact("Address", address, kind=Kind.URL if address.startswith("http") else "", section="Shortcut")
    report.text("\n".join(named.values()), origin="shortcut")
    if _REMOTE.match(address) and not address.lower().startswith("http"):
        report.note(
            "shortcut.remote",
            f"The shortcut opens a file on another machine: “{show_name(address)}”.",
            weight=STRONG,
        )
    elif address.lower().startswith("file:"):
        report.note("shortcut.file", f"The shortcut opens the file “{show_name(address)}”.", weight=SLIGHT)
    elif address.startswith("http"):
        report.note(
            "shortcut.address",
            f"The shortcut leads to {address[:300]}.",
            pivots=[Pivot(Kind.URL.value, address, "links-to")],
        )
    icon = named.get("iconfile", "")
    if icon.startswith("\\\\"):
        # Merely showing the folder sends the user's credentials to that machine.
        report.note(
            "shortcut.remote-icon", f"Its picture is on another machine: “{show_name(icon)}”.", weight=STRONG
        )


def _read_desktop(keys: Mapping[str, str], report: Report) -> None:
    command = keys.get("Exec", "")
    report.fact("Command", command, section="Shortcut")
    if keys.get("URL"):
        report.text(keys["URL"], origin="shortcut")
    # Those of the system start shells too, so that only what they then do says anything.
    judge_commands(find_behaviours(command), report, setting=Setting.UNIX, what="The shortcut")


def _read_library(text: str, report: Report) -> None:
    for address in [each.strip() for each in _ADDRESS.findall(text)][:50]:
        report.fact("Place", address, section="Shortcut")
        report.text(address, origin="shortcut")
        if _REMOTE.match(address):
            report.note(
                "shortcut.remote-library",
                f"It shows files of another machine as if they were here: “{show_name(address)}”.",
                weight=STRONG,
            )
