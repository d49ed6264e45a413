"""The OpenAPI document: what ninja derives from the operations, and what holds for all of them."""

import json
from collections.abc import Iterable
from typing import Any

from ninja import NinjaAPI, Router
from ninja.operation import Operation

from stack.api.rest.authentication import Needs
from stack.api.rest.problems import Problem

PREFIX = "/api/v1"
_REFERENCES = "#/components/schemas/{model}"
_REFUSALS = {
    "401": "Nobody is signed in, or the key or token is not valid",
    "403": "The role or the key lacks the permission, or the CSRF token is missing",
    "429": "Too many requests; Retry-After says when to come back",
}


def describe_api(api: NinjaAPI, routers: Iterable[Router]) -> dict[str, Any]:
    """OpenAPI 3.1; every operation names its permission, and every failure is a problem."""
    document: dict[str, Any] = json.loads(json.dumps(api.get_openapi_schema(path_prefix="")))
    problem = Problem.model_json_schema(ref_template=_REFERENCES)
    document["components"]["schemas"] |= problem.pop("$defs") | {"Problem": problem}
    document["components"]["securitySchemes"] = {
        "key": {"type": "http", "scheme": "bearer", "description": "An API key, `stk_…`"},
        "token": {
            "type": "http",
            "scheme": "bearer",
            "bearerFormat": "JWT",
            "description": "An access token of a session that was begun under /api/v1/auth",
        },
        "session": {
            "type": "apiKey",
            "in": "cookie",
            "name": "sessionid",
            "description": "Unsafe methods also need the header X-CSRFToken",
        },
    }
    document["servers"] = [{"url": PREFIX}]
    for operation in list_operations(routers):
        for method in operation.methods:
            _complete(document["paths"][operation.path][method.lower()], operation)
    return document


def list_operations(routers: Iterable[Router]) -> list[Operation]:
    return [
        operation
        for router in routers
        for view in router.path_operations.values()
        for operation in view.operations
    ]


def _complete(described: dict[str, Any], operation: Operation) -> None:
    described["operationId"] = operation.view_func.__name__
    for status, description in {**_REFUSALS, "default": "A problem (RFC 9457)"}.items():
        described["responses"][status] = {
            "description": description,
            "content": {"application/problem+json": {"schema": {"$ref": "#/components/schemas/Problem"}}},
        }
    for needs in operation.auth_callbacks:
        if isinstance(needs, Needs):
            schemes = ["token", "session"] if needs.session_only else ["key", "token", "session"]
            described["security"] = [{scheme: []} for scheme in schemes]
            described["x-permission"] = " and ".join(sorted(needs.permissions))
