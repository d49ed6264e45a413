"""STIX 1.0 to 1.2 packages (XML), converted to STIX 2.1 by stix2-elevator in the sandbox."""

import re
from collections.abc import Iterator

from stack.ingest.base import ParseOptions, Record, RecordFault
from stack.ingest.streams import ByteStream
from stack.ingest.xml.sandboxed import read_xml

_PACKAGE = re.compile(rb"<(?:[\w-]+:)?STIX_Package[\s>]")
_NAMESPACES = (
    b' xmlns:stix="http://stix.mitre.org/stix-1" xmlns:indicator="http://stix.mitre.org/Indicator-2"'
    b' xmlns:cybox="http://cybox.mitre.org/cybox-2" xmlns:ex="http://example.com/"'
    b' xmlns:DomainNameObj="http://cybox.mitre.org/objects#DomainNameObject-1"'
    b' xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance"'
)


class Parser:
    name = "stix-1"
    title = "STIX 1.x (XML), converted to 2.1"
    media_types = ("application/xml", "text/xml")
    extensions = (".xml",)
    example = (
        b"<stix:STIX_Package" + _NAMESPACES + b' id="ex:Package-1d6f8f1c-5f0e-4a4e-9a37-2d0f9f6b7c10"'
        b' version="1.2" timestamp="2016-01-31T08:00:00Z"><stix:Indicators>'
        b'<stix:Indicator id="ex:indicator-2f1b1a52-6a0c-4d4e-8a3e-3b6d1f0a9c11"'
        b' timestamp="2016-01-31T08:00:00Z" xsi:type="indicator:IndicatorType">'
        b"<indicator:Title>Example</indicator:Title>"
        b'<indicator:Observable id="ex:observable-3a2c6b54-9d1e-4f5a-b7c8-1e2d3c4b5a12">'
        b'<cybox:Object><cybox:Properties xsi:type="DomainNameObj:DomainNameObjectType">'
        b'<DomainNameObj:Value condition="Equals">evil.example</DomainNameObj:Value>'
        b"</cybox:Properties></cybox:Object></indicator:Observable>"
        b"</stix:Indicator></stix:Indicators></stix:STIX_Package>"
    )

    @staticmethod
    def sniff(head: bytes, filename: str) -> int:
        return 97 if head.lstrip()[:1] == b"<" and _PACKAGE.search(head[:16384]) else 0

    @staticmethod
    def parse(stream: ByteStream, options: ParseOptions) -> Iterator[Record | RecordFault]:
        return read_xml("stack.ingest.xml.stix1:read_stix1", stream, options, memory_mib=1536, cpu_s=120)
