from dataclasses import dataclass

import pytest

from stack.api.rest.pages import cut_page
from stack.core.errors import BadInput


@dataclass(frozen=True)
class Row:
    id: int


ROWS = [Row(3), Row(1), Row(7), Row(5)]


@pytest.mark.parametrize(("is_newest_first", "order"), [(False, [1, 3, 5, 7]), (True, [7, 5, 3, 1])])
@pytest.mark.parametrize("limit", [1, 2, 3, 4, 5])
def test_pages_follow_one_another_without_gap_or_repetition(
    limit: int, is_newest_first: bool, order: list[int]
) -> None:
    seen: list[int] = []
    after = None
    for _ in range(len(ROWS)):
        page, after = cut_page(ROWS, limit=limit, after=after, is_newest_first=is_newest_first)
        assert 0 < len(page) <= limit
        seen += [row.id for row in page]
        if after is None:
            break
    assert seen == order


def test_a_row_that_goes_between_two_pages_shifts_nothing() -> None:
    _, after = cut_page(ROWS, limit=2, after=None)
    page, _ = cut_page([row for row in ROWS if row.id != 3], limit=2, after=after)
    assert [row.id for row in page] == [5, 7]


@pytest.mark.parametrize("after", ["", "x", "-1", "1.5", "١", "9" * 20])
def test_what_is_no_mark_is_refused_by_name(after: str) -> None:
    with pytest.raises(BadInput) as caught:
        cut_page(ROWS, limit=2, after=after)
    assert [fault.field for fault in caught.value.errors] == ["after"]
