"""ssdeep and TLSH are what their own programs give (ssdeep 2.14.1, py-tlsh 4.12 computed the golden file)."""

import hashlib
import json
from pathlib import Path

import pytest

from stack.analysis.files.hashing import hash_bytes, measure_entropy
from stack.analysis.files.ssdeep import hash_ssdeep
from stack.analysis.files.tlsh import hash_tlsh
from tests.byte_samples import make_bytes

_GOLDEN = json.loads(
    (Path(__file__).parents[3] / "golden" / "analysis" / "hashed_bytes.json").read_text(encoding="utf-8")
)


@pytest.mark.parametrize(
    ("shape", "size", "ssdeep", "tlsh"), _GOLDEN, ids=[f"{each[0]}-{each[1]}" for each in _GOLDEN]
)
def test_both_are_exact(shape: str, size: int, ssdeep: str, tlsh: str) -> None:
    data = memoryview(make_bytes(shape, size))
    assert hash_ssdeep(data) == ssdeep
    assert hash_tlsh(data) == tlsh


def test_chunks_do_not_show() -> None:
    """Work is done in pieces of 128 and 256 KB: what lies across their borders counts too."""
    data = make_bytes("text", 700_001)
    assert hash_ssdeep(memoryview(data)[1:]) != hash_ssdeep(memoryview(data)[:-1])
    assert hash_tlsh(memoryview(data)).startswith("T1")


def test_exact_hashes_are_those_of_the_library() -> None:
    data = make_bytes("even", 3_000_000)
    found = hash_bytes(memoryview(data))
    assert found.sha256 == hashlib.sha256(data).hexdigest()
    assert found.sha512 == hashlib.sha512(data).hexdigest()
    assert found.sha1 == hashlib.sha1(data).hexdigest()
    assert found.md5 == hashlib.md5(data).hexdigest()


def test_nothing_has_hashes_and_no_fuzzy_ones() -> None:
    found = hash_bytes(memoryview(b""))
    assert found.md5 == "d41d8cd98f00b204e9800998ecf8427e"
    assert (found.ssdeep, found.tlsh) == ("", "")


def test_entropy() -> None:
    assert measure_entropy(memoryview(b"")) == 0
    assert measure_entropy(memoryview(b"a" * 100)) == 0
    assert measure_entropy(memoryview(bytes(range(256)))) == 8
    assert measure_entropy(memoryview(b"ab" * 50)) == 1
