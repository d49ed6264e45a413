"""ZIP archives, and what is one: JAR, APK, MSIX. Members are read to a bounded size, with known passwords."""

import io
import struct
import zipfile
import zlib
from collections.abc import Iterator, Sequence
from itertools import pairwise
from typing import IO, Any

from stack.analysis.answers import MODEST, SLIGHT, STRONG
from stack.analysis.files import media
from stack.analysis.files.base import FileReader, Part, Report
from stack.analysis.files.formats.members import (
    MOST_LISTED,
    MOST_MEMBER,
    Member,
    judge_members,
    judge_names,
    list_passwords,
    note_password,
)
from stack.analysis.files.formats.names import show_name

_ENCRYPTED, _AES = 0x1, 99
_LINK = 0o120000
_LONGEST_LINK = 4096
_FAULTS = (zipfile.BadZipFile, RuntimeError, NotImplementedError, EOFError, OSError, ValueError, zlib.error)
_MANIFEST, _DEX = "META-INF/MANIFEST.MF", "classes.dex"


class Reader(FileReader):
    name = "zip"
    title = "ZIP archive"
    types = frozenset(
        {media.ZIP, media.JAR, media.APK, media.IPA, media.MSIX, media.EPUB, media.XPI, media.XPS}
    )

    @staticmethod
    def read(part: Part, report: Report) -> None:
        try:
            archive = _open_archive(part)
        except _FAULTS as error:
            report.note("zip.damaged", f"The list of the ZIP archive cannot be read: {error}.", weight=SLIGHT)
            return
        members = archive.infolist()
        judge_members([_describe(member) for member in members], report, size=len(part.data))
        _judge_shape(part.data, members, report)
        if archive.comment:
            report.fact("Comment", archive.comment[:500].decode("utf-8", "replace"), section="Archive")
        _describe_kind(archive, report)
        if any(member.flag_bits & _ENCRYPTED for member in members):
            password = _find_password(archive, members, part)
            note_password(password, part, report)
            if password is None:
                judge_names(
                    [_describe(member) for member in members if member.flag_bits & _ENCRYPTED], report
                )
            archive.setpassword(password.encode() if password is not None else None)
        for data, name in _read_members(archive, members, report):
            if not report.child(data, name=name):
                return


def _open_archive(part: Part) -> Any:
    """With the class that knows AES only where it is needed: it takes a fifth of a second to import."""
    archive = zipfile.ZipFile(io.BytesIO(part.data))
    if not any(member.compress_type == _AES for member in archive.infolist()):
        return archive
    import pyzipper

    return pyzipper.AESZipFile(io.BytesIO(part.data))


def _describe(member: zipfile.ZipInfo) -> Member:
    return Member(
        name=member.orig_filename,
        size=member.file_size,
        packed=member.compress_size,
        is_folder=_is_folder(member),
        is_encrypted=bool(member.flag_bits & _ENCRYPTED),
    )


def _is_folder(member: zipfile.ZipInfo) -> bool:
    """The standard library's own question fails on a name without letters."""
    return member.filename.endswith("/")


def _is_link(member: zipfile.ZipInfo) -> bool:
    return member.external_attr >> 16 & 0o170000 == _LINK


def _judge_shape(data: memoryview, members: Sequence[zipfile.ZipInfo], report: Report) -> None:
    placed = sorted((member.header_offset, member.compress_size) for member in members)
    overlaps = sum(start + size > following for (start, size), (following, _) in pairwise(placed))
    if overlaps:
        report.note(
            "zip.overlap",
            f"{overlaps:,} members share their bytes with others, which no archiver writes: a ZIP bomb.",
            weight=STRONG,
            group="bomb",
        )
    if placed and placed[0][0] > 0:
        report.fact("Bytes before the archive", placed[0][0], section="Archive")
    names = {member.filename for member in members}
    if len(names) < len(members):
        report.note(
            "zip.same-names",
            f"{len(members) - len(names):,} members have the name of another one; which is read differs.",
            weight=SLIGHT,
        )
    differing = next((member for member in members[:MOST_LISTED] if _differs(data, member)), None)
    if differing is not None:
        report.note(
            "zip.two-names",
            f"“{show_name(differing.orig_filename)}” has another name in its own header than in the list.",
            weight=MODEST,
        )


def _differs(data: memoryview, member: zipfile.ZipInfo) -> bool:
    """Whether the local header, which some programs go by, names the member otherwise."""
    at = member.header_offset
    if bytes(data[at : at + 4]) != b"PK\x03\x04" or at + 30 > len(data):
        return False
    length = struct.unpack_from("<H", data, at + 26)[0]
    local = bytes(data[at + 30 : at + 30 + length])
    return local not in (
        member.orig_filename.encode("utf-8"),
        member.orig_filename.encode("cp437", "replace"),
    )


def _describe_kind(archive: Any, report: Report) -> None:
    names = set(archive.namelist())
    if _MANIFEST in names:
        try:
            with archive.open(_MANIFEST) as opened:
                manifest = opened.read(64 * 1024).decode("utf-8", "replace")
        except _FAULTS:
            return
        for line in manifest.splitlines():
            key, _, value = line.partition(":")
            if key in ("Main-Class", "Premain-Class", "Launcher-Agent-Class", "Created-By"):
                report.fact(key, value.strip()[:300], section="Java")
    if "AndroidManifest.xml" in names and _DEX in names:
        report.fact("Android code", sum(name.endswith(".dex") for name in names), section="Android")


def _find_password(archive: Any, members: Sequence[zipfile.ZipInfo], part: Part) -> str | None:
    """The one that opens the smallest encrypted member: a wrong one can pass for right with 1 in 256."""
    locked = [
        each for each in members if each.flag_bits & _ENCRYPTED and not _is_folder(each) and each.file_size
    ]
    if not locked:
        return ""
    smallest = min(locked, key=lambda member: member.file_size)
    if smallest.file_size > MOST_MEMBER:
        return None
    for password in list_passwords(part):
        try:
            with archive.open(smallest, pwd=password.encode()) as opened:
                # To its end, where the sum of it is checked.
                while opened.read(1024 * 1024):
                    pass
        except _FAULTS:
            continue
        return password
    return None


def _read_members(
    archive: Any, members: Sequence[zipfile.ZipInfo], report: Report
) -> Iterator[tuple[bytes, str]]:
    damaged, links = 0, 0
    for member in members[:MOST_LISTED]:
        if not report.has_time():
            break
        if _is_folder(member):
            continue
        try:
            with archive.open(member) as opened:
                data = _read_some(
                    opened, _LONGEST_LINK if _is_link(member) else min(MOST_MEMBER, report.room())
                )
        except _FAULTS:
            damaged += not member.flag_bits & _ENCRYPTED
            continue
        if _is_link(member):
            links += 1
            _note_link(member, data, report)
            continue
        yield data, member.orig_filename
    if links:
        report.fact("Links", links, section="Archive")
    if damaged:
        report.remark(f"{damaged:,} members of the archive are damaged or packed in an unknown way.")


def _read_some(opened: IO[bytes], most: int) -> bytes:
    """What came before damage, if that is not nothing."""
    output = bytearray()
    while len(output) < most:
        try:
            chunk = opened.read(min(256 * 1024, most - len(output)))
        except _FAULTS:
            if output:
                break
            raise
        if not chunk:
            break
        output += chunk
    return bytes(output)


def _note_link(member: zipfile.ZipInfo, data: bytes, report: Report) -> None:
    target = data.decode("utf-8", "replace")
    if target.startswith(("/", "\\")) or ".." in target:
        report.note(
            "archive.link",
            f"The member “{show_name(member.orig_filename)}” is a link to “{show_name(target)}”.",
            weight=MODEST,
        )
