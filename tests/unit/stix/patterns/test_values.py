"""The values that a pattern names."""

from stack.stix.patterns.parser import parse_pattern
from stack.stix.patterns.values import equality_values


def _list_values(text: str) -> list[tuple[str, str, str, bool]]:
    values = equality_values(parse_pattern(text))
    return [(value.object_type, value.property_path, value.value, value.negated) for value in values]


def test_values_come_from_every_corner_of_the_pattern_in_order() -> None:
    assert _list_values(
        "([file:hashes.'SHA-1' = 'a9993e364706816aba3e25717850c26c9cd0d89d' OR file:size = 12]"
        " FOLLOWEDBY [(url:value IN ('http://a/', 'http://b/') AND EXISTS url:x)]) WITHIN 5 SECONDS"
        " AND [ipv4-addr:value ISSUBSET '10.0.0.0/8']"
    ) == [
        ("file", "hashes.'SHA-1'", "a9993e364706816aba3e25717850c26c9cd0d89d", False),
        ("file", "size", "12", False),
        ("url", "value", "http://a/", False),
        ("url", "value", "http://b/", False),
        ("ipv4-addr", "value", "10.0.0.0/8", False),
    ]


def test_negation_is_of_the_comparison_as_a_whole() -> None:
    texts = {"=": False, "!=": True, "NOT =": True, "NOT !=": False}
    assert {
        symbol: _list_values(f"[domain-name:value {symbol} 'a.example']")[0][3] for symbol in texts
    } == texts
    assert _list_values("[domain-name:value NOT IN ('a.example')]")[0][3]


def test_comparisons_that_name_no_value_give_none() -> None:
    assert (
        _list_values("[file:name LIKE 'a%' AND file:name MATCHES 'b' AND file:size > 5 AND EXISTS file:x]")
        == []
    )
