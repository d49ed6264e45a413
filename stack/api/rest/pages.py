"""Pages of lists that are short enough to be read whole: members, groups, keys and their like."""

from collections.abc import Sequence
from typing import Protocol, TypeVar

from stack.core.errors import BadInput, FieldError


class _Numbered(Protocol):
    @property
    def id(self) -> int: ...


_Row = TypeVar("_Row", bound=_Numbered)


def cut_page(
    rows: Sequence[_Row], *, limit: int, after: str | None, is_newest_first: bool = False
) -> tuple[list[_Row], str | None]:
    """The rows behind `after` in the order of their ids, at most `limit`, and the `next` of their page.

    The mark is the id of the last row, so that rows that come or go do not shift a page.
    """
    ordered = sorted(rows, key=lambda row: row.id, reverse=is_newest_first)
    if after is not None:
        mark = _read_mark(after)
        ordered = [row for row in ordered if (row.id < mark if is_newest_first else row.id > mark)]
    page = ordered[:limit]
    return page, str(page[-1].id) if len(ordered) > limit else None


def _read_mark(after: str) -> int:
    if after.isascii() and after.isdecimal() and len(after) < 20:
        return int(after)
    message = "expected the `next` of the page before"
    raise BadInput(f"after: {message}", errors=(FieldError("after", message),))
