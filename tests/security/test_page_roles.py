"""Every address declares who may open it, and every page opens for exactly the roles that it declares."""

import inspect
import re
from collections.abc import Iterator
from typing import Any

import pytest
from django.http import HttpResponse
from django.test import Client
from django.urls import URLPattern, URLResolver, get_resolver
from ninja.operation import PathView

from stack.accounts.models import Organisation
from stack.accounts.roles import Role
from stack.api.rest.authentication import Needs
from stack.sharing.taxii.boundary import find_nothing
from stack.web.access import Access
from stack.web.declared import DECLARED
from tests.people import make_member

pytestmark = pytest.mark.django_db(databases="__all__")

# Views of the API that ask nobody who they are, and why that is right.
_OPEN_IN_API = {
    "get_openapi": "describes the API and says nothing about the data",
    "refuse_unknown_route": "answers every address that is not there in the same way",
    "serve_by_path": "the key in the address is the proof, and opens one output",
    "serve_by_credentials": "asks for the same key as a password or bearer token",
    "refuse": "answers every other address of outputs as a wrong key is answered",
}
_EXAMPLES = {
    "(?P<form>json|csv)": "json",
    "(?P<tab>relations|analysis|notes|sources|history|stix)": "history",
    "(?P<tab>relations|history)": "history",
    "(?P<uid>[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12})": "00000000-0000-4000-8000-000000000000",
    r"(?P<plugin>[\w:.-]{1,100})": "store",
    r"(?P<lookup_id>[\w-]{6,22})": "abcdefgh",
    r"(?P<job_id>\d{1,18})": "999999",
    r"(?P<collection_id>\d{1,18})": "999999",
    "(?P<stix_type>[a-z][a-z0-9-]{1,249})": "malware",
    "(?P<uuid>[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12})": "00000000-0000-4000-8000-000000000000",
}


def _walk(patterns: list[Any], prefix: str = "") -> Iterator[tuple[str, URLPattern]]:
    for each in patterns:
        text = prefix + str(each.pattern).removeprefix("^")
        if isinstance(each, URLResolver):
            yield from _walk(each.url_patterns, text)
        else:
            yield text, each


def _read_access(pattern: URLPattern) -> Access | None:
    declared = getattr(pattern.callback, "stack_access", None)
    if declared is None and pattern.name:
        declared = DECLARED.get(pattern.name)
    assert declared is None or isinstance(declared, Access)
    return declared


def _is_declared(pattern: URLPattern) -> bool:
    access = _read_access(pattern)
    if access is not None:
        return access.permission is not None or bool(access.why)
    operations = getattr(pattern.callback, "operations", None)
    if operations:
        # TAXII: what an operation needs; where there is nothing, one has to be somebody to be told so.
        return all(each.needs or each.run is find_nothing for each in operations.values())
    view = inspect.unwrap(pattern.callback)
    inside = inspect.getclosurevars(view).nonlocals.get("self") if inspect.isfunction(view) else None
    if isinstance(inside, PathView):
        return all(
            operation.view_func.__name__ in _OPEN_IN_API
            or any(isinstance(callback, Needs) for callback in operation.auth_callbacks)
            for operation in inside.operations
        )
    return view.__name__ in _OPEN_IN_API


def _example(pattern: str) -> str:
    for part, example in _EXAMPLES.items():
        pattern = pattern.replace(part, example)
    path = re.sub(r"<int:\w+>", "999999", re.sub(r"<slug:\w+>", "urlhaus", pattern))
    path = re.sub(r"<str:\w+>", "marking-definition--00000000-0000-4000-8000-000000000000", path)
    return "/" + path.rstrip("$").replace("\\.", ".")


_ADDRESSES = list(_walk(get_resolver().url_patterns))
_PAGES = {
    path: access
    for path, pattern in _ADDRESSES
    if (access := getattr(pattern.callback, "stack_access", None)) is not None
}


@pytest.mark.asvs("8.2.1")
def test_every_address_declares_who_may_open_it() -> None:
    assert len(_ADDRESSES) > 50
    assert [path for path, pattern in _ADDRESSES if not _is_declared(pattern)] == []


def test_an_address_that_declares_nothing_is_found() -> None:
    assert not _is_declared(URLPattern(get_resolver().pattern, lambda request: HttpResponse()))


def test_the_table_of_declared_views_names_only_views_that_are_there() -> None:
    assert set(DECLARED) <= {pattern.name for _, pattern in _ADDRESSES}


@pytest.mark.asvs("8.2.1")
@pytest.mark.parametrize("method", ["get", "post"])
@pytest.mark.parametrize("role", list(Role))
def test_a_page_opens_for_exactly_the_roles_that_it_declares(client: Client, role: Role, method: str) -> None:
    member = make_member("robin", Organisation.objects.create(name="North"), role=role)
    permitted = frozenset() if role.is_machine else role.permissions
    wrong = {}
    for path, access in _PAGES.items():
        if access.permission is not None:
            client.force_login(member)
            answer = getattr(client, method)(_example(path))
            if (answer.status_code == 403) is (access.permission in permitted) or _asks_to_sign_in(answer):
                wrong[path] = answer.status_code
    assert wrong == {}


@pytest.mark.parametrize("method", ["get", "post"])
def test_a_stranger_opens_nothing_but_what_is_open(client: Client, method: str) -> None:
    for path, access in _PAGES.items():
        answer = getattr(client, method)(_example(path))
        assert _asks_to_sign_in(answer) is (access.permission is not None), path


def _asks_to_sign_in(answer: HttpResponse) -> bool:
    return answer.status_code == 401 or answer.get("Location", "").startswith("/sign-in?")
