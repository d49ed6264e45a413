"""Pushes a collection of ours to a collection of a peer, from where the last run came to.

Sending an object again does no harm, so that a run which was killed, or an answer that was lost, costs a
repetition and nothing else.
"""

import time
from collections.abc import Callable, Sequence
from dataclasses import replace
from hashlib import sha256
from typing import Final

from stack.accounts.models import RestrictedMarking
from stack.accounts.principal import Permission, Principal
from stack.accounts.queries import principal_of_organisation
from stack.core.clock import now_us
from stack.core.errors import NotFound
from stack.jobs.leases import in_transaction
from stack.sources.taxii.client import Refused, TaxiiClient
from stack.sources.taxii.envelopes import Sending, cut_envelopes, fits, write_envelope
from stack.sources.taxii.handing import Overtaken
from stack.sources.taxii.models import Link, RefusedPush, SentEnvelope
from stack.sources.taxii.protocol import RefusedObject, Status
from stack.sources.taxii.records import Direction, Mode, Pushed
from stack.stix.timestamps import format_instant
from stack.store.queries.stated import find_statements
from stack.store.selections.queries import read_entries
from stack.store.selections.records import EntryFilter

Tick = Callable[[int], None]

_AT_ONCE: Final = 500
_MOST_BYTES: Final = 8 * 1024 * 1024
_MOST_OPEN: Final = 16
_WAIT_S: Final = 3.0
_FORGOTTEN_US: Final = 3_600_000_000
_MOST_REFUSALS: Final = 1_000
# What is wrong with what was sent, and not with the moment or with who sent it.
_OF_THE_CONTENT: Final = (400, 413, 422)


class PeerBehind(Exception):
    """The peer has not yet worked through what it was sent: the rest comes with the next run."""


def push_link(link: Link, client: TaxiiClient, *, tick: Tick) -> Pushed:
    """Raises what the client raises, and `Overtaken`; what was sent until then counts."""
    return _Push(link, client, tick).run()


def who_reads(link: Link) -> Principal:
    """The organisation, with the clearance of the link: nothing above its TLP, nothing with a restricted
    marking, nothing that others shared with the organisation's groups."""
    principal = principal_of_organisation(link.peer.organisation_id, name="Stack")
    return replace(
        principal,
        permissions=frozenset({Permission.READ, Permission.EXPORT}),
        tlp_ceiling=link.tlp_ceiling,
        group_ids=frozenset(),
        hidden_markings=frozenset(RestrictedMarking.objects.values_list("marking_id", flat=True)),
    )


class _Push:
    def __init__(self, link: Link, client: TaxiiClient, tick: Tick) -> None:
        self._link = link
        self._client = client
        self._tick = tick
        self._principal = who_reads(link)
        self._is_20 = link.peer.version == "2.0"
        self._origins = frozenset(
            Link.objects.filter(peer=link.peer, direction=Direction.PULL).values_list("source_id", flat=True)
        )
        every = link.peer.mode == Mode.REPLICATING
        self._chosen = EntryFilter(last=not every, every=every)
        self._most_bytes = _MOST_BYTES
        self._done = Pushed()

    def run(self) -> Pushed:
        said = self._client.get_api_root().most_bytes
        self._most_bytes = min(said or _MOST_BYTES, _MOST_BYTES)
        try:
            self._ask_for_ends()
            while self._push_page():
                pass
        except PeerBehind:
            pass
        self._ask_for_ends()
        self._done.pending = sum(self._link.sent.values_list("size", flat=True))
        return self._done

    def _push_page(self) -> bool:
        page = read_entries(
            self._principal,
            self._link.selection_id,
            after=self._link.cursor,
            limit=_AT_ONCE,
            chosen=self._chosen,
        )
        if not page.entries:
            return False
        sendings = [Sending(each.stix_id, each.version, each.added_at, each.text) for each in page.entries]
        chosen = self._choose(sendings)
        for envelope in cut_envelopes(chosen, most_bytes=self._most_bytes, most_objects=_AT_ONCE):
            self._send(envelope)
            self._tick(self._done.taken)
        self._save(cursor=sendings[-1].added_at)
        return page.has_more

    def _choose(self, sendings: Sequence[Sending]) -> list[Sending]:
        """Without what came from this peer, in the same words, and what others shared with us alone."""
        stated = find_statements(
            self._principal, [(each.stix_id, sha256(each.text).digest()) for each in sendings]
        )
        own = self._link.peer.organisation_id
        chosen = []
        for each in sendings:
            by = stated.get((each.stix_id, sha256(each.text).digest()), [])
            if any(statement.source_id in self._origins for statement in by):
                self._done.echoes += 1
            elif not any(statement.owner_id in {own, None} or statement.is_open for statement in by):
                self._done.kept_back += 1
            elif not fits(each, most_bytes=self._most_bytes):
                self._refuse(
                    [_refusal(each, f"larger than the {self._most_bytes:,} bytes that the peer takes")]
                )
            else:
                chosen.append(each)
        return chosen

    def _send(self, envelope: list[Sending]) -> None:
        """In halves where the peer refuses the whole, until the objects are found that it does not take."""
        try:
            content = write_envelope(envelope, is_20=self._is_20)
            status = self._client.post_objects(self._link.collection, content)
        except Refused as error:
            if error.answered not in _OF_THE_CONTENT:
                raise
            if len(envelope) == 1:
                self._refuse([_refusal(envelope[0], error.detail)])
                return
            middle = len(envelope) // 2
            self._send(envelope[:middle])
            self._send(envelope[middle:])
            return
        self._note(envelope, self._wait(status))

    def _wait(self, status: Status) -> Status:
        """A moment: most peers are done at once, and what takes longer is asked for later."""
        until, pause = time.monotonic() + _WAIT_S, 0.05
        while not status.is_complete and status.id and time.monotonic() < until:
            time.sleep(pause)
            pause = min(pause * 2, 0.5)
            status = self._client.get_status(status.id)
        return status

    def _note(self, envelope: Sequence[Sending], status: Status) -> None:
        """What became of an envelope, with the cursor behind it."""
        with in_transaction():
            RefusedPush.objects.filter(
                link=self._link, stix_id__in=[each.stix_id for each in envelope]
            ).delete()
            if not status.is_complete and status.id:
                SentEnvelope.objects.create(
                    link=self._link, status_id=status.id[:200], size=len(envelope), sent_at=now_us()
                )
            else:
                self._count(len(envelope), status)
            self._save(cursor=envelope[-1].added_at)
        if self._link.sent.count() >= _MOST_OPEN:
            raise PeerBehind

    def _ask_for_ends(self) -> None:
        for sent in list(self._link.sent.order_by("pk")):
            try:
                status = self._client.get_status(sent.status_id)
            except (NotFound, Refused):
                status = None
            is_forgotten = status is None or now_us() - sent.sent_at > _FORGOTTEN_US
            if status is None or status.is_complete or is_forgotten:
                with in_transaction():
                    if status is not None:
                        self._count(sent.size, status)
                    sent.delete()
                    self._save()
            self._tick(self._done.taken)

    def _count(self, size: int, status: Status) -> None:
        refused = min(status.failed, size)
        self._done.taken += size - refused
        self._refuse(list(status.failures), refused)

    def _refuse(self, refused: Sequence[RefusedObject], count: int | None = None) -> None:
        self._done.refused += len(refused) if count is None else count
        for each in refused[:_MOST_REFUSALS]:
            RefusedPush.objects.update_or_create(
                link=self._link,
                stix_id=each.stix_id[:300],
                version=each.version[:64],
                defaults={"reason": each.message[:500] or "no reason given", "at": now_us()},
            )

    def _save(self, *, cursor: int | None = None) -> None:
        link, done = self._link, self._done
        if cursor is not None:
            link.cursor = max(link.cursor, cursor)
        before = Link.objects.filter(pk=link.pk, revision=link.revision)
        totals = {"moved": link.moved, "skipped": link.skipped, "refused": link.refused}
        totals["moved"] += done.taken
        totals["skipped"] += done.echoes + done.kept_back
        totals["refused"] += done.refused
        if not before.update(cursor=link.cursor, **totals):
            raise Overtaken


def _refusal(each: Sending, reason: str) -> RefusedObject:
    return RefusedObject(each.stix_id, format_instant(each.version), reason)
