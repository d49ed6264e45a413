"""An organisation with a curator, indicators in a collection, and a firewall that polls."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from django.test import Client

from stack.accounts.models import Organisation
from stack.accounts.principal import Principal, Role
from stack.sharing.collections.collector import catch_up
from stack.sharing.collections.operations import create_collection
from stack.sharing.collections.records import CollectionRow
from stack.sharing.exporting.records import ExportRequest
from stack.sharing.outputs.operations import create_output, create_output_key
from stack.sharing.outputs.records import NewOutputKey, OutputRow
from stack.store.operations import ensure_source, write_statements
from stack.store.statements import describe_statement
from tests.integration.store.conftest import encode, make_object
from tests.people import make_principal

Fetch = Callable[..., Any]


def make_ioc(name: str, *, second: int = 0, **properties: Any) -> dict[str, Any]:
    """An indicator for the domain NAME.example."""
    pattern = {"pattern": f"[domain-name:value = '{name}.example']", "pattern_type": "stix"}
    modified = f"2026-01-01T00:00:{second:02d}.000Z"
    base = make_object("indicator", name, modified=modified, valid_from="2026-01-01T00:00:00Z")
    return base | pattern | properties


def state(principal: Principal, *objects: dict[str, Any]) -> None:
    """States the objects, and brings all collections up to date."""
    source = ensure_source(principal, name="feed")
    statements = [describe_statement(encode(obj), json.loads(encode(obj))) for obj in objects]
    write_statements(principal, statements=statements, source_id=source.id)
    catch_up()


@pytest.fixture
def organisation(database: str, tmp_path: Path, settings: Any) -> Organisation:
    settings.SEARCH_INDEX = tmp_path / "index"
    return Organisation.objects.create(name="Analysts")


@pytest.fixture
def curator(organisation: Organisation) -> Principal:
    return make_principal("cleo", organisation, role=Role.CURATOR)


@pytest.fixture
def collection(curator: Principal) -> CollectionRow:
    return create_collection(curator, title="Blocked", query="*")


@pytest.fixture
def output(curator: Principal, collection: CollectionRow) -> OutputRow:
    """A plain list of the domains of the collection."""
    request = ExportRequest(
        format="list",
        collection=collection.uid,
        options={"kind": "domain", "comments": "no"},
        known_good="keep",
    )
    return create_output(curator, title="For the firewall", request=request)


@pytest.fixture
def key(curator: Principal, output: OutputRow) -> NewOutputKey:
    return create_output_key(curator, output.id, name="firewall")


@pytest.fixture
def fetch(key: NewOutputKey) -> Fetch:
    """GET of the address with the key in it; keyword arguments are headers, `path` another address."""
    client = Client(raise_request_exception=False)

    def get(path: str = key.path, method: str = "GET", **headers: str) -> Any:
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        response = client.generic(method, path, headers=named)
        response.body = response.getvalue()  # type: ignore[attr-defined]
        return response

    return get
