"""Scopes, addresses within addresses, roles by lists, forms of reverse names, neighbours."""

from ipaddress import ip_address

import pytest

from stack.analysis.addresses.lists import MEANINGS, Role, find_role
from stack.analysis.addresses.neighbours import count_bad, list_networks_around
from stack.analysis.addresses.reverse import Form, find_names, read_form
from stack.analysis.addresses.scope import find_scope, read_address, unwrap
from stack.analysis.answers import STRONG
from stack.analysis.base import Known, KnownObject
from stack.core.errors import BadInput
from stack.core.http.guard import is_public
from tests.analysis_tools import ToldResolver

ADDRESS = ip_address("203.0.113.47")


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("8.8.8.8", "public"),
        ("2001:4860:4860::8888", "public"),
        ("10.255.255.255", "private"),
        ("172.16.0.0", "private"),
        ("172.32.0.0", "public"),
        ("fd00::1", "private"),
        ("100.64.0.1", "shared"),
        ("100.128.0.1", "public"),
        ("127.0.0.53", "loopback"),
        ("::1", "loopback"),
        ("169.254.1.1", "link-local"),
        ("169.254.169.254", "metadata"),
        ("fe80::1", "link-local"),
        ("192.0.2.1", "documentation"),
        ("2001:db8::1", "documentation"),
        ("3fff::1", "documentation"),
        ("198.19.255.255", "benchmarking"),
        ("224.0.0.1", "multicast"),
        ("ff02::1", "multicast"),
        ("255.255.255.255", "broadcast"),
        ("240.0.0.1", "reserved"),
        ("0.0.0.0", "unspecified"),
        ("0.1.2.3", "reserved"),
        ("::", "unspecified"),
        ("192.0.0.8", "special"),
        ("2001:10::1", "special"),
        ("64:ff9b::808:808", "public"),
        ("64:ff9b::a00:1", "special"),
    ],
)
def test_the_scope_is_that_of_the_registries(text: str, name: str) -> None:
    address = ip_address(text)
    assert find_scope(address).name == name
    assert (name == "public") == is_public(address)


@pytest.mark.parametrize(
    ("text", "form", "inner"),
    [
        ("::ffff:192.0.2.1", "IPv4-mapped", ["192.0.2.1"]),
        ("::ffff:0:192.0.2.1", "IPv4-translated", ["192.0.2.1"]),
        ("64:ff9b::192.0.2.1", "NAT64", ["192.0.2.1"]),
        ("2002:c000:201::1", "6to4", ["192.0.2.1"]),
        ("2001:0:4136:e378:8000:63bf:3fff:fdd2", "Teredo", ["65.54.227.120", "192.0.2.45"]),
    ],
)
def test_what_an_address_stands_for_is_unwrapped(text: str, form: str, inner: list[str]) -> None:
    found = unwrap(ip_address(text))
    assert found is not None
    assert found.form == form
    assert [str(each) for each in found.inner] == inner


@pytest.mark.parametrize("text", ["", "fe80::1%eth0", "192.0.2.1/24", "192.0.2.256", "a" * 10_000])
def test_what_is_no_address_is_refused(text: str) -> None:
    with pytest.raises(BadInput, match="is no IP address"):
        read_address(text)


@pytest.mark.parametrize(
    ("name", "role"),
    [
        ("amazon-aws", Role.CLOUD),
        ("cloudflare", Role.DELIVERY),
        ("shodan-nt-scanning", Role.SCANNER),
        ("vpn-ipv4", Role.VPN),
        ("tor-exits", Role.TOR),
        ("our_vpn", Role.VPN),
        ("tranco", None),
        ("torrents", None),
        ("rfc1918", None),
    ],
)
def test_lists_mean_roles(name: str, role: Role | None) -> None:
    assert find_role(name) is role
    assert set(MEANINGS) == set(Role)


@pytest.mark.parametrize(
    ("name", "form"),
    [
        ("dyn-203-0-113-47.pool.isp.example", Form.DYNAMIC),
        ("203-0-113-47.dsl.isp.example", Form.DYNAMIC),
        ("tor-exit-3.relays.example.org", Form.TOR),
        ("torexit.example.org", Form.TOR),
        ("scanner-12.research.example", Form.SCANNER),
        ("mx1.mail.example.org", Form.MAIL),
        ("vps-8891.hosting.example", Form.HOSTED),
        ("47.113.0.203.isp.example", Form.GENERATED),
        ("h203-0-113-47.isp.example", Form.GENERATED),
        ("cb00712f.isp.example", Form.GENERATED),
        ("203000113047.isp.example", Form.GENERATED),
        ("www.example.org", Form.OWN),
        ("doctor.example.org", Form.OWN),
        ("mail.example", Form.MAIL),
        ("www.vpn.example", Form.OWN),
    ],
)
def test_names_tell_what_an_address_is_for(name: str, form: Form) -> None:
    assert read_form(name, ADDRESS) is form


def test_a_name_leads_back_only_where_its_own_addresses_say_so() -> None:
    records = {
        ("47.113.0.203.in-addr.arpa", "PTR"): ("crawl-1.googlebot.com.", "host.example.org."),
        ("host.example.org", "A"): ("203.0.113.47",),
        ("crawl-1.googlebot.com", "A"): ("192.0.2.1",),
    }
    false, true = find_names(ADDRESS, ToldResolver(records))
    assert (false.name, false.leads_back, false.claims) == ("crawl-1.googlebot.com", False, "googlebot.com")
    assert (true.name, true.leads_back, true.claims) == ("host.example.org", True, "")


def test_an_address_of_ipv6_is_recognised_however_it_is_written() -> None:
    address = ip_address("2001:db8::1")
    records = {
        (address.reverse_pointer, "PTR"): ("host.example.org.",),
        ("host.example.org", "AAAA"): ("nonsense", "2001:0DB8:0::0:1"),
    }
    [found] = find_names(address, ToldResolver(records))
    assert found.leads_back


def test_what_is_no_name_is_passed_over() -> None:
    names = ("a b.example.", "x" * 300, "\0.example", "", "-ok.example.")
    [found] = find_names(ADDRESS, ToldResolver({("47.113.0.203.in-addr.arpa", "PTR"): names}))
    assert found.name == "-ok.example"


def test_no_more_names_are_asked_about_than_a_few() -> None:
    names = tuple(f"a{number}.example.org." for number in range(50))
    resolver = ToldResolver({("47.113.0.203.in-addr.arpa", "PTR"): names})
    assert len(find_names(ADDRESS, resolver)) == 3
    assert len(resolver.asked) == 4


def indicate(value: str, **fields: object) -> Known:
    known = KnownObject(stix_id="indicator--1", type="indicator", name="x", role="pattern", **fields)  # type: ignore[arg-type]
    return Known(value, "ipv4", (known,))


def test_neighbours_count_where_indicators_speak_ill_of_them() -> None:
    assert list_networks_around(ADDRESS) == ["203.0.113.0/24"]
    assert list_networks_around(ip_address("2001:db8:1:2::3")) == ["2001:db8:1:2::/64", "2001:db8:1::/48"]
    known = [
        indicate("203.0.113.47"),
        indicate("203.0.113.48"),
        indicate("203.0.113.49", is_revoked=True),
        indicate("203.0.113.50", labels=("Benign",)),
        indicate("203.0.113.51", labels=("anonymization",)),
        Known("203.0.113.52", "ipv4"),
    ]
    found = count_bad("203.0.113.0/24", known, besides=ADDRESS)
    assert (found.size, found.known, found.bad) == (256, 5, ("203.0.113.48",))


def test_many_neighbours_weigh_more_but_are_never_strong_evidence() -> None:
    weights = [
        count_bad(
            "203.0.113.0/24", [indicate(f"203.0.113.{host}") for host in range(number)], besides=ADDRESS
        ).weight
        for number in (0, 1, 2, 4, 5, 40)
    ]
    assert weights == sorted(weights)
    assert weights[0] == 0
    assert weights[1] > 0
    assert weights[-1] < STRONG
