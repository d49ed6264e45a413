"""Page tokens come back as they were, and nothing else is taken for one."""

import base64

import pytest

from stack.core.errors import BadInput
from stack.search.base import Position, Sort
from stack.search.paging import read_token, write_token


@pytest.mark.parametrize(
    ("sort", "position"),
    [
        (Sort.RELEVANCE, Position(2, (1 << 64) - 1, 50)),
        (Sort.MODIFIED, Position(0, 0, 1)),
        (Sort.NAME, Position(0, "évil \x00", 7)),
    ],
)
def test_tokens_come_back(sort: Sort, position: Position) -> None:
    assert read_token(write_token(sort, position), sort=sort) == position


def test_tokens_show_nothing_of_the_index_and_nobody_can_make_one() -> None:
    token = write_token(Sort.MODIFIED, Position(0, 123_456_789, 50))
    sealed = base64.urlsafe_b64decode(token + "=" * (-len(token) % 4))
    assert b"123456789" not in sealed
    for place in range(len(sealed)):
        changed = sealed[:place] + bytes([sealed[place] ^ 1]) + sealed[place + 1 :]
        with pytest.raises(BadInput):
            read_token(base64.urlsafe_b64encode(changed).decode(), sort=Sort.MODIFIED)


@pytest.mark.parametrize(
    "text",
    [
        *("", "x", "é", "====", "null", '["modified",0,1]', '["modified",0,-1,0]'),
        *('["modified",0,18446744073709551616,0]', '["modified",99,1,0]', '["modified",0,1,-5]'),
        *('["modified",0,"a",0]', '["name",0,"a",0]'),
    ],
)
def test_other_texts_are_refused(text: str) -> None:
    for token in (text, base64.urlsafe_b64encode(text.encode()).decode()):
        with pytest.raises(BadInput):
            read_token(token, sort=Sort.MODIFIED)
