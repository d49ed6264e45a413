"""How texts become terms: what every backend relies on."""

import pytest

from stack.search.terms import LONGEST_WORD, cut_parts, cut_words, mark_ends, spell_parts, spell_words


def test_words_are_letters_and_digits_in_lower_case_without_accents() -> None:
    assert cut_words("Crème brûlée, T1059.001 (STRASSE)") == ["creme", "brulee", "t1059", "001", "strasse"]


@pytest.mark.parametrize("letter", ["x", "é", "漢"])
def test_a_word_that_is_too_long_leaves_its_place_behind(letter: str) -> None:
    longest = letter * ((LONGEST_WORD - 1) // len(letter.encode()))
    words = spell_words(f"one {longest} two {longest}{letter} three").split(" ")
    assert (len(words), words[0], words[2], words[4]) == (5, "one", "two", "three")
    assert words[1] != words[3] == "\x04"
    assert cut_words(f"one {longest}{letter} two") == ["one", "two"]


@pytest.mark.parametrize("space", [" ", "\t", "\u2003", "\u3000", "\x1d", "\n"])
def test_parts_hold_no_white_space_of_any_kind(space: str) -> None:
    spelled = spell_parts(f"a{space}b")
    assert spelled.split() == spelled.split(" ") == cut_parts("\x02a b\x03")


def test_a_piece_of_a_value_is_a_run_of_its_parts() -> None:
    whole = spell_parts("evil.example").split(" ")
    for piece, is_start, is_end in (("evil", True, False), ("l.ex", False, False), ("ple", False, True)):
        parts = cut_parts(mark_ends(piece, is_start=is_start, is_end=is_end))
        assert any(whole[at : at + len(parts)] == parts for at in range(len(whole))), piece
    assert cut_parts(mark_ends("ple", is_start=False, is_end=False)) == ["ple"]
