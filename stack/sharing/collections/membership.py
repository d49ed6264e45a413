"""Which faces are in a collection: what was picked, what was taken out, and what its query finds.

A face of an embargoed audience is in no collection before the embargo ends: then it comes in with a date of
that time, so that nobody who pages on by dates passes it by.
"""

from collections.abc import Mapping, Sequence

from stack.accounts.principal import Principal
from stack.accounts.queries import principal_of_organisation
from stack.core.clock import now_us
from stack.search.membership import filter_found, finds_everything
from stack.sharing.collections.models import Collection
from stack.store.database import Database
from stack.store.selections.candidates import released_audiences
from stack.store.selections.operations import refresh_entries
from stack.store.selections.picks import Identity, read_picks
from stack.store.selections.records import Candidate


def judge_by_query(row: Collection, database: Database, faces: Sequence[Candidate]) -> frozenset[int]:
    """Row ids of the faces that the collection's query finds. Unavailable where the index cannot be asked."""
    open_faces = _find_open(row, database, faces)
    if not row.query or not open_faces:
        return frozenset()
    if finds_everything(row.query):
        return frozenset(face.face_id for face in open_faces)
    by_audience: dict[int, list[int]] = {}
    for face in open_faces:
        if face.audience_id is not None:
            by_audience.setdefault(face.audience_id, []).append(face.face_id)
    return filter_found(_stand_for(row), row.query, by_audience)


def write_members(
    row: Collection,
    database: Database,
    faces: Sequence[Candidate],
    found: frozenset[int],
    *,
    picks: Mapping[Identity, bool] | None = None,
) -> None:
    """Brings the entries of these faces up to date, in their order. `found` are those that the query finds,
    or that are in, `picks` what was picked of them, where that is known; `row` is locked, and gets the last
    date."""
    if picks is None:
        picks = read_picks(database, row.pk, {face.uuid for face in faces})
    members = _decide_members(row, database, faces, found, picks)
    row.last_date = refresh_entries(database, selection_id=row.pk, members=members, after=row.last_date)
    row.save(update_fields=["cursor", "last_date"])


def _decide_members(
    row: Collection,
    database: Database,
    faces: Sequence[Candidate],
    found: frozenset[int],
    picks: Mapping[Identity, bool],
) -> dict[int, bool]:
    """By face, in their order: picks are stronger than the query."""
    released = {face.face_id for face in _find_open(row, database, faces)} if picks else found
    return {
        face.face_id: picks.get(face.identity, face.face_id in found) and face.face_id in released
        for face in faces
    }


def _find_open(row: Collection, database: Database, faces: Sequence[Candidate]) -> list[Candidate]:
    """Those that the organisation may see and that no embargo holds back."""
    audiences = released_audiences(_stand_for(row), database=database, now=now_us())
    return [face for face in faces if face.audience_id in audiences]


def _stand_for(row: Collection) -> Principal:
    return principal_of_organisation(row.organisation_id, name=f"collection {row.pk}")
