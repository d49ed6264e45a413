"""How an object looks in every answer that lists objects."""

from datetime import datetime
from typing import Any

from pydantic import BaseModel, ConfigDict, Field

from stack.api.rest.wire import instant
from stack.store.records import ObjectRow

OBJECT_EXAMPLE: dict[str, Any] = {
    "id": "malware--92ec0cbd-2c30-44a2-b270-73f4ec949841",
    "type": "malware",
    "name": "RTM",
    "created": "2017-05-31T21:33:26.565Z",
    "modified": "2020-03-18T19:52:10.281Z",
    "revoked": False,
    "confidence": 75,
    "score": None,
    "tlp": "green",
    "sources": 2,
}


class ObjectItem(BaseModel):
    """An object as its head states it."""

    model_config = ConfigDict(json_schema_extra={"examples": [OBJECT_EXAMPLE]})

    id: str = Field(description="STIX id")
    type: str
    name: str
    created: datetime | None
    modified: datetime | None
    revoked: bool
    confidence: int | None
    score: int | None
    tlp: str | None = Field(description="clear, green, amber, amber+strict or red; null when unmarked")
    sources: int = Field(description="How many sources state it, of those you may see")


def object_item(row: ObjectRow) -> ObjectItem:
    return ObjectItem(
        id=row.stix_id,
        type=row.type,
        name=row.name,
        created=instant(row.created),
        modified=instant(row.modified),
        revoked=row.revoked,
        confidence=row.confidence,
        score=row.score,
        tlp=row.tlp or None,
        sources=row.sources,
    )
