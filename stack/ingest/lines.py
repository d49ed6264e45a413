"""Splits a stream into lines without holding more than one chunk and one line."""

from collections.abc import Iterator

from stack.ingest.streams import ByteStream

_CHUNK = 1024 * 1024


def iterate_lines(stream: ByteStream, limit: int) -> Iterator[bytes | None]:
    """Lines without their ending (LF or CRLF); None in the place of one that is longer than `limit` bytes."""
    parts: list[bytes] = []
    held = 0
    while chunk := stream.read(_CHUNK):
        first, *rest = chunk.split(b"\n")
        parts.append(first[: limit + 1])
        held += len(first)
        if held > 2 * limit:  # what is too long already needs no more of it in memory
            parts = [b" " * (limit + 1)]
        if rest:
            yield _finish(b"".join(parts), limit)
            for line in rest[:-1]:
                yield _finish(line, limit)
            parts, held = [rest[-1]], len(rest[-1])
    if held:
        yield _finish(b"".join(parts), limit)


def _finish(line: bytes, limit: int) -> bytes | None:
    return None if len(line) > limit else line.removesuffix(b"\r")
