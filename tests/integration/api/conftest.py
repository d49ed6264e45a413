"""An administrator with an API key, a client that sends it, and objects to ask for."""

import json
from collections.abc import Callable
from typing import Any

import pytest
from django.test import Client

from stack.accounts.models import User
from stack.accounts.operations import create_key, ensure_first_organisation
from stack.accounts.principal import Principal
from stack.accounts.queries import principal_of_user
from stack.store.operations import ensure_source, write_statements
from stack.store.statements import describe_statement
from tests.integration.store.conftest import encode
from tests.people import make_member

State = Callable[..., None]


@pytest.fixture
def administrator(db: None) -> User:
    return ensure_first_organisation()


@pytest.fixture
def principal(administrator: User) -> Principal:
    return principal_of_user(administrator)


@pytest.fixture
def member(administrator: User) -> User:
    """Of the same organisation, without the permissions of an administrator, cleared up to TLP:GREEN."""
    return make_member("mara", administrator.organisation, tlp_ceiling=1)


def client_of(user: User) -> Client:
    """A program with a key of the user."""
    key = create_key(principal_of_user(user), name="test").key
    return Client(raise_request_exception=False, headers={"authorization": f"Bearer {key}"})


@pytest.fixture
def api(administrator: User) -> Client:
    return client_of(administrator)


@pytest.fixture
def state(principal: Principal) -> State:
    """States objects as a source: `state("feed", obj, …)`."""

    def state_objects(source: str, *objects: dict[str, Any] | bytes) -> None:
        row = ensure_source(principal, name=source)
        texts = [obj if isinstance(obj, bytes) else encode(obj) for obj in objects]
        statements = [describe_statement(text, json.loads(text)) for text in texts]
        write_statements(principal, statements=statements, source_id=row.id)

    return state_objects


def assert_problem(response: Any, status: int, kind: str) -> dict[str, Any]:
    """The answer is a problem of that status and kind; gives its body."""
    assert response.status_code == status, response.content
    assert response["Content-Type"] == "application/problem+json"
    body: dict[str, Any] = response.json()
    assert (body["status"], body["type"]) == (status, f"urn:stack:problem:{kind}")
    assert body["title"]
    assert body["detail"]
    assert "Traceback" not in response.content.decode()
    return body
