"""What requests of the TAXII server leave behind: what became of posts, and acts for what was handed out."""

import threading
import zlib
from collections import OrderedDict
from collections.abc import Sequence

import msgspec
from django.conf import settings

from stack.accounts.principal import Principal
from stack.accounts.transactions import writing
from stack.audit.operations import record_export
from stack.core.clock import now_us
from stack.sharing.collections.records import CollectionRow
from stack.sharing.taxii.models import Submission
from stack.sharing.taxii.posts import Posted

_HOUR_US = 3_600_000_000
_DAY_US = 24 * _HOUR_US
_MOST_READERS = 10_000

_noted: OrderedDict[tuple[int | None, int | None, str], int] = OrderedDict()
_lock = threading.Lock()


def finish_submission(submission_uid: str) -> None:
    """Says that all that could be taken in is in the collection."""
    Submission.objects.filter(pk=submission_uid, finished_at=None).update(finished_at=now_us())


def sweep_submissions() -> int:
    """Forgets what became of posts that are older than the settings say; how many they were."""
    before = now_us() - settings.TAXII.status_days * _DAY_US
    with writing():
        removed, _ = Submission.objects.filter(requested_at__lt=before).delete()
    return removed


def note_reading(principal: Principal, row: CollectionRow, *, is_empty: bool) -> None:
    """Records `export.read` when objects of a collection are handed out, before the first byte leaves.

    Once an hour for each key (or person) and collection: who pages through it, or asks every minute, would
    fill the log with what it has said already.
    """
    if is_empty:
        return
    who, now = (principal.user_id, principal.key_id, row.uid), now_us()
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


def pack_entries(posted: Sequence[Posted]) -> bytes:
    return zlib.compress(msgspec.json.encode([(each.stix_id, each.version) for each in posted]), 1)


def unpack_entries(packed: bytes | memoryview) -> list[Posted]:
    pairs = msgspec.json.decode(zlib.decompress(packed), type=list[tuple[str, str]])
    return [Posted(stix_id, version) for stix_id, version in pairs]
