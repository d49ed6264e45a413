import json
from typing import Any

import pytest
from django.test import Client

from stack.accounts.models import User
from stack.accounts.principal import Permission, Principal
from stack.core.errors import NotAllowed
from stack.sharing.exporting.operations import export
from stack.sharing.exporting.records import ExportRequest
from tests.integration.api.conftest import State, client_of
from tests.integration.store.conftest import TLP_RED, encode, make_object

pytestmark = pytest.mark.django_db


def _read(response: Any) -> bytes:
    assert response.status_code == 200
    return b"".join(response.streaming_content)


def test_every_object_is_byte_for_byte_as_it_came(api: Client, state: State) -> None:
    objects = [make_object("tool", f"tool {n}", x_odd=1.0) for n in range(3)]
    state("feed", *objects)
    response = api.get("/api/v1/export")
    body = _read(response)
    assert response["Content-Type"] == "application/stix+json;version=2.1"
    bundle = json.loads(body)
    assert bundle["type"] == "bundle"
    assert bundle["objects"] == objects
    assert all(encode(obj) in body for obj in objects)


def test_nothing_to_export_is_a_bundle_without_objects(api: Client) -> None:
    bundle = json.loads(_read(api.get("/api/v1/export?type=malware")))
    assert bundle.keys() == {"type", "id"}


def test_types_narrow(api: Client, state: State) -> None:
    state("feed", make_object("tool", "a"), make_object("malware", "b", is_family=True))
    bundle = json.loads(_read(api.get("/api/v1/export?type=tool")))
    assert [obj["name"] for obj in bundle["objects"]] == ["a"]


def test_what_may_not_be_seen_does_not_leave(member: User, state: State) -> None:
    state("feed", make_object("tool", "a"), make_object("tool", "b", object_marking_refs=[TLP_RED]))
    bundle = json.loads(_read(client_of(member).get("/api/v1/export")))
    assert [obj["name"] for obj in bundle["objects"]] == ["a"]


def test_a_large_export_comes_in_bounded_pieces(principal: Principal, state: State) -> None:
    state("feed", *(make_object("tool", f"tool {n}", description="x" * 100_000) for n in range(8)))
    pieces = list(export(principal, ExportRequest()).pieces)
    assert len(pieces) > 2
    assert max(map(len, pieces)) < 500_000
    assert len(json.loads(b"".join(pieces))["objects"]) == 8


def test_permission_is_asked_for_before_the_first_piece(principal: Principal) -> None:
    reader = Principal("reader", principal.organisation_id, None, frozenset({Permission.READ}), 4)
    with pytest.raises(NotAllowed):
        export(reader, ExportRequest())
