import time

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


def test_hostile_text_takes_linear_time() -> None:
    start = time.perf_counter()
    for text in ("[" * 200_000, "<code>" * 30_000, "(Citation: " * 20_000, "`a" * 100_000, "\n " * 100_000):
        read_prose(text)
    assert time.perf_counter() - start < 5
