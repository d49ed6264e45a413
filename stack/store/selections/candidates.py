"""System reads for whoever decides what is in a selection; they show nothing of an object."""

from collections.abc import Collection, Sequence

from stack.accounts.principal import Principal
from stack.store.access import read_audiences, visible_audiences
from stack.store.database import Database
from stack.store.selections.records import Candidate


def read_candidates(database: Database, face_ids: Sequence[int]) -> list[Candidate]:
    """What decides whether faces are members, in the order given; a face without a head has no audience."""
    rows = database.read_members(
        "SELECT id, uuid, type, audience_id, head FROM store_object WHERE id {members}", list(face_ids)
    )
    found = {
        row_id: Candidate(row_id, bytes(uuid), kind, None if head is None else audience_id)
        for row_id, uuid, kind, audience_id, head in rows
    }
    return [found[face_id] for face_id in face_ids if face_id in found]


def find_candidates(database: Database, identities: Collection[tuple[bytes, str]]) -> list[Candidate]:
    """The faces of these ids that have a head."""
    rows = database.read_members(
        "SELECT id, uuid, type, audience_id FROM store_object WHERE head IS NOT NULL AND uuid {members}",
        list({uuid for uuid, _ in identities}),
    )
    wanted = set(identities)
    return [
        Candidate(row_id, bytes(uuid), kind, audience_id)
        for row_id, uuid, kind, audience_id in rows
        if (bytes(uuid), kind) in wanted
    ]


def find_faces_of_audiences(database: Database, audience_ids: Collection[int]) -> list[int]:
    """All faces of some audiences. Reads the whole table: for when an embargo ends."""
    rows = database.read_members(
        "SELECT id FROM store_object WHERE audience_id {members} ORDER BY id", sorted(audience_ids)
    )
    return [row_id for (row_id,) in rows]


def released_audiences(principal: Principal, *, database: Database, now: int) -> frozenset[int]:
    """Ids of the audiences that the principal may see and that no embargo holds back, from its owner's
    selections either: what one gathers to share is gathered when it may be shared."""
    records = read_audiences(database)
    visible = visible_audiences(principal, database=database)
    return frozenset(each for each in visible if (records[each].handling.embargo_until or 0) <= now)


def ended_embargoes(*, database: Database, after: int, until: int) -> frozenset[int]:
    """Ids of the audiences whose embargo has ended since."""
    return frozenset(
        record.id
        for record in read_audiences(database).values()
        if after < (record.handling.embargo_until or 0) <= until
    )
