"""OpenIOC 1.0 and 1.1 (XML): indicators of compromise with their logic as STIX patterns."""

import re
from collections.abc import Iterator

from stack.ingest.base import ParseOptions, Record, RecordFault
from stack.ingest.streams import ByteStream
from stack.ingest.xml.sandboxed import read_xml

_IOC = re.compile(rb"<(?:[\w-]+:)?(?:ioc|OpenIOC)[\s>]")


class Parser:
    name = "openioc"
    title = "OpenIOC 1.0 or 1.1"
    media_types = ("application/xml", "text/xml")
    extensions = (".ioc", ".xml")
    example = (
        b'<?xml version="1.0" encoding="utf-8"?>\n'
        b'<ioc xmlns="http://schemas.mandiant.com/2010/ioc" id="6d2a1b03-b216-4cd8-9a9e-8827af6ebf93"'
        b' last-modified="2026-01-31T08:00:00"><short_description>Example</short_description>'
        b"<authored_date>2026-01-30T08:00:00</authored_date><definition>"
        b'<Indicator operator="OR" id="1"><IndicatorItem id="2" condition="is">'
        b'<Context document="DnsEntryItem" search="DnsEntryItem/Host" type="mir"/>'
        b'<Content type="string">evil.example</Content></IndicatorItem></Indicator></definition></ioc>'
    )

    @staticmethod
    def sniff(head: bytes, filename: str) -> int:
        return 96 if head.lstrip()[:1] == b"<" and _IOC.search(head[:4096]) else 0

    @staticmethod
    def parse(stream: ByteStream, options: ParseOptions) -> Iterator[Record | RecordFault]:
        return read_xml("stack.ingest.xml.openioc:read_openioc", stream, options, memory_mib=512, cpu_s=30)
