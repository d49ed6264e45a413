"""Databases of places: what is bundled, and the layouts of those that operators bring."""

from ipaddress import ip_address
from pathlib import Path
from typing import Any

import pytest

from stack.analysis.addresses import layout
from stack.analysis.addresses.bundled import FILE, Announced, Networks, open_networks
from stack.analysis.addresses.places import locate_address
from stack.analysis.addresses.settings import GeographySettings
from stack.core.errors import Unavailable
from tests.databases_of_places import write_places

ADDRESS = ip_address("198.51.100.7")
LAYOUTS: dict[str, dict[str, Any]] = {
    "GeoLite2-Country": {"country": {"iso_code": "NZ", "names": {"en": "New Zealand"}}},
    "GeoLite2-City": {
        "country": {"iso_code": "NZ"},
        "city": {"names": {"en": "Nelson"}},
        "location": {"latitude": -41.25, "longitude": 173.25},
    },
    "ipinfo lite": {"country_code": "NZ", "country": "New Zealand", "asn": "AS64500", "as_name": "Example"},
    "ipinfo location": {"country": "NZ", "city": "Nelson", "lat": "-41.25", "lng": "173.25"},
    "DBIP-Country-Lite": {"continent": {"code": "OC"}, "country": {"iso_code": "NZ"}},
}


@pytest.mark.parametrize("kind", LAYOUTS)
def test_the_country_is_read_in_every_layout(kind: str, tmp_path: Path) -> None:
    path = write_places(tmp_path / "a.mmdb", {"198.51.100.0/24": LAYOUTS[kind]}, kind=kind)
    found = locate_address(ADDRESS, settings=GeographySettings(country=path, asn=path))
    assert found.country == "NZ"
    assert found.sources == (f"{kind}, as of 2026-02-01",)
    assert not found.is_bundled
    assert not found.is_registration
    has_city = "city" in LAYOUTS[kind]
    assert found.city == ("Nelson" if has_city else "")
    assert (found.latitude, found.longitude) == ((-41.25, 173.25) if has_city else (None, None))
    assert locate_address(ip_address("192.0.2.1"), settings=GeographySettings(country=path)).country == ""


@pytest.mark.parametrize(
    "entry",
    [
        {"autonomous_system_number": 64500, "autonomous_system_organization": "Example"},
        {"asn": "AS64500", "as_name": "Example", "as_domain": "example.org"},
        {"asn": "AS64500", "name": "Example", "domain": "example.org"},
    ],
)
def test_the_system_is_read_in_every_layout(entry: dict[str, Any], tmp_path: Path) -> None:
    path = write_places(tmp_path / "a.mmdb", {"2001:db8::/32": entry}, kind="asn")
    found = locate_address(ip_address("2001:db8::1"), settings=GeographySettings(asn=path))
    assert found.system == Announced(64500, "Example")
    assert found.is_bundled, "the country is still that of the bundled file"


def test_only_a_registered_country_is_told_as_such(tmp_path: Path) -> None:
    entry = {"registered_country": {"iso_code": "NZ"}}
    path = write_places(tmp_path / "a.mmdb", {"198.51.100.0/24": entry}, kind="GeoLite2-Country")
    found = locate_address(ADDRESS, settings=GeographySettings(country=path, asn=path))
    assert found.country == "NZ"
    assert found.is_registration


def test_what_is_no_database_is_told(tmp_path: Path) -> None:
    path = tmp_path / "a.mmdb"
    path.write_bytes(b"nothing of the kind")
    with pytest.raises(Unavailable, match=r"a\.mmdb is no database"):
        locate_address(ADDRESS, settings=GeographySettings(country=path))
    with pytest.raises(Unavailable, match=r"b\.mmdb cannot be read"):
        locate_address(ADDRESS, settings=GeographySettings(asn=tmp_path / "b.mmdb"))


def test_a_damaged_database_is_told(tmp_path: Path) -> None:
    path = write_places(tmp_path / "a.mmdb", {"198.51.100.0/24": {"country_code": "NZ"}}, kind="x")
    whole = path.read_bytes()
    path.write_bytes(whole.replace(b"\x4ccountry_code", b"\xffcountry_code"))
    assert path.read_bytes() != whole
    with pytest.raises(Unavailable, match=r"a\.mmdb is damaged"):
        locate_address(ADDRESS, settings=GeographySettings(country=path))


def test_a_database_that_was_replaced_is_read_anew(tmp_path: Path) -> None:
    import os

    path = tmp_path / "a.mmdb"
    settings = GeographySettings(country=path)
    for number, code in enumerate(("NZ", "AU")):
        other = write_places(tmp_path / code, {"198.51.100.0/24": {"country_code": code}}, kind="x")
        os.utime(other, ns=(number, number))
        other.replace(path)
        assert locate_address(ADDRESS, settings=settings).country == code


@pytest.mark.parametrize(
    ("text", "country", "number"),
    [
        ("8.8.8.8", "US", 15169),
        ("9.9.9.9", "US", 19281),
        ("193.0.6.139", "NL", 3333),
        ("203.178.141.194", "JP", 2500),
        ("2001:200::1", "JP", 2500),
        ("2001:67c:2e8::1", "NL", 3333),
        ("2606:4700::1111", "US", 13335),
        ("10.0.0.1", "", None),
        ("0.0.0.0", "", None),
        ("255.255.255.255", "", None),
        ("::", "", None),
        ("ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff", "", None),
    ],
)
def test_the_bundled_file_knows_networks(text: str, country: str, number: int | None) -> None:
    address = ip_address(text)
    system = open_networks().find_system(address)
    assert open_networks().find_country(address) == country
    assert (system.number if system else None) == number
    assert system is None or system.name


def test_who_made_the_bundled_data_is_named() -> None:
    found = locate_address(ip_address("8.8.8.8"), settings=GeographySettings())
    assert found.is_bundled
    assert found.sources == ("Route Views, DB-IP, NRO (CC BY 4.0), as of 2026-06-17",)
    notice = (FILE.parent / "NOTICE").read_text()
    assert all(name in notice for name in ("routeviews.org", "https://db-ip.com", "nro.net", "CC BY 4.0"))
    assert FILE.stat().st_size < 5_000_000


def test_numbers_come_back_from_their_planes() -> None:
    starts = [0, 1, 255, 256, 65_536, (1 << 64) - 1]
    assert list(layout.unpack_starts(layout.pack_starts(starts, code="Q"), code="Q")) == starts
    assert list(layout.unpack_numbers(layout.pack_numbers([5, 0, 7], code="I"), code="I")) == [5, 0, 7]


@pytest.mark.parametrize("data", [b"", b"STKNET00" + bytes(20), FILE.read_bytes()[:-1]])
def test_another_or_a_damaged_file_is_refused(data: bytes) -> None:
    with pytest.raises(ValueError, match=r"file of networks"):
        Networks(data)
