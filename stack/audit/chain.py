"""How an entry is hashed, so that anybody can do it again. Pure.

The hash is SHA-256 over the UTF-8 text of a JSON array without spaces: a version, the columns in the order of
`COLUMNS`, and the hash of the entry before. An array of JSON values has one reading only, so no two
different entries share a text.
"""

import json
from collections.abc import Mapping, Sequence
from hashlib import sha256
from typing import Any, Final

import orjson

COLUMNS: Final = (
    "sequence", "number", "at", "name", "result", "actor_name", "user_id", "key_id", "organisation_id",
    "face", "address", "request_id", "object_kind", "object_id", "before", "after", "is_security",
)  # fmt: skip
GENESIS: Final = "0" * 64
_VERSION: Final = "stack-audit-1"
_LONGEST_VALUES: Final = 20_000


def hash_entry(values: Sequence[Any], previous: str) -> str:
    """The hash of an entry with `values` for `COLUMNS`, after the entry whose hash is `previous`."""
    return sha256(orjson.dumps([_VERSION, *values, previous])).hexdigest()


def clean_text(text: str, longest: int) -> str:
    """What every database keeps as it is: no NUL, no half of a surrogate pair, not too long."""
    return text.replace("\x00", "�").encode("utf-8", "replace").decode("utf-8")[:longest]


def write_values(values: Mapping[str, Any]) -> str:
    """Canonical JSON of `before` or `after`: sorted, without spaces; too much of it becomes its digest."""
    text = json.dumps(values, sort_keys=True, separators=(",", ":"), ensure_ascii=False, default=_write_other)
    text = clean_text(text, len(text))
    if len(text) <= _LONGEST_VALUES:
        return text
    digest = sha256(text.encode()).hexdigest()
    return json.dumps({"characters": len(text), "sha256": digest}, separators=(",", ":"))


def _write_other(value: object) -> Any:
    """Sets and the like are lists in a fixed order; everything else is its text."""
    return sorted(map(str, value)) if isinstance(value, set | frozenset) else str(value)
