import csv
import io

import pytest

from stack.core.errors import BadInput
from stack.sharing.exporting.base import Item, Occasion
from tests.exports import list_lines, make_indicator, make_values, write_export


def _list(*values: str, **options: str) -> list[str]:
    return list_lines(write_export("list", make_values(*values), **options)[0])


def test_addresses_are_aggregated_and_what_is_dangerous_stays() -> None:
    values = [
        "ipv4-addr=198.51.100.0",
        "ipv4-addr=198.51.100.1",
        "ipv4-addr=10.0.0.0/8",
        "ipv6-addr=2001:db8::7",
    ]
    text, losses = write_export("list", make_values(*values))
    assert list_lines(text) == ["198.51.100.0/31", "2001:db8::7"]
    assert dict(losses.list_left_out()) == {"a private or reserved address": 1}
    assert _list(*values, aggregate="no", private="yes", kind="ipv4") == [
        "198.51.100.0",
        "198.51.100.1",
        "10.0.0.0/8",
    ]


def test_a_limit_is_kept_and_what_is_beyond_it_is_said() -> None:
    values = [f"domain-name=n{number}.example" for number in range(5)]
    text, losses = write_export("list", make_values(*values, values[0]), kind="domain", limit="3")
    assert len(list_lines(text)) == 3
    assert dict(losses.list_left_out()) == {"beyond the limit of 3 entries": 2, "in the list already": 1}
    assert "left out: 2 beyond the limit of 3 entries" in text


def test_each_vendor_gets_its_syntax() -> None:
    urls = ["url=https://bad.example/a b?c=d"]
    assert (
        write_export("list", make_values(*urls), kind="url", vendor="palo-alto")[0]
        == "bad.example/a%20b?c=d\n"
    )
    assert _list(*urls, kind="url") == ["https://bad.example/a%20b?c=d"]
    domains = ["domain-name=www.bad.example", "domain-name=bad.example", "domain-name=xbad.example"]
    assert _list(*domains, kind="domain", vendor="squid") == [".bad.example", ".xbad.example"]


def test_a_url_with_a_fragment_would_block_the_whole_page() -> None:
    text, losses = write_export("list", make_values("url=https://share.example/#file1"), kind="url")
    assert list_lines(text) == []
    assert any("fragment" in loss.why for loss in losses.list_losses())


def test_known_good_values_are_left_out_one_by_one() -> None:
    item = make_indicator("[domain-name:value IN ('good.example', 'bad.example')]")
    text, losses = write_export(
        "list",
        [item],
        Occasion(find_known_good=lambda values: {"good.example": "Top sites"}),
        kind="domain",
    )
    assert list_lines(text) == ["bad.example"]
    assert losses.list_left_out() == [("known to be good by the list “Top sites”", 1)]


@pytest.mark.parametrize(
    ("options", "named"),
    [({"kind": "names"}, "options.kind"), ({"limit": "-1"}, "options.limit"), ({"x": "1"}, "options.x"),
     ({"aggregate": "perhaps"}, "options.aggregate")],
)  # fmt: skip
def test_a_wrong_option_is_named_with_what_it_takes(options: dict[str, str], named: str) -> None:
    with pytest.raises(BadInput) as caught:
        write_export("list", [], **options)
    assert caught.value.errors[0].field == named
    assert "expected" in caught.value.detail or "has no such option" in caught.value.detail


def test_a_hosts_file_has_an_address_and_a_name_a_line() -> None:
    text, _ = write_export(
        "hosts", make_values("domain-name=BAD.example", "ipv4-addr=198.51.100.1"), address="::"
    )
    assert list_lines(text) == [":: bad.example"]


def test_a_cell_of_csv_runs_nothing_and_ends_no_row() -> None:
    evil = '=HYPERLINK("http://x")\r\n"a",b\x00'
    text, _ = write_export("csv", [make_indicator("[file:name = '-1+1']", name=evil, labels=["a", "@b"])])
    [row] = csv.DictReader(io.StringIO(text, newline=""))
    assert row["value"] == "'-1+1"
    assert row["name"] == "'" + evil.replace("\x00", "\ufffd")
    assert row["labels"] == "a;@b"
    raw, _ = write_export("csv", [make_indicator("[file:name = '-1+1']")], formulas="yes")
    assert next(csv.DictReader(io.StringIO(raw)))["value"] == "-1+1"


def test_observables_are_taken_when_asked_for() -> None:
    item = Item(b'{"type":"file","id":"file--1","hashes":{"MD5":"D41D8CD98F00B204E9800998ECF8427E"}}')
    assert list_lines(write_export("list", [item], kind="md5")[0]) == []
    assert list_lines(write_export("list", [item], kind="md5", observables="yes")[0]) == [
        "d41d8cd98f00b204e9800998ecf8427e"
    ]
