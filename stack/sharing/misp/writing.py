"""Events as the JSON that MISP takes, in pieces of a good size."""

from collections.abc import Iterator

from stack.sharing.exporting.base import PIECE_BYTES
from stack.sharing.misp.events import Event


def write_events(events: Iterator[Event]) -> Iterator[bytes]:
    """One event by itself, none or several in a list `response`."""
    piece = bytearray()
    for part in _write(events):
        piece += part
        if len(piece) >= PIECE_BYTES:
            yield bytes(piece)
            piece.clear()
    yield bytes(piece)


def _write(events: Iterator[Event]) -> Iterator[bytes]:
    first, second = next(events, None), next(events, None)
    if first is not None and second is None:
        yield from first.write()
        yield b"\n"
        return
    yield b'{"response":['
    separator = b"\n"
    for event in (first, second):
        if event is not None:
            yield separator
            yield from event.write()
            separator = b",\n"
    for event in events:
        yield separator
        yield from event.write()
    yield b"\n]}\n"
