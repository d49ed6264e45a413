"""Attacks on readers of XML end in a refusal, in the sandbox, with nothing read or sent."""

import pytest

from stack.core.errors import BadInput
from stack.ingest.base import ParseOptions
from stack.ingest.formats import list_parsers
from stack.ingest.streams import stream_bytes

OPTIONS = ParseOptions(source="test", filename="x.xml", received="2026-02-01T00:00:00.000Z")
LAUGHS = (
    '<!DOCTYPE x [<!ENTITY a "ha">'
    + "".join(f'<!ENTITY {chr(98 + n)} "{f"&{chr(97 + n)};" * 10}">' for n in range(9))
    + "]>"
)
ATTACKS = {
    "billion laughs": LAUGHS + "<ROOT>&j;</ROOT>",
    "file": '<!DOCTYPE x [<!ENTITY a SYSTEM "file:///etc/passwd">]><ROOT>&a;</ROOT>',
    "address": '<!DOCTYPE x SYSTEM "http://127.0.0.1:1/x.dtd"><ROOT/>',
    "parameter entity": '<!DOCTYPE x [<!ENTITY % a SYSTEM "file:///etc/passwd"> %a;]><ROOT/>',
    "nesting": "<ROOT>" + "<a>" * 50_000,
    "unclosed": "<ROOT",
    "encoding": '<?xml version="1.0" encoding="no-such"?><ROOT/>',
}


@pytest.mark.parametrize("attack", ATTACKS)
@pytest.mark.parametrize(
    ("parser", "root"),
    [
        ("openioc", "ioc"),
        ("stix-1", "stix:STIX_Package"),
    ],
)
def test_it_is_refused(parser: str, root: str, attack: str) -> None:
    data = ATTACKS[attack].replace("ROOT", root).encode()
    with pytest.raises(BadInput) as refused:
        list(list_parsers()[parser].parse(stream_bytes(data), OPTIONS))
    assert "root:" not in refused.value.detail


def test_an_include_is_text() -> None:
    """XInclude is not carried out: the element is one that nothing looks at."""
    include = (
        b'<x xmlns:xi="http://www.w3.org/2001/XInclude"><xi:include href="/etc/passwd" parse="text"/></x>'
    )
    parser = list_parsers()["openioc"]
    data = parser.example.replace(b"<short_description>", include + b"<short_description>")
    [record] = parser.parse(stream_bytes(data), OPTIONS)
    assert b"root:" not in getattr(record, "text", b"root:")
