import importlib
import uuid
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from stack.stix.ids import (
    SCO_NAMESPACE,
    IdError,
    StixId,
    compute_bundle_id,
    compute_deterministic_id,
    compute_sco_id,
    format_id,
    parse_id,
)

stix2: Any = importlib.import_module("stix2")

_TEXT = st.text(st.characters(exclude_categories=["Cs", "Cc"]), min_size=1, max_size=20)
_UNIX = st.just("unix")
_HASHES = st.fixed_dictionaries(
    {},
    optional={
        "MD5": st.binary(min_size=16, max_size=16).map(bytes.hex),
        "SHA-1": st.binary(min_size=20, max_size=20).map(bytes.hex),
        "SHA-256": st.binary(min_size=32, max_size=32).map(bytes.hex),
        "SHA-512": st.binary(min_size=64, max_size=64).map(bytes.hex),
        "SHA3-256": st.binary(min_size=32, max_size=32).map(bytes.hex),
    },
).filter(bool)
_EXTENSIONS = st.builds(
    lambda pe: {"windows-pebinary-ext": pe},
    st.fixed_dictionaries({"pe_type": st.just("exe")}, optional={"number_of_sections": st.integers(0, 9)}),
)


def _observable(type_name: str, required: dict[str, Any], optional: dict[str, Any]) -> Any:
    return st.fixed_dictionaries({"type": st.just(type_name), **required}, optional=optional)


_OBSERVABLES = st.one_of(
    _observable("autonomous-system", {"number": st.integers(0, 2**32)}, {"name": _TEXT}),
    _observable("directory", {"path": _TEXT}, {"path_enc": st.just("utf-8")}),
    _observable("domain-name", {"value": _TEXT}, {}),
    _observable("email-addr", {"value": _TEXT}, {"display_name": _TEXT}),
    _observable("email-message", {"is_multipart": st.just(False), "subject": _TEXT}, {"body": _TEXT}),
    _observable("ipv4-addr", {"value": st.ip_addresses(v=4).map(str)}, {}),
    _observable("ipv6-addr", {"value": st.ip_addresses(v=6).map(str)}, {}),
    _observable("mutex", {"name": _TEXT}, {}),
    _observable("url", {"value": _TEXT}, {}),
    _observable("software", {"name": _TEXT}, {"vendor": _TEXT, "version": _TEXT, "swid": _TEXT}),
    _observable("user-account", {"user_id": _TEXT}, {"account_login": _TEXT, "account_type": _UNIX}),
    _observable("x509-certificate", {"hashes": _HASHES}, {"serial_number": _TEXT, "issuer": _TEXT}),
    _observable(
        "windows-registry-key",
        {"key": _TEXT},
        {"values": st.lists(st.fixed_dictionaries({"name": _TEXT, "data": _TEXT}), min_size=1, max_size=3)},
    ),
    _observable(
        "file",
        {"hashes": _HASHES},
        {"name": _TEXT, "size": st.integers(0, 99), "extensions": _EXTENSIONS},
    ),
)  # fmt: skip


@settings(max_examples=150, deadline=None)
@given(_OBSERVABLES)
def test_deterministic_ids_equal_the_peers(obj: dict[str, object]) -> None:
    assert compute_sco_id(obj) == stix2.parse({**obj, "spec_version": "2.1"}, version="2.1").id


def test_the_namespace_and_the_name_are_those_of_the_standard() -> None:
    name = '{"value":"198.51.100.3"}'
    expected = f"ipv4-addr--{uuid.uuid5(SCO_NAMESPACE, name)}"
    assert compute_sco_id({"type": "ipv4-addr", "value": "198.51.100.3", "defanged": True}) == expected


@pytest.mark.parametrize(
    ("hashes", "chosen"),
    [
        ({"SHA-512": "d", "SHA-256": "c", "SHA-1": "b", "MD5": "a"}, {"MD5": "a"}),
        ({"SHA-512": "d", "SHA-256": "c", "SHA-1": "b"}, {"SHA-1": "b"}),
        ({"TLSH": "t", "SHA-512": "d", "SHA-256": "c"}, {"SHA-256": "c"}),
        ({"TLSH": "t", "SHA-512": "d"}, {"SHA-512": "d"}),
        ({"TLSH": "t", "SSDEEP": "s"}, {"TLSH": "t"}),
    ],
)
def test_one_hash_contributes_by_preference(hashes: dict[str, str], chosen: dict[str, str]) -> None:
    everything = compute_deterministic_id({"type": "file", "hashes": hashes})
    assert everything == compute_deterministic_id({"type": "file", "hashes": chosen})


@pytest.mark.parametrize(
    "obj",
    [
        {"type": "process", "pid": 4},
        {"type": "artifact", "url": "https://example.org/a"},
        {"type": "file", "size": 3, "hashes": {}},
        {"type": "x-custom", "value": "a"},
    ],
)
def test_without_contributing_properties_the_id_is_random(obj: dict[str, object]) -> None:
    assert compute_deterministic_id(obj) is None
    first, second = compute_sco_id(obj), compute_sco_id(obj)
    assert first != second
    assert uuid.UUID(bytes=parse_id(first).uuid).version == 4


def test_the_text_of_a_timestamp_contributes_as_it_is() -> None:
    # stix2 writes timestamps anew before it hashes; the standard hashes the property as it is.
    short = {"type": "network-traffic", "protocols": ["tcp"], "start": "2020-01-01T00:00:00Z"}
    assert compute_sco_id(short) != compute_sco_id({**short, "start": "2020-01-01T00:00:00.000Z"})


@given(st.from_regex(r"[a-z][a-z0-9]{2,9}(-[a-z0-9]{1,9}){0,3}", fullmatch=True), st.uuids())
def test_ids_read_back(type_name: str, value: uuid.UUID) -> None:
    text = f"{type_name}--{value}"
    assert parse_id(text) == StixId(type_name, value.bytes)
    assert format_id(type_name, value.bytes) == text
    assert parse_id(f"{type_name}--{str(value).upper()}") == StixId(type_name, value.bytes)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "malware",
        "malware--",
        "malware-00000000-0000-4000-8000-000000000000",
        "Malware--00000000-0000-4000-8000-000000000000",
        "mal--ware--00000000-0000-4000-8000-000000000000",
        "malware--00000000-0000-4000-8000-00000000000",
        "malware--00000000-0000-4000-8000-000000000000\n",
        "malware--0000000000004000800000000000000",
        "malware--00000000-0000-4000-8000-00000000000g",
    ],
)
def test_what_is_no_id_is_refused(text: str) -> None:
    with pytest.raises(IdError, match="type--UUID"):
        parse_id(text)


def test_a_bundle_of_the_same_members_has_the_same_id_in_any_order() -> None:
    assert compute_bundle_id(["a", "b"]) == compute_bundle_id(["b", "a"])
    assert compute_bundle_id(["a", "b"]) != compute_bundle_id(["a", "c"])
    assert parse_id(compute_bundle_id([])).type == "bundle"
