"""Look-up: what is known about each of many pasted values, answered from the store's key table."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from stack.accounts.principal import Permission, Principal
from stack.core.errors import BadInput
from stack.search.records import LookupAnswer
from stack.stix.observables.candidates import candidates
from stack.stix.observables.detect import detect
from stack.stix.observables.key_text import key_text, networks_of
from stack.stix.observables.keys import ROLE_CODES, Role
from stack.stix.observables.kinds import KIND_CODES, KIND_TITLES, Kind, Observable
from stack.store.queries import get_object, hydrate, match_values
from stack.store.records import ObjectRow, ValueMatch

MOST_INPUTS = 10_000
MOST_OBJECTS = 20
LONGEST_INPUT = 10_000

_MATCHES_PER_VALUE = 50
_KIND_OF_CODE = {code: kind for kind, code in KIND_CODES.items()}
_RANKS = {ROLE_CODES[Role.IS]: 0, ROLE_CODES[Role.PATTERN]: 1, ROLE_CODES[Role.MENTION]: 2}
_NETWORK_RANK = 3
# Words may be anything; what was found says what they are.
_UNCERTAIN = frozenset({Kind.TEXT, Kind.FILE_NAME})


@dataclass(frozen=True, slots=True)
class _Question:
    """One distinct input: how it was read, and the key texts that answer it."""

    observable: Observable
    note: str
    texts: tuple[str, ...]
    networks: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class _Finding:
    """What leads to an object: a role's rank, and the kind under which the value is kept."""

    object_id: int
    rank: int
    kind: Kind


def look_up(principal: Principal, inputs: Sequence[str]) -> list[LookupAnswer]:
    """One answer per input, in order, unknown ones included; BadInput for more than 10,000.

    An input is read as a value, fanged or defanged, and also as a name, a file name and whatever else it may
    be. Objects that are the value come first, then patterns, then mentions, then networks that contain the
    address; within each the newest.
    """
    principal.require(Permission.READ)
    if len(inputs) > MOST_INPUTS:
        raise BadInput(
            f"{len(inputs):,} values are too many: at most {MOST_INPUTS:,} are looked up at once",
            remedy="Split the list.",
        )
    questions = {text: _read_question(text) for text in dict.fromkeys(inputs)}
    matches = match_values(
        principal,
        list({text for question in questions.values() for text in (*question.texts, *question.networks)}),
        limit_per_value=_MATCHES_PER_VALUE,
    )
    findings = {text: _rank_matches(question, matches) for text, question in questions.items()}
    rows = hydrate(
        principal, {each.object_id for found in findings.values() for each in found[:MOST_OBJECTS]}
    )
    answers = {
        text: _answer(principal, text, question, findings=findings[text], matches=matches, rows=rows)
        for text, question in questions.items()
    }
    return [answers[text] for text in inputs]


def _read_question(text: str) -> _Question:
    detection = detect(text[:LONGEST_INPUT])
    observable = detection.observable
    is_address = observable.kind in {Kind.IPV4, Kind.IPV6}
    return _Question(
        observable=observable,
        note="" if detection.note == KIND_TITLES[observable.kind] else detection.note,
        texts=tuple(dict.fromkeys(map(key_text, candidates(text[:LONGEST_INPUT])))),
        networks=tuple(networks_of(observable.value)) if is_address else (),
    )


def _rank_matches(question: _Question, matches: Mapping[str, list[ValueMatch]]) -> list[_Finding]:
    """Each object once, under its best role; the most recently received of a role first."""
    best: dict[int, _Finding] = {}
    for text in question.texts:
        for match in matches.get(text, ()):
            found = _Finding(match.object_id, _RANKS[match.role_code], _KIND_OF_CODE[match.kind_code])
            if match.object_id not in best or found.rank < best[match.object_id].rank:
                best[match.object_id] = found
    for network in question.networks:
        for match in matches.get(network, ()):
            best.setdefault(match.object_id, _Finding(match.object_id, _NETWORK_RANK, Kind.CIDR))
    return sorted(best.values(), key=lambda found: (found.rank, -found.object_id))


def _answer(
    principal: Principal,
    text: str,
    question: _Question,
    *,
    findings: Sequence[_Finding],
    matches: Mapping[str, list[ValueMatch]],
    rows: Mapping[int, ObjectRow],
) -> LookupAnswer:
    objects = _order_objects(findings[:MOST_OBJECTS], rows)
    if question.observable.kind is Kind.STIX_ID:
        objects = _put_first(get_object(principal, question.observable.value), objects)
    return LookupAnswer(
        input=text,
        value=question.observable.value,
        kind=_choose_kind(question, findings),
        known=bool(objects),
        note=question.note,
        objects=objects,
        more=max(0, len(findings) - MOST_OBJECTS),
        networks=tuple(network for network in question.networks if network in matches),
    )


def _order_objects(findings: Iterable[_Finding], rows: Mapping[int, ObjectRow]) -> list[ObjectRow]:
    ranked = [(found.rank, rows[found.object_id]) for found in findings if found.object_id in rows]
    ranked.sort(key=lambda each: (each[0], -(each[1].modified or 0), -each[1].id))
    return [row for _, row in ranked]


def _put_first(row: ObjectRow | None, objects: list[ObjectRow]) -> list[ObjectRow]:
    return [row, *(each for each in objects if each.id != row.id)] if row else objects


def _choose_kind(question: _Question, findings: Sequence[_Finding]) -> str:
    """As read, or for words that may be anything, what the first object found knows them as."""
    kind = question.observable.kind
    if kind in _UNCERTAIN and findings and all(found.kind is not kind for found in findings):
        kind = findings[0].kind
    return kind.value
