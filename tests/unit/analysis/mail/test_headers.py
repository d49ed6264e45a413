import pytest

from stack.analysis.mail.headers import parse_mailboxes, parse_time


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("anna@firm.example", [("", "anna@firm.example")]),
        ("Anna Berg <Anna@Firm.example>", [("Anna Berg", "anna@firm.example")]),
        ('"Berg, Anna" <a@b.example>, x@y.example', [("Berg, Anna", "a@b.example"), ("", "x@y.example")]),
        ('"ceo@corp.example" <x@evil.example>', [("ceo@corp.example", "x@evil.example")]),
        ("ceo@corp.example <x@evil.example>", [("ceo@corp.example", "x@evil.example")]),
        ("=?utf-8?q?J=C3=BCrgen?= <j@b.example>", [("Jürgen", "j@b.example")]),
        ("a@b.example (the <c@d.example> one)", [("", "a@b.example")]),
        ("Team: a@b.example, c@d.example;", [("", "a@b.example"), ("", "c@d.example")]),
        ("<@relay.example:a@b.example>", [("", "a@b.example")]),
        (r'"An \"odd\" one" <a@b.example>', [('An "odd" one', "a@b.example")]),
        ("=?utf-\u00f2?q?J=C3=BC?= <j@b.example>", [("=?utf-\u00f2?q?J=C3=BC?=", "j@b.example")]),
        ("nobody at all", [("nobody at all", "")]),
        ("Bank <not an address>", [("Bank not an address", "")]),
        ("a@b.example <", [("a@b.example", "")]),
        ("", []),
    ],
)
def test_mailboxes_are_read_as_they_are_shown(text: str, expected: list[tuple[str, str]]) -> None:
    assert [(each.name, each.address) for each in parse_mailboxes(text)] == expected


def test_long_lists_end_in_time() -> None:
    assert len(parse_mailboxes("a@b.example," * 100_000)) == 200
    assert parse_mailboxes("(" * 50_000) == []


@pytest.mark.parametrize(
    ("text", "seconds", "zone"),
    [
        ("Mon, 05 Jan 2026 10:00:00 +0530", 1767587400, 330),
        ("Mon, 05 Jan 2026 10:00:00 -0000", 1767607200, None),
        ("yesterday", None, None),
        ("9" * 500, None, None),
    ],
)
def test_times_have_their_zone(text: str, seconds: int | None, zone: int | None) -> None:
    assert parse_time(text) == (seconds and seconds * 1_000_000, zone)
