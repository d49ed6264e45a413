"""Hashes and entropy of a part."""

import hashlib
from math import log2
from typing import TYPE_CHECKING

from stack.analysis.files.arrays import set_up_numpy
from stack.analysis.files.results import Hashes
from stack.analysis.files.ssdeep import hash_ssdeep
from stack.analysis.files.tlsh import hash_tlsh

if TYPE_CHECKING:
    import numpy

_CHUNK = 1024 * 1024


def hash_bytes(data: memoryview) -> Hashes:
    """All of them; the cryptographic ones in one pass over the bytes."""
    exact = [hashlib.new(name, usedforsecurity=False) for name in ("md5", "sha1", "sha256", "sha512")]
    for begin in range(0, len(data), _CHUNK):
        chunk = data[begin : begin + _CHUNK]
        for each in exact:
            each.update(chunk)
    md5, sha1, sha256, sha512 = (each.hexdigest() for each in exact)
    ssdeep = hash_ssdeep(data) if len(data) else ""
    return Hashes(md5, sha1, sha256, sha512, ssdeep, hash_tlsh(data))


def measure_entropy(data: memoryview) -> float:
    """Shannon entropy in bits per byte, 0 to 8."""
    size = len(data)
    if not size:
        return 0.0
    return max(0.0, -sum(count / size * log2(count / size) for count in count_bytes(data).tolist() if count))


def count_bytes(data: memoryview) -> "numpy.ndarray[tuple[int], numpy.dtype[numpy.int64]]":
    """How often each of the 256 values occurs."""
    numpy = set_up_numpy()
    counts = numpy.zeros(256, dtype=numpy.int64)
    for begin in range(0, len(data), _CHUNK):
        counts += numpy.bincount(numpy.frombuffer(data[begin : begin + _CHUNK], numpy.uint8), minlength=256)
    return counts  # type: ignore[no-any-return]
