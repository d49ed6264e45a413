"""A principal, sources, and short ways to state things."""

import json
from collections.abc import Callable
from typing import Any
from uuid import NAMESPACE_URL, uuid5

import pytest

from stack.accounts.models import Organisation
from stack.accounts.principal import Permission, Principal
from stack.store.operations import ensure_source, write_statements
from stack.store.records import Outcome
from stack.store.statements import describe_statement

TLP_RED = "marking-definition--5e57c739-391a-4eb3-b6be-7d15ca92d5ed"

State = Callable[..., list[Outcome]]


def name_id(kind: str, name: str) -> str:
    """A stable id for a name, so that tests can speak of `malware--rat`."""
    return f"{kind}--{uuid5(NAMESPACE_URL, name)}"


def make_object(kind: str, name: str, **properties: Any) -> dict[str, Any]:
    modified = properties.pop("modified", "2024-01-01T00:00:00.000Z")
    base = {
        "type": kind,
        "spec_version": "2.1",
        "id": name_id(kind, name),
        "created": "2024-01-01T00:00:00.000Z",
        "modified": modified,
        "name": name,
    }
    return base | properties


def make_link(kind: str, source: dict[str, Any], target: dict[str, Any], **properties: Any) -> dict[str, Any]:
    name = f"{kind} {source['id']} {target['id']}"
    link = make_object("relationship", name, relationship_type=kind, **properties)
    del link["name"]
    return link | {"source_ref": source["id"], "target_ref": target["id"]}


def encode(obj: dict[str, Any]) -> bytes:
    return json.dumps(obj).encode()


@pytest.fixture
def principal(database: str) -> Principal:
    organisation = Organisation.objects.create(name="Test organisation")
    return Principal("tester", organisation.pk, None, frozenset(Permission), 4)


@pytest.fixture
def state(principal: Principal) -> State:
    """States objects as a source and gives the outcomes: `state("feed", obj, …)`."""

    def state_objects(source: str, *objects: dict[str, Any] | bytes, reliability: int = 3) -> list[Outcome]:
        row = ensure_source(principal, name=source, reliability=reliability)
        texts = [obj if isinstance(obj, bytes) else encode(obj) for obj in objects]
        statements = [describe_statement(text, json.loads(text)) for text in texts]
        return write_statements(principal, statements=statements, source_id=row.id).outcomes

    return state_objects


@pytest.fixture
def in_company(monkeypatch: pytest.MonkeyPatch) -> None:
    """A process that has met no other writer would begin alone."""
    from stack.store.dialects.postgresql import company

    monkeypatch.setattr(company, "until", float("inf"))


@pytest.fixture
def sources(principal: Principal) -> list[int]:
    """One for each writer, the first the most reliable."""
    return [ensure_source(principal, name=f"source {number}", reliability=number).id for number in range(4)]
