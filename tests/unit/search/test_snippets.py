"""Which piece of a text is shown, and what is marked in it."""

import pytest

from stack.search.query_language import parse_query
from stack.search.snippets import LENGTH, Snippet, SnippetMaker


def cut(query: str, description: str) -> tuple[Snippet, list[str]]:
    snippet = SnippetMaker(parse_query(query).node).make({"type": "note", "description": description})
    return snippet, [snippet.text[start:end] for start, end in snippet.marks]


@pytest.mark.parametrize(
    ("query", "marked"),
    [
        ("loader", ["Loader", "loader"]),
        ("load", []),
        ("load*", ["Load", "load"]),
        ('"the second"', ["the second"]),
        ("evil.example", ["evil[.]example"]),
        ("http://evil.example/a", ["evil[.]example/a"]),
        ("loader -second", ["Loader", "loader"]),
        ("type:note", []),
        ("text:second", ["second"]),
    ],
)
def test_marks_stand_on_the_words_of_the_query(query: str, marked: list[str]) -> None:
    text = "A Loader and the second loader, from hxxp://evil[.]example/a, of course"
    assert cut(query, text)[1] == marked


def test_a_long_text_is_cut_around_the_first_match() -> None:
    snippet, marked = cut("needle", "hay " * 1000 + "a needle\nin it " + "hay " * 1000)
    assert marked == ["needle"]
    assert snippet.text.startswith("…hay")
    assert snippet.text.endswith("…")
    assert "\n" not in snippet.text
    assert len(snippet.text) <= LENGTH + 2


def test_without_a_match_the_beginning_is_shown_unmarked() -> None:
    snippet, marked = cut("type:note", "First words. " + "more " * 100)
    assert snippet.text.startswith("First words.")
    assert len(snippet.text) <= LENGTH + 1
    assert marked == []
