import pytest

from stack.sharing.exporting.alternatives import read_alternatives
from stack.stix.observables.kinds import Kind

_MD5 = "d41d8cd98f00b204e9800998ecf8427e"
_SHA256 = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"


def _values(pattern: str) -> list[tuple[Kind, str]]:
    return [(found.kind, found.value) for found in read_alternatives(pattern).alternatives]


@pytest.mark.parametrize(
    ("pattern", "expected"),
    [
        ("[domain-name:value = 'BAD.example.']", [(Kind.DOMAIN, "bad.example")]),
        (
            "[domain-name:value = 'a.example' OR ipv4-addr:value = '192.0.2.1']",
            [(Kind.DOMAIN, "a.example"), (Kind.IPV4, "192.0.2.1")],
        ),
        (
            "[domain-name:value IN ('a.example', 'b.example')] OR [url:value = 'http://c.example/']",
            [(Kind.DOMAIN, "a.example"), (Kind.DOMAIN, "b.example"), (Kind.URL, "http://c.example/")],
        ),
        ("[ipv4-addr:value ISSUBSET '192.0.2.0/24']", [(Kind.CIDR, "192.0.2.0/24")]),
        ("[file:name = 'Mixed Case.EXE']", [(Kind.FILE_NAME, "Mixed Case.EXE")]),
        (
            f"[file:hashes.MD5 = '{_MD5}' AND file:hashes.'SHA-256' = '{_SHA256}']",
            [(Kind.SHA256, _SHA256)],
        ),
    ],
)
def test_alternatives_are_values(pattern: str, expected: list[tuple[Kind, str]]) -> None:
    assert _values(pattern) == expected


@pytest.mark.parametrize(
    ("pattern", "reason"),
    [
        ("[domain-name:value = 'a.example' AND ipv4-addr:value = '192.0.2.1']", "AND"),
        (f"[file:hashes.MD5 = '{_MD5}' AND file:name = 'a']", "AND"),
        ("[domain-name:value = 'a.example'] AND [domain-name:value = 'b.example']", "AND"),
        ("[domain-name:value = 'a.example'] FOLLOWEDBY [domain-name:value = 'b.example']", "FOLLOWEDBY"),
        ("[domain-name:value = 'a.example'] REPEATS 5 TIMES", "REPEATS"),
        ("[domain-name:value != 'a.example']", "negation"),
        ("[domain-name:value NOT = 'a.example']", "negation"),
        ("[domain-name:value LIKE '%.example']", "LIKE"),
        ("[domain-name:value MATCHES '^a']", "MATCHES"),
        ("[file:size > 5]", ">"),
        ("[EXISTS domain-name:value]", "exists"),
        ("not a pattern", "no STIX pattern"),
        ("", "no STIX pattern"),
    ],
)
def test_what_would_match_more_than_was_meant_is_lost_with_a_reason(pattern: str, reason: str) -> None:
    reading = read_alternatives(pattern)
    assert reading.alternatives == ()
    assert len(reading.lost) == 1
    assert reason in reading.lost[0]


def test_a_period_is_left_off_and_said() -> None:
    reading = read_alternatives(
        "[domain-name:value = 'a.example'] START t'2026-01-01T00:00:00Z' STOP t'2026-02-01T00:00:00Z'"
    )
    assert [found.value for found in reading.alternatives] == ["a.example"]
    assert "period" in reading.lost[0]
