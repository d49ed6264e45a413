"""Asks every REST operation as somebody, and undoes what it did."""

import json
from collections.abc import Iterable
from typing import Any

from django.test import Client
from ninja.operation import Operation

from stack.accounts.models import User
from stack.accounts.roles import Permission
from stack.api.rest.api import ROUTERS
from stack.api.rest.authentication import Needs
from stack.api.rest.openapi import PREFIX, list_operations
from tests.security.rest_samples import SAMPLES
from tests.security.world import World, make_key

OPERATIONS = list_operations(ROUTERS)


def name_of(operation: Operation) -> str:
    return str(operation.view_func.__name__)


def needs_of(operation: Operation) -> Needs:
    [needs] = operation.auth_callbacks
    assert isinstance(needs, Needs)
    return needs


def client_with_key(person: User, *, scopes: Iterable[Permission] = ()) -> Client:
    _, text = make_key(person, scopes=sorted(scopes))
    return Client(raise_request_exception=False, headers={"authorization": f"Bearer {text}"})


def client_with_session(person: User, *, enforces_csrf: bool = False) -> Client:
    client = Client(raise_request_exception=False, enforce_csrf_checks=enforces_csrf)
    client.force_login(person)
    return client


def ask(client: Client, operation: Operation, world: World, person: User, **ids: int | str) -> Any:
    """The answer to the sample of the operation, read to its end; `ids` replaces ids in the path."""
    sample = SAMPLES[name_of(operation)]
    known = world.ours.ids | {"restriction_id": world.marking.pk} | dict(sample.ids(world, person)) | ids
    address = PREFIX + operation.path.format(**known) + (f"?{sample.query}" if sample.query else "")
    content = json.dumps(sample.body).encode() if sample.body is not None else sample.content
    media_type = "application/json" if sample.body is not None else "application/octet-stream"
    [method] = operation.methods
    response: Any = client.generic(method, address, content, content_type=media_type)
    response.text_sent = response.getvalue()
    return response
