"""RAR archives: what they list. Only members that are stored uncompressed are read."""

from stack.analysis.answers import MODEST
from stack.analysis.files import media
from stack.analysis.files.base import FileReader, Part, Report
from stack.analysis.files.formats.members import MOST_MEMBER, judge_members, judge_names
from stack.analysis.files.formats.names import show_name
from stack.analysis.files.formats.rar import RarList, list_rar


class Reader(FileReader):
    name = "rar"
    title = "RAR archive"
    types = frozenset({media.RAR})

    @staticmethod
    def read(part: Part, report: Report) -> None:
        found = list_rar(part.data)
        if found is None:
            return
        report.fact("Version", found.version, section="Archive")
        judge_members(found.members, report, size=len(part.data))
        _judge_streams(found, report)
        if found.has_locked_headers:
            report.note(
                "archive.locked", "The RAR archive is encrypted, with the names in it; it was not read."
            )
        elif any(member.is_encrypted for member in found.members):
            report.note("archive.locked", "Members of the RAR archive are encrypted, and were not read.")
        if found.is_damaged:
            report.remark("The headers of the RAR archive are damaged.")
        unread = sum(not member.is_folder for member in found.members) - len(found.stored)
        if unread > 0:
            report.remark(f"{unread:,} members are compressed and were not read: only unrar may unpack them.")
            judge_names(
                [each for number, each in enumerate(found.members) if number not in found.stored], report
            )
        for number, (start, end) in found.stored.items():
            member = found.members[number]
            if member.is_folder or member.target:
                continue
            data = bytes(part.data[start : min(end, start + MOST_MEMBER)])
            if not report.child(data, name=member.name):
                return


def _judge_streams(found: RarList, report: Report) -> None:
    """CVE-2023-38831: a folder of the very name of a file, and in it what runs when the file is opened."""
    files = {member.name.rstrip(" /\\") for member in found.members if not member.is_folder}
    for member in found.members:
        folder = member.name.replace("\\", "/").rpartition("/")[0]
        if folder and folder.rstrip(" ") in files:
            report.note(
                "rar.file-and-folder",
                f"“{show_name(folder)}” is a file and a folder at once, with which WinRAR before 6.23 runs"
                " what is in the folder (CVE-2023-38831).",
                weight=2 * MODEST,
            )
            return
