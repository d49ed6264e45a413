"""Writes documents into one copy on the servers, in bulk.

Each write and deletion carries the place in the change log that it shows as its version, and the server keeps
the higher one: what comes late or twice, from this writer or from one that was thought dead, changes nothing.
"""

import logging
import random
import time
from collections.abc import Iterable, Iterator, Mapping, Sequence
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from dataclasses import dataclass
from typing import Any

import orjson

from stack.core.errors import Unavailable
from stack.search.documents import SearchDocument
from stack.search.elasticsearch.client import Client, Refused, ServerDown, read_fault
from stack.search.elasticsearch.lease import Lease
from stack.search.elasticsearch.mapping import reduce_document, write_document

_log = logging.getLogger(__name__)

# Several megabytes are written as fast as fewer larger requests, and fit a small server's memory.
BATCH_BYTES = 4_000_000
BATCH_ACTIONS = 5_000
# Bounds what is in memory and on the way; while they are busy the next batch is drawn up.
_SENDERS = 2
_PATIENCE_S = 60.0
_FIRST_PAUSE_S = 0.05
_LONGEST_PAUSE_S = 2.0
_LATER = frozenset({429, 503})
_TOO_LARGE = 413


@dataclass(frozen=True, slots=True)
class _Action:
    """One document to write, or without one an object to delete; `lines` are what is sent for it."""

    object_id: int
    document: SearchDocument | None
    lines: bytes


class BulkWriter:
    """Implements `stack.search.base.IndexWriter`; readers see what it wrote after `commit`."""

    def __init__(self, client: Client, copy: str, *, cursor: str, kept: frozenset[str], lease: Lease) -> None:
        self.cursor = cursor
        self.kept = kept
        self._client = client
        self._copy = copy
        self._lease = lease
        self._senders = ThreadPoolExecutor(_SENDERS, thread_name_prefix="search-bulk")
        self._sent: set[Future[None]] = set()
        self._waiting: list[_Action] = []
        self._bytes = 0

    def write(self, documents: Iterable[SearchDocument]) -> None:
        for document in documents:
            self._add(_draw_up(document))

    def delete(self, object_ids: Sequence[int], *, sequence: int) -> None:
        for object_id in object_ids:
            lines = _write_action("delete", object_id, sequence)
            self._add(_Action(object_id, None, lines))

    def commit(self) -> None:
        """Waits until the servers have acknowledged everything, and then makes it visible."""
        self._send()
        self._wait_for(0)
        self._lease.keep()
        self._client.refresh(self._copy)

    def close(self) -> None:
        """What was not committed may be there or not; the cursor says that it is to be written again."""
        self._senders.shutdown(wait=True, cancel_futures=True)

    def _add(self, action: _Action) -> None:
        self._waiting.append(action)
        self._bytes += len(action.lines)
        if self._bytes >= BATCH_BYTES or len(self._waiting) >= BATCH_ACTIONS:
            self._send()

    def _send(self) -> None:
        if not self._waiting:
            return
        self._wait_for(_SENDERS - 1)
        batch, self._waiting, self._bytes = self._waiting, [], 0
        self._sent.add(self._senders.submit(Delivery(self._client, self._copy).deliver, batch))

    def _wait_for(self, number: int) -> None:
        """Until at most so many requests are on the way; raises what one of them raised."""
        while len(self._sent) > number:
            self._lease.keep()
            done, self._sent = wait(self._sent, timeout=1.0, return_when=FIRST_COMPLETED)
            for each in done:
                each.result()


class Delivery:
    """Brings one batch to the servers, in as many requests as it takes."""

    def __init__(self, client: Client, copy: str) -> None:
        self._client = client
        self._target = name_write_alias(copy)
        self._deadline = time.monotonic() + _PATIENCE_S
        self._pause_s = _FIRST_PAUSE_S

    def deliver(self, batch: Sequence[_Action]) -> None:
        """Returns when the servers have all of it; Unavailable where they do not take it in time."""
        waiting = list(batch)
        while waiting:
            waiting = list(self._send_once(waiting))

    def _send_once(self, batch: Sequence[_Action]) -> Iterator[_Action]:
        """Sends a batch and gives back what has to be sent again."""
        try:
            answers = self._client.bulk(self._target, b"".join(action.lines for action in batch))
        except ServerDown as error:
            self._wait(error)
            yield from batch
            return
        except Refused as refusal:
            yield from self._split(batch, refusal)
            return
        if len(answers) != len(batch):
            self._wait(ServerDown("The search servers answered for other documents than they were sent"))
            yield from batch
            return
        if any(answer.get("status") in _LATER for answer in answers):
            self._wait(ServerDown("The search servers take nothing more in: they are overloaded"))
        for action, answer in zip(batch, answers, strict=True):
            more = _judge(action, answer)
            if more is not None:
                yield more

    def _split(self, batch: Sequence[_Action], refusal: Refused) -> Iterator[_Action]:
        """A request that is refused as a whole: it is cut in two, waits, or cannot be done at all."""
        if refusal.answer_status == _TOO_LARGE and len(batch) == 1:
            yield _reduce(batch[0], refusal.detail)
        elif refusal.answer_status == _TOO_LARGE:
            middle = len(batch) // 2
            self.deliver(batch[:middle])
            self.deliver(batch[middle:])
        elif refusal.answer_status in _LATER:
            self._wait(refusal)
            yield from batch
        else:
            raise refusal

    def _wait(self, error: ServerDown | Refused) -> None:
        if time.monotonic() > self._deadline:
            raise Unavailable(error.detail, remedy=error.remedy) from error
        time.sleep(self._pause_s * random.uniform(0.5, 1.0))  # noqa: S311 - spreads writers, hides nothing
        self._pause_s = min(self._pause_s * 2, _LONGEST_PAUSE_S)


def name_write_alias(copy: str) -> str:
    """Writes go to an alias, so that a copy that was removed is not made anew by them without its fields."""
    return f"{copy}-write"


def _judge(action: _Action, answer: Mapping[str, Any]) -> _Action | None:
    """What is still to be sent for an action; None when it is done, or when newer is there."""
    status = int(answer.get("status", 500))
    kind, reason = read_fault(answer.get("error"))
    if status < 300 or status == 409 or (status == 404 and not kind):  # 404: nothing was there to delete
        return None
    if status == 404:
        raise Unavailable(
            "The copy of the search index that was written is gone", remedy="Stack makes another."
        )
    return action if status in _LATER else _reduce(action, f"{kind}: {reason}")


def _reduce(action: _Action, reason: str) -> _Action:
    """A document that is refused for good is found by id and type only: it must not hold up all others."""
    document = action.document and reduce_document(action.document)
    if document is None or document == action.document:
        raise Unavailable(
            f"The search servers refuse object {action.object_id} ({reason[:200]})",
            remedy="“stack search rebuild” makes a new copy of the index.",
        )
    _log.error("object %d is refused by the search servers: found by id and type only", action.object_id)
    return _draw_up(document)


def _draw_up(document: SearchDocument) -> _Action:
    try:
        text = write_document(document)
    except (TypeError, ValueError):
        _log.exception("object %d cannot be written for the index", document.object_id)
        document = reduce_document(document)
        text = write_document(document)
    lines = _write_action("index", document.object_id, document.sequence) + text + b"\n"
    return _Action(document.object_id, document, lines)


def _write_action(name: str, object_id: int, sequence: int) -> bytes:
    about = {"_id": str(object_id), "version": sequence, "version_type": "external_gte"}
    return orjson.dumps({name: about}) + b"\n"
