import pytest

from stack.analysis.names.shapes import draw_skeleton, find_scripts, find_strange, write_latin


@pytest.mark.parametrize(
    ("label", "level", "scripts"),
    [
        ("paypal", "ascii", ("LATIN",)),
        ("bücher", "single", ("LATIN",)),
        ("пример", "single", ("CYRILLIC",)),
        ("日本語テスト", "highly", ("HAN", "KATAKANA")),
        ("ไทยabc", "moderately", ("LATIN", "THAI")),
        ("gооgle", "minimally", ("CYRILLIC", "LATIN")),
    ],
)
def test_scripts_are_judged_as_the_standard_does(label: str, level: str, scripts: tuple[str, ...]) -> None:
    found = find_scripts(label)
    assert (found.level, found.names) == (level, scripts)
    assert found.is_mixed == (level in {"moderately", "minimally"})


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("раураӏ", "paypal"),
        ("rnicrosoft", "microsoft"),
        ("faceвook", "facebook"),
        ("g00gle", "google"),
        ("łøve", "love"),
    ],
)
def test_what_looks_alike_has_one_skeleton(one: str, other: str) -> None:
    assert draw_skeleton(one) == draw_skeleton(other)


def test_strange_letters_are_named() -> None:
    assert find_strange("pаypal") == ("а (CYRILLIC SMALL LETTER A) for a",)
    assert write_latin("日本") == "日本"
