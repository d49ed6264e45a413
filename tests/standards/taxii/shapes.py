"""The resources of TAXII 2.1 as tables of their properties (sections 3.6.1, 3.7, 4 and 5)."""

import re
from collections.abc import Callable, Mapping
from typing import Any
from uuid import UUID

Check = Callable[[Any], bool]

TIMESTAMP = re.compile(r"\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}\.\d{6}Z")


def is_text(value: Any) -> bool:
    return isinstance(value, str)


def is_boolean(value: Any) -> bool:
    return value is True or value is False


def is_integer(value: Any) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and abs(value) <= 2**53 - 1


def is_timestamp(value: Any) -> bool:
    return isinstance(value, str) and TIMESTAMP.fullmatch(value) is not None


def is_identifier(value: Any) -> bool:
    try:
        return isinstance(value, str) and UUID(value).version == 4 and str(UUID(value)) == value.lower()
    except ValueError:
        return False


def list_of(check: Check) -> Check:
    return lambda value: isinstance(value, list) and bool(value) and all(check(item) for item in value)


def is_stix(value: Any) -> bool:
    return isinstance(value, dict) and is_text(value.get("type")) and is_text(value.get("id"))


Shape = Mapping[str, tuple[bool, Check]]
"""Property name to whether it is required, and what its value must be."""


def has_shape(value: Any, shape: Shape) -> bool:
    return list_faults(value, shape) == []


def list_faults(value: Any, shape: Shape) -> list[str]:
    """What is wrong with a resource, one line for each; properties beginning with `x_` are anybody's."""
    if not isinstance(value, dict):
        return [f"not an object: {value!r}"]
    missing = [
        f"{name} is missing" for name, (required, _) in shape.items() if required and name not in value
    ]
    unknown = [
        f"{name} is not of the specification" for name in value if name not in shape and name[:2] != "x_"
    ]
    wrong = [
        f"{name} is {value[name]!r}"
        for name, (_, check) in shape.items()
        if name in value and not check(value[name])
    ]
    return missing + unknown + wrong


ERROR: Shape = {
    "title": (True, is_text),
    "description": (False, is_text),
    "error_id": (False, is_text),
    "error_code": (False, is_text),
    "http_status": (False, is_text),
    "external_details": (False, is_text),
    "details": (False, lambda value: isinstance(value, dict)),
}
DISCOVERY: Shape = {
    "title": (True, is_text),
    "description": (False, is_text),
    "contact": (False, is_text),
    "default": (False, is_text),
    "api_roots": (False, list_of(is_text)),
}
API_ROOT: Shape = {
    "title": (True, is_text),
    "description": (False, is_text),
    "versions": (True, list_of(is_text)),
    "max_content_length": (True, is_integer),
}
COLLECTION: Shape = {
    "id": (True, is_identifier),
    "title": (True, is_text),
    "description": (False, is_text),
    "alias": (False, is_text),
    "can_read": (True, is_boolean),
    "can_write": (True, is_boolean),
    "media_types": (False, list_of(is_text)),
}
COLLECTIONS: Shape = {"collections": (False, list_of(lambda value: has_shape(value, COLLECTION)))}
DETAILS: Shape = {"id": (True, is_text), "version": (True, is_text), "message": (False, is_text)}
_DETAILS_LIST = (False, list_of(lambda value: has_shape(value, DETAILS)))
STATUS: Shape = {
    "id": (True, is_identifier),
    "status": (True, is_text),
    "request_timestamp": (False, is_timestamp),
    "total_count": (True, is_integer),
    "success_count": (True, is_integer),
    "successes": _DETAILS_LIST,
    "failure_count": (True, is_integer),
    "failures": _DETAILS_LIST,
    "pending_count": (True, is_integer),
    "pendings": _DETAILS_LIST,
}
ENVELOPE: Shape = {
    "more": (False, is_boolean),
    "next": (False, is_text),
    "objects": (False, list_of(is_stix)),
}
RECORD: Shape = {
    "id": (True, is_text),
    "date_added": (True, is_timestamp),
    "version": (True, is_text),
    "media_type": (False, is_text),
}
# The table of section 5.3.1 forgets `next`, which section 3.4 and the parameters of section 5.3 ask for.
MANIFEST: Shape = {
    "more": (False, is_boolean),
    "next": (False, is_text),
    "objects": (False, list_of(lambda value: has_shape(value, RECORD))),
}
VERSIONS: Shape = {
    "more": (False, is_boolean),
    "next": (False, is_text),
    "versions": (False, list_of(is_text)),
}
