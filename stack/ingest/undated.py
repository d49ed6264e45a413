"""Times of objects that Stack makes from inputs without times (CSV rows, texts).

A row says the same today as yesterday: unless something in it changed, the object that the store already has
of it stands, with the times of its first receipt, and the repeated file is known rather than new.
"""

from collections.abc import Mapping, Sequence
from typing import Any

import msgspec
import orjson

from stack.accounts.principal import Principal
from stack.ingest.base import Record
from stack.store.queries.objects import find_objects, iterate_texts

_TIMES = ("created", "modified")


class _Identified(msgspec.Struct):
    id: str


_ID = msgspec.json.Decoder(_Identified)


def settle_times(principal: Principal, records: Sequence[Record]) -> list[Record]:
    """The records, those without times of their own settled against what the store has."""
    ids = [_ID.decode(record.text).id for record in records if record.is_undated]
    if not ids:
        return list(records)
    row_ids = [row.id for row in find_objects(principal, ids).values()]
    stored = {_ID.decode(text).id: text for text in iterate_texts(principal, object_ids=row_ids)}
    return [_settle(record, stored) if record.is_undated else record for record in records]


def _settle(record: Record, stored: Mapping[str, bytes]) -> Record:
    before = stored.get(_ID.decode(record.text).id)
    if before is None:
        return record
    new, old = orjson.loads(record.text), orjson.loads(before)
    text = before if _undate(new) == _undate(old) else orjson.dumps(new | {"created": old["created"]})
    return msgspec.structs.replace(record, text=text)


def _undate(obj: dict[str, Any]) -> dict[str, Any]:
    """Without the times that the receipt gave; a `valid_from` of its own is part of what the row says."""
    receipt = _TIMES + (("valid_from",) if obj.get("valid_from") in {obj["created"], obj["modified"]} else ())
    return {name: value for name, value in obj.items() if name not in receipt}
