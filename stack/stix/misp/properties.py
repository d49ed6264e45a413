"""Which properties of MISP's records are carried, as what, and which are not, with the reason.

What STIX has no place for is kept in a property `x_misp` of the STIX object, under MISP's own names, so that
an export gives it back. Values that say nothing (empty, or the default of a new record) are left out.
"""

import re
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import UTC, datetime
from typing import Any, Final
from uuid import UUID

import msgspec
import orjson

from stack.stix.canonical import canonical_json
from stack.stix.ids import STACK_NAMESPACE, compute_uuid5, format_id
from stack.stix.timestamps import format_instant

Record = Mapping[str, Any]
Properties = dict[str, Any]

_LOCAL: Final = "a number that only that MISP instance knows"
_DERIVED: Final = "follows from the rest"
_STATE: Final = "state of that MISP instance"
_REASONS: Final[Mapping[str, str]] = {
    **dict.fromkeys(
        ("id", "event_id", "object_id", "org_id", "orgc_id", "sharing_group_id", "galaxy_id", "tag_id"),
        _LOCAL,
    ),
    **dict.fromkeys(("referenced_id", "attribute_id", "user_id", "galaxy_cluster_id"), _LOCAL),
    **dict.fromkeys(("attribute_count", "RelatedEvent", "Feed", "Warninglist", "warnings"), _DERIVED),
    **dict.fromkeys(("value1", "value2", "old_id", "sharing_group", "Server", "Event", "Org"), _STATE),
    **dict.fromkeys(("proposal_email_lock", "locked", "protected", "CryptographicKey", "sid"), _STATE),
    "event_creator_email": "the address of a person",
    "ShadowAttribute": "a proposal that its owner has not accepted",
    "data": "the contents of an attached file",
}
_DEFAULTS: Final[Mapping[str, tuple[object, ...]]] = {
    "disable_correlation": (False, 0, "0"),
    "deleted": (False, 0, "0"),
    "distribution": (5, "5"),
    "sharing_group_id": (0, "0"),
    "object_id": (0, "0"),
    "published": (False, 0, "0"),
    "publish_timestamp": (0, "0"),
    "proposal_email_lock": (False, 0),
    "locked": (False, 0),
}
_EMPTY: Final[tuple[object, ...]] = (None, "", [], {})
_LATEST_S: Final = 253_402_300_799
_UUID: Final = re.compile(r"[0-9a-fA-F]{8}(?:-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}").fullmatch


class Losses:
    """How often each property was not carried, and why; of bounded size, whatever names come in."""

    _MOST = 200

    def __init__(self) -> None:
        self.counts: Counter[tuple[str, str]] = Counter()

    def note(self, path: str, why: str) -> None:
        key = (path[:100], why)
        if key not in self.counts and len(self.counts) >= self._MOST:
            key = ("…", "further properties, which are too many to list")
        self.counts[key] += 1


def carry(record: Record, *, level: str, handled: Iterable[str], losses: Losses) -> Properties:
    """What of a record goes into `x_misp`: all that says something and is not `handled` otherwise.

    What cannot be carried is noted in `losses` under `level` (`Attribute`).
    """
    kept: Properties = {}
    # Sorted, so that another order of the same facts gives the same text.
    for name, value in sorted(record.items()):
        if name in handled or says_nothing(name, value):
            continue
        if name in _REASONS:
            losses.note(f"{level}.{name}", _REASONS[name])
        elif isinstance(value, str | int | float):
            kept[name] = value
        else:
            losses.note(f"{level}.{name}", "Stack does not know this property")
    return kept


def says_nothing(name: str, value: object) -> bool:
    return value in _EMPTY or value in _DEFAULTS.get(name, ())


def read_time(value: object) -> int | None:
    """Microseconds of seconds since the epoch, as a number or a text of one, or of an ISO time; else None."""
    if isinstance(value, int | float) or (isinstance(value, str) and value.isdecimal() and value.isascii()):
        seconds = int(value) if len(str(value)) < 20 else 0
        return seconds * 1_000_000 if 0 < seconds <= _LATEST_S else None
    if not isinstance(value, str) or not value:
        return None
    try:
        moment = datetime.fromisoformat(value)
        moment = moment if moment.tzinfo else moment.replace(tzinfo=UTC)
        return round(moment.timestamp() * 1_000_000)
    except (ValueError, OverflowError):
        return None


def write_time(us: int) -> str:
    return format_instant(max(0, us))


def read_uuid(record: Record, *seed: str) -> str:
    """The record's UUID, in lower case; one made of `seed` where it has none that STIX may take."""
    found = record.get("uuid")
    if isinstance(found, str) and _UUID(found) and set(found) - {"0", "-"}:
        return found.lower()
    return make_uuid("misp", *seed)


def make_uuid(*seed: str) -> str:
    return str(UUID(bytes=compute_uuid5(STACK_NAMESPACE, canonical_json(list(seed)))))


def make_id(type_name: str, *seed: str) -> str:
    return format_id(type_name, compute_uuid5(STACK_NAMESPACE, canonical_json([type_name, *seed])))


class RawRecords:
    """The records of a long list, decoded one at a time: all at once they take ten times as much as their
    text. One that is no JSON comes as its bytes."""

    def __init__(self, texts: Sequence[msgspec.Raw]) -> None:
        self._texts = texts

    def __iter__(self) -> Iterator[Any]:
        return (self._decode(bytes(text)) for text in self._texts)

    @staticmethod
    def _decode(text: bytes) -> Any:
        try:
            return orjson.loads(text)
        except ValueError:
            return text


def read_records(value: object) -> Iterator[Record]:
    """The records of a list; what is none is left out."""
    if isinstance(value, list | RawRecords):
        for entry in value:
            if isinstance(entry, dict):
                yield entry


def read_text(record: Record, name: str) -> str:
    value = record.get(name)
    return value if isinstance(value, str) else ""


def is_true(value: object) -> bool:
    """MISP writes flags as booleans, numbers and texts."""
    return value in (True, 1, "1", "true", "True")
