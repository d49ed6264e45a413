"""The pattern parser: trees, errors with places, limits."""

import time
from contextlib import suppress

import pytest

from stack.stix.patterns.errors import PatternError
from stack.stix.patterns.formatting import format_pattern
from stack.stix.patterns.parser import parse_pattern
from stack.stix.patterns.tree import (
    BinaryLiteral,
    BooleanLiteral,
    Comparison,
    ComparisonAnd,
    ComparisonOr,
    Exists,
    FloatLiteral,
    FollowedBy,
    HexLiteral,
    IndexStep,
    IntegerLiteral,
    KeyStep,
    Literal,
    Observation,
    ObservationAnd,
    ObservationOr,
    Operator,
    Qualified,
    Repeats,
    SetLiteral,
    StartStop,
    StringLiteral,
    TimestampLiteral,
    Within,
)


def _parse_test(text: str) -> Comparison:
    expression = parse_pattern(f"[{text}]").expression
    assert isinstance(expression, Observation)
    assert isinstance(expression.comparison, Comparison)
    return expression.comparison


def test_a_path_keeps_quoted_keys_indexes_references_and_extensions() -> None:
    path = _parse_test("file:extensions.'windows-pebinary-ext'.sections[*].x_ref.values[2].a = 1").path
    assert path.object_type == "file"
    assert path.text == "extensions.'windows-pebinary-ext'.sections[*].x_ref.values[2].a"
    assert path.steps[1] == KeyStep("windows-pebinary-ext")
    assert path.steps[3] == IndexStep(None)
    assert path.steps[6] == IndexStep(2)
    assert [step.is_reference for step in path.steps if isinstance(step, KeyStep)] == [
        False, False, False, True, False, False,
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("text", "literal"),
    [
        (r"'it\'s a \\ and a 日'", StringLiteral("it's a \\ and a 日")),
        ("''", StringLiteral("")),
        ("-12", IntegerLiteral(-12)),
        ("+7", IntegerLiteral(7)),
        ("-.50", FloatLiteral("-.50")),
        ("true", BooleanLiteral(True)),
        ("t'2016-06-01T00:00:60.1250Z'", TimestampLiteral("2016-06-01T00:00:60.1250Z")),
        ("h'fFd8'", HexLiteral(b"\xff\xd8")),
        ("b'AAECAw=='", BinaryLiteral(b"\x00\x01\x02\x03")),
    ],
)
def test_each_kind_of_literal_is_read(text: str, literal: Literal) -> None:
    assert _parse_test(f"x-a:b = {text}").value == literal


@pytest.mark.parametrize("symbol", ["=", "==", "!=", "<>", ">", "<", ">=", "<="])
def test_symbols_are_operators(symbol: str) -> None:
    expected = {"==": "=", "<>": "!="}.get(symbol, symbol)
    assert _parse_test(f"a:b {symbol} 'x'").operator == Operator(expected)
    assert _parse_test(f"a:b NOT{symbol}'x'").negated


@pytest.mark.parametrize("word", ["LIKE", "MATCHES", "ISSUBSET", "ISSUPERSET"])
def test_words_are_operators_on_strings_only(word: str) -> None:
    assert _parse_test(f"a:b NOT {word} 'x'") == Comparison(
        _parse_test("a:b=1").path, Operator(word), StringLiteral("x"), negated=True
    )
    with pytest.raises(PatternError, match="a string in single quotes"):
        parse_pattern(f"[a:b {word} 1]")


def test_sets_may_mix_literals_and_be_empty() -> None:
    assert _parse_test("a:b IN (1, 'x', true)").value == SetLiteral(
        (IntegerLiteral(1), StringLiteral("x"), BooleanLiteral(True))
    )
    assert _parse_test("a:b NOT IN ()").value == SetLiteral(())


def test_and_binds_closer_than_or_and_parentheses_group() -> None:
    a, b, c = (_parse_test(f"a:{name} = 1") for name in "abc")

    def comparison(text: str) -> object:
        expression = parse_pattern(f"[{text}]").expression
        assert isinstance(expression, Observation)
        return expression.comparison

    assert comparison("a:a = 1 OR a:b = 1 AND a:c = 1") == ComparisonOr((a, ComparisonAnd((b, c))))
    assert comparison("(a:a = 1 OR a:b = 1) AND a:c = 1") == ComparisonAnd((ComparisonOr((a, b)), c))
    assert comparison("((a:a = 1)) AND a:b = 1 AND a:c = 1") == ComparisonAnd((a, b, c))
    assert comparison("NOT EXISTS a:a OR EXISTS a:b") == ComparisonOr(
        (Exists(a.path, negated=True), Exists(b.path))
    )


def test_followedby_binds_loosest_and_qualifiers_stay_with_their_observation() -> None:
    a, b, c = (parse_pattern(f"[a:{name} = 1]").expression for name in "abc")
    pattern = parse_pattern(
        "[a:a=1] WITHIN 0.5 SECONDS FOLLOWEDBY [a:b=1] OR [a:c=1] AND [a:a=1] REPEATS 3 TIMES"
    )
    assert pattern.expression == FollowedBy(
        (
            Qualified(a, (Within(FloatLiteral("0.5")),)),
            ObservationOr((b, ObservationAnd((c, Qualified(a, (Repeats(3),)))))),
        )
    )
    grouped = parse_pattern(
        "([a:a=1] AND [a:b=1]) START t'2016-06-01T00:00:00Z' STOP t'2016-07-01T00:00:00Z'"
    )
    assert grouped.expression == Qualified(
        ObservationAnd((a, b)),
        (StartStop(TimestampLiteral("2016-06-01T00:00:00Z"), TimestampLiteral("2016-07-01T00:00:00Z")),),
    )


def test_comments_and_unicode_spaces_stand_between_words() -> None:
    plain = parse_pattern("[a:b = 1]")
    assert parse_pattern("/* one\nline */ [ a\u00a0:b // two\n=\u30001 ]") == plain


@pytest.mark.parametrize(
    ("text", "line", "column", "words"),
    [
        ("", 1, 1, "expected [ or (, but the pattern ends"),
        ("file:name = 'a'", 1, 1, "expected [ or ("),
        ("[file:name = ]", 1, 14, "expected a literal"),
        ("[file:name 'a']", 1, 12, "a comparison operator"),
        ("[file:name =\n  a]", 2, 3, "found 'a'"),
        ("[file:na-me = 'a']", 1, 7, "without hyphens"),
        ("[file:name = 'a\\n']", 1, 14, "not closed, or has a backslash"),
        ("[file:name = 'a']]", 1, 18, "the end of the pattern"),
        ("[file:name = 'a' AND]", 1, 21, "a comparison, such as"),
        ("[a:b > true]", 1, 8, "a literal that has an order"),
        ("[a:b = 1] WITHIN -5 SECONDS", 1, 18, "not negative"),
        ("[a:b = 1] WITHIN 5 HOURS", 1, 20, "expected SECONDS"),
        ("[a:b = 1] REPEATS 1.5 TIMES", 1, 19, "a whole number"),
        ("[a:b = 1] REPEATS 2 TIMES REPEATS 2 TIMES", 1, 27, "a second REPEATS"),
        ("[a:b[1.5] = 1]", 1, 6, "* or a whole number"),
        ("[AND:b = 1]", 1, 2, "a comparison, such as"),
        ("[a:b = t'2024-13-01T00:00:00Z']", 1, 8, "expected a literal"),
        ("[file:hashes.'SHA-256' = 'f00']", 1, 26, "not a valid SHA-256 hash"),
        ("[file:hashes.MD5 IN ('cead3f77f6cda6ec00f57d76c9a6879f', '1')]", 1, 21, "'1' is not a valid MD5"),
    ],
)
def test_an_error_says_where_and_what_was_expected(text: str, line: int, column: int, words: str) -> None:
    with pytest.raises(PatternError) as raised:
        parse_pattern(text)
    fault = raised.value
    assert (fault.line, fault.column) == (line, column)
    assert words in str(fault)
    assert text[: fault.offset].count("\n") == line - 1


def test_a_hash_is_not_asked_of_expressions_about_a_part_of_it() -> None:
    assert _parse_test("file:hashes.MD5 LIKE 'cead%'").operator is Operator.LIKE
    assert _parse_test("file:hashes[*] = 'anything'").value == StringLiteral("anything")


@pytest.mark.parametrize("frame", ["({})", "[({}a:b = 1)]"])
def test_deep_nesting_is_an_error_of_its_own(frame: str) -> None:
    with pytest.raises(PatternError, match="more than 100 deep"):
        parse_pattern(frame.replace("{}", "(" * 100_000))
    nested = "(" * 99 + "[" + "(" * 1 + "a:b = 1" + ")" * 1 + "]" + ")" * 99
    assert parse_pattern(nested) == parse_pattern("[a:b = 1]")


@pytest.mark.parametrize(
    "text",
    [
        "[" + " AND ".join(["a:b = 'x'"] * 60_000) + "]",
        "[a:b = '" + "\\\\" * 500_000 + "']",
        "[a:b IN (" + "1," * 200_000 + "1)]",
        "[a:b" + ".c" * 200_000 + " = 1]",
        "/*" * 500_000,
        "'" * 1_000_000,
        "[a:b = '" + "x\\q" * 300_000,
        "[a:b = " + "9" * 1_000_000 + "]",
    ],
    ids=["chain", "escapes", "set", "path", "comments", "quotes", "bad escapes", "digits"],
)
def test_hostile_text_takes_time_in_proportion_to_its_length(text: str) -> None:
    started = time.process_time()
    with suppress(PatternError):
        parse_pattern(text)
    assert time.process_time() - started < 5


@pytest.mark.parametrize(
    "text",
    [
        "[a:b = 'x' AND (a:c = 1 AND a:d = 2.50)]",
        "([a:b = 1] WITHIN 5 SECONDS) REPEATS 2 TIMES",
        "([a:b = 1]) WITHIN 5 SECONDS WITHIN 6 SECONDS",
        "([a:b = 1] FOLLOWEDBY [a:c = 1]) FOLLOWEDBY [a:d = h'00' OR a:'e f'.'AND' NOT IN (b'AAAA', false)]",
        "[NOT EXISTS a:b[-1] AND (a:b < t'2020-01-01T00:00:00Z' OR a:c NOT LIKE '\\'%\\\\')]",
    ],
)
def test_formatting_a_tree_gives_it_back(text: str) -> None:
    tree = parse_pattern(text)
    assert parse_pattern(format_pattern(tree)) == tree
    assert format_pattern(parse_pattern(format_pattern(tree))) == format_pattern(tree)
