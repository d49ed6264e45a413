"""How queries are read: syntax, pasted values, and faults with their place."""

from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from stack.core.errors import BadInput
from stack.search import query_tree as tree
from stack.search.query_language import DEEPEST_NESTING, LONGEST_QUERY, parse_query
from stack.stix.observables.kinds import Kind, Observable

ANY, ONE = tree.Gap.ANY, tree.Gap.ONE


def term(text: str, field: str | None = None) -> tree.Term:
    return tree.Term(field, text)


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ("", tree.Everything()),
        ("  * ", tree.Everything()),
        ("loader", term("loader")),
        ("loader wiper", tree.And((term("loader"), term("wiper")))),
        ("loader AND wiper", tree.And((term("loader"), term("wiper")))),
        ("loader && wiper", tree.And((term("loader"), term("wiper")))),
        ("a OR b c", tree.And((tree.Or((term("a"), term("b"))), term("c")))),
        ("NOT loader", tree.Not(term("loader"))),
        ("a -b", tree.And((term("a"), tree.Not(term("b"))))),
        ("a !b", tree.And((term("a"), tree.Not(term("b"))))),
        ("+a", term("a")),
        ("APT - 28", tree.And((term("APT"), term("28")))),
        ('"cobalt strike"', tree.Phrase(None, "cobalt strike")),
        ('"cobalt strike"~3', tree.Phrase(None, "cobalt strike", 3)),
        ("type:malware", term("malware", "type")),
        ("TYPE:malware", term("malware", "type")),
        ("type:(tool OR malware)", tree.Or((term("tool", "type"), term("malware", "type")))),
        ('label:"red team"', term("red team", "label")),
        ("name:loader", tree.Phrase("name", "loader")),
        ("revoked:yes", term("true", "revoked")),
        ("evil*", tree.Wildcard(None, ("evil", ANY))),
        ("name:*stri?e", tree.Wildcard("name", (ANY, "stri", ONE, "e"))),
        ("domain:*.evil.example", tree.Wildcard("domain", (ANY, ".evil.example"))),
        (r"C:\temp\*.exe", tree.Wildcard(None, ("C:\\temp\\", ANY, ".exe"))),
        (r"name:a\*b", tree.Phrase("name", "a*b")),
        ("strke~1", tree.Fuzzy(None, "strke", 1)),
        ("strke~", tree.Fuzzy(None, "strke", 2)),
        ("confidence:70", tree.Range("confidence", 70, 71)),
        ("confidence:>70", tree.Range("confidence", 71, None)),
        ("confidence:[10 TO 20}", tree.Range("confidence", 10, 20)),
        ("confidence:[* TO 20]", tree.Range("confidence", None, 21)),
        ("created:1970", tree.Range("created", 0, 31_536_000_000_000)),
        ("created:[1970-01-01 TO 1970-01-02]", tree.Range("created", 0, 172_800_000_000)),
        ("created:>1970-01-01", tree.Range("created", 86_400_000_000, None)),
        ("created:<1970-01-02T00:00:00Z", tree.Range("created", None, 86_400_000_000)),
        ("kind:*", tree.Present("kind")),
        ("ip:192.0.2.0/30", tree.AddressRange("192.0.2.0", "192.0.2.3")),
        ("ip:[192.0.2.1 TO 192.0.2.9]", tree.AddressRange("192.0.2.1", "192.0.2.9")),
        (r"foo\:bar", term("foo:bar")),
        ('"unbalanced quote', tree.And((term("unbalanced"), term("quote")))),
        ('unbalanced quote"', tree.And((term("unbalanced"), term("quote")))),
        ("foo(bar)", term("foo(bar)")),
        ("a:b", term("a:b")),
    ],
)
def test_syntax(query: str, expected: tree.Node) -> None:
    assert parse_query(query).node == expected


@pytest.mark.parametrize(
    ("query", "kind", "value"),
    [
        ("8[.]8[.]8[.]8", Kind.IPV4, "8.8.8.8"),
        ("2001:DB8::1", Kind.IPV6, "2001:db8::1"),
        ("hxxps://evil[.]example/a?b=(c)&d=[x]:1", Kind.URL, "https://evil.example/a?b=(c)&d=[x]:1"),
        ("user@evil.example", Kind.EMAIL, "user@evil.example"),
        ("D41D8CD98F00B204E9800998ECF8427E", Kind.MD5, "d41d8cd98f00b204e9800998ecf8427e"),
        ("cve-2024-3400", Kind.CVE, "CVE-2024-3400"),
        ("T1059.001", Kind.ATTACK, "T1059.001"),
        (r"C:\Program Files (x86)\evil.exe", Kind.PATH, r"c:\program files (x86)\evil.exe"),
        (r"HKLM\Software\A B\Run", Kind.REGISTRY_KEY, r"HKEY_LOCAL_MACHINE\software\a b\run"),
    ],
)
def test_a_query_that_is_one_value_is_read_as_that_value(query: str, kind: Kind, value: str) -> None:
    parsed = parse_query(query)
    assert isinstance(parsed.node, tree.Value)
    assert parsed.node.observable == Observable(kind, value)


def test_values_among_other_words_are_values_too() -> None:
    node = parse_query("(hxxp://evil[.]example/a?x=1 OR 2001:db8::1) -type:report").node
    urls = Observable(Kind.URL, "http://evil.example/a?x=1"), Observable(Kind.IPV6, "2001:db8::1")
    values = (
        tree.Value(None, urls[0], "hxxp://evil[.]example/a?x=1"),
        tree.Value(None, urls[1], "2001:db8::1"),
    )
    assert node == tree.And((tree.Or(values), tree.Not(term("report", "type"))))


def test_the_reading_says_how_and_can_be_overridden() -> None:
    assert parse_query("8[.]8[.]8[.]8").reading == "IPv4 address, refanged from 8[.]8[.]8[.]8"
    assert parse_query("8[.]8[.]8[.]8", reading="text").node == term("8[.]8[.]8[.]8")
    assert parse_query('"8.8.8.8"').node == tree.Phrase(None, "8.8.8.8")
    assert parse_query("a AND type:tool", reading="text").node == tree.And(
        (term("a"), term("AND"), term("type:tool"))
    )
    reading = parse_query("type:(tool OR malware) -revoked:true modified:2024-05").reading
    assert reading == (
        "(type is tool, or type is malware), and not (revoked is true), "
        "and modified from 2024-05-01 before 2024-06-01"
    )


@pytest.mark.parametrize(
    ("query", "position", "hint"),
    [
        ("tool (beacon", 13, "bracket"),
        ("tool beacon)", 12, "quotes"),
        ("tool AND", 9, "AND"),
        ("tipe:tool", 1, "Did you mean type"),
        ("8[.]8[.]8[.]8 AND colour:red", 19, "quotes"),
        ("created:yesterday", 9, "search.md"),
        ("confidence:high", 12, "search.md"),
        ("revoked:perhaps", 9, "search.md"),
        ("ip:evil.example", 4, "search.md"),
        ("type:[a TO b]", 6, "search.md"),
        ("name:*", 6, "search.md"),
        ("loader^2", 1, "search.md"),
        ("*a*", 1, "search.md"),
        ("wiper type:", 7, "search.md"),
        ("(", 1, "* alone"),
        ("( )", 1, "* alone"),
        ('"', 1, "* alone"),
        ("- -", 1, "* alone"),
        ("\ue000", 1, "* alone"),
    ],
)
def test_a_fault_names_its_place_and_a_way_out(query: str, position: int, hint: str) -> None:
    with pytest.raises(BadInput) as caught:
        parse_query(query)
    assert f"position {position} " in caught.value.detail
    assert hint in caught.value.remedy
    assert caught.value.errors[0].field == "q"


@pytest.mark.parametrize(
    "query",
    [
        "x" * (LONGEST_QUERY + 1),
        "(" * (DEEPEST_NESTING + 1) + "a" + ")" * (DEEPEST_NESTING + 1),
        " ".join(["a"] * 300),
        " OR ".join(["a"] * 300),
        f"{'a' * 300}*",
    ],
)
def test_queries_without_bounds_are_refused(query: str) -> None:
    with pytest.raises(BadInput):
        parse_query(query)


@given(st.text(alphabet='aA1.:/\\[]{}()"^~*?+-!&|<>= @%tT,\u202e\ue0000', max_size=60))
@example('name:"')
@example("\ue0007")
@example('"\ue0000"')
@example("type:\ue000")
@example("a~9.5 b^")
@example("[a TO")
@example('"a"~99999999999999999999')
def test_any_text_is_read_or_refused(query: str) -> None:
    with suppress(BadInput):
        assert parse_query(query).reading


def test_threads_do_not_disturb_each_other() -> None:
    queries = [f'type:malware AND (loader{n} OR "cobalt strike") -revoked:true' for n in range(200)]
    alone = [parse_query(query) for query in queries]
    with ThreadPoolExecutor(8) as pool:
        assert list(pool.map(parse_query, queries)) == alone


@pytest.mark.parametrize("query", ["a^.", "a^1.1.1", "a AND b^."])
def test_a_sign_without_a_number_is_refused_with_its_place(query: str) -> None:
    with pytest.raises(BadInput) as raised:
        parse_query(query)
    assert "no number" in raised.value.detail
