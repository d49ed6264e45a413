"""An output in the format of a MISP feed is one that MISP can poll: a manifest, and a file for each event."""

import io
import json
import zipfile

import pytest

from stack.accounts.principal import Principal
from stack.sharing.collections.records import CollectionRow
from stack.sharing.exporting.records import ExportRequest
from stack.sharing.outputs.operations import create_output, create_output_key
from tests.integration.sharing.outputs.conftest import Fetch, make_ioc, state

pytestmark = pytest.mark.django_db(databases="__all__", transaction=True)


def test_misp_finds_the_manifest_and_the_events_it_names(
    curator: Principal, collection: CollectionRow, fetch: Fetch
) -> None:
    state(curator, make_ioc("bad"), make_ioc("worse"))
    request = ExportRequest(format="misp-feed", collection=collection.uid)
    made = create_output(curator, title="For MISP", request=request)
    folder = create_output_key(curator, made.id, name="misp").path.rpartition("/")[0]
    manifest = fetch(f"{folder}/manifest.json")
    assert (manifest.status_code, manifest["Content-Type"]) == (200, "application/json")
    [uuid] = json.loads(manifest.body)
    event = json.loads(fetch(f"{folder}/{uuid}.json").body)["Event"]
    assert (event["uuid"], event["info"]) == (uuid, "For MISP")
    assert {each["value"] for each in event["Attribute"]} == {"bad.example", "worse.example"}
    assert len(fetch(f"{folder}/hashes.csv").body.splitlines()) == 2
    assert fetch(f"{folder}/manifest.json", if_none_match=manifest["ETag"]).status_code == 304
    with zipfile.ZipFile(io.BytesIO(fetch(f"{folder}/feed.zip").body)) as archive:
        assert archive.read("manifest.json") == manifest.body
    assert fetch(f"{folder}/{'0' * 8}-0000-4000-8000-{'0' * 12}.json").status_code == 404


def test_the_name_of_a_file_means_nothing_to_other_formats(
    curator: Principal, fetch: Fetch, key: object
) -> None:
    state(curator, make_ioc("bad"))
    folder = getattr(key, "path", "").rpartition("/")[0]
    assert fetch(f"{folder}/manifest.json").body == b"bad.example\n"
