"""Images of disks: ISO 9660 with Joliet, and UDF through pycdlib. Windows mounts one on a double click."""

import io
from collections.abc import Iterator
from typing import Any

from stack.analysis.answers import MODEST
from stack.analysis.files import media
from stack.analysis.files.base import FileReader, Part, Report
from stack.analysis.files.formats.iso9660 import IsoFile, IsoVolume, find_volumes, list_files
from stack.analysis.files.formats.members import MOST_MEMBER, Member, judge_members
from stack.analysis.files.formats.names import PROGRAMS, SCRIPTS, find_extension, show_name

_SMALL = 20 * 1024 * 1024


class Reader(FileReader):
    name = "iso"
    title = "Disk image"
    types = frozenset({media.ISO, media.UDF})

    @staticmethod
    def read(part: Part, report: Report) -> None:
        volumes = find_volumes(part.data)
        files: list[IsoFile] = []
        for volume in volumes[:2]:
            _describe(volume, report)
            files = list(list_files(part.data, volume))
            if files:
                break
        contents = [
            (file.path, bytes(part.data[file.start : file.start + min(file.size, MOST_MEMBER)]))
            for file in files
        ]
        hidden = {file.path for file in files if file.is_hidden}
        if not contents and (
            b"NSR02" in part.data[: 1024 * 1024].tobytes() or b"NSR03" in part.data[: 1024 * 1024].tobytes()
        ):
            contents = list(_read_udf(part, report))
        if not contents:
            report.remark("No files were found in the disk image.")
            return
        members = [Member(name=name, size=len(data)) for name, data in contents]
        judge_members(members, report, size=len(part.data))
        _judge_image(part, members, hidden, report)
        for name, data in contents:
            if not report.child(data, name=name):
                return


def _describe(volume: IsoVolume, report: Report) -> None:
    for name, value in (
        ("Label", volume.label),
        ("Made with", volume.application),
        ("Made at", volume.created),
    ):
        if value:
            report.fact(name, value[:128], section="Disk image")


def _judge_image(part: Part, members: list[Member], hidden: set[str], report: Report) -> None:
    """A small image takes the mark of the web off what is in it; discs of software are larger."""
    programs = [each.name for each in members if find_extension(each.name) in PROGRAMS]
    if programs and len(part.data) <= _SMALL and len(members) <= 12:
        report.note(
            "iso.small-with-program",
            f"A disk image of {len(part.data):,} bytes brings “{show_name(programs[0])}” past the warnings"
            " for files from the Internet.",
            weight=MODEST,
            group="archive.program",
        )
    covert = [name for name in hidden if find_extension(name) in PROGRAMS | SCRIPTS]
    if covert:
        report.note("iso.hidden", f"“{show_name(min(covert))}” in the image is hidden.", weight=MODEST)


def _read_udf(part: Part, report: Report) -> Iterator[tuple[str, bytes]]:
    import pycdlib

    image: Any = pycdlib.PyCdlib()
    try:
        image.open_fp(io.BytesIO(part.data))
        if not image.has_udf():
            return
        for folder, _, names in image.walk(udf_path="/"):
            for name in names:
                path = f"{folder.rstrip('/')}/{name}"
                output = io.BytesIO()
                image.get_file_from_iso_fp(output, udf_path=path)
                yield path.lstrip("/"), output.getvalue()[:MOST_MEMBER]
    except Exception:  # hostile bytes make it raise whatever they like
        report.remark("The UDF volume of the disk image is damaged.")
