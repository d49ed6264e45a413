"""What search gives back. Times are microseconds since the epoch, UTC."""

from dataclasses import dataclass
from enum import StrEnum

from stack.core.known_good import KnownGood
from stack.store.records import ObjectRow


@dataclass(frozen=True, slots=True)
class SearchHit:
    """An object with the piece of its text that matched: plain text, and the matched ranges in it.

    `marks` are (start, end) positions in characters of `snippet`; both are empty when only fields matched.
    """

    row: ObjectRow
    snippet: str
    marks: tuple[tuple[int, int], ...] = ()


@dataclass(frozen=True, slots=True)
class FacetCount:
    """How many of the found objects carry `value`; `label` is the value as people read it."""

    value: str
    count: int
    label: str


@dataclass(frozen=True, slots=True)
class SearchPage:
    """One page of a search; `reading` says how the query was understood, `next` leads to the page after.

    `total` counts what the index holds for this principal; it is inexact only when the recheck in the store
    took hits away that the index had not caught up with, or without an index: then `notice` is a sentence
    that says what the page leaves out.
    """

    total: int
    total_is_exact: bool
    hits: list[SearchHit]
    facets: dict[str, list[FacetCount]]
    next: str | None
    reading: str
    notice: str = ""


class SuggestionKind(StrEnum):
    VALUE = "value"
    OBJECT = "object"
    LOOKUP = "lookup"


@dataclass(frozen=True, slots=True)
class Suggestion:
    """What somebody may be about to type: a known value, the name of an object, or a look-up of their own.

    `type` is the kind of a value or the STIX type of an object, `id` the STIX id of an object or the id of a
    look-up; both are empty where there is none.
    """

    kind: SuggestionKind
    text: str
    type: str = ""
    id: str = ""


@dataclass(frozen=True, slots=True)
class LookupAnswer:
    """What is known about one pasted line.

    `value` is the line's canonical value, `kind` what it was read as, `note` how (empty when as it stood);
    `objects` are those that are, match or mention the value, at most twenty, and `more` how many others;
    `networks` are the known networks that contain an address; `known_good` the warning lists that hold the
    value, those that call it a false positive first.
    """

    input: str
    value: str
    kind: str
    known: bool
    note: str
    objects: list[ObjectRow]
    more: int
    networks: tuple[str, ...] = ()
    known_good: tuple[KnownGood, ...] = ()
