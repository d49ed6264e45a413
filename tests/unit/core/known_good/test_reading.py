from pathlib import Path

import pytest

from stack.core.known_good import layout
from stack.core.known_good.reading import CompactLists

from .conftest import Find

FALSE, KNOWN = "false_positive", "known"
EMPTY_SHA256 = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"


@pytest.mark.parametrize(
    ("kind", "value", "expected"),
    [
        ("ipv4", "10.0.0.0", {"rfc1918": FALSE, "rfc5735": FALSE}),
        ("ipv4", "10.255.255.255", {"rfc1918": FALSE, "rfc5735": FALSE}),
        ("ipv4", "11.0.0.0", {}),
        ("ipv4", "9.255.255.255", {}),
        ("ipv4", "172.31.255.255", {"rfc1918": FALSE}),
        ("ipv4", "8.8.8.8", {"public-dns-v4": FALSE}),
        ("ipv4", "8.8.8.9", {}),
        ("ipv4", "52.95.245.7", {"amazon-aws": KNOWN}),
        ("ipv4", "52.168.52.134", {"microsoft-attack-simulator": KNOWN}),
        ("ipv4", "not an address", {}),
        ("ipv6", "fe80::1", {"ipv6-linklocal": FALSE}),
        ("ipv6", "2600:1f00:1000::5", {"amazon-aws": KNOWN}),
        ("ipv6", "2600:1f00:2000::5", {}),
        ("ipv6", "::", {}),
        ("cidr", "10.1.0.0/16", {"rfc1918": FALSE, "rfc5735": FALSE}),
        ("cidr", "8.8.8.8/31", {}),
        ("cidr", "0.0.0.0/0", {}),
        ("cidr", "fe80::/12", {"ipv6-linklocal": FALSE}),
        ("cidr", "::/0", {}),
    ],
)
def test_addresses_and_networks_that_a_list_holds_whole(
    find: Find, kind: str, value: str, expected: dict[str, str]
) -> None:
    assert find(kind, value) == expected


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ("mozilla.org", {"tranco": FALSE}),
        ("www.mozilla.org", {"tranco": FALSE}),
        ("mail.google.com", {"google": FALSE, "tranco": KNOWN}),
        ("google.com", {"google": FALSE, "tranco": FALSE}),
        ("detectportal.firefox.com", {"captive-portals": FALSE}),
        ("x.detectportal.firefox.com", {}),
        ("notgoogle.com", {}),
        ("google.com.evil.example", {}),
        ("com", {"tlds": FALSE}),
        ("portal.docdeliveryapp.com", {"microsoft-attack-simulator": KNOWN}),
        ("xn--mller-kva.example", {}),
        ("münchen.example", {}),
        ("", {}),
        (".", {}),
    ],
)
def test_names_and_what_is_below_them(find: Find, value: str, expected: dict[str, str]) -> None:
    assert find("domain", value) == expected


def test_a_page_below_a_popular_name_is_not_as_good_as_the_name(find: Find) -> None:
    assert find("domain", "files.mozilla.org") == {"tranco": KNOWN}


def test_what_anybody_may_register_below_a_public_suffix_is_not_the_lists(find: Find) -> None:
    assert find("domain", "github.io") == {"tranco": FALSE}
    assert find("domain", "evil.github.io") == {}


def test_lists_of_such_suffixes_hold_what_is_below_them(find: Find) -> None:
    assert find("domain", "evil.duckdns.org") == {"dynamic-dns": KNOWN}


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ("https://mozilla.org/", {"tranco": FALSE}),
        ("https://mozilla.org", {"tranco": FALSE}),
        ("https://mozilla.org/evil.exe", {"tranco": KNOWN}),
        ("https://mozilla.org/?u=evil", {"tranco": KNOWN}),
        ("https://bit.ly/x", {"url-shortener": KNOWN}),
        ("http://user:pass@mozilla.org:8080/x", {"tranco": KNOWN}),
        ("http://mozilla.org@evil.example/", {}),
        ("http://8.8.8.8/x", {"public-dns-v4": KNOWN}),
        ("http://8.8.8.8:53/", {"public-dns-v4": FALSE}),
        ("http://[fe80::1]:80/x", {"ipv6-linklocal": KNOWN}),
        ("http://[fe80::1]/", {"ipv6-linklocal": FALSE}),
        ("http://evil.duckdns.org/", {"dynamic-dns": KNOWN}),
        ("http://", {}),
        ("http://[", {}),
    ],
)
def test_urls_by_their_host(find: Find, value: str, expected: dict[str, str]) -> None:
    assert find("url", value) == expected


def test_mail_addresses_by_their_domain_and_by_expressions(find: Find) -> None:
    assert find("email", "x@mailinator.com") == {"disposable-email": KNOWN}
    assert find("email", "x@sub.mailinator.com") == {"disposable-email": KNOWN}
    assert find("email", "abuse@nowhere.example") == {"common-contact-emails": FALSE}
    # The list of popular sites does not speak of mail.
    assert find("email", "evil@mozilla.org") == {}


def test_hashes_count_for_the_kinds_that_their_list_names(find: Find) -> None:
    assert find("sha256", EMPTY_SHA256) == {"empty-hashes": FALSE}
    assert find("ssdeep", "3::") == {"empty-hashes": FALSE}
    assert find("sha1", "010c0695a6981914ffbf5fc6b0b695ea29e912a6") == {"mozilla-CA": FALSE}
    assert find("certificate", "010c0695a6981914ffbf5fc6b0b695ea29e912a6") == {"mozilla-CA": FALSE}
    assert find("certificate", EMPTY_SHA256) == {}
    assert find("text", EMPTY_SHA256) == {}


def test_the_list_says_the_name_that_it_has(built: Path) -> None:
    (held,) = CompactLists(built, switched_off=frozenset()).find("domain", "a.b.duckdns.org")
    assert (held.matched, held.title, held.version) == (
        "duckdns.org",
        "List of known dynamic DNS domains",
        2,
    )


def test_a_list_that_is_switched_off_is_not_asked_and_still_told(built: Path) -> None:
    lists = CompactLists(built, switched_off=frozenset(["tranco"]))
    assert not lists.find("domain", "mozilla.org")
    assert [each.skipped for each in lists.describe() if each.name == "tranco"] == ["switched off"]


def test_nobody_can_work_out_the_hash_of_a_name_from_another_installation() -> None:
    assert layout.hash_text(b"mozilla.org", b"a" * 16) != layout.hash_text(b"mozilla.org", b"b" * 16)


def test_a_file_of_something_else_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "other.lists"
    path.write_bytes(b"something else that is long enough")
    with pytest.raises(ValueError, match="not a file of known-good values"):
        CompactLists(path, switched_off=frozenset())
