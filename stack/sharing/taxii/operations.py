"""What requests of the TAXII server leave behind: an act for what was handed out."""

import threading
from collections import OrderedDict

from stack.accounts.principal import Principal
from stack.accounts.transactions import writing
from stack.audit.operations import record_export
from stack.core.clock import now_us
from stack.sharing.collections.records import CollectionRow

_HOUR_US = 3_600_000_000
_MOST_READERS = 10_000

_noted: OrderedDict[tuple[int | None, int | None, int], int] = OrderedDict()
_lock = threading.Lock()


def note_reading(principal: Principal, row: CollectionRow, *, is_empty: bool) -> None:
    """Records `export.read` when objects of a collection are handed out, before the first byte leaves.

    Once an hour for each key (or person) and collection: who pages through it, or asks every minute, would
    fill the log with what it has said already.
    """
    if is_empty:
        return
    who, now = (principal.user_id, principal.key_id, row.id), now_us()
    with _lock:
        noted = _noted.get(who, 0)
    if now - noted < _HOUR_US:
        return
    with writing():
        record_export(principal, "taxii", asked={"collection": row.uid, "root": row.root})
    with _lock:
        _noted[who] = now
        _noted.move_to_end(who)
        while len(_noted) > _MOST_READERS:
            _noted.popitem(last=False)
