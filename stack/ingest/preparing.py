"""From records to statements: decode, check, describe. Pure, and the larger half of the work of an ingest."""

import json
from collections.abc import Iterable, Sequence
from hashlib import sha256
from typing import Any

import msgspec
import orjson

from stack.ingest.base import Record, RecordFault
from stack.ingest.json_errors import explain_error
from stack.stix.ids import is_id
from stack.stix.observables.keys import Role
from stack.stix.patterns.errors import PatternError
from stack.stix.patterns.parser import parse_pattern
from stack.stix.validation.faults import Fault
from stack.stix.validation.validate import validate_object
from stack.store.records import Statement
from stack.store.statements import describe_statement


class _Head(msgspec.Struct):
    id: str


_HEAD = msgspec.json.Decoder(_Head)


class Prepared(msgspec.Struct):
    """What became of a batch: statements for the store, errors for the list, how many records stay out.

    `warnings` are pairs of a record's index in the batch and a fault. They can be many times as many as
    records, so they stay as the validator made them until a few are chosen to be shown.
    """

    statements: list[Statement] = []
    errors: list[RecordFault] = []
    warnings: list[tuple[int, Fault]] = []
    rejected: int = 0

    def refuse(self, record: Record, rule: str, message: str) -> None:
        self.errors.append(RecordFault(record.position, rule, message, record.place))
        self.rejected += 1


class _DuplicateKey(ValueError):
    pass


def prepare_records(records: Iterable[Record]) -> Prepared:
    """Never raises for what a record holds: a bad one becomes errors, and those around it go in."""
    prepared = Prepared()
    for index, record in enumerate(records):
        try:
            _prepare_record(index, record, prepared)
        except _DuplicateKey as error:
            prepared.refuse(record, "duplicate-key", str(error))
        except (ValueError, RecursionError) as error:
            prepared.refuse(record, *explain_error(error, record.text))
    return prepared


def _prepare_record(index: int, record: Record, prepared: Prepared) -> None:
    obj = decode_object(record.text)
    faults = validate_object(obj)
    if faults:
        errors = [describe_fault(record, fault) for fault in faults if fault.severity == "error"]
        prepared.errors += errors
        prepared.warnings += [(index, fault) for fault in faults if fault.severity != "error"]
        if errors:
            prepared.rejected += 1
            return
    statement = describe_statement(record.text, obj)
    prepared.statements.append(statement)
    if obj["type"] == "indicator" and obj.get("pattern_type") == "stix":
        prepared.warnings += [(index, fault) for fault in _check_pattern(statement, obj["pattern"])]


def describe_fault(record: Record, fault: Fault) -> RecordFault:
    head = identify(record.text)
    return RecordFault(
        position=record.position,
        rule=fault.rule,
        message=f"{fault.message} (STIX 2.1, {fault.section})",
        place=record.place,
        severity=fault.severity,
        stix_id=head[0] if head else "",
        path=fault.path,
    )


def identify(text: bytes) -> tuple[str, bytes] | None:
    """The id and the SHA-256 of a record, without decoding more of it; None when it has no proper id."""
    try:
        stix_id = _HEAD.decode(text).id
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        return None
    return (stix_id, sha256(text).digest()) if is_id(stix_id) else None


def decode_object(text: bytes) -> dict[str, Any]:
    """The decoded record. ValueError where it is not JSON or, by RFC 7493 section 2.3, ambiguous JSON: of a
    name that is there twice one reader takes the first value and another the last."""
    obj: dict[str, Any] = orjson.loads(text)
    # A name is followed by a quote and a colon, so as many of these as members prove that no name came twice;
    # where a string holds them, or white space parts them, the slow way decides.
    is_spaced = b" :" in text or b"\t:" in text or b"\n:" in text or b"\r:" in text
    if is_spaced or text.count(b'":') != _count_members(obj):
        json.loads(text, object_pairs_hook=_refuse_duplicates)
    return obj


def _count_members(obj: dict[str, Any]) -> int:
    """Members of the object and of all in it: fewer than the text has when a name was there twice."""
    count = len(obj)
    for value in obj.values():
        kind = type(value)
        if kind is dict:
            count += _count_members(value)
        elif kind is list:
            count += _count_in_list(value)
    return count


def _count_in_list(values: list[Any]) -> int:
    count = 0
    for value in values:
        kind = type(value)
        if kind is dict:
            count += _count_members(value)
        elif kind is list:
            count += _count_in_list(value)
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


def _check_pattern(statement: Statement, pattern: str) -> list[Fault]:
    """A pattern that does not parse lets its indicator in, with a warning: published data has such.

    Keys of a pattern are proof that it parses, so that most patterns are parsed once.
    """
    if any(key.role is Role.PATTERN for key in statement.keys):
        return []
    try:
        parse_pattern(pattern)
    except PatternError as error:
        message = f"The pattern does not parse, so its values are not searchable: {error}."
        return [Fault("$.pattern", "pattern", "9", "warning", message)]
    return []
