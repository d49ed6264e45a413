"""The whole store, worked out again from its versions and texts: what is derived must be what is there."""

from collections import defaultdict
from collections.abc import Iterator
from typing import Any

import msgspec

from stack.stix.ids import format_id
from stack.store.access import read_audiences
from stack.store.database import Database, write_database
from stack.store.describing import describe_versions
from stack.store.faces import order_faces
from stack.store.indexing import Content, compare_index
from stack.store.models import EdgeKind
from stack.store.planning import KnownVersion, choose_head
from stack.store.probing import identity_of, read_versions
from stack.store.records import Statement

Dump = dict[str, list[Any]]


def find_faults() -> list[str]:
    """What is wrong with the store, in words; empty for a sound one."""
    database = write_database()
    return [
        *_check_rows(database),
        *_check_faces(database),
        *_check_rivals(database),
        *_check_log(database),
    ]


def _check_rows(database: Database) -> Iterator[str]:
    doubled = (
        "SELECT type, COALESCE(audience_id, 0), COUNT(*) FROM store_object "
        "GROUP BY uuid, type, COALESCE(audience_id, 0) HAVING COUNT(*) > 1"
    )
    for kind, audience, count in database.read(doubled):
        # Faces that lost all that they said are rows without an audience, too.
        if audience:
            yield f"{count} rows of one {kind} with audience {audience}"
    for name, sql in {
        "versions of no face": "SELECT COUNT(*) FROM store_version v "
        "WHERE NOT EXISTS (SELECT 1 FROM store_object o WHERE o.id = v.object_id)",
        "versions of no source": "SELECT COUNT(*) FROM store_version v "
        "WHERE NOT EXISTS (SELECT 1 FROM store_source s WHERE s.id = v.source_id)",
        "versions without a text": "SELECT COUNT(*) FROM store_version v "
        "WHERE NOT EXISTS (SELECT 1 FROM store_text t WHERE t.id = v.id)",
        "texts without a version": "SELECT COUNT(*) FROM store_text t "
        "WHERE NOT EXISTS (SELECT 1 FROM store_version v WHERE v.id = t.id)",
        "versions in another audience than their face": "SELECT COUNT(*) FROM store_version v "
        "JOIN store_object o ON o.id = v.object_id WHERE o.audience_id <> v.audience_id",
    }.items():
        if count := database.read(sql)[0][0]:
            yield f"{count} {name}"


def _check_faces(database: Database) -> Iterator[str]:
    rows = database.read("SELECT id, uuid, type, head FROM store_object ORDER BY id")
    anchors: dict[str, int] = {}
    for row_id, uuid, kind, _ in rows:
        anchors.setdefault(format_id(kind, bytes(uuid)), row_id)
    versions: dict[int, list[KnownVersion]] = defaultdict(list)
    for face_id, version in read_versions(database, [row[0] for row in rows]):
        versions[face_id].append(version)
    statements = describe_versions(database, [each.id for found in versions.values() for each in found])
    keys, edges = _read_keys(database), _read_edges(database)
    for row_id, _, kind, head in rows:
        found = sorted(versions[row_id], key=lambda each: each.id)
        chosen = choose_head(found, statements)
        if (chosen.id if chosen else None) != head:
            yield f"face {row_id} ({kind}) shows {head}, not {chosen}"
            continue
        shown = None if chosen is None else statements[chosen.id]
        content = Content([statements[each.id] for each in found], shown)
        if keys[row_id] != set(compare_index(row_id, Content([], None), content).keys_after):
            yield f"face {row_id} ({kind}) has other keys"
        if edges[row_id] != _state_edges(shown, anchors):
            yield f"face {row_id} ({kind}) has other edges"


def _state_edges(shown: Statement | None, anchors: dict[str, int]) -> set[tuple[int, str, int]]:
    if shown is None:
        return set()
    return {(anchors[edge.from_id or shown.stix_id], edge.kind, anchors[edge.to_id]) for edge in shown.edges}


def _read_keys(database: Database) -> dict[int, set[tuple[Any, ...]]]:
    keys: dict[int, set[tuple[Any, ...]]] = defaultdict(set)
    for row in database.read("SELECT value, kind, object_id, role FROM store_key"):
        keys[row[2]].add(row)
    return keys


def _read_edges(database: Database) -> dict[int, set[tuple[int, str, int]]]:
    names = dict(EdgeKind.objects.using(database.alias).values_list("id", "name"))
    edges: dict[int, set[tuple[int, str, int]]] = defaultdict(set)
    for start, kind, end, via in database.read("SELECT from_id, kind_id, to_id, via_id FROM store_edge"):
        edges[via].add((start, names[kind], end))
    return edges


def _check_rivals(database: Database) -> Iterator[str]:
    identities = {(bytes(uuid), kind) for uuid, kind in database.read("SELECT uuid, type FROM store_object")}
    if changed := order_faces(database, identities):
        yield f"faces {changed} had other rivals"


def _check_log(database: Database) -> Iterator[str]:
    sequences = [row[0] for row in database.read("SELECT sequence FROM store_change ORDER BY sequence")]
    if sequences != list(range(1, len(sequences) + 1)):
        yield "the change log has gaps"
    silent = database.read(
        "SELECT COUNT(*) FROM store_object o WHERE o.head IS NOT NULL "
        "AND NOT EXISTS (SELECT 1 FROM store_change c WHERE c.object_id = o.id)"
    )[0][0]
    if silent:
        yield f"{silent} faces that no change tells of"


def dump_store() -> Dump:
    """All that the store says, without row ids, sorted: two stores that say the same have the same dump."""
    database = write_database()
    audiences = {
        row_id: (each.markings, msgspec.json.encode(each.handling).decode())
        for row_id, each in read_audiences(database).items()
    }
    names = dict(database.read("SELECT id, name FROM store_source"))
    rows = {
        row_id: (format_id(kind, bytes(uuid)), audiences.get(audience), head, *others)
        for row_id, uuid, kind, audience, head, *others in database.read(
            "SELECT id, uuid, type, audience_id, head, name, created, modified, revoked, rivals "
            "FROM store_object"
        )
    }
    said = {
        row_id: (rows[face][:2], names[source], bytes(sha256), times, redacted)
        for row_id, face, source, sha256, times, redacted in database.read(
            "SELECT id, object_id, source_id, sha256, times_received, redacted FROM store_version"
        )
    }
    kinds = dict(EdgeKind.objects.using(database.alias).values_list("id", "name"))
    return {
        "ids": sorted({row[0] for row in rows.values()}),
        "faces": sorted(
            (*row[:2], said[row[2]], *map(int_of, row[3:])) for row in rows.values() if row[2] is not None
        ),
        "versions": sorted(said.values()),
        "keys": sorted(
            (value, kind, rows[face][:2], role)
            for value, kind, face, role in database.read("SELECT value, kind, object_id, role FROM store_key")
        ),
        "edges": sorted(
            (rows[start][0], kinds[kind], rows[end][0], rows[via][:2])
            for start, kind, end, via in database.read(
                "SELECT from_id, kind_id, to_id, via_id FROM store_edge"
            )
        ),
        "rivals": sorted(
            (rows[face][:2], audiences[audience])
            for face, audience in database.read("SELECT face_id, audience_id FROM store_rival")
        ),
    }


def int_of(value: object) -> object:
    """SQLite's truth values are numbers."""
    return int(value) if isinstance(value, bool) else value


def has_row(stix_id: str) -> bool:
    uuid, kind = identity_of(stix_id)
    found = write_database().read("SELECT 1 FROM store_object WHERE uuid = %s AND type = %s", [uuid, kind])
    return bool(found)
