"""The query as a small frozen tree, which each backend compiles. Positions count characters of the query."""

import ipaddress
from dataclasses import dataclass
from enum import Enum

from stack.stix.observables.kinds import Observable


class Gap(Enum):
    """A wildcard: any run of characters, or one character."""

    ANY = "*"
    ONE = "?"


@dataclass(frozen=True, slots=True)
class Everything:
    """Matches every object."""


@dataclass(frozen=True, slots=True)
class Term:
    """One word; without a field it is looked for in names and texts."""

    field: str | None
    text: str


@dataclass(frozen=True, slots=True)
class Phrase:
    """Words in this order, with at most `slop` others between them."""

    field: str | None
    text: str
    slop: int = 0


@dataclass(frozen=True, slots=True)
class Wildcard:
    """Literal pieces and gaps, matched against the whole of a value or word, in any case."""

    field: str | None
    pieces: tuple[str | Gap, ...]


@dataclass(frozen=True, slots=True)
class Beginning:
    """A name, an alias or a value begins with `text`, in any case: what suggestions ask for, and no query."""

    text: str


@dataclass(frozen=True, slots=True)
class Fuzzy:
    """A word with up to `distance` letters changed, left out, added or swapped."""

    field: str | None
    text: str
    distance: int


@dataclass(frozen=True, slots=True)
class Value:
    """The value of an observable, canonical; `text` is how it was written.

    Without a field it is also looked for as a phrase in names and texts.
    """

    field: str | None
    observable: Observable
    text: str

    @property
    def words(self) -> str:
        """What texts say of it: without a scheme, which is what defanging changes first."""
        return self.observable.value.partition("://")[2] or self.observable.value


@dataclass(frozen=True, slots=True)
class Objects:
    """These objects, by row id: what STIX ids were resolved to before a backend is asked."""

    object_ids: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Range:
    """From `low` (included) up to `high` (not included): microseconds for dates, numbers as they are."""

    field: str
    low: int | None
    high: int | None


@dataclass(frozen=True, slots=True)
class AddressRange:
    """Addresses from `low` to `high`, both included, as text."""

    low: str
    high: str

    @classmethod
    def of_network(cls, network: str) -> "AddressRange":
        parsed = ipaddress.ip_network(network)
        return cls(str(parsed[0]), str(parsed[-1]))


@dataclass(frozen=True, slots=True)
class Present:
    """The field has a value."""

    field: str


@dataclass(frozen=True, slots=True)
class And:
    parts: tuple["Node", ...]


@dataclass(frozen=True, slots=True)
class Or:
    parts: tuple["Node", ...]


@dataclass(frozen=True, slots=True)
class Not:
    part: "Node"


Node = (
    Everything
    | Term
    | Phrase
    | Wildcard
    | Beginning
    | Fuzzy
    | Value
    | Objects
    | Range
    | AddressRange
    | Present
    | And
    | Or
    | Not
)


def has_free_words(node: Node) -> bool:
    """Whether anything is looked for without a field, so that names rank above texts."""
    match node:
        case (
            Value(field=None)
            | Term(field=None)
            | Phrase(field=None)
            | Fuzzy(field=None)
            | Wildcard(field=None)
        ):
            return True
        case And(parts) | Or(parts):
            return any(map(has_free_words, parts))
        case _:
            return False


def list_free_words(node: Node) -> list[str]:
    """The texts that are looked for without a field and not excluded, in order: what a snippet may mark."""
    match node:
        case Value(field=None):
            return [node.words]
        case Term(field=None) | Phrase(field=None) | Fuzzy(field=None):
            return [node.text]
        case Term(field="text") | Phrase(field="text"):
            return [node.text]
        case Wildcard(field=None):
            return [max((piece for piece in node.pieces if isinstance(piece, str)), key=len, default="")]
        case And() | Or():
            return [text for part in node.parts for text in list_free_words(part)]
        case _:
            return []
