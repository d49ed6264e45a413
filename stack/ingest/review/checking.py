"""Whether what people write at the review desk can be; each fault is named with its field."""

from collections.abc import Callable, Iterator
from typing import Any

import msgspec

from stack.accounts.names import bad_field
from stack.accounts.principal import Principal
from stack.core.errors import BadInput, FieldError
from stack.ingest.review.models import Find, Review
from stack.ingest.review.names import SUBJECT_TYPES
from stack.ingest.review.records import Becomes, FindDecision, ReportChange, Subject
from stack.ingest.review.stating import list_possible
from stack.stix.markings import tlp_level_of
from stack.stix.observables.detect import detect_as
from stack.stix.observables.kinds import Kind
from stack.store.marking import check_handling
from stack.store.queries import find_objects
from stack.store.records import Handling

LONGEST_TEXT = 20_000
_LONGEST = {"title": 500, "source": 200, "url": 2000, "name": 300}
_LONGEST_MARK = 10_000
_MOST_LABELS = 50
_MOST_SUBJECTS = 50
_LONGEST_LABEL = 100
# The end of the year 9999, after which STIX has no times.
_LAST = 253_402_300_799_000_000


def check_change(principal: Principal, change: ReportChange) -> dict[str, Any]:
    """The columns of the review that the change sets. BadInput names every faulty field."""
    said = _list_set(change)
    _refuse(_check_fields(said, needed=("title", "source")))
    columns = dict(said)
    if "subjects" in said:
        columns["subjects"] = [
            msgspec.to_builtins(each) for each in _check_subjects(principal, said["subjects"])
        ]
    if "handling" in said:
        columns |= _check_handling(principal, columns.pop("handling"))
    return {name: list(value) if isinstance(value, tuple) else value for name, value in columns.items()}


def check_decision(find: Find, decision: FindDecision, *, is_single: bool) -> dict[str, Any]:
    """The columns of the find that the decision sets."""
    said = _list_set(decision)
    del said["find_ids"]
    _refuse(_check_fields(said))
    if not is_single and {"kind", "value"} & said.keys():
        raise bad_field("find_ids", "a kind or a value is changed of one find at a time")
    columns: dict[str, Any] = {
        name: list(value) if isinstance(value, tuple) else value for name, value in said.items()
    }
    if {"kind", "value"} & said.keys():
        columns |= _read_other_value(find, said)
    possible = list_possible(Kind(columns.get("kind", find.kind)), find.pattern_type)
    becomes = columns.get("becomes", Becomes(find.becomes))
    if becomes not in possible:
        if "becomes" in said:
            raise bad_field("becomes", f"expected one of {', '.join(possible)}, got {becomes}")
        columns["becomes"] = possible[0]
    return columns


def read_place(review: Review, *, part: int, start: int, end: int) -> tuple[str, str]:
    """The text of the part and what is marked in it. BadInput where nothing is."""
    row = review.parts.filter(number=part).first()
    if row is None:
        raise bad_field("part", f"the document has no part {part}")
    if not 0 <= start < end <= len(row.text) or end - start > _LONGEST_MARK:
        raise bad_field("start", f"expected a place within the {len(row.text):,} characters of the part")
    return row.text, row.text[start:end]


def columns_of_handling(handling: Handling) -> dict[str, Any]:
    """The handling, and what of it decides which members see the review."""
    level = tlp_level_of(handling.markings)
    return {
        "handling": msgspec.to_builtins(handling),
        "tlp": -1 if level is None else int(level),
        "markings": " ".join(["", *handling.markings, ""]) if handling.markings else "",
    }


def _read_other_value(find: Find, said: dict[str, Any]) -> dict[str, Any]:
    if find.pattern_type:
        raise bad_field("value", "a rule is accepted or rejected as it stands")
    kind, written = Kind(said.get("kind", find.kind)), said.get("value", find.raw)
    try:
        observable = detect_as(written, kind).observable
    except ValueError as error:
        raise bad_field("value", str(error)) from None
    same = find.review.finds.filter(kind=observable.kind, value=observable.value).exclude(pk=find.pk)
    if same.exists():
        raise bad_field("value", f"{observable.value[:100]} is a find already")
    return {"kind": observable.kind, "value": observable.value, "raw": written}


def _check_handling(principal: Principal, handling: Handling) -> dict[str, Any]:
    check_handling(principal, handling)
    return columns_of_handling(handling)


def _check_subjects(principal: Principal, subjects: tuple[Subject, ...]) -> tuple[Subject, ...]:
    known = find_objects(principal, [each.stix_id for each in subjects if each.stix_id])
    faults = [
        FieldError("subjects", fault)
        for fault in (_find_fault(each, each.stix_id.lower() in known) for each in subjects)
        if fault
    ]
    _refuse(iter(faults))
    return subjects


def _find_fault(subject: Subject, is_known: bool) -> str:
    if subject.stix_id:
        return "" if is_known else f"there is no object {subject.stix_id[:80]} that you may see"
    if subject.type not in SUBJECT_TYPES:
        return f"expected an id, or a type of {', '.join(sorted(SUBJECT_TYPES))}; got “{subject.type[:40]}”"
    return "" if subject.name.strip() else "expected a name with the type"


def _check_fields(said: dict[str, Any], *, needed: tuple[str, ...] = ()) -> Iterator[FieldError]:
    for name, value in said.items():
        if isinstance(value, str):
            longest = _LONGEST.get(name, LONGEST_TEXT)
            if len(value) > longest:
                yield FieldError(name, f"expected at most {longest:,} characters, got {len(value):,}")
            if name in needed and not value.strip():
                yield FieldError(name, "expected a text, got none")
            if any(character == "\0" or "\ud800" <= character <= "\udfff" for character in value):
                yield FieldError(name, "expected text, got characters that are none (NUL or half a pair)")
        if check := _CHECKS.get(name):
            yield from check(name, value)


def _check_labels(name: str, labels: tuple[str, ...]) -> Iterator[FieldError]:
    if len(labels) > _MOST_LABELS or any(not 0 < len(each.strip()) <= _LONGEST_LABEL for each in labels):
        yield FieldError(name, f"expected at most {_MOST_LABELS} words of 1 to {_LONGEST_LABEL} characters")


def _check_confidence(name: str, value: int | None) -> Iterator[FieldError]:
    if value is not None and not 0 <= value <= 100:
        yield FieldError(name, f"expected 0 to 100, got {value}")


def _check_time(name: str, value: int | None) -> Iterator[FieldError]:
    if value is not None and not 0 <= value <= _LAST:
        yield FieldError(name, "expected a time between 1970 and 9999")


def _check_url(name: str, value: str) -> Iterator[FieldError]:
    if value and not value.lower().startswith(("http://", "https://")):
        yield FieldError(name, "expected the address of a page, with http:// or https://")


def _check_subject_count(name: str, value: tuple[Subject, ...]) -> Iterator[FieldError]:
    if len(value) > _MOST_SUBJECTS:
        yield FieldError(name, f"expected at most {_MOST_SUBJECTS}")


_CHECKS: dict[str, Callable[[str, Any], Iterator[FieldError]]] = {
    "labels": _check_labels,
    "report_types": _check_labels,
    "confidence": _check_confidence,
    "published_at": _check_time,
    "valid_until": _check_time,
    "url": _check_url,
    "subjects": _check_subject_count,
}


def _list_set(change: msgspec.Struct) -> dict[str, Any]:
    said = msgspec.structs.asdict(change)
    return {name: value for name, value in said.items() if value is not msgspec.UNSET}


def _refuse(faults: Iterator[FieldError]) -> None:
    found = tuple(faults)
    if found:
        raise BadInput("; ".join(f"{each.field}: {each.message}" for each in found), errors=found)
