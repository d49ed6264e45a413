"""The notation that the tables of the specification are written in. `stix.validation` gives it force."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Literal

Severity = Literal["error", "warning"]
Category = Literal["SDO", "SRO", "SCO", "META", "BUNDLE"]

MAX_INTEGER = 2**53 - 1
"""The largest integer of section 2.10; the smallest is its negative."""


@dataclass(frozen=True)
class Shape:
    """What a text has to look like beyond being a text; a text that does not is a warning."""

    name: str
    matches: Callable[[str], object]
    expected: str
    section: str


@dataclass(frozen=True)
class Text:
    """A string, section 2.15."""

    shape: Shape | None = None


@dataclass(frozen=True)
class Constant:
    """A string with the one value that the table gives it."""

    value: str


@dataclass(frozen=True)
class Boolean:
    """Section 2.2."""


@dataclass(frozen=True)
class Integer:
    """Section 2.10, both ends included."""

    low: int = -MAX_INTEGER
    high: int = MAX_INTEGER


@dataclass(frozen=True)
class Float:
    """Section 2.6, both ends included."""

    low: float | None = None
    high: float | None = None


@dataclass(frozen=True)
class Timestamp:
    """Section 2.16; `digits` of the fraction are the least that the row asks for."""

    digits: int = 0


@dataclass(frozen=True)
class Binary:
    """Section 2.1: base64."""


@dataclass(frozen=True)
class Hex:
    """Section 2.8."""


@dataclass(frozen=True)
class Hashes:
    """Section 2.7."""


@dataclass(frozen=True)
class Dictionary:
    """Section 2.3; `values` says what a value may be."""

    values: Literal["any", "text", "texts", "integer", "integer or text"] = "any"


@dataclass(frozen=True)
class Reference:
    """An identifier, section 2.9. Targets are type names or SDO, SRO and SCO; none: any object."""

    targets: tuple[str, ...] = ()


@dataclass(frozen=True)
class Closed:
    """An enumeration, section 2.4: other values are errors."""

    name: str
    values: frozenset[str]
    section: str


@dataclass(frozen=True)
class Open:
    """An open vocabulary, section 2.14: other values are warnings."""

    name: str
    values: frozenset[str]
    section: str


@dataclass(frozen=True)
class Selector:
    """A selector of a granular marking, section 7.2.3."""


@dataclass(frozen=True)
class Translations:
    """The contents of language-content, section 7.1: language code to a mirror of the object."""


@dataclass(frozen=True)
class MarkingBody:
    """The definition of a marking-definition, section 7.2.1."""


@dataclass(frozen=True)
class ObservableContainer:
    """The deprecated container of observed-data, section 2.13: local name to cyber-observable object."""


@dataclass(frozen=True)
class BundledObjects:
    """The objects of a bundle, section 8. Each is validated by itself: here only that it is an object."""


@dataclass(frozen=True)
class ListOf:
    """Section 2.12: at least one item."""

    item: "PropertyType"


@dataclass(frozen=True)
class Struct:
    """An object within an object, such as an external reference."""

    name: str
    section: str
    properties: tuple["Property", ...]
    rules: tuple["Rule", ...] = ()


@dataclass(frozen=True)
class Extensions:
    """The extensions property, sections 3.2, 3.10 and 7.3: the predefined ones by name."""

    predefined: Mapping[str, Struct] = field(default_factory=dict)


PropertyType = (
    Text
    | Constant
    | Boolean
    | Integer
    | Float
    | Timestamp
    | Binary
    | Hex
    | Hashes
    | Dictionary
    | Reference
    | Closed
    | Open
    | Selector
    | Translations
    | MarkingBody
    | ObservableContainer
    | BundledObjects
    | ListOf
    | Struct
    | Extensions
)


@dataclass(frozen=True)
class Property:
    """One row of a properties table. `absence` says how bad it is where a required one is not there."""

    name: str
    type: PropertyType
    required: bool = False
    absence: Severity = "error"


@dataclass(frozen=True)
class Ordered:
    """One time may not be before another (`strict`: nor equal to it)."""

    earlier: str
    later: str
    strict: bool = False
    severity: Severity = "warning"


@dataclass(frozen=True)
class AtLeastOne:
    """One of these has to be there; no names means any property of the table's own."""

    names: tuple[str, ...] = ()
    severity: Severity = "warning"


@dataclass(frozen=True)
class AtMostOne:
    """Only one of these may be there."""

    names: tuple[str, ...]
    severity: Severity = "warning"


@dataclass(frozen=True)
class Needs:
    """Where the one is there, the others have to be as well."""

    name: str
    needed: tuple[str, ...]
    severity: Severity = "warning"


@dataclass(frozen=True)
class When:
    """Where a boolean has a value, some properties are needed and others may not be there."""

    name: str
    equals: bool
    needed: tuple[str, ...] = ()
    excluded: tuple[str, ...] = ()
    severity: Severity = "warning"


Rule = Ordered | AtLeastOne | AtMostOne | Needs | When


@dataclass(frozen=True)
class ObjectSpec:
    """One type of object: its table of properties and the rules between them."""

    type: str
    category: Category
    section: str
    properties: tuple[Property, ...]
    rules: tuple[Rule, ...] = ()

    def own_names(self) -> frozenset[str]:
        """The properties that are not common ones, for rules that ask for any of them."""
        return frozenset(p.name for p in self.properties) - _COMMON_NAMES


_COMMON_NAMES = frozenset(
    {
        "type",
        "spec_version",
        "id",
        "created_by_ref",
        "created",
        "modified",
        "revoked",
        "labels",
        "confidence",
        "lang",
        "external_references",
        "object_marking_refs",
        "granular_markings",
        "defanged",
    }
)


@dataclass(frozen=True)
class Specification:
    """All tables of one version of STIX."""

    version: str
    objects: Mapping[str, ObjectSpec]
    observables: Mapping[str, ObjectSpec]
    suggested_relationships: Mapping[tuple[str, str], frozenset[str]]
    reserved_names: frozenset[str]


def must(name: str, kind: PropertyType, absence: Severity = "error") -> Property:
    """A required row of a properties table."""
    return Property(name, kind, required=True, absence=absence)


def may(name: str, kind: PropertyType) -> Property:
    """An optional row of a properties table."""
    return Property(name, kind)
