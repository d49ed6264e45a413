"""Header fields read: mailboxes (RFC 5322, section 3.4) and times."""

import re
from datetime import UTC
from email.utils import parsedate_to_datetime
from typing import Final

from stack.analysis.mail.shapes import Mailbox
from stack.ingest.documents.readers.mail import decode_words
from stack.stix.observables.kinds import Kind
from stack.stix.observables.normalise import normalise

MOST_MAILBOXES: Final = 200
_LONGEST_LIST = 16_384
_LONGEST_DATE = 120
_QUOTED_PAIR = re.compile(r"\\(.)")
_ADDRESS = re.compile(r"[^\s<>\"(),:;@]{1,254}@[^\s<>\"(),:;@]{1,253}")


def parse_mailboxes(text: str) -> list[Mailbox]:
    """The mailboxes of a From, To, … field, in order. Comments and group names are left out.

    A mailbox without an address that can be one has the address empty and all its text as the name: that is
    how mail programs show it, and how people are led astray.
    """
    found: list[Mailbox] = []
    for piece in _split_list(text[:_LONGEST_LIST]):
        if len(found) >= MOST_MAILBOXES:
            break
        if piece.strip():
            found.append(_parse_mailbox(piece))
    return found


def parse_time(text: str) -> tuple[int | None, int | None]:
    """The time (microseconds) and the zone (minutes east of Greenwich); None for what is not stated."""
    try:
        moment = parsedate_to_datetime(text[:_LONGEST_DATE].strip())
        offset = moment.utcoffset()
        seconds = (moment if offset is not None else moment.replace(tzinfo=UTC)).timestamp()
    except (ValueError, TypeError, IndexError, OverflowError):
        return None, None
    return int(seconds * 1_000_000), None if offset is None else round(offset.total_seconds() / 60)


def canonical_address(text: str) -> str:
    """An address in Stack's form, empty for what is none."""
    try:
        return normalise(Kind.EMAIL, text) if _ADDRESS.fullmatch(text) else ""
    except ValueError:
        return ""


def domain_of(address: str) -> str:
    return address.rpartition("@")[2].lower().rstrip(".")


def _split_list(text: str) -> list[str]:
    """Pieces between commas that stand outside quotes, comments and angle brackets; comments are dropped."""
    pieces: list[str] = []
    piece: list[str] = []
    depth, is_quoted, is_angled, is_escaped = 0, False, False, False
    for character in text:
        if is_escaped:
            is_escaped = False
        elif character == "\\" and (is_quoted or depth):
            is_escaped = True
        elif is_quoted:
            is_quoted = character != '"'
        elif depth or character == "(":
            depth += (character == "(") - (character == ")")
            continue
        elif character == '"':
            is_quoted = True
        elif character in "<>":
            is_angled = character == "<"
        elif character in ",;" and not is_angled:
            pieces.append("".join(piece))
            piece.clear()
            continue
        elif character == ":" and not is_angled:
            # The name of a group.
            piece.clear()
            continue
        if not depth:
            piece.append(character)
    pieces.append("".join(piece))
    return pieces


def _parse_mailbox(piece: str) -> Mailbox:
    before, angle, after = piece.rpartition("<")
    if not angle:
        bare = piece.strip()
        address = canonical_address(bare)
        return Mailbox(name="" if address else _read_name(bare), address=address)
    # A route (RFC 5322, section 4.4) stands before the address that counts.
    inner = after.partition(">")[0].rpartition(":")[2].strip()
    address = canonical_address(inner)
    name = _read_name(before)
    return Mailbox(name=name if address else f"{name} {inner}".strip(), address=address)


def _read_name(text: str) -> str:
    text = text.strip()
    if len(text) > 1 and text.startswith('"') and text.endswith('"'):
        text = _QUOTED_PAIR.sub(r"\1", text[1:-1])
    return decode_words(text)
