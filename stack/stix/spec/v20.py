"""STIX 2.0 (committee specification 01 of 19 July 2017), said as its differences from 2.1."""

from collections.abc import Iterable, Mapping
from dataclasses import replace

from stack.stix.spec import observable_extensions as obs
from stack.stix.spec import vocabularies as words
from stack.stix.spec.model import (
    AtLeastOne,
    BundledObjects,
    Constant,
    Dictionary,
    Extensions,
    ListOf,
    MarkingBody,
    ObjectSpec,
    ObservableContainer,
    Property,
    Reference,
    Rule,
    Selector,
    Specification,
    Struct,
    may,
    must,
)
from stack.stix.spec.shared_rows import (
    BOOLEAN,
    CREATOR_ROW,
    EXTERNAL_ROW,
    TEXT,
    TEXTS,
    TIME,
    identity_rows,
)
from stack.stix.spec.v21 import STIX_21

_GRANULAR_MARKING = Struct(
    "granular-marking",
    "2.0 part 1, 4.3",
    (must("marking_ref", Reference(("marking-definition",))), must("selectors", ListOf(Selector()))),
)
_GRANULAR_ROW = may("granular_markings", ListOf(_GRANULAR_MARKING))
_NEW_COMMON = frozenset({"spec_version", "confidence", "lang", "extensions"})

_DROPPED: Mapping[str, frozenset[str]] = {
    "attack-pattern": frozenset({"aliases"}),
    "identity": frozenset({"roles"}),
    "indicator": frozenset({"indicator_types", "pattern_type", "pattern_version"}),
    "malware": frozenset(
        {
            "malware_types",
            "is_family",
            "aliases",
            "first_seen",
            "last_seen",
            "operating_system_refs",
            "architecture_execution_envs",
            "implementation_languages",
            "capabilities",
            "sample_refs",
        }
    ),
    "observed-data": frozenset({"object_refs"}),
    "report": frozenset({"report_types"}),
    "threat-actor": frozenset({"threat_actor_types", "first_seen", "last_seen"}),
    "tool": frozenset({"tool_types", "aliases"}),
    "relationship": frozenset({"start_time", "stop_time"}),
    "sighting": frozenset({"description"}),
    "artifact": frozenset({"encryption_algorithm", "decryption_key"}),
    "directory": frozenset({"ctime", "mtime", "atime"}),
    "email-message": frozenset({"message_id"}),
    "file": frozenset({"ctime", "mtime", "atime"}),
    "process": frozenset({"created_time", "image_ref"}),
    "software": frozenset({"swid"}),
    "user-account": frozenset({"credential", "credential_last_changed"}),
    "windows-registry-key": frozenset({"modified_time"}),
}
_CHANGED: Mapping[str, tuple[Property, ...]] = {
    "identity": (must("identity_class", words.IDENTITY_CLASS),),
    "indicator": (must("labels", ListOf(words.INDICATOR_LABEL_20)),),
    "malware": (must("labels", ListOf(words.MALWARE_LABEL_20)), must("name", TEXT)),
    "observed-data": (must("objects", ObservableContainer()),),
    "report": (must("labels", ListOf(words.REPORT_LABEL_20)),),
    "threat-actor": (must("labels", ListOf(words.THREAT_ACTOR_LABEL_20)),),
    "tool": (must("labels", ListOf(words.TOOL_LABEL_20)),),
    "directory": (may("created", TIME), may("modified", TIME), may("accessed", TIME)),
    "file": (
        may("created", TIME),
        may("modified", TIME),
        may("accessed", TIME),
        may("is_encrypted", BOOLEAN),
        may("encryption_algorithm", TEXT),
        may("decryption_key", TEXT),
    ),
    "process": (
        may("name", TEXT),
        may("created", TIME),
        may("arguments", TEXTS),
        may("binary_ref", Reference(("file",))),
    ),
    "user-account": (must("user_id", TEXT), may("password_last_changed", TIME)),
    "windows-registry-key": (
        must("key", TEXT),
        may("modified", TIME),
    ),
}
_NEW_TYPES = frozenset(
    {
        "grouping",
        "incident",
        "infrastructure",
        "location",
        "malware-analysis",
        "note",
        "opinion",
        "language-content",
        "extension-definition",
        "marking-definition",
        "bundle",
    }
)


def _extend(struct: Struct, *properties: Property) -> Struct:
    return replace(struct, properties=(*struct.properties, *properties))


_EXTENSIONS: Mapping[str, tuple[Struct, ...]] = {
    "file": (
        obs.NTFS_EXT,
        _extend(obs.RASTER_IMAGE_EXT, may("image_compression_algorithm", TEXT)),
        obs.PDF_EXT,
        _extend(obs.ARCHIVE_EXT, may("version", TEXT)),
        obs.WINDOWS_PEBINARY_EXT,
    ),
    "network-traffic": (
        obs.HTTP_REQUEST_EXT,
        obs.TCP_EXT,
        obs.ICMP_EXT,
        replace(
            obs.SOCKET_EXT,
            properties=(
                must("address_family", TEXT),
                may("protocol_family", TEXT),
                may("options", Dictionary()),
                may("socket_type", TEXT),
                *(p for p in obs.SOCKET_EXT.properties if p.name.startswith(("is_", "socket_d", "socket_h"))),
            ),
        ),
    ),
    "process": (obs.WINDOWS_PROCESS_EXT, obs.WINDOWS_SERVICE_EXT),
    "user-account": (obs.UNIX_ACCOUNT_EXT,),
}


def _older_rows(spec: ObjectSpec) -> tuple[Property, ...]:
    """The rows of a 2.1 table as 2.0 had them."""
    changed = {row.name: row for row in _CHANGED.get(spec.type, ())}
    dropped = _NEW_COMMON | _DROPPED.get(spec.type, frozenset()) | changed.keys()
    kept = (_GRANULAR_ROW if row.name == "granular_markings" else row for row in spec.properties)
    return (*(row for row in kept if row.name not in dropped), *changed.values())


def _older_rules(rules: Iterable[Rule], rows: Iterable[Property]) -> tuple[Rule, ...]:
    """The 2.1 rules that speak only of properties that 2.0 knew; alternatives that it lacked fall away."""
    names = {row.name for row in rows}
    return tuple(rule for rule in rules if _names_of(rule) <= names)


def _names_of(rule: Rule) -> set[str]:
    values = vars(rule)
    single = {values[key] for key in ("earlier", "later", "name") if key in values}
    return single.union(*(values.get(key, ()) for key in ("names", "needed", "excluded")))


def _older_object(spec: ObjectSpec) -> ObjectSpec:
    rows = _older_rows(spec)
    return replace(spec, properties=rows, rules=_older_rules(spec.rules, rows))


def _older_observable(spec: ObjectSpec) -> ObjectSpec:
    """2.0 has observables only inside observed-data: no id, no markings, no defanged."""
    own = spec.own_names() - {"extensions"}
    rows = tuple(row for row in _older_rows(spec) if row.name in own or row in _CHANGED.get(spec.type, ()))
    extensions = Extensions({struct.name: struct for struct in _EXTENSIONS.get(spec.type, ())})
    rows = (must("type", Constant(spec.type)), may("extensions", extensions), *rows)
    return replace(spec, properties=rows, rules=_older_rules(spec.rules, rows))


_MARKING = ObjectSpec(
    "marking-definition",
    "META",
    "2.0 part 1, 4.1",
    (
        *identity_rows("marking-definition"),
        CREATOR_ROW,
        must("created", TIME),
        EXTERNAL_ROW,
        may("object_marking_refs", ListOf(Reference(("marking-definition",)))),
        _GRANULAR_ROW,
        must("definition_type", TEXT),
        must("definition", MarkingBody()),
    ),
    (AtLeastOne(("definition",), severity="error"),),
)
_BUNDLE = ObjectSpec(
    "bundle",
    "BUNDLE",
    "2.0 part 1, 5",
    (*identity_rows("bundle"), must("spec_version", Constant("2.0")), may("objects", BundledObjects())),
)
_OBJECTS = {
    name: _older_object(spec)
    for name, spec in STIX_21.objects.items()
    if name not in _NEW_TYPES and spec.category != "SCO"
}

STIX_20 = Specification(
    version="2.0",
    objects={**_OBJECTS, "marking-definition": _MARKING, "bundle": _BUNDLE},
    observables={name: _older_observable(spec) for name, spec in STIX_21.observables.items()},
    suggested_relationships={
        (source, kind): targets & _OBJECTS.keys()
        for (source, kind), targets in STIX_21.suggested_relationships.items()
        if source in _OBJECTS and targets & _OBJECTS.keys()
    },
    reserved_names=frozenset(),
)
