"""Hashes and entropy of a part."""

import hashlib
import os
from math import log2
from typing import TYPE_CHECKING

from stack.analysis.files.results import Hashes

if TYPE_CHECKING:
    import numpy

_CHUNK = 1024 * 1024
# A sandbox has no threads to give, and numpy's library of linear algebra gives up without.
os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")


def hash_bytes(data: memoryview) -> Hashes:
    """All of them; the cryptographic ones in one pass over the bytes."""
    exact = [hashlib.new(name, usedforsecurity=False) for name in ("md5", "sha1", "sha256", "sha512")]
    for begin in range(0, len(data), _CHUNK):
        chunk = data[begin : begin + _CHUNK]
        for each in exact:
            each.update(chunk)
    return Hashes(*(each.hexdigest() for each in exact))


def measure_entropy(data: memoryview) -> float:
    """Shannon entropy in bits per byte, 0 to 8."""
    if not len(data):
        return 0.0
    counts = count_bytes(data)
    size = len(data)
    return max(0.0, -sum(count / size * log2(count / size) for count in counts.tolist() if count))


def count_bytes(data: memoryview) -> "numpy.ndarray[tuple[int], numpy.dtype[numpy.int64]]":
    """How often each of the 256 values occurs."""
    import numpy

    counts = numpy.zeros(256, dtype=numpy.int64)
    for begin in range(0, len(data), _CHUNK):
        counts += numpy.bincount(numpy.frombuffer(data[begin : begin + _CHUNK], numpy.uint8), minlength=256)
    return counts
