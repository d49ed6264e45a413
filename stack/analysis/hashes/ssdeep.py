"""How alike two ssdeep hashes are, as ssdeep itself scores them.

Kornblum, "Identifying almost identical files using context triggered piecewise hashing" (2006), with the edit
distance of ssdeep since 2.10 (a change costs as much as taking one out and putting one in).
"""

import re
from collections.abc import Iterable, Iterator
from functools import lru_cache
from typing import Final, NamedTuple

_LEAST_BLOCK: Final = 3
_LONGEST: Final = 64
_WINDOW: Final = 7
_MOST_BLOCK: Final = 3 << 40
_RUNS: Final = re.compile(r"(.)\1{3,}", re.DOTALL)


class Fuzzy(NamedTuple):
    """`first` was made with blocks of `block` bytes, `second` with blocks of twice that."""

    block: int
    first: str
    second: str


def read_ssdeep(text: str) -> Fuzzy:
    """ValueError where it is no ssdeep hash. A file name behind a comma is not part of it."""
    block, _, rest = text.partition(",")[0].partition(":")
    first, colon, second = rest.partition(":")
    if not colon or not block.isascii() or not block.isdecimal() or len(block) > 12:
        raise ValueError("an ssdeep hash is a block size and two signatures between colons")
    return Fuzzy(int(block), _shorten_runs(first), _shorten_runs(second))


def list_prefixes(text: str) -> list[str]:
    """What a hash must begin with to be comparable: its block size, half and twice of it."""
    block = read_ssdeep(text).block
    return [f"{size}:" for size in (block // 2, block, block * 2) if _LEAST_BLOCK <= size <= _MOST_BLOCK]


def find_similar_ssdeep(
    text: str, others: Iterable[str], *, least_score: int = 1
) -> Iterator[tuple[str, int]]:
    """Those of `others` that score at least so much, with their scores; what is no hash is passed over."""
    wanted = read_ssdeep(text)
    for other in others:
        try:
            score = _score(wanted, read_ssdeep(other))
        except ValueError:
            continue
        if score >= least_score:
            yield other, score


def _score(left: Fuzzy, right: Fuzzy) -> int:
    if left.block == right.block:
        if left == right:
            return 100
        return max(
            _score_signatures(left.first, right.first, left.block),
            _score_signatures(left.second, right.second, left.block * 2),
        )
    if left.block == right.block * 2:
        return _score_signatures(left.first, right.second, left.block)
    if right.block == left.block * 2:
        return _score_signatures(left.second, right.first, right.block)
    return 0


def _score_signatures(left: str, right: str, block: int) -> int:
    # Without seven letters in common two signatures are taken for alike by chance.
    grams = _list_grams(left)
    if not any(right[start : start + _WINDOW] in grams for start in range(len(right) - _WINDOW + 1)):
        return 0
    # Loaded with the first comparison: most analyses have none.
    from rapidfuzz.distance import Indel

    length = len(left) + len(right)
    distance = Indel.distance(left, right) * _LONGEST // length
    score = 100 - 100 * distance // _LONGEST
    # Small blocks of short files are often alike.
    return min(score, block // _LEAST_BLOCK * min(len(left), len(right)))


@lru_cache(maxsize=16)
def _list_grams(signature: str) -> frozenset[str]:
    return frozenset(signature[start : start + _WINDOW] for start in range(len(signature) - _WINDOW + 1))


def _shorten_runs(signature: str) -> str:
    """Runs of more than three of one letter say little: three are kept."""
    return _RUNS.sub(r"\1\1\1", signature)
