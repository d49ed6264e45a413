"""Lines joined to pieces of a good size, and what every text format needs to write hostile text safely."""

from collections.abc import Iterable, Iterator

from stack.sharing.exporting.base import PIECE_BYTES, Occasion
from stack.sharing.exporting.losses import Losses

_LONGEST_COMMENT = 200


def join_lines(lines: Iterable[str]) -> Iterator[bytes]:
    """The lines, each with its end, in pieces of about a quarter of a megabyte."""
    parts: list[str] = []
    size = 0
    for line in lines:
        parts.append(line)
        size += len(line) + 1
        if size >= PIECE_BYTES:
            parts.append("")
            yield "\n".join(parts).encode("utf-8", "replace")
            parts, size = [], 0
    if parts:
        parts.append("")
        yield "\n".join(parts).encode("utf-8", "replace")


def show_on_one_line(text: str, longest: int = _LONGEST_COMMENT) -> str:
    """The text as a part of a line that it cannot end: no control characters, no separators of lines."""
    shown = " ".join("".join(char if char.isprintable() else " " for char in text[: 4 * longest]).split())
    return shown if len(shown) <= longest else f"{shown[: longest - 1]}…"


def write_comments(
    lines: Iterator[str], *, comment: str, occasion: Occasion, losses: Losses
) -> Iterator[str]:
    """The lines between a heading and an account of what is not among them, all as comments."""
    yield f"{comment} {show_on_one_line(occasion.title)}"
    yield from lines
    if not occasion.has_account:
        yield f"{comment} {losses.entries} entries"
        return
    yield f"{comment} {losses.entries} entries from {losses.items} objects"
    for line in losses.describe():
        yield f"{comment} {show_on_one_line(line)}"
