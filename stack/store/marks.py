"""SQL with marks for what is bound to it: `%s` for a parameter, `{members}` for a test against a list of
values, `{seen}` for the mask of audiences that a reader may see.

The mask is bound and never written into the text: it grows with the audiences, and a text that stays the
same is compiled once.
"""

import re
from collections.abc import Iterable, Sequence
from functools import lru_cache
from typing import Any

_MARK = re.compile(r"(%s|\{members\}|\{seen\})")


@lru_cache(maxsize=4_096)
def cut_marks(sql: str) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """What stands between the marks, and the marks; the text begins and ends with a piece, perhaps empty."""
    parts = _MARK.split(sql)
    return tuple(parts[::2]), tuple(parts[1::2])


def order_values(
    marks: Iterable[str], parameters: Sequence[Any], members: Sequence[Any], mask: bytes
) -> list[Any]:
    """What is bound, in the order of the marks; `members` are the values that one such mark stands for."""
    values: list[Any] = []
    rest = iter(parameters)
    for mark in marks:
        if mark == "%s":
            values.append(next(rest))
        elif mark == "{seen}":
            values.append(mask)
        else:
            values += members
    return values


@lru_cache(maxsize=1_000)
def write_mask(ids: frozenset[int]) -> bytes:
    """A byte for each id from 1 on: 1 for a member."""
    mask = bytearray(max(ids, default=0))
    for each in ids:
        mask[each - 1] = 1
    return bytes(mask)
