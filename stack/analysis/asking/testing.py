"""The test of an account: the plug-in's own cheap question, past everything that was kept."""

import time
from threading import Event

from django.db import router, transaction

from stack.analysis.asking import gates
from stack.analysis.asking.accounts import OpenAccount
from stack.analysis.asking.driving import drive_asking
from stack.analysis.asking.faults import AskFault
from stack.analysis.asking.models import Gate
from stack.analysis.asking.records import Outcome
from stack.analysis.asking.sending import Sender
from stack.analysis.asking.wording import clean_words
from stack.analysis.base import ProviderReply, ProviderRequest
from stack.core.clock import now_us
from stack.core.http.client import open_client


def ask_test(account: OpenAccount, *, stop: Event) -> tuple[Outcome, str]:
    """`found` where the credential is good, and what to tell. It counts, and waits for no room."""
    gates.reopen_gate(account.gate)
    with open_client() as client:
        sender = Sender(
            plugin=account.plugin,
            address=account.address,
            credentials=account.credentials,
            client=client,
            deadline=time.monotonic() + account.plugin.wall_s,
            stop=stop,
        )

        def send(request: ProviderRequest) -> ProviderReply:
            _enter(account, request)
            return sender.send(request)

        try:
            answer = drive_asking(account.plugin, account.plugin.test(), send)
        except AskFault as fault:
            if fault.retry_after_s is not None:
                gates.shut_gate(account.gate, fault.plain, now=now_us(), seconds=fault.retry_after_s)
            elif fault.is_fault:
                gates.note_fault(account.gate, fault.plain, now=now_us())
            return fault.outcome, fault.message
    gates.note_good(account.gate)
    return Outcome.FOUND, clean_words(
        answer.summary
    ) or f"{account.title} answers, and the credential is good"


def _enter(account: OpenAccount, request: ProviderRequest) -> None:
    with transaction.atomic(using=router.db_for_write(Gate)):
        shut = gates.pass_gate(
            account.gate,
            account.plugin.name,
            account.title,
            account.rates,
            now=now_us(),
            probe_s=account.plugin.wall_s,
            is_counted=request.is_metered,
        )
    if shut is not None:
        raise AskFault(Outcome.LIMITED, shut.message, retry_at=shut.until)
