"""What was put into a selection and taken out of it by hand."""

from collections.abc import Collection, Iterable

from stack.core.clock import now_us
from stack.store.database import Database

Identity = tuple[bytes, str]


def save_picks(
    database: Database, selection_id: int, identities: Iterable[Identity], *, is_member: bool
) -> None:
    """The last word on an id counts."""
    now = now_us()
    database.change(
        "INSERT INTO store_pick (selection_id, uuid, type, is_member, picked_at) VALUES (%s, %s, %s, %s, %s) "
        "ON CONFLICT (selection_id, uuid, type) DO UPDATE "
        "SET is_member = excluded.is_member, picked_at = excluded.picked_at",
        [(selection_id, uuid, kind, int(is_member), now) for uuid, kind in identities],
    )


def read_picks(database: Database, selection_id: int, uuids: Collection[bytes]) -> dict[Identity, bool]:
    """What was decided of ids with these UUIDs: True for those put in, False for those taken out."""
    rows = database.read_members(
        "SELECT uuid, type, is_member FROM store_pick WHERE selection_id = %s AND uuid {members}",
        sorted(uuids),
        [selection_id],
    )
    return {(bytes(uuid), kind): bool(is_member) for uuid, kind, is_member in rows}
