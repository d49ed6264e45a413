"""What PostgreSQL does not keep is found in every column, and nothing else is touched."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from stack.cli.safekeeping.lines import escape, unescape
from stack.cli.safekeeping.tables import Column, Kind, Table
from stack.cli.safekeeping.unfit import Fitting
from stack.core.errors import BadInput

_TABLE = Table(
    "kept", (Column("id", Kind.INTEGER), Column("text", Kind.TEXT), Column("json", Kind.JSON)), ("id",)
)


def write_line(text: str, document: str) -> bytes:
    return b"\t".join([b"7", escape(text.encode()), escape(document.encode())]) + b"\n"


@pytest.mark.parametrize(
    ("text", "document", "column"),
    [
        ("a\x00b", "{}", "kept.text"),
        ("", '{"a": "\\u0000"}', "kept.json"),
        ("", '{"a\\u0000": 1}', "kept.json"),
        ("", '["\\ud800"]', "kept.json"),
        ("", '["\\uDfFf x"]', "kept.json"),
    ],
)
def test_it_is_refused_by_its_row_or_replaced_and_counted(text: str, document: str, column: str) -> None:
    line = write_line(text, document)
    with pytest.raises(BadInput, match=rf"{column} holds .* \(row id 7\)"):
        Fitting(may_replace=False).fit(_TABLE, line)
    fitting = Fitting(may_replace=True)
    fitted = fitting.fit(_TABLE, line * 2)
    assert fitting.replaced == {column: 2}
    assert "\ufffd" in unescape(fitted).decode() or "\\ufffd" in unescape(fitted).decode()
    assert Fitting(may_replace=False).fit(_TABLE, fitted) == fitted


@pytest.mark.parametrize(
    ("text", "document"),
    [
        (r"\u0000 as six characters", r'{"a": "\\u0000"}'),
        ("😀", '{"a": "\\ud83d\\ude00"}'),
        ("tab\tand line\n", '{"a": "x\\ny"}'),
    ],
)
def test_what_only_looks_like_it_stays(text: str, document: str) -> None:
    line = write_line(text, document)
    assert Fitting(may_replace=True).fit(_TABLE, line) == line


def test_what_is_derived_from_a_text_needs_nobodys_leave() -> None:
    table = Table("store_edgekind", (Column("id", Kind.INTEGER), Column("name", Kind.TEXT)), ("id",))
    fitting = Fitting(may_replace=False)
    assert fitting.fit(table, b"1\ta\x00b\n") == "1\ta\ufffdb\n".encode()
    assert fitting.replaced == {}


@given(st.text(st.characters(exclude_categories=["Cs"])), st.recursive(st.text() | st.integers(), st.lists))
def test_what_is_left_is_kept_by_postgresql(text: str, value: object) -> None:
    fitted = Fitting(may_replace=True).fit(_TABLE, write_line(text, json.dumps(value)))
    _, kept, document = fitted.rstrip(b"\n").split(b"\t")
    assert b"\0" not in kept
    plain = json.dumps(json.loads(unescape(document)), ensure_ascii=False)
    assert "\\u0000" not in plain
    plain.encode()  # no half of a surrogate pair is left
