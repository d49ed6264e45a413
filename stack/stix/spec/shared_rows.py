"""The rows that many tables share, and the objects within objects (sections 2.5, 2.11, 3.2 and 7.2.3)."""

from stack.stix.spec import vocabularies as words
from stack.stix.spec.model import (
    AtLeastOne,
    AtMostOne,
    Boolean,
    Constant,
    Extensions,
    Hashes,
    Integer,
    ListOf,
    ObjectSpec,
    Ordered,
    Property,
    Reference,
    Rule,
    Selector,
    Struct,
    Text,
    Timestamp,
    may,
    must,
)
from stack.stix.spec.shapes import KILL_CHAIN_NAME, LANGUAGE

TEXT = Text()
TEXTS = ListOf(TEXT)
BOOLEAN = Boolean()
TIME = Timestamp()
VERSION_TIME = Timestamp(digits=3)
HASHES = Hashes()
INTEGER = Integer()
COUNT = Integer(low=0)
ANY_OBJECTS = ListOf(Reference())

EXTERNAL_REFERENCE = Struct(
    "external-reference",
    "2.5",
    (
        must("source_name", TEXT),
        may("description", TEXT),
        may("url", TEXT),
        may("hashes", HASHES),
        may("external_id", TEXT),
    ),
    (AtLeastOne(("description", "url", "external_id")),),
)
KILL_CHAIN_PHASE = Struct(
    "kill-chain-phase",
    "2.11",
    (must("kill_chain_name", KILL_CHAIN_NAME), must("phase_name", KILL_CHAIN_NAME)),
)
KILL_CHAIN_PHASES = ListOf(KILL_CHAIN_PHASE)
GRANULAR_MARKING = Struct(
    "granular-marking",
    "7.2.3",
    (
        may("lang", LANGUAGE),
        may("marking_ref", Reference(("marking-definition",))),
        must("selectors", ListOf(Selector())),
    ),
    (
        AtLeastOne(("lang", "marking_ref"), severity="error"),
        AtMostOne(("lang", "marking_ref"), severity="error"),
    ),
)
MARKING_ROWS = (
    may("object_marking_refs", ListOf(Reference(("marking-definition",)))),
    may("granular_markings", ListOf(GRANULAR_MARKING)),
)
CREATOR_ROW = may("created_by_ref", Reference(("identity",)))
EXTERNAL_ROW = may("external_references", ListOf(EXTERNAL_REFERENCE))
VERSION_ROW = must("spec_version", Constant("2.1"), absence="warning")
MODIFIED_AFTER_CREATED = Ordered("created", "modified", severity="error")
FIRST_BEFORE_LAST = Ordered("first_seen", "last_seen")


def identity_rows(type_name: str) -> tuple[Property, ...]:
    """`type` and `id`, which everything has."""
    return (must("type", Constant(type_name)), must("id", Reference((type_name,))))


def core_rows(type_name: str) -> tuple[Property, ...]:
    """The common properties of domain and relationship objects."""
    return (
        *identity_rows(type_name),
        VERSION_ROW,
        CREATOR_ROW,
        must("created", VERSION_TIME),
        must("modified", VERSION_TIME),
        may("revoked", BOOLEAN),
        may("labels", TEXTS),
        may("confidence", Integer(0, 100)),
        may("lang", LANGUAGE),
        EXTERNAL_ROW,
        *MARKING_ROWS,
        may("extensions", Extensions()),
    )


def domain_object(
    type_name: str, section: str, *properties: Property, rules: tuple[Rule, ...] = ()
) -> ObjectSpec:
    """A STIX domain object: the common rows and its own."""
    rows = (*core_rows(type_name), *properties)
    return ObjectSpec(type_name, "SDO", section, rows, (MODIFIED_AFTER_CREATED, *rules))


def relationship_object(
    type_name: str, section: str, *properties: Property, rules: tuple[Rule, ...] = ()
) -> ObjectSpec:
    """A STIX relationship object: the common rows and its own."""
    rows = (*core_rows(type_name), *properties)
    return ObjectSpec(type_name, "SRO", section, rows, (MODIFIED_AFTER_CREATED, *rules))


def observable(
    type_name: str,
    section: str,
    *properties: Property,
    rules: tuple[Rule, ...] = (),
    extensions: tuple[Struct, ...] = (),
) -> ObjectSpec:
    """A STIX cyber-observable object: its common rows, its own and its predefined extensions."""
    rows = (
        *identity_rows(type_name),
        may("spec_version", Constant("2.1")),
        *MARKING_ROWS,
        may("defanged", BOOLEAN),
        may("extensions", Extensions({extension.name: extension for extension in extensions})),
        *properties,
    )
    return ObjectSpec(type_name, "SCO", section, rows, rules)


EXTENSION_TYPES = ListOf(words.EXTENSION_TYPE)
