"""Formats that are converted both ways keep their values, and name what they do not keep."""

import io
import json
import warnings
from pathlib import Path
from typing import Any

import pytest

from stack.accounts.principal import Principal
from stack.stix.observables.keys import Role, derive_keys
from stack.store.queries.objects import iterate_texts
from tests.standards.round_trips.trips import list_losses, send_out, take_in

pytestmark = pytest.mark.django_db
_GOLDEN = Path(__file__).parents[2] / "golden" / "imports"


def values_of(texts: list[bytes]) -> set[tuple[str, str]]:
    """What the indicators look for."""
    objects: list[dict[str, Any]] = [json.loads(text) for text in texts]
    return {
        (str(key.kind), key.text)
        for obj in objects
        if obj["type"] == "indicator"
        for key in derive_keys(obj)
        if key.role is Role.PATTERN
    }


def test_openioc_comes_back_with_the_values_that_match_by_themselves(
    principal: Principal, tmp_path: Path
) -> None:
    job = take_in(principal, _GOLDEN / "openioc.ioc")
    assert list_losses(principal, job) == {"ProcessItem/SectionList/MemorySection/Name", "parameters"}
    came = values_of(list(iterate_texts(principal)))
    losses = send_out(principal, "openioc", tmp_path / "out.ioc", known_good="keep")
    assert any("AND" in line for line in losses), "an item of an AND is no match by itself"
    back = take_in(principal, tmp_path / "out.ioc", source="back")
    assert back.result["rejected"] == 0
    out = values_of([text for text in iterate_texts(principal) if b"Loader of January" not in text])
    assert out == {value for value in came if value[0] in {"md5", "domain"}}
    assert take_in(principal, _GOLDEN / "openioc.ioc").result["known"] == 1


def test_stix_1_is_converted_once_and_comes_back_as_stix_21(principal: Principal, tmp_path: Path) -> None:
    first = take_in(principal, _GOLDEN / "stix1.xml")
    assert (first.result["new"], first.result["rejected"]) == (first.result["total"], 0)
    again = take_in(principal, _GOLDEN / "stix1.xml")
    assert again.result["known"] == again.result["total"] == first.result["total"]
    assert send_out(principal, "stix", tmp_path / "out.json") == []
    back = take_in(principal, tmp_path / "out.json")
    assert (back.result["format"], back.result["known"]) == ("stix", first.result["total"])


def test_what_conversions_make_is_stix_to_the_oasis_validator(principal: Principal, tmp_path: Path) -> None:
    for name in ("openioc.ioc", "stix1.xml", "misp.json"):
        take_in(principal, _GOLDEN / name, source=name)
    send_out(principal, "stix", tmp_path / "out.json")
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        from stix2validator import ValidationOptions, validate

        options = ValidationOptions(version="2.1", strict=False, disabled=["all"])
        found = validate(io.StringIO((tmp_path / "out.json").read_text()), options)
    assert found.is_valid, [str(error) for result in found.object_results for error in result.errors][:5]


def test_a_taxii_envelope_of_what_came_out_is_known(principal: Principal, tmp_path: Path) -> None:
    take_in(principal, _GOLDEN / "misp.json")
    texts = list(iterate_texts(principal))
    envelope = tmp_path / "envelope.json"
    envelope.write_bytes(b'{"more":false,"objects":[' + b",".join(texts) + b"]}")
    back = take_in(principal, envelope)
    assert (back.result["known"], back.result["format"]) == (len(texts), "stix")
