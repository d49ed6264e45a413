"""Look-up: what is known about each of many pasted values, answered from the store's key table."""

import logging
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

import msgspec

from stack.accounts.principal import Permission, Principal
from stack.core.errors import BadInput, Unavailable
from stack.core.known_good import KnownGood, find_known_good
from stack.core.watching import watching_search
from stack.search.records import LookupAnswer
from stack.stix.observables.candidates import list_key_texts
from stack.stix.observables.detect import detect
from stack.stix.observables.keys import ROLE_CODES, Role
from stack.stix.observables.kinds import KIND_CODES, KIND_TITLES, Kind, Observable
from stack.store.queries import find_objects, find_values, hydrate, list_networks
from stack.store.queries.values import KnownValue
from stack.store.records import ObjectRow

_log = logging.getLogger(__name__)
MOST_INPUTS = 10_000
MOST_OBJECTS = 20
LONGEST_INPUT = 10_000

# Of a role, so that the twenty objects of an answer are the best even where two roles lead to the same ones.
_MATCHES_PER_ROLE = 2 * MOST_OBJECTS
_KIND_OF_CODE = {code: kind for kind, code in KIND_CODES.items()}
_RANKS = {
    ROLE_CODES[role]: rank for rank, role in enumerate((Role.IS, Role.PATTERN, Role.MENTION, Role.UNSHOWN))
}
_NETWORK_RANK = len(_RANKS)
# Words may be anything; what was found says what they are.
_UNCERTAIN = frozenset({Kind.TEXT, Kind.FILE_NAME})


class _Question(msgspec.Struct, frozen=True, gc=False):
    """One distinct input: how it was read, and the key texts that answer it."""

    observable: Observable
    note: str
    texts: tuple[str, ...]


class _Finding(msgspec.Struct, frozen=True, gc=False):
    """What leads to an object: a role's rank, and the kind under which the value is kept."""

    object_id: int
    rank: int
    kind: Kind


@dataclass(frozen=True, slots=True)
class _Knowledge:
    """What the store knows about all questions of one look-up, by key text, address, STIX id and row id."""

    values: Mapping[str, KnownValue]
    networks: Mapping[str, list[str]]
    named: Mapping[str, ObjectRow]
    rows: Mapping[int, ObjectRow]
    known_good: Mapping[str, tuple[KnownGood, ...]]


@watching_search("lookup")
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
    addresses = _list_values(questions.values(), Kind.IPV4, Kind.IPV6)
    networks = list_networks(principal, addresses) if addresses else {}
    texts = {text for question in questions.values() for text in question.texts}
    texts.update(*networks.values())
    values = find_values(principal, list(texts), limit_per_role=_MATCHES_PER_ROLE)
    findings = {text: _rank_matches(question, values, networks) for text, question in questions.items()}
    shown = {found.object_id for each in findings.values() for found in each[:MOST_OBJECTS]}
    stix_ids = _list_values(questions.values(), Kind.STIX_ID)
    knowledge = _Knowledge(
        values=values,
        networks=networks,
        named=find_objects(principal, stix_ids) if stix_ids else {},
        rows=hydrate(principal, shown) if shown else {},
        known_good=_find_known_good(questions.values()),
    )
    answers = {
        text: _answer(text, question, findings[text], knowledge) for text, question in questions.items()
    }
    return [answers[text] for text in inputs]


def _read_question(text: str) -> _Question:
    detection = detect(text[:LONGEST_INPUT])
    observable = detection.observable
    return _Question(
        observable=observable,
        note="" if detection.note == KIND_TITLES[observable.kind] else detection.note,
        texts=list_key_texts(detection),
    )


def _find_known_good(questions: Iterable[_Question]) -> Mapping[str, tuple[KnownGood, ...]]:
    """By value; none where the lists cannot be asked, so that what the store knows is told all the same."""
    asked = {(question.observable.kind, question.observable.value) for question in questions}
    try:
        found = find_known_good(asked)
    except Unavailable as error:
        _log.warning("%s", error)
        return {}
    # Sorted by what they mean: the sort is stable, and False comes before True.
    return {
        value: tuple(sorted(held, key=lambda each: not each.is_false_positive))
        for value, held in found.items()
    }


def _list_values(questions: Iterable[_Question], *kinds: Kind) -> list[str]:
    return list({each.observable.value for each in questions if each.observable.kind in kinds})


def _rank_matches(
    question: _Question, values: Mapping[str, KnownValue], networks: Mapping[str, list[str]]
) -> list[_Finding]:
    """Each object once, under its best role; the most recently received of a role first."""
    best: dict[int, _Finding] = {}
    for text in question.texts:
        known = values.get(text)
        for match in known.matches if known else ():
            found = _Finding(match.object_id, _RANKS[match.role_code], _KIND_OF_CODE[match.kind_code])
            if match.object_id not in best or found.rank < best[match.object_id].rank:
                best[match.object_id] = found
    for network in networks.get(question.observable.value, ()):
        known = values.get(network)
        for match in known.matches if known else ():
            best.setdefault(match.object_id, _Finding(match.object_id, _NETWORK_RANK, Kind.CIDR))
    return sorted(best.values(), key=lambda found: (found.rank, -found.object_id))


def _answer(
    text: str, question: _Question, findings: Sequence[_Finding], knowledge: _Knowledge
) -> LookupAnswer:
    value = question.observable.value
    objects = _order_objects(findings[:MOST_OBJECTS], knowledge.rows)
    networks = tuple(each for each in knowledge.networks.get(value, ()) if each in knowledge.values)
    counted = [knowledge.values[each] for each in (*question.texts, *networks) if each in knowledge.values]
    more = max(0, len(findings) - MOST_OBJECTS) + sum(each.total - len(each.matches) for each in counted)
    if question.observable.kind is Kind.STIX_ID:
        objects = _put_first(knowledge.named.get(value), objects)
    return LookupAnswer(
        input=text,
        value=value,
        kind=_choose_kind(question, findings),
        known=bool(objects),
        note=question.note,
        objects=objects,
        more=more,
        networks=networks,
        known_good=knowledge.known_good.get(value, ()),
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
