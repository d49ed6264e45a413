"""The form of a sealed file: nothing of it can be altered, cut, moved or exchanged without being noticed."""

import io
import os
import secrets
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from stack.store.artifacts.folder import FolderStorage
from stack.store.artifacts.reading import SealedReader
from stack.store.artifacts.sealing import (
    CHUNK_BYTES,
    HEADER_BYTES,
    measure_sealed,
    read_layout,
    seal_pieces,
)
from stack.vault.errors import VaultError

CHUNK = 64
SEALED_CHUNK = CHUNK + 16
KEY = bytes(range(32))
NAME = "ab" * 16


@pytest.fixture
def folder(tmp_path: Path) -> FolderStorage:
    return FolderStorage(tmp_path / "artifacts", read_ahead=3 * CHUNK)


def seal(data: bytes, *, name: str = NAME, key: bytes = KEY, chunk: int = CHUNK) -> bytes:
    return b"".join(seal_pieces(key, name, iter([data]), chunk_bytes=chunk))


def unseal(storage: FolderStorage, sealed: bytes, *, name: str = NAME, key: bytes = KEY) -> bytes:
    storage.put(name, [sealed], limit_bytes=len(sealed))
    return open_reader(storage, name=name, key=key).read()


def open_reader(storage: FolderStorage, *, name: str = NAME, key: bytes = KEY) -> io.BufferedReader:
    layout = read_layout(storage.read(name, 0, HEADER_BYTES), name, storage.measure(name))
    return io.BufferedReader(SealedReader(storage, name, key, layout), 16)


@pytest.mark.parametrize(
    "size", [0, 1, CHUNK - 1, CHUNK, CHUNK + 1, 2 * CHUNK, 7 * CHUNK - 1, 7 * CHUNK, 7 * CHUNK + 1]
)
def test_sizes_around_the_borders_of_chunks_come_back(folder: FolderStorage, size: int) -> None:
    data = os.urandom(size)
    sealed = seal(data)
    assert len(sealed) == measure_sealed(size, chunk_bytes=CHUNK)
    assert unseal(folder, sealed) == data
    assert size < 16 or data[:16] not in sealed


def test_a_file_of_several_real_chunks_comes_back(folder: FolderStorage) -> None:
    data = os.urandom(2 * CHUNK_BYTES + 17)
    assert unseal(folder, seal(data, chunk=CHUNK_BYTES)) == data


@given(sizes=st.lists(st.integers(0, 3 * CHUNK), max_size=8))
def test_how_the_bytes_are_handed_over_does_not_matter(sizes: list[int]) -> None:
    pieces = [os.urandom(size) for size in sizes]
    whole = b"".join(pieces)
    assert b"".join(seal_pieces(KEY, NAME, iter(pieces), chunk_bytes=CHUNK)) == seal(whole)


def _steps() -> st.SearchStrategy[list[tuple[str, int, int]]]:
    seek = st.tuples(st.just("seek"), st.integers(-700, 700), st.sampled_from([0, 1, 2]))
    read = st.tuples(st.just("read"), st.integers(-1, 300), st.just(0))
    return st.lists(st.one_of(seek, read), max_size=30)


@given(size=st.integers(0, 6 * CHUNK), steps=_steps())
def test_it_reads_and_seeks_as_any_file_does(
    size: int, steps: list[tuple[str, int, int]], tmp_path_factory: pytest.TempPathFactory
) -> None:
    data = bytes(number % 251 for number in range(size))
    folder = FolderStorage(tmp_path_factory.mktemp("artifacts"), read_ahead=3 * CHUNK)
    folder.put(NAME, [seal(data)], limit_bytes=0)
    plain = io.BytesIO(data)
    with open_reader(folder) as file:
        for what, number, whence in steps:
            if what == "read":
                assert file.read(number) == plain.read(number)
            elif _reach(plain, number, whence) >= 0:
                assert file.seek(number, whence) == plain.seek(number, whence)
            assert file.tell() == plain.tell()


def _reach(plain: io.BytesIO, number: int, whence: int) -> int:
    return number + {0: 0, 1: plain.tell(), 2: len(plain.getbuffer())}[whence]


def test_a_place_before_the_start_is_no_place(folder: FolderStorage) -> None:
    folder.put(NAME, [seal(b"x")], limit_bytes=0)
    with open_reader(folder) as file, pytest.raises(ValueError):
        file.seek(-1)


DATA = bytes(range(3 * CHUNK + 10))


def _damaged() -> Iterator[tuple[str, bytes]]:
    """A change in every region of the header and of each chunk, and every way to cut and to swap."""
    sealed = seal(DATA)
    regions = {"magic": 0, "version": 15, "chunk size": 18, "name": HEADER_BYTES - 1}
    regions |= {f"chunk {n}": HEADER_BYTES + n * SEALED_CHUNK + 5 for n in range(4)}
    regions |= {f"tag {n}": HEADER_BYTES + (n + 1) * SEALED_CHUNK - 1 for n in range(3)}
    regions["tag 3"] = len(sealed) - 1
    for what, at in regions.items():
        yield what, sealed[:at] + bytes((sealed[at] ^ 1,)) + sealed[at + 1 :]
    chunks = [sealed[HEADER_BYTES + n * SEALED_CHUNK :][:SEALED_CHUNK] for n in range(4)]
    head = sealed[:HEADER_BYTES]
    yield "one byte less", sealed[:-1]
    yield "the last chunk gone", head + b"".join(chunks[:3])
    yield "all but the first chunk gone", head + chunks[0]
    yield "all chunks gone", head
    yield "a part of the header", sealed[: HEADER_BYTES - 1]
    yield "nothing", b""
    yield "one byte more", sealed + b"\0"
    yield "a chunk more", head + b"".join(chunks[:3]) + chunks[2] + chunks[3]
    yield "the first chunk gone", head + b"".join(chunks[1:])
    yield "two chunks swapped", head + chunks[1] + chunks[0] + chunks[2] + chunks[3]
    yield "an empty chunk at the end", seal(DATA[:CHUNK]) + seal(b"")[HEADER_BYTES:]


DAMAGED = dict(_damaged())


@pytest.mark.parametrize("what", DAMAGED)
def test_damage_of_any_kind_is_noticed(folder: FolderStorage, what: str) -> None:
    assert unseal(folder, seal(DATA)) == DATA
    with pytest.raises(VaultError):
        unseal(folder, DAMAGED[what])


def test_nothing_of_a_damaged_chunk_is_given_out_and_what_comes_before_it_is(folder: FolderStorage) -> None:
    sealed = bytearray(seal(DATA))
    sealed[HEADER_BYTES + SEALED_CHUNK] ^= 1
    folder.put(NAME, [bytes(sealed)], limit_bytes=0)
    with open_reader(folder) as file:
        assert file.read(CHUNK) == DATA[:CHUNK]
        with pytest.raises(VaultError, match="altered"):
            file.read(1)


def test_chunks_of_another_file_of_the_same_key_do_not_open(folder: FolderStorage) -> None:
    other = "cd" * 16
    mine, theirs = seal(DATA), seal(DATA, name=other)
    spliced = mine[:HEADER_BYTES] + theirs[HEADER_BYTES:]
    with pytest.raises(VaultError, match="altered"):
        unseal(folder, spliced)
    with pytest.raises(VaultError, match="name of another"):
        unseal(folder, theirs)


def test_another_key_opens_nothing(folder: FolderStorage) -> None:
    for size in (0, 1, 5 * CHUNK):
        with pytest.raises(VaultError):
            unseal(folder, seal(os.urandom(size)), key=secrets.token_bytes(32))


@pytest.mark.parametrize("chunk_bytes", [0, 16 * 1_048_576 + 1, 2**32 - 1])
def test_a_header_cannot_ask_for_any_amount_of_memory(chunk_bytes: int) -> None:
    header = seal(b"x")[:HEADER_BYTES]
    forged = header[:-20] + chunk_bytes.to_bytes(4, "big") + header[-16:]
    with pytest.raises(VaultError, match="version"):
        read_layout(forged, NAME, 100)


def test_a_cut_file_is_noticed_where_only_its_size_tells(folder: FolderStorage) -> None:
    """Cut between two chunks, the last one left does not say that it is the last."""
    sealed = seal(DATA)
    folder.put(NAME, [sealed[: HEADER_BYTES + 2 * SEALED_CHUNK]], limit_bytes=0)
    with open_reader(folder) as file:
        assert file.read(CHUNK) == DATA[:CHUNK]
        with pytest.raises(VaultError):
            file.read()
