"""One pasted value: what it is, however it was written."""

import pytest

from stack.stix.observables.detect import detect, detect_as
from stack.stix.observables.kinds import KIND_CODES, KIND_TITLES, Kind

_SHA256 = "6b3a1f0c9d4e8b7a25c1d0e9f8a7b6c5d4e3f2a1b0c9d8e7f6a5b4c3d2e1f0a9"


@pytest.mark.parametrize(
    ("text", "kind", "value"),
    [
        ("8.8.8.8", Kind.IPV4, "8.8.8.8"),
        (" 8[.]8.8(.)8\n", Kind.IPV4, "8.8.8.8"),
        ("192.0.2.1:8080", Kind.IPV4, "192.0.2.1"),
        ("192.0.2.1/32", Kind.IPV4, "192.0.2.1"),
        ("10.1.2.3/8", Kind.CIDR, "10.0.0.0/8"),
        ("2001:DB8:0::1", Kind.IPV6, "2001:db8::1"),
        ("[2001:db8::1]", Kind.IPV6, "2001:db8::1"),
        ("2001:db8::/32", Kind.CIDR, "2001:db8::/32"),
        ("Evil.Example.", Kind.DOMAIN, "evil.example"),
        ("evil.co.za", Kind.DOMAIN, "evil.co.za"),
        ("bücher.example", Kind.DOMAIN, "xn--bcher-kva.example"),
        ("evil.com:443", Kind.DOMAIN, "evil.com"),
        ("evil[dot]unknowntld", Kind.DOMAIN, "evil.unknowntld"),
        ("setup[.]zip", Kind.DOMAIN, "setup.zip"),
        ("evil\\.com", Kind.DOMAIN, "evil.com"),
        ('"evil.com",', Kind.DOMAIN, "evil.com"),
        ("<evil.com>", Kind.DOMAIN, "evil.com"),
        ("hXXps[:]//Evil[.]example:443/A?b#c", Kind.URL, "https://evil.example/A?b#c"),
        ("h**p://evil.example", Kind.URL, "http://evil.example/"),
        ("hxxp://[2001:db8::1]:80/a", Kind.URL, "http://[2001:db8::1]/a"),
        ("evil.com/x?y", Kind.URL, "evil.com/x?y"),
        ("User[@]Evil[.]example", Kind.EMAIL, "user@evil.example"),
        (_SHA256.upper(), Kind.SHA256, _SHA256),
        (_SHA256[:32], Kind.MD5, _SHA256[:32]),
        (_SHA256[:40], Kind.SHA1, _SHA256[:40]),
        (_SHA256 * 2, Kind.SHA512, _SHA256 * 2),
        ("3:AXGBicFlgVNhBGcL6wCrFQEv:AXGHsNhxLsr2C", Kind.SSDEEP, "3:AXGBicFlgVNhBGcL6wCrFQEv:AXGHsNhxLsr2C"),
        ("t1" + _SHA256 + "abcdef", Kind.TLSH, "T1" + (_SHA256 + "abcdef").upper()),
        ("00-1B-44-11-3A-B7", Kind.MAC, "00:1b:44:11:3a:b7"),
        ("as 64500", Kind.ASN, "AS64500"),
        ("cve-2021-44228", Kind.CVE, "CVE-2021-44228"),
        ("t1059.001", Kind.ATTACK, "T1059.001"),
        ("G0016", Kind.ATTACK, "G0016"),
        (r"hklm\Software\\Run", Kind.REGISTRY_KEY, r"HKEY_LOCAL_MACHINE\software\run"),
        (r"C:\Users\.ssh\A", Kind.PATH, r"c:\users\.ssh\a"),
        ("/etc/cron.d/x", Kind.PATH, "/etc/cron.d/x"),
        (r"Global\EKANS", Kind.MUTEX, r"global\ekans"),
        ("0C:48:73:28:73:AC:8C:CE:BA:F8", Kind.CERTIFICATE, "0c48732873ac8ccebaf8"),
        ("1A1zP1eP5QGefi2DMPTfTL5SLmv7DivfNa", Kind.CRYPTO, "1A1zP1eP5QGefi2DMPTfTL5SLmv7DivfNa"),
        ("1A1zP1eP5QGefi2DMPTfTL5SLmv7DivfNb", Kind.TEXT, "1a1zp1ep5qgefi2dmptftl5slmv7divfnb"),
        (
            "BC1QAR0SRRR7XFKVY5L643LYDNW9RE59GTZZWF5MDQ",
            Kind.CRYPTO,
            "bc1qar0srrr7xfkvy5l643lydnw9re59gtzzwf5mdq",
        ),
        (
            "0xDE0B295669a9FD93d5F28D9Ec85E40f4cb697BAe",
            Kind.CRYPTO,
            "0xde0b295669a9fd93d5f28d9ec85e40f4cb697bae",
        ),
        ("Mozilla/5.0  (X11)", Kind.USER_AGENT, "mozilla/5.0 (x11)"),
        (
            "malware--92EC0CBD-2C30-44A2-B270-73F4EC949841",
            Kind.STIX_ID,
            "malware--92ec0cbd-2c30-44a2-b270-73f4ec949841",
        ),
        ("svchost.EXE", Kind.FILE_NAME, "svchost.exe"),
        ("setup.zip", Kind.FILE_NAME, "setup.zip"),
        ("Fancy  Bear", Kind.TEXT, "fancy bear"),
        ("999.1.1.1", Kind.TEXT, "999.1.1.1"),
        ("1.2.3.04", Kind.TEXT, "1.2.3.04"),
        ("", Kind.TEXT, ""),
    ],
)
def test_a_value_is_read_by_its_shape(text: str, kind: Kind, value: str) -> None:
    detection = detect(text)
    assert (detection.observable.kind, detection.observable.value) == (kind, value)
    assert detection.input == text


def test_the_note_says_how_the_value_was_read() -> None:
    assert detect("8[.]8.8.8").note == "IPv4 address, refanged from 8[.]8.8.8"
    assert detect("8[.]8.8.8").refanged
    assert detect("192.0.2.1:53").note == "IPv4 address; port 53 left out"
    assert "setup[.]zip" in detect("setup.zip").note
    assert not detect("evil.com").refanged


@pytest.mark.parametrize(
    "text", ["\\" * 200_000, "[.]" * 100_000, "a." * 100_000, "http://" * 50_000, "日" * 100_000]
)
def test_no_text_makes_detection_fail_or_crawl(text: str) -> None:
    assert detect(text).observable.value


def test_a_chosen_kind_is_taken_or_refused_with_the_reason() -> None:
    assert detect_as("setup.zip", Kind.DOMAIN).observable.value == "setup.zip"
    assert detect_as("hxxp://a[.]example", Kind.URL).observable.value == "http://a.example/"
    assert detect_as("CASHY200", Kind.NAME).observable.value == "cashy200"
    with pytest.raises(ValueError, match="64 hexadecimal digits"):
        detect_as("abc", Kind.SHA256)
    with pytest.raises(ValueError, match="without leading zeros"):
        detect_as("1.2.3.04", Kind.IPV4)


def test_every_kind_has_a_code_of_its_own_and_a_title() -> None:
    assert set(KIND_CODES) == set(Kind) == set(KIND_TITLES)
    assert sorted(KIND_CODES.values()) == list(range(1, 27))
    assert KIND_CODES[Kind.IPV4] == 1
    assert KIND_CODES[Kind.TEXT] == 26
