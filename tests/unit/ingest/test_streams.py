"""gzip and zstd are expanded by what they are, within limits, and damage loses nothing before it."""

import gzip
import io

import pytest
import zstandard

from stack.core.errors import BadInput
from stack.ingest import streams
from stack.ingest.streams import ByteStream, stream_bytes

TEXT = b"".join(b"line %d of the text\n" % n for n in range(50_000))


def read_all(data: bytes) -> bytes:
    stream = stream_bytes(data)
    return b"".join(iter(lambda: stream.read(10_000), b""))


@pytest.mark.parametrize(
    "data",
    [
        TEXT,
        b"\xef\xbb\xbf" + TEXT,
        gzip.compress(TEXT),
        gzip.compress(TEXT[:500_000]) + gzip.compress(TEXT[500_000:]) + b"\0" * 600,
        zstandard.compress(TEXT),
        zstandard.compress(TEXT[:9]) + zstandard.compress(TEXT[9:]),
    ],
    ids=["plain", "byte order mark", "gzip", "two gzip members, padded", "zstd", "two zstd frames"],
)
def test_every_packing_gives_the_same_bytes(data: bytes) -> None:
    assert read_all(data) == TEXT


@pytest.mark.parametrize("compress", [gzip.compress, zstandard.compress])
def test_a_cut_file_gives_what_came_before_and_then_says_so(compress: object) -> None:
    assert callable(compress)
    stream = stream_bytes(compress(TEXT)[:-100])
    got = stream.read(len(TEXT))
    assert len(got) > 1000
    assert TEXT.startswith(got)
    with pytest.raises(BadInput, match="cut short"):
        stream.read(1)


def test_damage_is_told() -> None:
    damaged = bytearray(gzip.compress(TEXT))
    damaged[1000:1010] = b"\xff" * 10
    with pytest.raises(BadInput, match="damaged"):
        read_all(bytes(damaged))


@pytest.mark.parametrize("compress", [gzip.compress, zstandard.compress])
def test_a_bomb_is_refused(compress: object) -> None:
    assert callable(compress)
    with pytest.raises(BadInput, match="expands more than"):
        read_all(compress(b"\0" * 100_000_000))


def test_the_size_that_data_may_expand_to_is_limited(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(streams, "_EXPANDED_LIMIT", 100_000)
    with pytest.raises(BadInput, match="expands to more"):
        read_all(gzip.compress(TEXT))


def test_progress_counts_the_bytes_of_the_file_itself() -> None:
    packed = gzip.compress(TEXT)
    stream = ByteStream(io.BytesIO(packed))
    assert stream.head(4) == TEXT[:4]
    assert stream.offset == 0
    assert stream.read(len(TEXT)) == TEXT
    assert (stream.raw_position, stream.offset) == (len(packed), len(TEXT))
