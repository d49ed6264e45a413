"""Every endpoint there is gets replayed: a new one fails here by its name until it is."""

import re
from collections.abc import Iterator
from typing import Any

import pytest
from django.urls import Resolver404, URLResolver, get_resolver, resolve

from stack.accounts.roles import Role
from stack.api.rest.api import ROUTERS
from stack.api.rest.openapi import PREFIX, list_operations
from tests.security.non_interference.endpoints import NOT_REPLAYED, list_asks


def _walk(patterns: list[Any], prefix: str = "") -> Iterator[str]:
    for each in patterns:
        text = prefix + str(each.pattern).removeprefix("^")
        if isinstance(each, URLResolver):
            yield from _walk(each.url_patterns, text)
        else:
            yield text


_ADDRESSES = list(_walk(get_resolver().url_patterns))


def _fill(address: str) -> str:
    address = re.sub("«lookup:[^»]*»", "abcdefgh", address)
    address = re.sub("«analysis:[^»]*»", "00000000-0000-4000-8000-000000000000", address)
    return re.sub("«[^»]*»", "7", address.partition("?")[0])


def _routes(*, is_thorough: bool) -> set[tuple[str, str]]:
    found = set()
    for ask in list_asks(is_thorough=is_thorough):
        try:
            route = resolve(_fill(ask.address)).route
        except Resolver404:
            continue
        found.add((ask.method, str(route)))
    return found


@pytest.mark.parametrize("role", [Role.ANALYST, Role.READER])
def test_every_operation_of_rest_is_replayed(role: Role) -> None:
    asked = _routes(is_thorough=role is Role.ANALYST)
    prefix = PREFIX.strip("/")
    missing = [
        f"{method} {operation.path}"
        for operation in list_operations(ROUTERS)
        for method in operation.methods
        if (method, prefix + re.sub(r"{(\w+)}", r"<\1>", operation.path)) not in asked
    ]
    assert missing == []


@pytest.mark.parametrize("role", [Role.ANALYST, Role.READER])
def test_every_address_is_replayed(role: Role) -> None:
    asked = {_plain(route) for _, route in _routes(is_thorough=role is Role.ANALYST)}
    missing = [
        path for path in _ADDRESSES if _plain(path) not in asked and not path.startswith(tuple(NOT_REPLAYED))
    ]
    assert missing == []


def test_what_is_not_replayed_is_there() -> None:
    assert [name for name in NOT_REPLAYED if not any(path.startswith(name) for path in _ADDRESSES)] == []


def _plain(route: str) -> str:
    return route.replace("^", "")
