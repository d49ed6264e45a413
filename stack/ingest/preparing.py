"""From records to statements: decode, check, describe. Pure, and the larger half of the work of an ingest."""

import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any

import orjson

from stack.ingest.base import Record
from stack.jobs.records import RecordError
from stack.stix.observables.keys import Role
from stack.stix.patterns.errors import PatternError
from stack.stix.patterns.parser import parse_pattern
from stack.stix.validation.validate import validate_object
from stack.store.records import Statement
from stack.store.statements import describe_statement

_SPACED_COLONS = (b" :", b"\t:", b"\n:", b"\r:")


@dataclass(slots=True)
class Prepared:
    """What became of a batch: statements for the store, faults for the list, records that stay out."""

    statements: list[Statement] = field(default_factory=list)
    errors: list[RecordError] = field(default_factory=list)
    rejected: int = 0


class _DuplicateKey(ValueError):
    pass


def prepare_records(records: Iterable[Record]) -> Prepared:
    """Never raises for what a record holds: a bad one becomes errors, and those around it go in."""
    prepared = Prepared()
    for record in records:
        try:
            obj = decode_object(record.text)
        except ValueError as error:
            rule, message = _explain(error)
            prepared.errors.append(RecordError(record.position, record.label, rule, message))
            prepared.rejected += 1
            continue
        faults = validate_object(obj)
        if faults:
            prepared.errors += [
                RecordError(
                    position=record.position,
                    record=record.label,
                    rule=fault.rule,
                    message=f"{fault.message} (STIX 2.1, {fault.section})",
                    severity=fault.severity,
                    stix_id=str(obj.get("id", ""))[:200],
                    path=fault.path,
                )
                for fault in faults
            ]
            if any(fault.severity == "error" for fault in faults):
                prepared.rejected += 1
                continue
        statement = describe_statement(record.text, obj)
        prepared.statements.append(statement)
        if obj["type"] == "indicator" and obj.get("pattern_type") == "stix":
            prepared.errors += _check_pattern(record, statement, obj["pattern"])
    return prepared


def decode_object(text: bytes) -> dict[str, Any]:
    """The decoded record. ValueError where it is not JSON or, by RFC 7493 section 2.3, ambiguous JSON: of a
    name that is there twice one reader takes the first value and another the last."""
    obj: dict[str, Any] = orjson.loads(text)
    if text.count(b'":') != _count_members(obj) or any(mark in text for mark in _SPACED_COLONS):
        json.loads(text, object_pairs_hook=_refuse_duplicates)
    return obj


def _count_members(obj: dict[str, Any]) -> int:
    """Members of the object and of all in it: fewer than the text has when a name was there twice."""
    count = 0
    pending: list[Any] = [obj]
    while pending:
        value = pending.pop()
        if type(value) is dict:
            count += len(value)
            pending += [inner for inner in value.values() if type(inner) in {dict, list}]
        else:
            pending += [inner for inner in value if type(inner) in {dict, list}]
    return count


def _refuse_duplicates(pairs: Sequence[tuple[str, Any]]) -> dict[str, Any]:
    members = dict(pairs)
    if len(members) != len(pairs):
        names = [name for name, _ in pairs]
        twice = next(name for name in names if names.count(name) > 1)
        raise _DuplicateKey(
            f"the name {twice[:80]!r} is there twice in one object, which is ambiguous (RFC 7493, 2.3); "
            "each name may be there once"
        )
    return members


def _explain(error: ValueError) -> tuple[str, str]:
    text = str(error)
    if isinstance(error, _DuplicateKey):
        return "duplicate-key", text
    if "depth limit" in text:
        return "depth", "it is nested too deep; at most 1,024 levels are allowed"
    if "surrogate" in text:
        return (
            "unicode",
            f"a string holds half a surrogate pair, which is no character (RFC 7493, 2.1): {text}",
        )
    if "UTF-8" in text:
        return "unicode", f"not UTF-8: {text}"
    return "json", f"not valid JSON: {text}"


def _check_pattern(record: Record, statement: Statement, pattern: str) -> list[RecordError]:
    """A pattern that does not parse lets its indicator in, with a warning: published data has such.

    Keys of a pattern are proof that it parses, so that most patterns are parsed once.
    """
    if any(key.role is Role.PATTERN for key in statement.keys):
        return []
    try:
        parse_pattern(pattern)
    except PatternError as error:
        message = f"the STIX pattern does not parse, so its values are not searchable: {error}"
        return [
            RecordError(
                record.position, record.label, "pattern", message, "warning", statement.stix_id, "$.pattern"
            )
        ]
    return []
