"""How far two TLSH hashes are apart, as TLSH itself measures it.

Oliver, Cheng, Chen, "TLSH - A Locality Sensitive Hash" (2013), section IV: the header (checksum, length, two
ratios of quartiles) and 128 buckets of two bits. 0 is the same, up to 30 nearly the same, beyond 100 it says
little: 6 % of unrelated files are that near (table II there).
"""

from collections.abc import Iterable, Sequence
from functools import cache
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from numpy import integer
    from numpy.typing import NDArray

    Numbers = NDArray[integer[Any]]

_LENGTH: Final = 35
_HEADER: Final = 3
_FAR: Final = 12
"""What a step of length or ratio costs, once there is more than one."""


def read_tlsh(text: str) -> bytes:
    """The 35 bytes; ValueError where it is no TLSH hash of 128 buckets."""
    digits = text.strip().removeprefix("T1")
    if len(digits) != 2 * _LENGTH:
        raise ValueError("a TLSH hash is 70 hexadecimal digits, with or without T1 before them")
    return bytes.fromhex(digits)


def find_near_tlsh(text: str, others: Iterable[str], *, most: int = 70) -> list[tuple[str, int]]:
    """Those of `others` at most so far away, the nearest first; what is no hash is passed over."""
    wanted = read_tlsh(text)
    read: list[tuple[str, bytes]] = []
    for other in others:
        try:
            read.append((other, read_tlsh(other)))
        except ValueError:
            continue
    if not read:
        return []
    distances = _measure_all(wanted, [raw for _, raw in read])
    found = [(other, int(distance)) for (other, _), distance in zip(read, distances, strict=True)]
    return sorted((each for each in found if each[1] <= most), key=lambda each: (each[1], each[0]))


def _measure_all(wanted: bytes, others: Sequence[bytes]) -> Any:
    import numpy

    rows = numpy.frombuffer(b"".join(others), dtype=numpy.uint8).reshape(-1, _LENGTH)
    mine = numpy.frombuffer(wanted, dtype=numpy.uint8)
    total = (rows[:, 0] != mine[0]).astype(numpy.int64)
    total += _step(_swap(rows[:, 1]), _swap(mine[1:2]), size=256, near=_FAR)
    for shift in (4, 0):
        total += _step(rows[:, 2] >> shift & 15, mine[2:3] >> shift & 15, size=16, near=0)
    return total + _list_differences()[rows[:, _HEADER:], mine[_HEADER:]].sum(axis=1, dtype=numpy.int64)


def _step(left: "Numbers", right: "Numbers", *, size: int, near: int) -> Any:
    """The distance on a circle of `size`. One step is 1; of the length, `near` is what the first of more
    steps costs; of the ratios the first step is free."""
    import numpy

    apart = numpy.abs(left.astype(numpy.int64) - right.astype(numpy.int64))
    apart = numpy.minimum(apart, size - apart)
    return numpy.where(apart <= 1, apart, (apart - 1) * _FAR + near)


def _swap(values: "Numbers") -> "Numbers":
    """The length is written with its halves the other way round."""
    return values >> 4 | values << 4


@cache
def _list_differences() -> Any:
    """256 by 256: how far two bytes of four buckets are apart; from the first quartile to the last is 6."""
    import numpy

    table = numpy.zeros((256, 256), dtype=numpy.uint8)
    values = numpy.arange(256)
    for shift in (0, 2, 4, 6):
        pairs = values >> shift & 3
        apart = numpy.abs(pairs[:, None] - pairs[None, :])
        table += numpy.where(apart == 3, 6, apart).astype(numpy.uint8)
    return table
