"""Rules and intelligence files, judged by readers that are not ours."""

import csv
import io

import pytest
import suricataparser
from idstools import rule as idstools_rule

from tests.exports import list_lines, make_indicator, make_values, write_export

_VALUES = [
    "domain-name=bad.example",
    "domain-name=b%C3%BCcher.example",
    "ipv4-addr=198.51.100.7",
    "ipv4-addr=203.0.113.0/24",
    "ipv6-addr=2001:db8::7",
    "url=http://bad.example/gate.php?id=1",
    'url=http://bad.example/a;b"c|d:e\\\\f \u00fc',
]
_EVIL = make_indicator(
    "[domain-name:value = 'evil.example']",
    name='x"; sid:1; rev:9;) alert ip any any -> any any (msg:"planted\\',
    confidence=80,
)


@pytest.mark.parametrize(("name", "options"), [("suricata", {}), ("snort", {}), ("snort", {"version": "2"})])
def test_two_foreign_parsers_read_every_rule(name: str, options: dict[str, str]) -> None:
    text, losses = write_export(name, [*make_values(*_VALUES), _EVIL], **options)
    lines = list_lines(text)
    assert len(lines) == losses.entries > 8
    seen = set()
    for line in lines:
        first = idstools_rule.parse(line)
        second = suricataparser.parse_rule(line)
        assert first is not None, line
        assert second is not None, line
        assert first.sid == second.sid >= 1_000_000_000
        assert first.msg == second.msg
        assert first.msg.startswith("Stack ")
        assert "planted" not in line or first.sid != 1
        seen.add(first.sid)
    assert len(seen) == len(lines)


def test_numbers_stay_the_same_whatever_stands_beside() -> None:
    def numbers(*values: str) -> set[int]:
        text, _ = write_export("suricata", make_values(*values))
        return {idstools_rule.parse(line).sid for line in list_lines(text)}

    assert numbers("domain-name=bad.example") < numbers(
        "domain-name=other.example", "domain-name=bad.example"
    )


def test_a_content_is_the_bytes_of_the_path() -> None:
    text, _ = write_export("suricata", make_values(_VALUES[-1]))
    [line] = list_lines(text)
    parsed = suricataparser.parse_rule(line)
    contents = [option.value for option in parsed.options if option.name == "content"]
    path = contents[1].strip('"')
    parts = path.split("|")
    data = b"".join(bytes.fromhex(part) if number % 2 else part.encode() for number, part in enumerate(parts))
    assert data == '/a;b"c|d:e\\f \u00fc'.encode()
    sizes = [int(option.value) for option in parsed.options if option.name == "bsize"]
    assert sizes == [len("bad.example"), len(data)]


def test_what_a_sensor_cannot_see_is_lost() -> None:
    _, losses = write_export(
        "suricata", make_values("url=https://bad.example/x", "url=http://bad.example:81/x")
    )
    assert losses.entries == 0
    assert {loss.why.split(",")[0] for loss in losses.list_losses() if loss.property == "pattern"} == {
        "the path of a URL of https",
        "a URL with a port",
    }


def test_a_data_set_is_base64_a_line() -> None:
    assert write_export("suricata-dataset", make_values("domain-name=bad.example"))[0] == "YmFkLmV4YW1wbGU=\n"


def test_zeek_reads_the_columns_back() -> None:
    evil = "a\tb\nc\\d\u2028-"
    items = [*make_values("url=https://bad.example/x"), make_indicator("[file:name = '#a\tb']", name=evil)]
    text, _ = write_export("zeek", items, notice="yes")
    rows = list(csv.DictReader(io.StringIO(text), delimiter="\t", quoting=csv.QUOTE_NONE))
    assert [row["#fields"] for row in rows] == ["bad.example/x", "\\x23a\\x09b"]
    assert all(
        row["meta.do_notice"] is None for row in rows
    )  # the heading has a word more than there are cells
    assert [row["indicator"] for row in rows] == ["Intel::URL", "Intel::FILE_NAME"]
    cell = rows[1]["meta.source"]
    assert cell.encode().decode("unicode_escape").encode("latin-1").decode() == evil
