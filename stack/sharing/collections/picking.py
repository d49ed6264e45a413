"""Puts objects into a collection and takes them out, by hand: stronger than its query."""

from collections.abc import Iterable, Sequence
from contextlib import suppress

from stack.accounts.principal import Permission, Principal
from stack.accounts.transactions import writing
from stack.core.acts import Act, record_act
from stack.core.errors import NotAllowed, NotFound
from stack.sharing.collections.collector import lock_collection
from stack.sharing.collections.membership import write_members
from stack.sharing.collections.models import Collection
from stack.sharing.collections.queries import describe_collection
from stack.stix.ids import format_id, parse_id
from stack.store.database import write_database
from stack.store.queries import read_changes
from stack.store.records import ChangeRow
from stack.store.selections.candidates import find_candidates
from stack.store.selections.operations import (
    find_members,
    release_entries,
    withhold_entries,
)
from stack.store.selections.picks import save_picks
from stack.store.selections.queries import read_entries
from stack.store.selections.records import EntryFilter

Identity = tuple[bytes, str]
_AT_ONCE = 1_000
# Beside those of a batch: an object may have been stated several times.
_FEW_CHANGES = 100


def pick_objects(principal: Principal, collection_id: int, stix_ids: Iterable[str]) -> int:
    """Puts these objects in, as far as there are any of these ids; how many ids there were.

    For who may write to the collection, or manages it. Safe to repeat. What was taken out comes back.
    """
    wanted = list(dict.fromkeys(filter(None, map(_read_identity, stix_ids))))
    for start in range(0, len(wanted), _AT_ONCE):
        with writing():
            _put_in(principal, collection_id, wanted[start : start + _AT_ONCE])
    return len(wanted)


def pick_batch(principal: Principal, collection_id: int, stix_ids: Iterable[str]) -> None:
    """The same, all at once, in the caller's transaction."""
    wanted = list(dict.fromkeys(filter(None, map(_read_identity, stix_ids))))
    if wanted:
        _put_in(principal, collection_id, wanted)


def _put_in(principal: Principal, collection_id: int, batch: list[Identity]) -> None:
    row = _lock_writable(principal, collection_id)
    # Read before the faces are: whatever the log says by then is judged now.
    ahead = [] if row.query else read_changes(row.cursor, _FEW_CHANGES + len(batch))
    save_picks(write_database(), row.pk, batch, is_member=True)
    _refresh(row, batch, is_put_in=True, ahead=ahead)


def withdraw_object(
    principal: Principal, collection_id: int, stix_id: str, *, chosen: EntryFilter | None = None
) -> int:
    """Takes an object out, or only the versions that `chosen` names; it stays in the store. Returns how many
    versions went, 0 where there was none that the principal may see."""
    identity = _read_identity(stix_id)
    if identity is None:
        return 0
    everything = chosen is None or chosen.every
    wanted = EntryFilter(stix_ids=(format_id(identity[1], identity[0]),), every=True)
    if chosen is not None and not chosen.every:
        wanted = EntryFilter(
            stix_ids=wanted.stix_ids, last=chosen.last, first=chosen.first, instants=chosen.instants
        )
    with writing():
        row = _lock_writable(principal, collection_id)
        found = read_entries(principal, collection_id, chosen=wanted, with_text=False).entries
        if not found:
            return 0
        if everything:
            save_picks(write_database(), row.pk, [identity], is_member=False)
        else:
            row.last_date = withhold_entries(
                write_database(),
                selection_id=collection_id,
                added=[entry.added_at for entry in found],
                after=row.last_date,
            )
        _refresh(row, [identity], is_put_in=False)
        record_act(
            Act(
                name="collection.withdraw",
                actor=principal,
                object_kind="collection",
                object_id=str(row.uid),
                before={"object": wanted.stix_ids[0], "versions": len(found)},
            )
        )
    return len(found)


def _refresh(
    row: Collection, identities: list[Identity], *, is_put_in: bool, ahead: Sequence[ChangeRow] = ()
) -> None:
    """Judges the faces of these ids anew; of what was not put in, those that are in stay so unless picks say
    otherwise. Where all that is `ahead` in the change log is about these faces, the collector need not look
    at it again."""
    database = write_database()
    faces = find_candidates(database, identities)
    face_ids = [face.face_id for face in faces]
    if is_put_in:
        release_entries(database, selection_id=row.pk, face_ids=face_ids)
    if ahead and {change.object_id for change in ahead} <= set(face_ids):
        row.cursor = ahead[-1].sequence
    places = {identity: place for place, identity in enumerate(identities)}
    faces.sort(key=lambda face: (places[face.identity], face.face_id))
    if is_put_in:
        write_members(row, database, faces, frozenset(face_ids), picks=dict.fromkeys(identities, True))
    else:
        inside = find_members(database, selection_id=row.pk, face_ids=face_ids)
        write_members(row, database, faces, inside)


def _lock_writable(principal: Principal, collection_id: int) -> Collection:
    """Who does not see the collection learns nothing; who may only read it is refused."""
    row = lock_collection(collection_id)
    shown = None if row is None else describe_collection(principal, row)
    if row is None or shown is None or not (shown.can_read or shown.can_write):
        raise NotFound(f"There is no collection {collection_id}")
    manages = shown.is_own and Permission.MANAGE_SHARING in principal.permissions
    if not manages and not (shown.can_write and Permission.INGEST in principal.permissions):
        raise NotAllowed(
            f"{principal.name} may not add to the collection “{row.title}”",
            remedy="Ask its organisation to be one of its writers.",
        )
    return row


def _read_identity(stix_id: str) -> Identity | None:
    with suppress(ValueError):
        parsed = parse_id(stix_id)
        return parsed.uuid, parsed.type
    return None
