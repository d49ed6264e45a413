"""What was put into a selection and taken out of it by hand."""

from collections.abc import Collection, Iterable

from stack.core.clock import now_us
from stack.store.columns import COLUMNS
from stack.store.database import Database

Identity = tuple[bytes, str]


def save_picks(
    database: Database, selection_id: int, identities: Iterable[Identity], *, is_member: bool
) -> None:
    """The last word on an id counts; who says it again changes nothing. Who calls holds a lock of the
    selection."""
    now, wanted = now_us(), list(dict.fromkeys(identities))
    kept = read_picks(database, selection_id, {uuid for uuid, _ in wanted})
    database.insert(
        "store_pick",
        COLUMNS["store_pick"],
        [
            (selection_id, uuid, kind, int(is_member), now)
            for uuid, kind in wanted
            if (uuid, kind) not in kept
        ],
    )
    database.change(
        "UPDATE store_pick SET is_member = %s, picked_at = %s "
        "WHERE selection_id = %s AND uuid = %s AND type = %s",
        [
            (int(is_member), now, selection_id, uuid, kind)
            for uuid, kind in wanted
            if kept.get((uuid, kind), is_member) != is_member
        ],
    )


def read_picks(database: Database, selection_id: int, uuids: Collection[bytes]) -> dict[Identity, bool]:
    """What was decided of ids with these UUIDs: True for those put in, False for those taken out."""
    rows = database.read_members(
        "SELECT uuid, type, is_member FROM store_pick WHERE selection_id = %s AND uuid {members}",
        sorted(uuids),
        [selection_id],
    )
    return {(bytes(uuid), kind): bool(is_member) for uuid, kind, is_member in rows}
