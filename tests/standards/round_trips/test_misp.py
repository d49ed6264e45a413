"""MISP events go in, come out as MISP loads them, and are known when they come in again."""

import io
import json
import warnings
import zipfile
from collections import Counter
from pathlib import Path
from typing import Any

import pytest

from stack.accounts.principal import Principal
from stack.stix.misp.properties import says_nothing
from stack.store.queries.objects import iterate_texts
from tests.conftest import DataFiles
from tests.standards.round_trips.trips import digest, list_losses, send_out, split_response, take_in

pytestmark = [pytest.mark.django_db, pytest.mark.data]

# What every export of the publisher has and Stack says that it leaves behind.
LEFT_BEHIND = {
    *("Event.Org", "Event.attribute_count", "Event.event_creator_email", "Event.id", "Event.org_id"),
    *("Event.orgc_id", "Event.Tag.colour", "Attribute.id", "Attribute.event_id", "Object.id"),
    *("Object.event_id", "Object.Attribute.id", "Object.Attribute.event_id", "Object.Attribute.object_id"),
    *("ObjectReference.id", "ObjectReference.event_id", "ObjectReference.object_id"),
    "ObjectReference.referenced_id",
    *(f"Event.Galaxy.GalaxyCluster.{name}" for name in ("authors", "collection_uuid", "description", "meta")),
    *(f"Event.Galaxy.GalaxyCluster.{name}" for name in ("source", "version")),
}
_OF_THE_INSTANCE = {"id", "event_id", "object_id", "org_id", "orgc_id", "sharing_group_id", "referenced_id"}
_DERIVED = {"attribute_count", "event_creator_email", "Org", "Galaxy", "locked", "proposal_email_lock"}


def describe(record: dict[str, Any], *leave: str) -> dict[str, str]:
    """The plain members of a record that say something, as text: MISP writes numbers either way."""
    return {
        name: str(value)
        for name, value in record.items()
        if isinstance(value, str | int | bool)
        and name not in {*_OF_THE_INSTANCE, *_DERIVED, *leave}
        and not says_nothing(name, value)
    }


def by_uuid(records: list[dict[str, Any]]) -> dict[str, dict[str, Any]]:
    return {record["uuid"]: record for record in records}


def assert_the_same(back: dict[str, Any], came: dict[str, Any]) -> None:
    assert describe(back) == describe(came)
    assert back["Orgc"]["uuid"] == came["Orgc"]["uuid"]
    assert {tag["name"] for tag in back["Tag"]} == {tag["name"] for tag in came.get("Tag", [])}
    assert_same_attributes(back["Attribute"], came["Attribute"])
    found = by_uuid(back["Object"])
    assert found.keys() == by_uuid(came.get("Object", [])).keys()
    for record in came.get("Object", []):
        assert describe(found[record["uuid"]]) == describe(record)
        assert_same_attributes(found[record["uuid"]]["Attribute"], record["Attribute"])
        references = by_uuid(found[record["uuid"]].get("ObjectReference", []))
        for reference in record["ObjectReference"]:
            wanted = describe(reference, "source_uuid", "referenced_type", "object_uuid")
            assert wanted.items() <= describe(references[reference["uuid"]]).items()


def assert_same_attributes(back: list[dict[str, Any]], came: list[dict[str, Any]]) -> None:
    found = by_uuid(back)
    assert found.keys() == by_uuid(came).keys()
    for attribute in came:
        assert describe(found[attribute["uuid"]]) == describe(attribute)


@pytest.mark.timeout(300)
def test_events_come_back_with_all_that_misp_said(
    data_file: DataFiles, principal: Principal, tmp_path: Path
) -> None:
    paths = sorted(data_file("misp").glob("*.json"))
    came: dict[str, dict[str, Any]] = {}
    for path in paths:
        job = take_in(principal, path)
        assert (job.result["format"], job.result["rejected"]) == ("misp", 0)
        assert list_losses(principal, job) <= LEFT_BEHIND
        came |= by_uuid(list(split_response(path)))
    stored = digest(iterate_texts(principal))
    out = tmp_path / "events.json"
    losses = send_out(principal, "misp", out)
    assert losses == []
    back = by_uuid(list(split_response(out)))
    assert back.keys() == came.keys()
    for uuid, event in came.items():
        assert_the_same(back[uuid], event)
    again = take_in(principal, out)
    assert (again.result["known"], again.result["rejected"]) == (again.result["total"], 0)
    assert digest(iterate_texts(principal)) == stored


def test_what_comes_out_loads_in_pymisp(data_file: DataFiles, principal: Principal, tmp_path: Path) -> None:
    take_in(principal, data_file("misp/misp-moustachedbouncer.event.json"))
    take_in(principal, data_file("stix21/mbc.json"), source="mbc")
    out = tmp_path / "events.json"
    losses = send_out(principal, "misp", out)
    assert any(line.startswith("not carried") and "malware" in line for line in losses)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        from pymisp import MISPEvent

        for event in split_response(out):
            loaded = MISPEvent()
            loaded.load({"Event": json.loads(json.dumps(event))})
            assert len(loaded.attributes) == len(event["Attribute"])
            assert len(loaded.objects) == len(event["Object"])


def test_a_feed_says_of_its_events_what_pymisp_says(
    data_file: DataFiles, principal: Principal, tmp_path: Path
) -> None:
    take_in(principal, data_file("misp/misp-moustachedbouncer.event.json"))
    take_in(principal, data_file("misp/oceanlotus.misp.event.json"))
    send_out(principal, "misp-feed", tmp_path / "feed.zip")
    with zipfile.ZipFile(tmp_path / "feed.zip") as archive:
        files = {name: archive.read(name) for name in archive.namelist()}
    manifest = json.loads(files.pop("manifest.json"))
    hashes = files.pop("hashes.csv").decode().split()
    expected: list[str] = []
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        from pymisp import MISPEvent

        for text in files.values():
            event = MISPEvent()
            event.load(text)
            [(uuid, summary)] = event.manifest.items()
            assert manifest[uuid].keys() == summary.keys()
            assert manifest[uuid]["info"] == summary["info"]
            assert int(manifest[uuid]["timestamp"]) == summary["timestamp"]
            found = [*event.attributes, *(part for each in event.objects for part in each.attributes)]
            # PyMISP decodes times, and hashes what it would write them as.
            plain = [attribute for attribute in found if isinstance(attribute.value, str)]
            times = len(found) - len(plain)
            expected += [f"{digest},{uuid}" for each in plain for digest in each.hash_values("md5")]
            hashes_left = [line for line in hashes if line.endswith(uuid)]
            assert len(hashes_left) == times + sum(line.endswith(uuid) for line in expected)
    assert len(files) == len(manifest) == 2
    assert Counter(expected) <= Counter(hashes)


def test_what_is_made_of_misp_is_stix_to_the_oasis_validator(
    data_file: DataFiles, principal: Principal, tmp_path: Path
) -> None:
    for name in ("misp_invisimole.json", "misp-moustachedbouncer.event.json", "mozi.misp-event.json"):
        take_in(principal, data_file(f"misp/{name}"))
    out = tmp_path / "out.json"
    send_out(principal, "stix", out)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        from stix2validator import ValidationOptions, validate

        options = ValidationOptions(version="2.1", strict=False, disabled=["all"])
        [found] = [validate(io.StringIO(out.read_text()), options)]
    assert found.is_valid, [str(error) for result in found.object_results for error in result.errors][:5]
