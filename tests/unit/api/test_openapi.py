"""The document says what is true of every operation."""

import re
from collections import Counter
from pathlib import Path
from typing import Any

import pytest
from ninja.operation import Operation
from pydantic import BaseModel, TypeAdapter

from stack.accounts.principal import Permission
from stack.api.rest.api import ROUTERS, api
from stack.api.rest.authentication import Needs
from stack.api.rest.openapi import describe_api, list_operations

OPERATIONS = list_operations([api.default_router, *ROUTERS])
DOCUMENT = describe_api(api, ROUTERS)


@pytest.mark.parametrize("operation", OPERATIONS, ids=lambda operation: operation.view_func.__name__)
def test_every_operation_declares_the_permission_it_needs(operation: Operation) -> None:
    if operation.view_func.__name__ == "get_openapi":
        assert not operation.auth_callbacks
        return
    [needs] = operation.auth_callbacks
    assert isinstance(needs, Needs)
    assert needs.permission in Permission


def test_changing_things_needs_more_than_reading() -> None:
    own = {"look_up_many", "create_key", "revoke_key"}
    for operation in OPERATIONS:
        if operation.methods != ["GET"] and operation.view_func.__name__ not in own:
            [needs] = operation.auth_callbacks
            assert isinstance(needs, Needs)
            assert needs.permission != Permission.READ, operation.path


# What makes or widens a way in is asked for by a person: it would outlive the key that asked.
_SESSION_ONLY = {
    "create_key",
    "create_output_key",
    "create_member",
    "change_member",
    "enable_member",
    "create_sign_in_link",
    "reset_second_factor",
    "create_invitation",
    "change_organisation",
}


@pytest.mark.parametrize("operation", list_operations(ROUTERS), ids=lambda each: each.view_func.__name__)
def test_the_document_says_how_one_comes_in(operation: Operation) -> None:
    described = DOCUMENT["paths"][operation.path][operation.methods[0].lower()]
    schemes = [scheme for each in described["security"] for scheme in each]
    is_session_only = operation.view_func.__name__ in _SESSION_ONLY
    assert schemes == (["token", "session"] if is_session_only else ["key", "token", "session"])
    assert set(schemes) <= set(DOCUMENT["components"]["securitySchemes"])
    assert {"401", "403", "429"} <= set(described["responses"])


def _described() -> list[tuple[str, dict[str, Any]]]:
    return [
        (f"{method} {path}", described)
        for path, methods in DOCUMENT["paths"].items()
        for method, described in methods.items()
    ]


@pytest.mark.parametrize(("name", "described"), _described(), ids=[name for name, _ in _described()])
def test_every_operation_is_described_with_an_example(name: str, described: dict[str, Any]) -> None:
    assert described["description"]
    assert described["x-permission"]
    assert described["responses"]["default"]["content"].keys() == {"application/problem+json"}
    [status] = [status for status in described["responses"] if status.startswith("2")]
    for content in [
        *described["responses"][status].get("content", {}).values(),
        *described.get("requestBody", {}).get("content", {}).values(),
    ]:
        schema = content["schema"]
        if "$ref" in schema:
            schema = DOCUMENT["components"]["schemas"][schema["$ref"].rpartition("/")[2]]
        assert "example" in content or schema["examples"], name


def _models_with_examples() -> list[type[BaseModel]]:
    found: list[type[BaseModel]] = []
    pending = list(BaseModel.__subclasses__())
    while pending:
        model = pending.pop()
        pending += model.__subclasses__()
        extra = model.model_config.get("json_schema_extra")
        if model.__module__.startswith("stack.api.rest") and isinstance(extra, dict) and "examples" in extra:
            found.append(model)
    return found


def test_every_model_has_a_name_of_its_own() -> None:
    found: set[type[BaseModel]] = set()
    pending = list(BaseModel.__subclasses__())
    while pending:
        model = pending.pop()
        pending += model.__subclasses__()
        if model.__module__.startswith("stack.api.rest") and not model.__name__.startswith("_"):
            found.add(model)
    names = Counter(model.__name__ for model in found)
    assert [name for name, times in names.items() if times > 1] == []


@pytest.mark.parametrize("model", _models_with_examples(), ids=lambda model: model.__name__)
def test_examples_are_what_their_model_takes(model: type[BaseModel]) -> None:
    examples = model.model_json_schema()["examples"]
    for example in examples:
        read = TypeAdapter(model).validate_python(example)
        assert read.model_fields_set == set(model.model_fields), "the example leaves nothing out"


def test_operations_keep_their_own_default_of_a_shared_parameter() -> None:
    """Ninja writes a view's default into the parameter object, which several views share."""
    limits = {
        path: parameter["schema"]["default"]
        for path, methods in DOCUMENT["paths"].items()
        for parameter in methods.get("get", {}).get("parameters", [])
        if parameter["name"] == "limit"
    }
    assert limits["/objects"] == 100
    assert limits["/search"] == 50
    assert limits["/jobs"] == 50


def test_every_operation_stands_in_the_documentation() -> None:
    text = (Path(__file__).resolve().parents[3] / "docs" / "api.md").read_text(encoding="utf-8")
    for path, methods in DOCUMENT["paths"].items():
        for method in methods:
            row = f"`{method.upper()} {re.sub('{[a-z_]+}', '{id}', path)}"
            assert re.search(re.escape(row) + r"[?`]", text), row
