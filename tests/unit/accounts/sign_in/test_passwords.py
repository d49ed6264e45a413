"""What is taken as a password, and what is not."""

import pytest

from stack.accounts.sign_in.passwords import find_password_faults


@pytest.mark.parametrize(
    "password",
    [
        "wet paint on the 3rd floor",
        "пятнадцать букв",
        "a b c d e f g h i j k",
        "mauve-otter-7-lamp",
        "ﬁfteen ligatures",
        "x7" + "kq9v" * 31,
    ],
)
def test_long_ones_of_any_kind_are_taken(password: str) -> None:
    assert find_password_faults(password, has_second_factor=False) == []


@pytest.mark.parametrize(
    ("password", "word"),
    [
        ("only fourteen!", "15"),
        ("x" * 129, "128"),
        ("1234567890123456", "few"),
        ("aaaaaaaaaaaaaaaaaaaa", "few"),
        ("password12345678", "first"),
        ("PASSWORD!!!!!!!!", "first"),
        ("ｐａｓｓｗｏｒｄ12345678", "first"),
        ("stack stack stack stack", "words"),
        ("stackintelligence", "words"),
    ],
)
def test_what_is_guessed_first_is_refused(password: str, word: str) -> None:
    faults = find_password_faults(password, has_second_factor=False)
    assert len(faults) == 1
    assert word in faults[0]


@pytest.mark.parametrize("password", ["robin-northern-cert-1", "NORTHERN cert Robin", "Robin.Robin.Robin"])
def test_the_words_of_its_context_do_not_count(password: str) -> None:
    words = ["robin", "Northern CERT", "Northern", "CERT"]
    assert find_password_faults(password, words=words, has_second_factor=False)
    assert (
        find_password_faults("the " + password + " sings at dawn", words=words, has_second_factor=False) == []
    )


def test_eight_characters_do_with_a_second_factor_but_common_ones_never() -> None:
    assert find_password_faults("mv-ot7lp", has_second_factor=True) == []
    assert find_password_faults("mv-ot7l", has_second_factor=True)
    assert find_password_faults("sunshine", has_second_factor=True)
