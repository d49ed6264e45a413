"""The ledger of calls: each is written down before it is sent, and its reply as soon as that came.

So a reply that was paid for outlives the worker that asked, two who ask the same share one call, and a call
whose reply was lost is never repeated by itself.
"""

import zlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final

from django.db import IntegrityError, router, transaction

from stack.analysis.asking.models import Call, CallState
from stack.analysis.base import ProviderReply

_SECOND: Final = 1_000_000
# Behind it, a lost call of an asker that does not say who it is counts as forgotten.
_REMEMBERED_US: Final = 86_400 * _SECOND
_SWEPT: Final = 200
_UNENDED: Final = (CallState.WAITING, CallState.SENT)


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """A call that somebody wants to make. `since`: no reply from before it will do. `asker` is the same text
    whenever the same asking is taken up again; empty where nobody says."""

    account_id: int
    digest: str
    is_metered: bool
    since: int = 0
    asker: str = ""


@dataclass(frozen=True, slots=True)
class Claim:
    """The right to make the call, until `sent_at` is another one: then somebody else has taken it over."""

    call_id: int
    sent_at: int


@dataclass(frozen=True, slots=True)
class Kept:
    """The reply is there. `call_id` so that it can be settled with the others."""

    call_id: int
    reply: ProviderReply = field(repr=False)


@dataclass(frozen=True, slots=True)
class Busy:
    """Somebody else makes the call at this moment."""


@dataclass(frozen=True, slots=True)
class Lost:
    """It was sent at this time, and nobody knows what came of it."""

    sent_at: int


def claim_call(wanted: Wanted, *, now: int, lease_s: float) -> Claim | Kept | Busy | Lost:
    """What is to be done about a call. It is one transaction: of two at once, one gets the claim."""
    lease = now + int(lease_s * _SECOND)
    try:
        with transaction.atomic(using=router.db_for_write(Call)):
            call = (
                Call.objects.select_for_update()
                .filter(account_id=wanted.account_id, digest=wanted.digest)
                .first()
            )
            if call is None:
                return _begin(wanted, now=now, lease=lease)
            found = _judge(call, wanted, now=now)
            return _take_over(call, wanted, now=now, lease=lease) if found is None else found
    except IntegrityError:
        return Busy()


def mark_sent(claim: Claim) -> bool:
    """From now on the call may have been paid for; False where the claim is somebody else's by now."""
    calls = Call.objects.filter(pk=claim.call_id, sent_at=claim.sent_at, state=CallState.WAITING)
    return bool(calls.update(state=CallState.SENT))


def keep_reply(claim: Claim, reply: ProviderReply, *, keeps_s: float) -> None:
    """Durable when it returns."""
    Call.objects.filter(pk=claim.call_id, sent_at=claim.sent_at).update(
        state=CallState.RECEIVED,
        status=reply.status,
        headers=dict(reply.headers),
        body=zlib.compress(reply.body),
        received_at=reply.received_at,
        expires_at=reply.received_at + int(keeps_s * _SECOND),
    )


def drop_call(claim: Claim) -> None:
    """It was not sent, or nothing was given for it: it may be made again."""
    Call.objects.filter(pk=claim.call_id, sent_at=claim.sent_at).delete()


def lose_call(claim: Claim) -> None:
    """It may have been paid for, and there is no reply."""
    Call.objects.filter(pk=claim.call_id, sent_at=claim.sent_at, state__in=_UNENDED).update(
        state=CallState.LOST
    )


def settle_calls(call_ids: Sequence[int], *, until: int) -> None:
    """Replies of one asking are used again until then; those that are long forgotten go."""
    Call.objects.filter(pk__in=call_ids, state=CallState.RECEIVED, expires_at__gt=until).update(
        expires_at=until
    )


def forget_calls(*, now: int) -> int:
    """Deletes some replies that are used no more, and calls that were lost long ago. Returns how many."""
    old = now - _REMEMBERED_US
    expired = Call.objects.filter(state=CallState.RECEIVED, expires_at__lt=now - 86_400 * _SECOND)
    lost = Call.objects.exclude(state=CallState.RECEIVED).filter(expires_at=0, sent_at__lt=old)
    ids = [*expired.values_list("pk", flat=True)[:_SWEPT], *lost.values_list("pk", flat=True)[:_SWEPT]]
    return Call.objects.filter(pk__in=ids).delete()[0] if ids else 0


def _judge(call: Call, wanted: Wanted, *, now: int) -> Kept | Busy | Lost | None:
    """None: the call is to be made, by whoever asks."""
    if call.state == CallState.RECEIVED:
        is_good = call.expires_at > now and call.received_at >= wanted.since
        return Kept(call.pk, read_reply(call)) if is_good else None
    if call.state != CallState.LOST and call.lease_until > now:
        return Busy()
    if call.state == CallState.WAITING or not call.is_metered:
        return None
    is_other = bool(wanted.asker and call.asker and wanted.asker != call.asker)
    if is_other or wanted.since > call.sent_at or now - call.sent_at > _REMEMBERED_US:
        return None
    return Lost(call.sent_at)


def read_reply(call: Call) -> ProviderReply:
    headers: Mapping[str, str] = call.headers
    return ProviderReply(call.status, headers, zlib.decompress(call.body), call.received_at)


def _begin(wanted: Wanted, *, now: int, lease: int) -> Claim:
    call = Call.objects.create(
        account_id=wanted.account_id,
        digest=wanted.digest,
        state=CallState.WAITING,
        asker=wanted.asker,
        is_metered=wanted.is_metered,
        sent_at=now,
        lease_until=lease,
    )
    return Claim(call.pk, call.sent_at)


def _take_over(call: Call, wanted: Wanted, *, now: int, lease: int) -> Claim:
    # Each claim is another moment, also of two within one microsecond.
    call.sent_at = max(now, call.sent_at + 1)
    call.state, call.asker, call.is_metered = CallState.WAITING, wanted.asker, wanted.is_metered
    call.lease_until, call.body, call.expires_at = lease, b"", 0
    call.save()
    return Claim(call.pk, call.sent_at)
