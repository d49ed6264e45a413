"""Text from outside never becomes a formula."""

import pytest

from stack.core.spreadsheets import defuse_cell


@pytest.mark.parametrize("text", ["=1+1", "+1", "-1", "@SUM(A1)", "\t=1", "\r=1"])
def test_a_formula_is_made_text(text: str) -> None:
    assert defuse_cell(text) == f"'{text}"


@pytest.mark.parametrize("cell", ["a=1", "", -1, 2.5, None])
def test_everything_else_stays(cell: object) -> None:
    assert defuse_cell(cell) == cell
