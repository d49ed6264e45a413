"""Packages of Windows Installer: what they are called, what they run while they install, what they carry."""

from stack.analysis.answers import MODEST, SLIGHT
from stack.analysis.files import media
from stack.analysis.files.base import FileReader, Part, Report
from stack.analysis.files.formats.commands import Setting, find_behaviours, judge_commands
from stack.analysis.files.formats.compound import Compound
from stack.analysis.files.formats.installer_tables import decode_name, read_tables
from stack.analysis.files.formats.names import show_name
from stack.analysis.files.formats.scripts import read_script

_MOST_STREAM = 64 * 1024 * 1024
_MOST_SHOWN = 60
# The kinds of action (CustomActionType): the low six bits.
_KINDS = {
    1: "calls a library of the package",
    2: "runs a program of the package",
    5: "runs JScript of the package",
    6: "runs VBScript of the package",
    17: "calls a library that it installs",
    18: "runs a program that it installs",
    34: "runs a command",
    37: "runs JScript",
    38: "runs VBScript",
    50: "runs a program by its path",
    53: "runs JScript of a property",
    54: "runs VBScript of a property",
}
_SCRIPTS = frozenset((5, 6, 37, 38, 53, 54))
_COMMANDS = frozenset((2, 18, 34, 50))
_STATED = ("ProductName", "Manufacturer", "ProductVersion", "ProductCode", "ARPCONTACT", "ARPURLINFOABOUT")


class Reader(FileReader):
    name = "msi"
    title = "Windows Installer package"
    types = frozenset({media.MSI})

    @staticmethod
    def read(part: Part, report: Report) -> None:
        try:
            compound = Compound(bytes(part.data))
        except OSError as error:
            report.note("msi.damaged", f"The package is damaged: {error}.", weight=SLIGHT)
            return
        tables = read_tables(compound, ("Property", "CustomAction", "Binary", "File"))
        for row in tables.get("Property", []):
            if row.get("Property") in _STATED:
                report.fact(str(row["Property"]), str(row.get("Value", ""))[:300], section="Installer")
        for row in tables.get("File", [])[:_MOST_SHOWN]:
            report.fact(
                "Installs",
                show_name(str(row.get("FileName", "")).rpartition("|")[2]),
                section="Installer",
            )
        _judge_actions(tables.get("CustomAction", []), report)
        _hand_over_streams(compound, report)


def _judge_actions(rows: list[dict[str, str | int]], report: Report) -> None:
    for row in rows[:_MOST_SHOWN]:
        kind = int(row.get("Type") or 0) & 0x3F
        source, target = str(row.get("Source", "")), str(row.get("Target", ""))
        if kind not in _KINDS:
            continue
        report.fact(
            str(row.get("Action", ""))[:100], f"{_KINDS[kind]}: {source} {target}"[:500], section="Actions"
        )
        if kind in _SCRIPTS:
            report.note(
                "msi.script",
                f"While it installs, the package {_KINDS[kind]}.",
                weight=SLIGHT,
                group="msi.action",
            )
            report.text(target, origin="installer actions")
            read_script(target, report, setting=Setting.WINDOWS, what="A script of the installer")
        elif kind in _COMMANDS:
            found = find_behaviours(target)
            report.text(f"{source} {target}", origin="installer actions")
            if found:
                report.note(
                    "msi.command",
                    f"While it installs, the package {_KINDS[kind]}: “{show_name(target[:200])}”.",
                    weight=MODEST,
                    group="msi.action",
                )
                judge_commands(found, report, setting=Setting.WINDOWS, what="An action of the installer")


def _hand_over_streams(compound: Compound, report: Report) -> None:
    """Cabinets and the table of binaries; the other tables are no files."""
    for path in compound.list_streams()[:2_000]:
        name = decode_name(path[-1])
        if name.startswith(("!", "\x05")):
            continue
        data = compound.read_or_nothing(path, min(_MOST_STREAM, report.room()))
        if len(data) > 64 and not report.child(data, name=name, relation="installs"):
            return
