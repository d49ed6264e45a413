"""How much of what one source states others state too."""

from collections import defaultdict
from dataclasses import dataclass

from stack.accounts.principal import Principal
from stack.stix.observables.kinds import KIND_CODES, Kind
from stack.store.describing import describe_versions
from stack.store.indexing import Content, derive_rows
from stack.store.queries.rows import open_view

_SAMPLE = 200
# Statements are kept in the order of their first receipt; further back than this nobody looks for a sample.
_WINDOW = 100_000
# Words and names are shared by chance.
_CHANCE = {KIND_CODES[kind] for kind in (Kind.TEXT, Kind.NAME, Kind.FILE_NAME, Kind.PATH, Kind.STIX_ID)}


@dataclass(frozen=True, slots=True)
class Overlap:
    """Of `sampled` objects of a source that have a value, `shared` have one that another source states."""

    sampled: int
    shared: int


def measure_overlap(principal: Principal, source_id: int, *, sample: int = _SAMPLE) -> Overlap:
    """For the newest objects of the source, as far as the principal may see both sides; bounded."""
    view = open_view(principal)
    newest = view.read(
        "SELECT v.id, v.object_id FROM store_version v "
        "WHERE v.id > (SELECT COALESCE(MAX(w.id), 0) FROM store_version w) - %s "
        f"AND v.source_id = %s AND v.redacted = 0 AND {view.may_see('v.audience_id')} "
        "ORDER BY v.id DESC LIMIT %s",
        [_WINDOW, source_id, sample],
    )
    described = describe_versions(view.database, [version_id for version_id, _ in newest])
    by_value: dict[str, set[int]] = defaultdict(set)
    for version_id, object_id in newest:
        if version_id in described:
            statement = described[version_id]
            for value, kind, _, _ in derive_rows(object_id, Content([statement], statement)):
                if kind not in _CHANCE:
                    by_value[value].add(object_id)
    elsewhere = view.read_members(
        "SELECT DISTINCT k.value FROM store_key k JOIN store_version v ON v.object_id = k.object_id "
        f"WHERE k.value {{members}} AND v.source_id <> %s AND {view.may_see('v.audience_id')}",
        list(by_value),
        [source_id],
    )
    shared = {object_id for (value,) in elsewhere for object_id in by_value[value]}
    sampled = {object_id for objects in by_value.values() for object_id in objects}
    return Overlap(len(sampled), len(shared))
