"""The fields that a query may name: an allow-list, each with its meaning. docs/search.md lists them all."""

from dataclasses import dataclass
from difflib import get_close_matches
from enum import StrEnum

from stack.stix.observables.kinds import Kind


class FieldType(StrEnum):
    """How a field is compared: words of a text, a whole keyword, the value of an observable, …"""

    TEXT = "text"
    KEYWORD = "keyword"
    ID = "id"
    VALUE = "value"
    DATE = "date"
    NUMBER = "number"
    FLAG = "flag"


@dataclass(frozen=True, slots=True)
class Field:
    """A field of the query language; `kinds` limit a value field to what it may be read as."""

    name: str
    type: FieldType
    description: str
    example: str
    kinds: tuple[Kind, ...] = ()
    is_facet: bool = False


_HASHES = (Kind.MD5, Kind.SHA1, Kind.SHA256, Kind.SHA512, Kind.SSDEEP, Kind.TLSH)

_ALL = (
    Field("name", FieldType.TEXT, "Words of the name and the aliases", 'name:"cobalt strike"'),
    Field("text", FieldType.TEXT, "Words of descriptions and all other text", 'text:"spear phishing"'),
    Field("value", FieldType.VALUE, "A value that the object is or whose pattern names it", "value:8.8.8.8"),
    Field(
        "ip",
        FieldType.VALUE,
        "An address, or all addresses of a network or a range",
        "ip:192.0.2.0/24",
        kinds=(Kind.IPV4, Kind.IPV6, Kind.CIDR),
    ),
    Field("domain", FieldType.VALUE, "A domain name", "domain:*.evil.example", kinds=(Kind.DOMAIN,)),
    Field("url", FieldType.VALUE, "A URL", "url:*gate.php*", kinds=(Kind.URL,)),
    Field("email", FieldType.VALUE, "An e-mail address", "email:*@evil.example", kinds=(Kind.EMAIL,)),
    Field("hash", FieldType.VALUE, "A hash of a file, of any algorithm", "hash:d41d8cd9*", kinds=_HASHES),
    Field("file", FieldType.VALUE, "A file name", "file:invoice.exe", kinds=(Kind.FILE_NAME,)),
    Field("cve", FieldType.KEYWORD, "A CVE id", "cve:CVE-2024-3400"),
    Field("attack", FieldType.KEYWORD, "An ATT&CK id of the object", "attack:T1059.001"),
    Field("external_id", FieldType.KEYWORD, "An id in an external reference", "external_id:CAPEC-66"),
    Field("reference", FieldType.KEYWORD, "Who an external reference names", "reference:mitre-attack"),
    Field(
        "id", FieldType.ID, "The object with this STIX id", "id:malware--31b940d4-6f7f-459a-80ea-9c1f17b58abc"
    ),
    Field("type", FieldType.KEYWORD, "The STIX type", "type:indicator", is_facet=True),
    Field("label", FieldType.KEYWORD, "A label, or any of the …_types", "label:ransomware", is_facet=True),
    Field("kind", FieldType.KEYWORD, "What kind of values the object has", "kind:sha256", is_facet=True),
    Field("phase", FieldType.KEYWORD, "A kill-chain phase", "phase:initial-access", is_facet=True),
    Field(
        "tlp", FieldType.KEYWORD, "clear, green, amber, amber+strict, red or none", "tlp:green", is_facet=True
    ),
    Field("source", FieldType.KEYWORD, "The name of a source that states it", "source:mitre*", is_facet=True),
    Field("created_by", FieldType.KEYWORD, "The identity that created it", "created_by:identity--c78cb6e5*"),
    Field(
        "relationship", FieldType.KEYWORD, "The type of a relationship", "relationship:uses", is_facet=True
    ),
    Field("pattern_type", FieldType.KEYWORD, "The language of an indicator's pattern", "pattern_type:yara"),
    Field("language", FieldType.KEYWORD, "The language of its texts", "language:fr"),
    Field("revoked", FieldType.FLAG, "Whether it was revoked", "revoked:false", is_facet=True),
    Field("confidence", FieldType.NUMBER, "Confidence, 0 to 100", "confidence:>=70"),
    Field("created", FieldType.DATE, "When it was created", "created:2024-05"),
    Field("modified", FieldType.DATE, "When it was last modified", "modified:>now-7d"),
    Field("published", FieldType.DATE, "When a report was published", "published:[2024-01 TO 2024-06]"),
    Field("valid_from", FieldType.DATE, "Since when an indicator is valid", "valid_from:>2024-01-31"),
    Field("valid_until", FieldType.DATE, "Until when an indicator is valid", "valid_until:<now"),
    Field("first_seen", FieldType.DATE, "When it was first seen", "first_seen:>=2023"),
    Field("last_seen", FieldType.DATE, "When it was last seen", "last_seen:now-30d"),
    Field("year", FieldType.KEYWORD, "The year of the last modification", "year:2024", is_facet=True),
    Field("month", FieldType.KEYWORD, "The month of the last modification", "month:2024-05", is_facet=True),
)

FIELDS: dict[str, Field] = {field.name: field for field in _ALL}
FACETS = tuple(field.name for field in _ALL if field.is_facet)
DATE_FIELDS = tuple(field.name for field in _ALL if field.type is FieldType.DATE)


def suggest_fields(name: str) -> list[str]:
    """Fields whose names look like `name`, for the message about one that is not there."""
    return get_close_matches(name.lower(), FIELDS, n=3, cutoff=0.6)
