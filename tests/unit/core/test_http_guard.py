"""Which addresses Stack may ask, and what an operator's allow-list lets through."""

import time
from ipaddress import ip_address

import pytest

from stack.core.errors import BadInput
from stack.core.http.errors import AddressRefused, TimedOut, Unreachable
from stack.core.http.guard import OutgoingRules, find_addresses, is_public, read_exemptions
from stack.core.http.retries import read_retry_after
from stack.core.http.tls import TlsOptions, make_tls_context
from tests.http_servers import allowing


@pytest.mark.parametrize(
    "text",
    [
        "0.0.0.0",
        "10.0.0.1",
        "100.64.0.1",
        "127.0.0.1",
        "127.255.255.254",
        "169.254.169.254",
        "172.31.255.255",
        "192.0.0.8",
        "192.0.2.1",
        "192.168.0.1",
        "198.18.0.1",
        "203.0.113.9",
        "224.0.0.1",
        "255.255.255.255",
        "::",
        "::1",
        "::7f00:1",
        "::ffff:127.0.0.1",
        "::ffff:10.0.0.1",
        "::ffff:0:10.0.0.1",
        "64:ff9b::10.0.0.1",
        "64:ff9b:1::1.1.1.1",
        "100::1",
        "2001::1",
        "2001:0:7f00:1::1",
        "2001:db8::1",
        "2002:7f00:1::1",
        "2002:a00:1::1",
        "2a00:1450::5efe:10.0.0.1",
        "2a00:1450::200:5efe:192.168.0.1",
        "3fff::1",
        "fc00::1",
        "fd12:3456::1",
        "fe80::1",
        "fec0::1",
        "ff02::1",
    ],
)
def test_what_is_not_public_is_refused_however_it_is_wrapped(text: str) -> None:
    assert not is_public(ip_address(text))


@pytest.mark.parametrize(
    "text",
    [
        "1.1.1.1",
        "8.8.8.8",
        "193.0.6.139",
        "2606:4700:4700::1111",
        "2a00:1450:4001::1",
        "::ffff:1.1.1.1",
        "64:ff9b::1.1.1.1",
        "2002:101:101::1",
        "2a00:1450::5efe:1.1.1.1",
    ],
)
def test_public_addresses_may_be_asked(text: str) -> None:
    assert is_public(ip_address(text))


def test_a_name_with_one_private_address_among_public_ones_is_refused() -> None:
    with allowing("", resolve=lambda name, port: ["1.1.1.1", "10.0.0.1"]), pytest.raises(AddressRefused):
        find_addresses("mixed.example", 443, timeout_s=1)


def test_a_name_is_resolved_once() -> None:
    asked = []

    def resolve(name: str, port: int) -> list[str]:
        asked.append(name)
        return ["1.1.1.1"] if len(asked) == 1 else ["127.0.0.1"]

    with allowing("", resolve=resolve):
        assert find_addresses("Changing.Example.", 443, timeout_s=1) == ["1.1.1.1"]
    assert asked == ["changing.example"]


def test_an_address_with_a_zone_is_of_this_machines_own_network() -> None:
    with allowing("::/0", resolve=lambda name, port: ["fe80::1%eth0"]), pytest.raises(AddressRefused):
        find_addresses("near.example", 443, timeout_s=1)


def test_a_port_that_is_not_usual_needs_an_entry() -> None:
    with allowing("", resolve=lambda name, port: ["1.1.1.1"]), pytest.raises(AddressRefused, match="port"):
        find_addresses("taxii.example", 9000, timeout_s=1)
    with allowing(":9000", resolve=lambda name, port: ["1.1.1.1"]):
        assert find_addresses("taxii.example", 9000, timeout_s=1) == ["1.1.1.1"]


def test_a_port_alone_lets_nothing_private_through() -> None:
    with allowing(":9000"), pytest.raises(AddressRefused):
        find_addresses("127.0.0.1", 9000, timeout_s=1)


@pytest.mark.parametrize(
    ("entry", "host", "port", "passes"),
    [
        ("10.1.0.0/16", "10.1.2.3", 443, True),
        ("10.1.0.0/16", "10.1.2.3", 9200, True),
        ("10.1.0.0/16", "10.2.0.1", 443, False),
        ("127.0.0.1:8443", "127.0.0.1", 8443, True),
        ("127.0.0.1:8443", "127.0.0.1", 8444, False),
        ("[::1]:8443", "::1", 8443, True),
        ("::1", "::1", 80, True),
        ("intranet.example", "intranet.example", 443, True),
        ("intranet.example:8443", "intranet.example", 443, False),
        ("intranet.example", "other.example", 443, False),
    ],
)
def test_the_allow_list(entry: str, host: str, port: int, passes: bool) -> None:
    with allowing(entry, resolve=lambda name, port: ["10.9.9.9"]):
        if passes:
            assert find_addresses(host, port, timeout_s=1)
        else:
            with pytest.raises(AddressRefused):
                find_addresses(host, port, timeout_s=1)


def test_an_allowed_name_never_means_the_metadata_service() -> None:
    with (
        allowing("cloud.example", resolve=lambda name, port: ["169.254.169.254"]),
        pytest.raises(AddressRefused),
    ):
        find_addresses("cloud.example", 80, timeout_s=1)


@pytest.mark.parametrize(
    "text", ["10.0.0.0/33", "a b/c", "exa mple/8", "10.0.0.1:0", "10.0.0.1:99999", "-x-", "h:x"]
)
def test_what_is_no_entry_is_named(text: str) -> None:
    with pytest.raises(ValueError, match=r"is no|has no port"):
        read_exemptions(text)


def test_a_resolver_that_hangs_is_given_up() -> None:
    def hang(name: str, port: int) -> list[str]:
        time.sleep(0.5)
        return []

    with (
        allowing("", resolve=hang),
        pytest.raises(TimedOut, match="DNS"),
    ):
        find_addresses("slow.example", 443, timeout_s=0.05)


def test_a_name_without_an_address_is_unreachable() -> None:
    def fail(name: str, port: int) -> list[str]:
        raise OSError("NXDOMAIN")

    def find_none(name: str, port: int) -> list[str]:
        return []

    for resolve in (fail, find_none):
        with allowing("", resolve=resolve), pytest.raises(Unreachable):
            find_addresses("nothing.example", 443, timeout_s=1)


def test_rules_without_entries_allow_public_addresses_only() -> None:
    rules = OutgoingRules()
    assert rules.may_ask(ip_address("1.1.1.1"), "a.example", 443)
    assert not rules.may_ask(ip_address("1.1.1.1"), "a.example", 22)
    assert not rules.may_ask(ip_address("10.0.0.1"), "a.example", 443)


@pytest.mark.parametrize(
    ("text", "seconds"),
    [
        ("120", 120.0),
        ("0", 0.0),
        ("", None),
        ("soon", None),
        ("-5", None),
        ("Wed, 21 Oct 2015 07:28:00 GMT", 0.0),
    ],
)
def test_retry_after(text: str, seconds: float | None) -> None:
    assert read_retry_after({"retry-after": text}) == seconds


def test_retry_after_as_a_date_to_come() -> None:
    wait = read_retry_after({"retry-after": "Fri, 01 Jan 2100 00:00:00 GMT"})
    assert wait is not None
    assert wait > 3600


@pytest.mark.parametrize(
    "options",
    [
        TlsOptions(ca_file="/nowhere.pem"),
        TlsOptions(ca_file="-----BEGIN CERTIFICATE-----\nnonsense\n-----END CERTIFICATE-----"),
        TlsOptions(client_certificate="/nowhere.pem"),
        TlsOptions(
            client_certificate="-----BEGIN CERTIFICATE-----\nx", client_key="-----BEGIN PRIVATE KEY-----\nx"
        ),
    ],
)
def test_certificates_that_cannot_be_used_are_said_so(options: TlsOptions) -> None:
    with pytest.raises(BadInput, match="certificate"):
        make_tls_context(options)


def test_a_key_is_not_shown() -> None:
    assert "SECRET" not in repr(TlsOptions(client_certificate="SECRET", client_key="SECRET"))
