"""An organisation with people, keys and a collection, and a client that asks for it as TAXII clients do."""

import base64
from collections.abc import Callable
from typing import Any

import pytest
from django.test import Client

from stack.accounts.models import Organisation, User
from stack.accounts.operations import create_key
from stack.accounts.principal import Principal
from stack.accounts.queries import principal_of_user
from stack.accounts.roles import Role
from stack.core.clock import now_us
from stack.sharing.collections.collector import catch_up
from stack.sharing.collections.operations import create_collection
from stack.sharing.collections.picking import pick_objects
from stack.sharing.collections.records import OWN_ONLY, CollectionRow, Sharing
from stack.store.operations import ensure_source, write_statements
from stack.store.statements import describe_statement
from tests.integration.store.conftest import encode
from tests.people import make_member

TAXII = "application/taxii+json;version=2.1"
Put = Callable[..., None]


class Taxii:
    """Asks as a program with a key: HTTP Basic, and the media type of TAXII 2.1."""

    def __init__(self, key: str) -> None:
        self.key = key
        secret = base64.b64encode(f"anybody:{key}".encode()).decode()
        self.headers = {"authorization": f"Basic {secret}", "accept": TAXII}
        self._client = Client(raise_request_exception=False)

    def ask(self, method: str, path: str, content: bytes = b"", **more: Any) -> Any:
        headers = self.headers | {name.lower(): value for name, value in more.pop("headers", {}).items()}
        headers = {name: value for name, value in headers.items() if value is not None}
        return self._client.generic(
            method,
            f"/taxii2/{path}",
            content,
            content_type=more.pop("content_type", TAXII),
            headers=headers,
            **more,
        )

    def get(self, path: str, **parameters: Any) -> Any:
        return self._client.get(f"/taxii2/{path}", parameters, headers=self.headers)


def client_of(user: User, **narrowed: Any) -> Taxii:
    return Taxii(create_key(principal_of_user(user), name="test", **narrowed).key)


@pytest.fixture
def organisation(database: str) -> Organisation:
    return Organisation.objects.create(name="Lark", created_at=now_us())


@pytest.fixture
def curator(organisation: Organisation) -> User:
    return make_member("mara", organisation, role=Role.CURATOR)


@pytest.fixture
def principal(curator: User) -> Principal:
    return principal_of_user(curator)


@pytest.fixture
def taxii(curator: User) -> Taxii:
    return client_of(curator)


@pytest.fixture
def shelf(principal: Principal) -> CollectionRow:
    """Empty, and its own organisation may write to it."""
    return create_collection(principal, title="Shelf", alias="shelf", writers=OWN_ONLY)


@pytest.fixture
def base(shelf: CollectionRow) -> str:
    return f"{shelf.root}/collections/{shelf.uid}"


@pytest.fixture
def put(principal: Principal, shelf: CollectionRow) -> Put:
    """States objects and puts them on the shelf, one date after the other."""

    def put_objects(*objects: dict[str, Any], source: str = "feed") -> None:
        row = ensure_source(principal, name=source)
        texts = [encode(obj) for obj in objects]
        statements = [describe_statement(text, obj) for text, obj in zip(texts, objects, strict=True)]
        write_statements(principal, statements=statements, source_id=row.id)
        pick_objects(principal, shelf.id, [obj["id"] for obj in objects])
        catch_up()

    return put_objects


@pytest.fixture
def guests(principal: Principal) -> CollectionRow:
    """A collection that everybody here may read, and nobody may write to."""
    return create_collection(principal, title="For all", readers=Sharing(everyone=True))
