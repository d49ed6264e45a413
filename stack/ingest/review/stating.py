"""The STIX objects that a reviewed document becomes. Pure and deterministic, but for the times of changes.

One `report` names what was accepted: indicators with the observables that they are based on, bare
observables, vulnerabilities, attack patterns, and what the report is about. Ids come from the organisation,
the document and the value, so a second commit states the same objects again.
"""

import re
from collections.abc import Iterable, Mapping
from hashlib import sha256
from typing import Any

import msgspec

from stack.ingest.review.records import Becomes, ReportDraft
from stack.ingest.stix_values import keep_case, make_observable, make_own_id, make_pattern
from stack.stix.canonical import canonical_json
from stack.stix.ids import compute_deterministic_id
from stack.stix.observables.kinds import KIND_TITLES, Kind, Observable
from stack.stix.timestamps import format_instant

_TECHNIQUE = re.compile(r"T\d{4}(\.\d{3})?", re.IGNORECASE)
_PATH = re.compile(r"(.*)[\\/]([^\\/]+)", re.DOTALL)
_ALL = (Becomes.INDICATOR, Becomes.OBSERVABLE, Becomes.NOTHING)
_SAMPLE = "a"

Object = dict[str, Any]


class StatedFind(msgspec.Struct, frozen=True, kw_only=True):
    """An accepted find. `raw` is the value as written, `existing` the id of an object that stands for it."""

    kind: Kind
    value: str
    raw: str
    becomes: Becomes
    pattern_type: str = ""
    name: str = ""
    description: str = ""
    labels: tuple[str, ...] = ()
    confidence: int | None = None
    valid_until: int | None = None
    existing: str = ""


class Document(msgspec.Struct, frozen=True, kw_only=True):
    """What the ids and the reference of a report come from; `owner` is the organisation's own identity."""

    owner: str
    sha256: str
    filename: str
    received_at: int


class Stated(msgspec.Struct, frozen=True):
    """What was stated of an object at the last commit: a digest of all but its times, and these."""

    digest: str
    created: int
    modified: int


class Statements(msgspec.Struct):
    """Objects in an order in which none comes before what it refers to, and what to remember of them."""

    report_id: str
    objects: list[Object]
    stated: dict[str, Stated]


def list_possible(kind: Kind, pattern_type: str = "") -> tuple[Becomes, ...]:
    """What a find of this kind can become, the fullest first."""
    if pattern_type:
        return (Becomes.INDICATOR, Becomes.NOTHING)
    if kind in {Kind.CVE, Kind.ATTACK}:
        return (Becomes.OBSERVABLE, Becomes.NOTHING)
    return _ALL if kind in _STATABLE else (Becomes.NOTHING,)


def make_statements(
    draft: ReportDraft,
    finds: Iterable[StatedFind],
    document: Document,
    *,
    before: Mapping[str, Stated],
    now: int,
) -> Statements:
    """`before` is what the last commit stated: what has not changed keeps its times, letter by letter."""
    making = _Making(document, before, now)
    subjects = [
        making.state_subject(subject.stix_id, subject.type, subject.name) for subject in draft.subjects
    ]
    for find in finds:
        making.state_find(find, subjects)
    report_id = making.state_report(draft, subjects)
    making.state_rest(report_id)
    return Statements(report_id, list(making.objects.values()), making.stated)


def revoke(obj: Mapping[str, Any], *, now: int) -> Object:
    """The object as it is taken back."""
    return {**obj, "modified": format_instant(now), "revoked": True}


class _Making:
    def __init__(self, document: Document, before: Mapping[str, Stated], now: int) -> None:
        self._document = document
        self._before = before
        self._now = now
        self._rest: list[str] = []
        self.objects: dict[str, Object] = {}
        self.stated: dict[str, Stated] = {}
        self.refs: list[str] = []

    def state_subject(self, stix_id: str, type_name: str, name: str) -> str:
        if stix_id:
            return stix_id
        more = {"is_family": True} if type_name == "malware" else {}
        return self._add_domain(type_name, (name,), {"name": name, **more})

    def state_find(self, find: StatedFind, subjects: list[str]) -> None:
        if find.becomes is Becomes.NOTHING:
            self._rest.append(f"{KIND_TITLES[find.kind]}: {find.raw}")
        elif find.existing:
            self.refs.append(find.existing)
        elif find.pattern_type:
            self._state_indicator(find, find.value, "", subjects)
        elif find.kind is Kind.CVE:
            self.refs.append(self._add_named("vulnerability", "cve", find))
        elif find.kind is Kind.ATTACK and _TECHNIQUE.fullmatch(find.value):
            self.refs.append(self._add_named("attack-pattern", "mitre-attack", find))
        elif statable := _make_observables(find):
            pattern, observables = statable
            for obj in observables:
                self.objects.setdefault(obj["id"], obj)
            self.refs.append(observables[-1]["id"])
            if find.becomes is Becomes.INDICATOR:
                self._state_indicator(find, pattern, observables[-1]["id"], subjects)
        else:
            self._rest.append(f"{KIND_TITLES[find.kind]}: {find.raw}")

    def _add_named(self, type_name: str, source: str, find: StatedFind) -> str:
        name = find.value.upper()
        return self._add_domain(
            type_name,
            (name,),
            {
                "name": find.name or name,
                "description": find.description,
                "labels": list(find.labels),
                "external_references": [{"source_name": source, "external_id": name}],
            },
        )

    def _state_indicator(self, find: StatedFind, pattern: str, based_on: str, subjects: list[str]) -> None:
        identity = (self._document.sha256, find.kind, find.pattern_type, find.value)
        stix_id = self._make_id("indicator", *identity)
        valid_from = self._before[stix_id].created if stix_id in self._before else self._now
        self._add_domain(
            "indicator",
            identity,
            {
                "name": find.name or _shorten(find.raw),
                "description": find.description,
                "pattern": pattern,
                "pattern_type": find.pattern_type or "stix",
                "valid_from": format_instant(valid_from),
                "valid_until": format_instant(find.valid_until) if find.valid_until is not None else None,
                "labels": list(find.labels),
                "confidence": find.confidence,
            },
        )
        self.refs.append(stix_id)
        if based_on:
            self._relate(stix_id, "based-on", based_on)
        for subject in subjects:
            self._relate(stix_id, "indicates", subject)

    def _relate(self, source: str, kind: str, target: str) -> None:
        self.refs.append(
            self._add_domain(
                "relationship",
                (source, kind, target),
                {"relationship_type": kind, "source_ref": source, "target_ref": target},
            )
        )

    def state_report(self, draft: ReportDraft, subjects: list[str]) -> str:
        published = draft.published_at if draft.published_at is not None else self._document.received_at
        return self._add_domain(
            "report",
            (self._document.sha256,),
            {
                "name": draft.title,
                "description": draft.description,
                "report_types": list(draft.report_types),
                "published": format_instant(published // 1000 * 1000),
                "object_refs": list(dict.fromkeys([*subjects, *self.refs])),
                "labels": list(draft.labels),
                "confidence": draft.confidence,
                "external_references": [
                    {
                        "source_name": draft.source,
                        "description": self._document.filename,
                        **({"url": draft.url} if draft.url else {}),
                        "hashes": {"SHA-256": self._document.sha256},
                    }
                ],
            },
        )

    def state_rest(self, report_id: str) -> None:
        """Accepted values that STIX has no object for stand in a note on the report."""
        if self._rest:
            content = "\n".join(["The document also names:", *self._rest])
            self._add_domain("note", (report_id,), {"content": content, "object_refs": [report_id]})

    def _add_domain(self, type_name: str, identity: tuple[str, ...], properties: Object) -> str:
        stix_id = self._make_id(type_name, *identity)
        said = {name: value for name, value in properties.items() if value not in (None, "", [])}
        digest = sha256(canonical_json(said)).hexdigest()
        last = self._before.get(stix_id)
        if last is None:
            last = Stated(digest, self._now, self._now)
        elif last.digest != digest:
            last = Stated(digest, last.created, self._now)
        self.stated[stix_id] = last
        self.objects[stix_id] = {
            "type": type_name,
            "spec_version": "2.1",
            "id": stix_id,
            "created": format_instant(last.created),
            "modified": format_instant(last.modified),
            **said,
        }
        return stix_id

    def _make_id(self, type_name: str, *identity: str) -> str:
        return make_own_id(type_name, self._document.owner, *identity)


def _make_observables(find: StatedFind) -> tuple[str, list[Object]] | None:
    """The pattern, and the objects of the value: it is the last, and refers to those before."""
    observable = keep_case(Observable(find.kind, find.value), find.raw)
    if find.kind is Kind.PATH:
        return _make_path(find.raw.strip())
    pattern, obj = make_pattern(observable), make_observable(observable)
    return (pattern, [obj]) if pattern is not None and obj is not None else None


def _make_path(path: str) -> tuple[str, list[Object]] | None:
    match = _PATH.fullmatch(path)
    if match is None or not match[1]:
        return None
    folder: Object = {"type": "directory", "spec_version": "2.1", "id": "", "path": match[1]}
    folder["id"] = compute_deterministic_id(folder)
    file: Object = {
        "type": "file",
        "spec_version": "2.1",
        "id": "",
        "name": match[2],
        "parent_directory_ref": folder["id"],
    }
    file["id"] = compute_deterministic_id(file)
    quoted = [text.replace("\\", "\\\\").replace("'", "\\'") for text in (match[2], match[1])]
    pattern = f"[file:name = '{quoted[0]}' AND file:parent_directory_ref.path = '{quoted[1]}']"
    return pattern, [folder, file]


def _shorten(text: str) -> str:
    line = " ".join(text.split())
    return line if len(line) <= 120 else line[:119] + "…"


_STATABLE = frozenset(
    {kind for kind in Kind if make_pattern(Observable(kind, "1")) is not None} | {Kind.PATH}
)
