"""The contract of a search backend: what it is asked, what it answers, and how it is written.

A backend holds a copy that can be built again from the store at any time. It never decides who may see
what: it is told the audiences, and every hit is rechecked in the store afterwards. A document is there for a
request when its audience is among them and none of its rivals is; what else there is shows in no answer.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Protocol

from stack.search.documents import SearchDocument
from stack.search.query_tree import Node


class Sort(StrEnum):
    """Orders of hits. Relevance: exact names and values, then all words in the name, then the rest; in each
    of these relationships last, and the newest first. Modified and created: newest first. Name: A to Z."""

    RELEVANCE = "relevance"
    MODIFIED = "modified"
    CREATED = "created"
    NAME = "name"


@dataclass(frozen=True, slots=True)
class Position:
    """Where a hit stands in its order: tier (0 but for relevance), sort key, and how many came up to it.

    `object_id` tells hits of the same key apart, for backends that can go on by both.
    """

    tier: int
    key: int | str
    passed: int
    object_id: int = 0


@dataclass(frozen=True, slots=True)
class SearchRequest:
    """`filters` are alternatives by field; `after` is the position of the last hit of the page before.

    Without `is_counted` the total is no more than a lower bound, and cheaper.
    """

    node: Node
    audiences: frozenset[int]
    filters: Mapping[str, Sequence[str]] = field(default_factory=dict)
    sort: Sort = Sort.RELEVANCE
    limit: int = 50
    after: Position | None = None
    facets: Sequence[str] = ()
    is_counted: bool = True


@dataclass(frozen=True, slots=True)
class Hit:
    object_id: int
    position: Position


@dataclass(frozen=True, slots=True)
class Facet:
    """How many found objects carry a value of a field; listed by count, and by value where that is equal."""

    value: str
    count: int


@dataclass(frozen=True, slots=True)
class Found:
    """`total` is exact for the index; `hits` are fewer than asked for only at the end.

    `is_ready` is false while there is no index to ask: it is missing, of another version or damaged, and will
    be built by whoever may write; or it cannot be reached, and then `trouble` says so in a few words.
    """

    total: int
    hits: list[Hit]
    facets: dict[str, list[Facet]]
    is_ready: bool = True
    trouble: str = ""


@dataclass(frozen=True, slots=True)
class IndexEntry:
    """What the index holds of an object, for comparison with the store; see `documents.digest_rivals`."""

    object_id: int
    sequence: int
    audience_id: int
    rivals_digest: int


@dataclass(frozen=True, slots=True)
class IndexCopy:
    """One copy of the index: its name, its cursor, whether searches ask it, and its size in bytes."""

    name: str
    cursor: str
    is_current: bool
    documents: int
    size: int


@dataclass(frozen=True, slots=True)
class BackendCheck:
    """Whether the backend can be asked; `detail` says it in words, `warning` what should be otherwise."""

    name: str
    is_reachable: bool
    detail: str
    warning: str = ""


class IndexWriter(Protocol):
    """The one that may write. Nothing is seen by readers before `commit`.

    `cursor` names the copy, `kept` the cursors of all copies that there are.
    """

    cursor: str
    kept: frozenset[str]

    def write(self, documents: Iterable[SearchDocument]) -> None:
        """Adds documents in place of those of the same objects; cheapest in the order of their ids."""

    def delete(self, object_ids: Sequence[int], *, sequence: int) -> None:
        """Removes documents that are of this place in the change log, or of an earlier one."""

    def commit(self) -> None:
        """Makes what was written durable and visible."""


class SearchBackend(Protocol):
    """A way to keep and ask the index. Readers of all processes see what the last commit left.

    `search`, `cursor_name` and `check` never raise for the state of the index; all else raises `Unavailable`
    where it cannot be reached.
    """

    def check(self) -> BackendCheck:
        """In two seconds at most."""

    def cursor_name(self) -> str:
        """Names the copy that is being read, so that a new copy never goes on from another's cursor; empty
        where there is none, or none that can be reached."""

    def search(self, request: SearchRequest) -> Found:
        """Never raises for the state of the index: see `Found.is_ready`."""

    def open_writer(self) -> AbstractContextManager[IndexWriter | None]:
        """The writer, or None while another process has it."""

    def open_rebuild(self) -> AbstractContextManager[IndexWriter | None]:
        """A writer into an empty copy that replaces the current one when the block ends without an error."""

    def open_switch(self, name: str) -> AbstractContextManager[IndexWriter | None]:
        """A writer into the copy of this name, which takes the place of the current one when the block ends
        without an error; NotFound where there is no such copy."""

    def list_copies(self) -> list[IndexCopy]:
        """The current one first, then the newest."""

    def count_documents(self) -> int:
        """How many there are in the copy that is read."""

    def read_entries(self) -> Iterator[IndexEntry]:
        """All entries, by object id."""
