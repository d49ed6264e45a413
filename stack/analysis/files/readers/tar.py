"""TAR archives."""

import io
import tarfile

from stack.analysis.answers import SLIGHT
from stack.analysis.files import media
from stack.analysis.files.base import FileReader, Part, Report
from stack.analysis.files.formats.members import MOST_LISTED, MOST_MEMBER, Member, judge_members


class Reader(FileReader):
    name = "tar"
    title = "TAR archive"
    types = frozenset({media.TAR})

    @staticmethod
    def read(part: Part, report: Report) -> None:
        found: list[tarfile.TarInfo] = []
        try:
            archive = tarfile.open(fileobj=io.BytesIO(part.data), mode="r:")  # noqa: SIM115 - memory alone
            for member in archive:
                found.append(member)
                if len(found) > MOST_LISTED or not report.has_time():
                    break
        except (tarfile.TarError, EOFError, ValueError, OverflowError) as error:
            report.note("tar.damaged", f"The TAR archive is damaged: {error}.", weight=SLIGHT)
            if not found:
                return
        judge_members([_describe(member) for member in found], report, size=len(part.data))
        _read_members(archive, found, report)


def _describe(member: tarfile.TarInfo) -> Member:
    target = member.linkname if member.issym() or member.islnk() else ""
    return Member(name=member.name, size=member.size, is_folder=member.isdir(), target=target)


def _read_members(archive: tarfile.TarFile, members: list[tarfile.TarInfo], report: Report) -> None:
    for member in members:
        if not member.isreg():
            continue
        try:
            opened = archive.extractfile(member)
            data = opened.read(min(MOST_MEMBER, report.room())) if opened is not None else b""
        except (tarfile.TarError, OSError, ValueError, KeyError, RecursionError):
            continue
        if not report.has_time() or not report.child(data, name=member.name):
            return
