"""What tests of the desk do again and again."""

from typing import Any

import orjson

from stack.accounts.principal import Principal
from stack.ingest.review.operations import (
    decide_finds,
)
from stack.ingest.review.queries import (
    get_review,
    list_finds,
)
from stack.ingest.review.records import (
    Decision,
    FindDecision,
    FindRow,
)
from stack.store.queries import get_text

MALWARE: dict[str, Any] = {
    "type": "malware",
    "spec_version": "2.1",
    "id": "malware--31b940d4-6f7f-459a-80ea-9c1f17b58abc",
    "created": "2024-01-01T00:00:00.000Z",
    "modified": "2024-01-01T00:00:00.000Z",
    "name": "EvilLoader",
    "is_family": True,
}


def find_value(principal: Principal, review_id: int, value: str) -> FindRow:
    (found,) = (row for row in list_finds(principal, review_id).rows if row.value == value)
    return found


def accept(principal: Principal, review_id: int, *values: str) -> int:
    """Accepts these values and gives the new revision."""
    ids = tuple(find_value(principal, review_id, value).id for value in values)
    detail = get_review(principal, review_id)
    assert detail is not None
    decision = FindDecision(find_ids=ids, decision=Decision.ACCEPTED)
    return decide_finds(principal, review_id, revision=detail.row.revision, decisions=[decision]).revision


def read_object(principal: Principal, stix_id: str) -> dict[str, Any]:
    text = get_text(principal, stix_id)
    assert text is not None
    found: dict[str, Any] = orjson.loads(text)
    return found
