import time

import pytest

from stack.web.prose import Piece, read_prose


def test_links_to_attack_become_ids_and_others_lose_their_life() -> None:
    [[first, text, second]] = read_prose(
        "[PowerShell](https://attack.mitre.org/techniques/T1059/001) and [a page](https://evil.example/x)"
    )
    assert first == Piece("link", "PowerShell", "https://attack.mitre.org/techniques/T1059/001", "T1059.001")
    assert text == Piece("text", " and ")
    assert second == Piece("link", "a page", "https://evil.example/x", "")


def test_citations_code_and_paragraphs() -> None:
    assert read_prose("Runs `cmd /c`.(Citation: Report 2020)\n\n<code>x</code>") == [
        [
            Piece("text", "Runs "),
            Piece("code", "cmd /c"),
            Piece("text", "."),
            Piece("citation", "Report 2020"),
        ],
        [Piece("code", "x")],
    ]


def test_markup_that_is_not_closed_stays_text() -> None:
    assert read_prose("[a](javascript:x) `b (Citation: c") == [
        [Piece("text", "[a](javascript:x) `b (Citation: c")]
    ]


@pytest.mark.parametrize("piece", ["[", "[a](http://b", "<code>", "(Citation: ", "`a", "\n ", "\n\n"])
def test_hostile_text_takes_linear_time(piece: str) -> None:
    short, long = (_measure(piece * (size // len(piece))) for size in (20_000, 160_000))
    # Eight times the text: about 8 times the work, or 64 times where each piece reads the rest again.
    assert long < 24 * max(short, 0.001)


def _measure(text: str) -> float:
    """The least time that reading took, in seconds of this thread alone: others' load is not in it."""
    taken = []
    for _ in range(3):
        begun = time.thread_time()
        read_prose(text)
        taken.append(time.thread_time() - begun)
    return min(taken)
