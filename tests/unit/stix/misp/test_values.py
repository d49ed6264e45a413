"""Attribute values as terms of patterns and as observables."""

import pytest

from stack.stix.misp.values import NOTHING, identify, read_value, write_pattern
from stack.stix.patterns.parser import parse_pattern
from stack.stix.validation.validate import validate_object

MD5 = "d41d8cd98f00b204e9800998ecf8427e"
CASES = [
    ("ip-dst", "198.51.100.7", "[ipv4-addr:value = '198.51.100.7']"),
    ("ip-src", "2001:db8::1", "[ipv6-addr:value = '2001:db8::1']"),
    ("ip-dst", "198.51.100.0/24", "[ipv4-addr:value ISSUBSET '198.51.100.0/24']"),
    ("domain", "evil.example", "[domain-name:value = 'evil.example']"),
    ("url", "http://evil.example/a'b", "[url:value = 'http://evil.example/a\\'b']"),
    ("md5", MD5, f"[file:hashes.MD5 = '{MD5}']"),
    ("filename|md5", f"a|b.exe|{MD5}", f"[file:hashes.MD5 = '{MD5}']"),
    ("filename|imphash", f"a.exe|{MD5}", f"[file:hashes.IMPHASH = '{MD5}']"),
    ("filename", "a.exe", "[file:name = 'a.exe']"),
    (
        "filename",
        r"C:\Windows\a.exe",
        r"[(file:name = 'a.exe' AND file:parent_directory_ref.path = 'C:\\Windows')]",
    ),
    ("regkey", r"HKLM\Run", r"[windows-registry-key:key = 'HKEY_LOCAL_MACHINE\\Run']"),
    (
        "regkey|value",
        r"HKCU\Run|1|2",
        r"[(windows-registry-key:key = 'HKEY_CURRENT_USER\\Run'"
        " AND windows-registry-key:values[*].data = '1|2')]",
    ),
    (
        "domain|ip",
        "evil.example|198.51.100.7",
        "[domain-name:value = 'evil.example'] OR [ipv4-addr:value = '198.51.100.7']",
    ),
    (
        "ip-dst|port",
        "198.51.100.7|443",
        "[(network-traffic:dst_ref.value = '198.51.100.7' AND network-traffic:dst_port = 443)]",
    ),
    ("AS", "AS64500", "[autonomous-system:number = 64500]"),
    ("x509-fingerprint-sha1", "a" * 40, f"[x509-certificate:hashes.'SHA-1' = '{'a' * 40}']"),
    (
        "user-agent",
        "Bad/1.0",
        "[network-traffic:extensions.'http-request-ext'.request_header.'User-Agent' = 'Bad/1.0']",
    ),
    ("email-subject", "Invoice", "[email-message:subject = 'Invoice']"),
    ("mutex", "Global\\x", "[mutex:name = 'Global\\\\x']"),
]


@pytest.mark.parametrize(("type_name", "value", "pattern"), CASES)
def test_a_value_becomes_a_pattern_that_parses_and_valid_observables(
    type_name: str, value: str, pattern: str
) -> None:
    reading = read_value(type_name, value)
    assert write_pattern(reading.terms) == pattern
    parse_pattern(pattern)
    for observable in reading.observables:
        whole = observable if "id" in observable else identify(observable)
        assert [fault for fault in validate_object(whole) if fault.severity == "error"] == []


@pytest.mark.parametrize(
    ("type_name", "value"),
    [
        ("ip-dst", "evil.example"),
        ("ip-dst", "198.51.100.0/99"),
        ("md5", "abc"),
        ("sha256", "z" * 64),
        ("ip-dst|port", "198.51.100.7|99999"),
        ("AS", "ASX"),
        ("domain|ip", "evil.example"),
    ],
)
def test_a_value_that_is_none_of_its_type_is_refused(type_name: str, value: str) -> None:
    with pytest.raises(ValueError, match=r" is n"):
        read_value(type_name, value)


def test_types_without_an_observable_have_none() -> None:
    assert read_value("text", "anything") == NOTHING
    assert read_value("no-such-type", "anything") == NOTHING
