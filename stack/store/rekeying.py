"""The values by which objects are found, derived again by the rules of this release.

What a newer release reads out of a text is added; rows that only an older one derived stay until their
object changes.
"""

from stack.jobs.backfills import Step, register_backfill
from stack.store.columns import COLUMNS
from stack.store.database import Database, write_database
from stack.store.describing import describe_versions
from stack.store.indexing import Content, KeyRow, derive_rows
from stack.store.records import ChangeKind
from stack.store.writing import log_changes

# Raise it when `stack.stix.observables` derives other values of the same text.
KEYS_VERSION = 1
_AT_ONCE = 500


@register_backfill("values of objects", version=KEYS_VERSION)
def derive_keys_again(place: int) -> Step | None:
    """Faces past the row id `place`; those that gained values are indexed for search anew."""
    database = write_database()
    with database.write():
        faces = database.read(
            "SELECT id, head FROM store_object WHERE id > %s AND head IS NOT NULL ORDER BY id LIMIT %s",
            [place, _AT_ONCE],
        )
        if not faces:
            return None
        missing = sorted(_find_missing(database, dict(faces)))
        database.insert_missing("store_key", COLUMNS["store_key"], missing)
        gained = sorted({face_id for _, _, face_id, _ in missing})
        log_changes(database, [(face_id, ChangeKind.INDEX) for face_id in gained])
    return Step(done=faces[-1][0], changed=len(gained))


def _find_missing(database: Database, heads: dict[int, int]) -> set[KeyRow]:
    versions = database.read_members(
        "SELECT id, object_id FROM store_version WHERE object_id {members}", list(heads)
    )
    described = describe_versions(database, [version_id for version_id, _ in versions])
    stated: dict[int, list[int]] = {}
    for version_id, face_id in versions:
        stated.setdefault(face_id, []).append(version_id)
    wanted: set[KeyRow] = set()
    for face_id, head in heads.items():
        statements = [described[each] for each in stated.get(face_id, ())]
        wanted |= derive_rows(face_id, Content(statements, described.get(head)))
    there = database.read_members(
        "SELECT value, kind, object_id, role FROM store_key WHERE value {members} "
        "AND object_id BETWEEN %s AND %s",
        list({value for value, *_ in wanted}),
        [min(heads), max(heads)],
    )
    return wanted - set(there)
