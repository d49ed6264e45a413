"""What archives have in common: members with names and sizes, and what these say before one is unpacked."""

import re
from collections.abc import Iterable, Sequence
from typing import Final

import msgspec

from stack.analysis.answers import MODEST, SLIGHT, STRONG
from stack.analysis.files.base import Part, Report
from stack.analysis.files.formats.names import PROGRAMS, SCRIPTS, find_extension, show_name
from stack.analysis.files.naming import check_name

COMMON_PASSWORDS: Final = ("infected", "malware", "virus")
"""With which those who exchange samples lock them, so that no scanner on the way takes them out."""

MOST_MEMBER: Final = 64 * 1024 * 1024
"""Bytes of one member that are unpacked; of a longer one its beginning is read."""

MOST_LISTED: Final = 5_000
_MOST_SHOWN = 40
_MANY = 20_000
_BOMB_RATIO, _BOMB_BYTES = 500, 512 * 1024 * 1024
_ABSOLUTE = re.compile(r"^(?:[\\/]|[A-Za-z]:)")
_UP = re.compile(r"(?:^|[\\/])\.\.(?:[\\/]|$)")


class Member(msgspec.Struct, frozen=True):
    """`size` unpacked and `packed` in bytes, 0 where unknown; `target` is where a link leads."""

    name: str
    size: int = 0
    packed: int = 0
    is_folder: bool = False
    is_encrypted: bool = False
    target: str = ""


def judge_members(members: Sequence[Member], report: Report, *, size: int) -> None:
    """Facts and evidence of the list of an archive of `size` bytes."""
    files = [member for member in members if not member.is_folder]
    unpacked = sum(member.size for member in files)
    report.fact("Files", len(files), section="Archive")
    report.fact("Size unpacked", unpacked, section="Archive")
    for member in files[:_MOST_SHOWN]:
        report.fact("Member", show_name(member.name), section="Archive")
    _judge_paths(members[:MOST_LISTED], report)
    _judge_programs(files[:MOST_LISTED], report)
    if len(members) > _MANY:
        report.note("archive.many", f"The archive lists {len(members):,} members.", weight=SLIGHT)
    if unpacked > _BOMB_BYTES and unpacked > size * _BOMB_RATIO:
        # Images of empty disks do this too, seldom.
        report.note(
            "archive.bomb",
            f"{size:,} bytes claim to unpack to {unpacked:,}, {unpacked // max(size, 1):,} times as many.",
            weight=MODEST,
            group="bomb",
        )


def judge_names(members: Iterable[Member], report: Report) -> None:
    """For members that are not read: those that are have their names judged as parts."""
    for member in members:
        if not member.is_folder:
            name = re.split(r"[\\/]", member.name)[-1]
            check_name(Part(data=memoryview(b""), name=name, type=""), report)


def _judge_paths(members: Iterable[Member], report: Report) -> None:
    outside = [member.name for member in members if _ABSOLUTE.search(member.name) or _UP.search(member.name)]
    if any(_UP.search(name) for name in outside):
        shown = show_name(next(name for name in outside if _UP.search(name)))
        report.note(
            "archive.traversal",
            f"A member would be written outside of the folder that it is unpacked to: “{shown}”.",
            weight=STRONG,
        )
    elif outside:
        report.note(
            "archive.absolute", f"A member has an absolute path: “{show_name(outside[0])}”.", weight=SLIGHT
        )
    for member in members:
        if member.target and (_ABSOLUTE.search(member.target) or _UP.search(member.target)):
            report.note(
                "archive.link",
                f"The member “{show_name(member.name)}” is a link to “{show_name(member.target)}”.",
                weight=SLIGHT,
            )
            return


def _judge_programs(files: Sequence[Member], report: Report) -> None:
    """A script or shortcut alone in an archive is how mails deliver it; software has other files beside."""
    scripts = [member.name for member in files if find_extension(member.name) in SCRIPTS]
    programs = [member.name for member in files if find_extension(member.name) in PROGRAMS]
    if scripts and len(files) <= 3:
        report.note(
            "archive.lone-script",
            f"“{show_name(scripts[0])}” runs when it is opened; the archive has {len(files)} files.",
            weight=MODEST,
            group="archive.program",
        )
    elif programs and len(files) == 1:
        report.note(
            "archive.lone-program",
            f"The only file of the archive, “{show_name(programs[0])}”, runs when it is opened.",
            weight=SLIGHT,
            group="archive.program",
        )


def list_passwords(part: Part) -> list[str]:
    """The given ones first, each once."""
    return list(dict.fromkeys([*part.passwords, *COMMON_PASSWORDS]))


def note_password(password: str | None, part: Part, report: Report, *, what: str = "The archive") -> None:
    """Says that something is encrypted, and whether it could be opened; `password` None: it could not."""
    if password is None:
        report.note(
            "archive.locked",
            f"{what} is encrypted and could not be read: none of {len(list_passwords(part))} passwords fits.",
            weight=SLIGHT,
            group="archive.encrypted",
        )
    elif password in COMMON_PASSWORDS and password not in part.passwords:
        report.note(
            "archive.sample-password",
            f"{what} is locked with “{password}”, as those who exchange samples of malware do.",
            weight=MODEST,
            group="archive.encrypted",
        )
    else:
        report.note("archive.encrypted", f"{what} is encrypted; a given password opened it.")
