"""The canonical form of each kind."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from stack.stix.observables.kinds import Kind
from stack.stix.observables.normalise import normalise


@pytest.mark.parametrize(
    ("kind", "writings", "value"),
    [
        (
            Kind.URL,
            ["HTTP://Evil.example", "http://evil.example:80/", "http://EVIL.example"],
            "http://evil.example/",
        ),
        (Kind.URL, ["https://u:P@a.example:8443/B%2f#Frag"], "https://u:P@a.example:8443/B%2f#Frag"),
        (Kind.URL, ["http://a.example?q"], "http://a.example/?q"),
        (Kind.URL, ["http://bücher.example/ü"], "http://xn--bcher-kva.example/ü"),
        (Kind.EMAIL, ["Jo@Bücher.example"], "jo@xn--bcher-kva.example"),
        (Kind.IPV6, ["2001:0DB8:0000::0001", "[2001:db8::1]"], "2001:db8::1"),
        (Kind.CIDR, ["2001:db8:1:2::/32"], "2001:db8::/32"),
        (Kind.MAC, ["001b.4411.3ab7", "00:1b:44:11:3A:B7"], "00:1b:44:11:3a:b7"),
        (Kind.REGISTRY_KEY, [r"HKCU\A B\C", r"hkey_current_user\\a b\\c\\"], r"HKEY_CURRENT_USER\a b\c"),
        (Kind.PATH, [r"\\Server\\Share\X"], r"\\server\share\x"),
        (Kind.NAME, ["Fancy\u00a0 BEAR\n"], "fancy bear"),
        (Kind.CERTIFICATE, ["0C:48-73 28"], "0c487328"),
        (Kind.TLSH, ["ab" * 35], "T1" + "AB" * 35),
    ],
)
def test_writings_of_one_value_become_one_text(kind: Kind, writings: list[str], value: str) -> None:
    assert {normalise(kind, writing) for writing in writings} == {value}
    assert normalise(kind, value) == value


@pytest.mark.parametrize(
    ("kind", "value"),
    [
        (Kind.IPV4, "010.1.1.1"),
        (Kind.IPV4, "1.1.1"),
        (Kind.IPV6, "fe80::1%eth0"),
        (Kind.CIDR, "10.0.0.0/33"),
        (Kind.CIDR, "10.0.0.0/255.0.0.0"),
        (Kind.DOMAIN, "localhost"),
        (Kind.DOMAIN, "a..example"),
        (Kind.DOMAIN, "1.2.3.4"),
        (Kind.DOMAIN, "a" * 64 + ".example"),
        (Kind.DOMAIN, "ü" * 64 + ".example"),
        (Kind.URL, "no url"),
        (Kind.URL, "evil.example"),
        (Kind.URL, "http://?x"),
        (Kind.URL, "http://a.example:port/"),
        (Kind.EMAIL, "a@b@c.example"),
        (Kind.ASN, "AS4294967296"),
        (Kind.CVE, "CVE-21-1"),
        (Kind.ATTACK, "T59"),
        (Kind.MAC, "00:11:22"),
        (Kind.STIX_ID, "malware--1"),
        (Kind.CRYPTO, "not a wallet"),
    ],
)
def test_what_cannot_be_of_the_kind_is_refused(kind: Kind, value: str) -> None:
    with pytest.raises(ValueError):
        normalise(kind, value)


@given(st.sampled_from(list(Kind)), st.text(max_size=60))
def test_normalising_twice_changes_nothing_and_only_value_errors_are_raised(kind: Kind, text: str) -> None:
    try:
        value = normalise(kind, text)
    except ValueError:
        return
    assert normalise(kind, value) == value
