"""An empty index for each test, a principal, and short ways to state and find things."""

import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any
from uuid import NAMESPACE_URL, uuid5

import pytest
from pytest_django import Settings

from stack.accounts.models import Organisation
from stack.accounts.principal import Permission, Principal
from stack.search.indexer import catch_up
from stack.store.operations import ensure_source, write_statements
from stack.store.statements import describe_statement
from tests.databases import CHOSEN
from tests.integration.search.backends import SERVERS, lend_servers
from tests.services import note_service, report_absent

TLP_GREEN = "marking-definition--bab4a63c-aed9-4cf5-a766-dfca5abac2bb"
TLP_RED = "marking-definition--e828b379-4e03-4974-9ac4-e53a884c97c1"

State = Callable[..., None]


def make_object(kind: str, name: str, **properties: Any) -> dict[str, Any]:
    """An SDO with a stable id for its name; properties override what it has by default."""
    return {
        "type": kind,
        "spec_version": "2.1",
        "id": f"{kind}--{uuid5(NAMESPACE_URL, kind + name)}",
        "created": "2024-01-01T00:00:00.000Z",
        "modified": "2024-01-01T00:00:00.000Z",
        "name": name,
    } | properties


def make_indicator(value: str, *, path: str = "ipv4-addr:value", **properties: Any) -> dict[str, Any]:
    return make_object(
        "indicator",
        value,
        pattern=f"[{path} = '{value}']",
        pattern_type="stix",
        valid_from="2024-01-01T00:00:00Z",
        **properties,
    )


def make_relationship(source: dict[str, Any], target: dict[str, Any], **properties: Any) -> dict[str, Any]:
    made = make_object("relationship", f"{source['id']} {target['id']}", **properties)
    del made["name"]
    return made | {"relationship_type": "uses", "source_ref": source["id"], "target_ref": target["id"]}


@pytest.fixture(autouse=True)
def index_folder(tmp_path: Path, settings: Settings) -> Path:
    settings.SEARCH_INDEX = tmp_path / "index"
    return tmp_path / "index"


@pytest.fixture(params=["sqlite", "postgresql", *SERVERS])
def database(request: pytest.FixtureRequest, settings: Settings) -> Iterator[str]:
    """Runs the test on each database with the embedded index, and on each search server."""
    if request.param in SERVERS:
        note_service(request.node, request.param)
        with lend_servers(request.param) as servers:
            settings.SEARCH_BACKEND, settings.SEARCH = "elasticsearch", servers
            yield "default"
        return
    alias = "default" if request.param == "sqlite" else "postgresql"
    if alias not in settings.DATABASES:
        report_absent("postgresql", "set STACK_TEST_POSTGRES")
    token = CHOSEN.set(alias)
    yield alias
    CHOSEN.reset(token)


@pytest.fixture
def principal(database: str) -> Principal:
    organisation = Organisation.objects.create(name="Test organisation")
    return Principal("tester", organisation.pk, None, frozenset(Permission), 4)


@pytest.fixture
def state(principal: Principal) -> State:
    """States objects as a source and, unless told otherwise, brings the index up to them."""

    def state_objects(*objects: dict[str, Any], source: str = "feed", index: bool = True) -> None:
        row = ensure_source(principal, name=source)
        statements = [describe_statement(json.dumps(obj).encode(), obj) for obj in objects]
        write_statements(principal, statements=statements, source_id=row.id)
        if index:
            catch_up()

    return state_objects
