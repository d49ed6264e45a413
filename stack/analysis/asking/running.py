"""Asking: an account's provider about a subject, within every limit, and never twice for the same money."""

import random
import time
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from threading import Event
from typing import BinaryIO, Final

import msgspec
from django.db import connections, router, transaction

from stack.accounts.principal import Permission, Principal
from stack.analysis.answers import Answer
from stack.analysis.asking import calls, gates, logins
from stack.analysis.asking.accounts import OpenAccount, open_account, why_not_told
from stack.analysis.asking.composing import digest_request
from stack.analysis.asking.driving import drive_asking
from stack.analysis.asking.faults import AskFault
from stack.analysis.asking.models import Call, ProviderAccount
from stack.analysis.asking.records import Asked, Outcome, PlannedAsk
from stack.analysis.asking.sending import Sender
from stack.analysis.base import ProviderReply, ProviderRequest
from stack.analysis.subjects import Subject
from stack.core.clock import now_us
from stack.core.errors import StackError
from stack.core.http.client import open_client

_SECOND: Final = 1_000_000
_POLL_S: Final = 0.2
_SWEEP_EVERY: Final = 200
# So long a reply that could not be read is not asked for again: a worker may take this asking up again.
_KEEPS_UNREAD_S: Final = 300
_NOTED_EVERY_US: Final = 60 * _SECOND


@dataclass(slots=True)
class Ledgered:
    """Sends through the gate and the ledger; what the plug-in's `asking` is driven with."""

    account: OpenAccount
    sender: Sender
    since: int
    asker: str
    sent: int = 0
    call_ids: list[int] = field(default_factory=list)
    received: list[int] = field(default_factory=list)
    seen: Counter[bytes] = field(default_factory=Counter)
    has_login: bool = False

    def send(self, request: ProviderRequest) -> ProviderReply:
        if request.is_login:
            return self._log_in(request)
        if self.has_login:
            self.sender.learned = logins.list_tokens(request)
        found = self._claim(request)
        if isinstance(found, calls.Kept):
            return self._note(found.call_id, found.reply)
        reply = self._make(request, found)
        return self._note(found.call_id, reply)

    def _note(self, call_id: int, reply: ProviderReply) -> ProviderReply:
        self.call_ids.append(call_id)
        self.received.append(reply.received_at)
        return reply

    def _claim(self, request: ProviderRequest) -> calls.Claim | calls.Kept:
        plugin = self.account.plugin
        wanted = calls.Wanted(
            account_id=self.account.id,
            digest=self._digest(request),
            is_metered=plugin.is_metered and request.is_metered,
            since=self.since,
            asker=self.asker,
        )
        while True:
            # Whoever died at work is waited for no longer than it could have worked.
            lease_s = self.sender.left_s() + 5
            found = calls.claim_call(wanted, now=now_us(), lease_s=lease_s)
            if isinstance(found, (calls.Claim, calls.Kept)):
                return found
            if isinstance(found, calls.Lost):
                raise AskFault(
                    Outcome.INTERRUPTED,
                    f"{plugin.title} was asked, and the answer was lost on its way; as it may have been paid "
                    "for, it is not asked again by itself: ask again where you need it",
                )
            if self.sender.left_s() < _POLL_S or self.sender.stop.wait(_POLL_S):
                raise AskFault(
                    Outcome.INTERRUPTED,
                    f"{plugin.title} is being asked the same by somebody else, whose answer takes too long",
                    retry_at=now_us() + 60 * _SECOND,
                )

    def _make(self, request: ProviderRequest, claim: calls.Claim) -> ProviderReply:
        is_sent = False
        try:
            self._pause(request)
            self._enter(request, claim)
            is_sent = True
            self.sent += 1
            reply = self.sender.send(request)
        except AskFault as fault:
            # A status that says no was not paid for.
            if is_sent and fault.was_sent:
                calls.lose_call(claim)
            else:
                calls.drop_call(claim)
            raise
        calls.keep_reply(claim, reply, keeps_s=self.account.plugin.keeps_s)
        return reply

    def _pause(self, request: ProviderRequest) -> None:
        if request.wait_s <= 0:
            return
        if request.wait_s > self.sender.left_s():
            raise AskFault(
                Outcome.LIMITED,
                f"{self.account.plugin.title} is still at work: ask again in a while",
                retry_at=now_us() + int(request.wait_s * _SECOND),
            )
        if self.sender.stop.wait(request.wait_s):
            raise AskFault(Outcome.INTERRUPTED, f"{self.account.plugin.title}: the analysis was stopped")

    def _enter(self, request: ProviderRequest, claim: calls.Claim | None) -> None:
        """Waits for room as long as there is time; the call is marked as sent in the same transaction."""
        while True:
            with transaction.atomic(using=router.db_for_write(Call)):
                shut = gates.pass_gate(
                    self.account.gate,
                    self.account.plugin.name,
                    self.account.title,
                    self.account.rates,
                    now=now_us(),
                    probe_s=self.account.plugin.wall_s,
                    is_counted=request.is_metered,
                )
                if shut is None and claim is not None and not calls.mark_sent(claim):
                    raise AskFault(Outcome.INTERRUPTED, "Another worker has taken this over")
            if shut is None:
                return
            wait_s = max(0.0, (shut.until - now_us()) / _SECOND)
            if shut.reason == "breaker" or wait_s + 1 > self.sender.left_s():
                outcome = Outcome.LIMITED if shut.reason == "quota" else Outcome.FAILED
                raise AskFault(outcome, shut.message, retry_at=shut.until)
            # Those who wait for the same room do not come back together.
            if self.sender.stop.wait(wait_s + random.uniform(0, 0.5)):  # noqa: S311
                raise AskFault(Outcome.INTERRUPTED, f"{self.account.title} was not asked: stopped")

    def _log_in(self, request: ProviderRequest) -> ProviderReply:
        self.has_login = True
        reply = logins.find_login(self.account.gate, request)
        if reply is None:
            self._enter(msgspec.structs.replace(request, is_metered=False), None)
            self.sent += 1
            reply = self.sender.send(request)
            logins.keep_login(self.account.gate, request, reply)
        return reply

    def _digest(self, request: ProviderRequest) -> str:
        plain = digest_request(
            self.account.address,
            request,
            ordinal=0,
            has_login=self.has_login,
            file_digest=self.sender.subject.value if self.sender.subject else "",
        ).encode()
        self.seen[plain] += 1
        return digest_request(
            self.account.address,
            request,
            ordinal=self.seen[plain],
            has_login=self.has_login,
            file_digest=self.sender.subject.value if self.sender.subject else "",
        )


def ask_provider(
    principal: Principal,
    planned: PlannedAsk,
    subject: Subject,
    *,
    sample: Callable[[], BinaryIO] | None = None,
    stop: Event | None = None,
    fresh: bool = False,
    since: int = 0,
    asker: str = "",
) -> Asked:
    """Asks, or uses what was kept; never raises what the provider or the way there causes.

    Goes into a thread of its own, whose connection to the database it closes. `fresh`: nothing from before
    now will do; `since` (microseconds) says from before when, and is the same again where a worker takes the
    asking up after another one died. So is `asker`, such as the analysis: it tells its own lost calls from
    those of others.
    """
    begun = now_us()
    try:
        principal.require(Permission.ANALYZE)
        return _ask(
            principal, planned, subject, sample=sample, stop=stop or Event(),
            since=max(since, begun if fresh else 0), asker=asker, begun=begun,
        )  # fmt: skip
    except StackError as error:
        return Asked(outcome=Outcome.REFUSED, message=error.detail, asked_at=begun, ended_at=now_us())
    finally:
        for connection in connections.all(initialized_only=True):
            if not connection.in_atomic_block:
                connection.close()


def _ask(
    principal: Principal,
    planned: PlannedAsk,
    subject: Subject,
    *,
    sample: Callable[[], BinaryIO] | None,
    stop: Event,
    since: int,
    asker: str,
    begun: int,
) -> Asked:
    account = open_account(principal, planned.account_id)
    told = account.adapt(subject)
    # It was looked at when it was planned; meanwhile somebody may have lowered what may be told.
    if why := why_not_told(account, told):
        return Asked(outcome=Outcome.REFUSED, message=why, asked_at=begun, ended_at=now_us())
    deadline = time.monotonic() + account.plugin.wall_s
    with open_client() as client:
        sender = Sender(
            plugin=account.plugin, address=account.address, credentials=account.credentials, client=client,
            deadline=deadline, stop=stop, subject=told, sample=sample,
        )  # fmt: skip
        ledgered = Ledgered(account, sender, since, asker)
        try:
            answer = drive_asking(account.plugin, account.plugin.ask(told), ledgered.send)
        except AskFault as fault:
            asked = _end_badly(ledgered, fault, begun=begun)
        else:
            asked = _end_well(ledgered, answer, begun=begun)
    _note_on_account(account, asked)
    if random.randrange(_SWEEP_EVERY) == 0:  # noqa: S311
        calls.forget_calls(now=now_us())
    return asked


def _end_well(ledgered: Ledgered, answer: Answer, *, begun: int) -> Asked:
    account, now = ledgered.account, now_us()
    keeps_s = account.plugin.keeps_s if answer.is_found else account.plugin.keeps_absent_s
    calls.settle_calls(ledgered.call_ids, until=max(ledgered.received, default=now) + keeps_s * _SECOND)
    is_kept = ledgered.sent == 0 and bool(ledgered.received)
    if not is_kept:
        gates.note_good(account.gate)
    return Asked(
        outcome=Outcome.FOUND if answer.is_found else Outcome.ABSENT,
        answer=answer,
        is_kept=is_kept,
        asked_at=min(ledgered.received) if is_kept else begun,
        ended_at=now,
        calls=ledgered.sent,
    )


def _end_badly(ledgered: Ledgered, fault: AskFault, *, begun: int) -> Asked:
    gate, now, retry_at = ledgered.account.gate, now_us(), fault.retry_at
    if fault.outcome is not Outcome.INTERRUPTED:
        calls.settle_calls(ledgered.call_ids, until=now + _KEEPS_UNREAD_S * _SECOND)
    if fault.retry_after_s is not None:
        retry_at = gates.shut_gate(gate, fault.plain, now=now, seconds=fault.retry_after_s)
    if fault.outcome is Outcome.UNAUTHORISED:
        logins.forget_logins(gate)
    # What was kept cannot be the service's fault of now.
    if fault.is_fault and ledgered.sent:
        gates.note_fault(gate, fault.plain, now=now)
    return Asked(
        outcome=fault.outcome,
        message=fault.message[:500],
        asked_at=begun,
        ended_at=now,
        calls=ledgered.sent,
        retry_at=retry_at,
    )


def _note_on_account(account: OpenAccount, asked: Asked) -> None:
    """What the account's page shows; seldom more than once a minute, as it is a write."""
    if asked.is_kept or asked.outcome in (Outcome.INTERRUPTED, Outcome.REFUSED):
        return
    is_same = account.last_outcome == asked.outcome and account.last_message == asked.message
    if is_same and asked.ended_at - (account.last_asked_at or 0) < _NOTED_EVERY_US:
        return
    ProviderAccount.objects.filter(pk=account.id).update(
        last_outcome=asked.outcome.value, last_message=asked.message, last_asked_at=asked.ended_at
    )
