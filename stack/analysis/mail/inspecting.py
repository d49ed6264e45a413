"""Reads a mail, what it carries and the mails within it. Both functions run in the sandbox.

Each mail is told as soon as it is read and each attachment as soon as it was looked at, so that what a
crash takes away is the attachment that crashed its reader.
"""

from collections import deque
from collections.abc import Iterator, Mapping
from importlib import import_module
from io import BytesIO
from time import monotonic
from typing import Any, BinaryIO, Final

import msgspec

from stack.analysis.mail.outlook import OutlookMail, parse_outlook
from stack.analysis.mail.passwords import find_passwords
from stack.analysis.mail.reading import Contents, read_entity, read_outlook
from stack.analysis.mail.sender_policy import check_sender, load_policy
from stack.analysis.mail.shapes import Checks, MailReading
from stack.analysis.mail.signing import check_signatures
from stack.analysis.mail.wire import MAILS, parse_mail, walk_leaves
from stack.core.errors import BadInput

MOST_MAILS: Final = 20
MOST_CHECKED: Final = 3
DEEPEST_MAIL: Final = 5
LARGEST: Final = 128 * 1024 * 1024
_COMPOUND: Final = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
_BETWEEN: Final = " > "
_SECONDS: Final = 30.0
# Without a blank line at which a header ends, some fields must be there for it to be a mail.
_EXPECTED: Final = frozenset(("from", "to", "subject", "date", "received", "message-id", "return-path"))


_SAMPLE: Final = (
    b"From: a@shop.example.com\r\nContent-Type: text/html\r\n\r\n<p>https://shop.example.com/</p>\r\n"
)


class Told(msgspec.Struct, frozen=True, omit_defaults=True):
    """One line of the answer: a mail, or one part of an attachment of the mail at `path`."""

    mail: MailReading | None = None
    path: str = ""
    attachment: int = -1
    part: Any = None
    left_out: int = 0


class CheckRequest(msgspec.Struct, frozen=True):
    """What DNS said: texts by "TYPE name", and questions that nobody answered. `clients` and `senders` are
    for SPF, by the path of the mail: (address, sender, greeting)."""

    answers: dict[str, list[str]] = {}
    silent: list[str] = []
    clients: dict[str, tuple[str, str, str]] = {}


def warm_up() -> Iterator[None]:
    """For a nursery: what reading and checking most mails needs."""
    from stack.analysis.files.inspecting import warm_up_readers

    yield
    yield from warm_up_readers()
    yield from (None for _ in read_inside(BytesIO(_SAMPLE), {}))
    import_module("dkim")
    yield
    load_policy()


def read_inside(file: BinaryIO, arguments: Mapping[str, Any]) -> Iterator[Any]:
    """Yields `Told` as JSON: the mails from the outermost, then what is in their attachments."""
    data = file.read(LARGEST + 1)
    if len(data) > LARGEST:
        raise BadInput(
            f"The mail is larger than {LARGEST // 1024 // 1024} MB", remedy="Analyse its attachments."
        )
    files: list[tuple[str, int, str, bytes]] = []
    passwords = list(arguments.get("passwords", ()))
    left_out = 0
    for contents in _read_mails(data, with_markup=not arguments.get("without_markup")):
        if contents is None:
            left_out += 1
            continue
        path = contents.reading.path
        files += [(path, number, name, data) for number, (name, data) in enumerate(contents.files)]
        passwords += find_passwords(contents.reading.text)
        yield msgspec.to_builtins(Told(mail=contents.reading))
    if left_out:
        yield msgspec.to_builtins(Told(left_out=left_out))
    yield from _inspect_files(files, tuple(dict.fromkeys(passwords)))


def check_inside(file: BinaryIO, arguments: Mapping[str, Any]) -> list[Any]:
    """`Checks` as JSON, of the first mails: their signatures, chain and SPF with the answers at hand."""
    request = msgspec.convert(arguments, CheckRequest)
    keys = {
        name.removeprefix("TXT "): _choose_key(texts)
        for name, texts in request.answers.items()
        if name.startswith("TXT ")
    }
    done: list[Any] = []
    for path, mail in _list_mails(file.read(LARGEST)):
        if len(done) >= MOST_CHECKED:
            break
        checks = Checks(path=path)
        if isinstance(mail, bytes) and not mail.startswith(_COMPOUND):
            check_signatures(parse_mail(mail), keys, checks)
        if given := request.clients.get(path):
            address, sender, greeting = given
            check_sender(
                address=address,
                sender=sender,
                greeting=greeting,
                answers=request.answers,
                silent=frozenset(request.silent),
                checks=checks,
            )
        done.append(msgspec.to_builtins(checks))
    return done


def _read_mails(data: bytes, *, with_markup: bool) -> Iterator[Contents | None]:
    """Breadth first; None for each mail that is one too many."""
    waiting: deque[tuple[str, int, bytes | OutlookMail]] = deque([("", 0, data)])
    read = 0
    while waiting:
        path, depth, mail = waiting.popleft()
        if read >= MOST_MAILS or depth > DEEPEST_MAIL:
            yield None
            continue
        contents = _read_mail(mail, path, is_whole=depth == 0, with_markup=with_markup)
        read += 1
        yield contents
        waiting += [(_join(path, name), depth + 1, inner) for name, inner in contents.mails]


def _read_mail(mail: bytes | OutlookMail, path: str, *, is_whole: bool, with_markup: bool) -> Contents:
    if isinstance(mail, OutlookMail):
        return read_outlook(mail, path=path, size=0, with_markup=with_markup)
    if mail.startswith(_COMPOUND):
        return read_outlook(parse_outlook(mail), path=path, size=len(mail), with_markup=with_markup)
    root = parse_mail(mail)
    if is_whole and not _EXPECTED & {field.name for field in root.fields}:
        raise BadInput(
            "This is no mail: it has none of the header fields that every mail has",
            remedy="Save the message as .eml or .msg with its header, and analyse that.",
        )
    return read_entity(root, path=path, with_markup=with_markup)


def _list_mails(data: bytes) -> Iterator[tuple[str, bytes | OutlookMail]]:
    """The mails in the order of `_read_mails`, without reading more of them than where they are."""
    waiting: deque[tuple[str, bytes | OutlookMail]] = deque([("", data)])
    while waiting:
        path, mail = waiting.popleft()
        yield path, mail
        if isinstance(mail, bytes) and not mail.startswith(_COMPOUND):
            for part in walk_leaves(parse_mail(mail)):
                if part.type in MAILS:
                    waiting.append((_join(path, part.name or "message.eml"), part.read_body()))


def _inspect_files(files: list[tuple[str, int, str, bytes]], passwords: tuple[str, ...]) -> Iterator[Any]:
    from stack.analysis.files.inspecting import inspect_parts
    from stack.analysis.files.reporting import Budget

    budget = Budget(until=monotonic() + _SECONDS)
    for path, number, name, data in files:
        for progress in inspect_parts(memoryview(data), name=name, budget=budget, passwords=passwords):
            if progress.part is not None:
                told = Told(path=path, attachment=number, part=progress.part)
                yield msgspec.to_builtins(told)


def _choose_key(texts: list[str]) -> str:
    """Of several records the one that looks like a key; more than one leave the choice to the verifier."""
    return next((text for text in texts if "p=" in text), texts[0] if texts else "")


def _join(path: str, name: str) -> str:
    return f"{path}{_BETWEEN}{name[:100]}" if path else name[:100]
