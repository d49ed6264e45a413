"""Names: two that look alike are one, and none has what cannot be seen."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from stack.accounts.names import fold_name, read_name, read_user_name
from stack.core.errors import BadInput


@given(st.text(max_size=20))
def test_folding_again_changes_nothing(text: str) -> None:
    folded = fold_name(text)
    assert fold_name(folded) == folded


@pytest.mark.parametrize("other", ["MARA", "Mara", "ｍａｒａ", " mara ", "ＭＡＲＡ"])
def test_spellings_of_one_user_name_are_the_same(other: str) -> None:
    assert read_user_name(other) == "mara"


@pytest.mark.parametrize(
    "bad", ["", " ", "a b", "a\x00b", "a\u200bb", "a\u202eb", "a/b", "a\nb", "\ud800", "x" * 151, "<script>"]
)
def test_user_names_have_letters_digits_and_five_signs(bad: str) -> None:
    with pytest.raises(BadInput) as caught:
        read_user_name(bad)
    assert [error.field for error in caught.value.errors] == ["username"]


def test_user_names_may_be_of_any_script() -> None:
    assert read_user_name("Ольга.К+2@example_org-x") == "ольга.к+2@example_org-x"


@pytest.mark.parametrize(
    "bad", ["", "  ", "a\x00b", "a\x1b[31m", "a\u200bb", "a\u202eb", "a\u2028b", "\ud800", "x" * 201]
)
def test_names_have_no_characters_that_cannot_be_seen(bad: str) -> None:
    with pytest.raises(BadInput) as caught:
        read_name(bad, field="title")
    assert [error.field for error in caught.value.errors] == ["title"]


def test_names_keep_their_letter_case_and_lose_space_around_them() -> None:
    assert read_name("  Banking Circle – Überblick ") == "Banking Circle – Überblick"
