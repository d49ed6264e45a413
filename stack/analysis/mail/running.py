"""Has a mail read in the sandbox and its origin checked with what DNS says, where that may be asked."""

from collections.abc import Mapping
from typing import Final

import msgspec

from stack.analysis.base import Resolver, Tools
from stack.analysis.files.results import PartResult
from stack.analysis.mail.inspecting import MOST_CHECKED, CheckRequest, Told
from stack.analysis.mail.lookups import Asker, Replies, choose_client
from stack.analysis.mail.shapes import Checks, MailReading
from stack.core.sandbox.errors import Reason, SandboxRefused
from stack.core.sandbox.limits import SandboxLimits
from stack.core.sandbox.running import run_sandboxed, stream_sandboxed

_MIB: Final = 1024 * 1024
_READ: Final = "stack.analysis.mail.inspecting:read_inside"
_CHECK: Final = "stack.analysis.mail.inspecting:check_inside"
_LIMITS: Final = SandboxLimits(
    memory_bytes=2048 * _MIB, cpu_s=50, wall_s=60, answer_bytes=48 * _MIB, payload_bytes=160 * _MIB
)
_CHECK_LIMITS: Final = SandboxLimits(
    memory_bytes=1536 * _MIB, cpu_s=20, wall_s=25, answer_bytes=4 * _MIB, payload_bytes=160 * _MIB
)
WALL_S: Final = 150.0
_BUSY: Final = frozenset((Reason.CPU, Reason.WALL, Reason.MEMORY, Reason.CRASHED))
# Questions of SPF macros come up one after the other; what is not settled by then is not known.
_ROUNDS: Final = 3


class MailInspection(msgspec.Struct, kw_only=True):
    """The mails, the outermost first; the parts of each attachment by the path of its mail and its number;
    what DNS said and what came of it, by path. `remarks` say why there is not more."""

    mails: list[MailReading]
    parts: dict[tuple[str, int], list[PartResult]]
    checks: dict[str, Checks]
    replies: Replies | None = None
    left_out: int = 0
    remarks: list[str] = []


def inspect_mail(tools: Tools, *, limits: SandboxLimits = _LIMITS) -> MailInspection:
    """Raises SandboxRefused where not even the mail itself could be read."""
    try:
        found = _read(tools, limits)
    except SandboxRefused as refused:
        # HTML is what a parser can be kept busy with; the header around it is worth a second look.
        if refused.reason not in _BUSY or tools.stop.is_set():
            raise
        found = _read(tools, limits, without_markup=True)
    if tools.resolver is not None and not tools.stop.is_set():
        _check(found, tools, tools.resolver)
    return found


def _read(tools: Tools, limits: SandboxLimits, *, without_markup: bool = False) -> MailInspection:
    mails: list[MailReading] = []
    parts: dict[tuple[str, int], dict[int, PartResult]] = {}
    left_out, remarks = 0, list[str]()
    try:
        with tools.open_sample() as sample:
            arguments = {"passwords": list(tools.passwords), "without_markup": without_markup}
            for line in stream_sandboxed(_READ, payload=sample, arguments=arguments, limits=limits):
                told = msgspec.convert(line, Told)
                left_out += told.left_out
                if told.mail is not None:
                    mails.append(told.mail)
                if told.part is not None:
                    part = msgspec.convert(told.part, PartResult)
                    parts.setdefault((told.path, told.attachment), {})[part.index] = part
                if tools.stop.is_set():
                    break
    except SandboxRefused as refused:
        if not mails:
            raise
        remarks.append(f"What is attached was not looked at to its end: {refused.detail}.")
    return MailInspection(
        mails=mails,
        parts={place: list(each.values()) for place, each in parts.items()},
        checks={},
        left_out=left_out,
        remarks=remarks,
    )


def _check(found: MailInspection, tools: Tools, resolver: Resolver) -> None:
    asker = Asker(resolver, tools.stop)
    mails = found.mails[:MOST_CHECKED]
    for mail in mails:
        asker.ask_about(mail)
    clients = {mail.path: client for mail in mails if (client := _choose_sender(mail))}
    try:
        for _ in range(_ROUNDS):
            checks = _run_check(tools, asker.replies, clients)
            missing = [question for each in checks for question in each.missing]
            found.checks = {each.path: each for each in checks}
            if not missing or tools.stop.is_set() or not asker.ask(missing):
                break
    except SandboxRefused as refused:
        found.remarks.append(f"The origin of the mail was not checked: {refused.detail}.")
    found.replies = asker.replies


def _run_check(tools: Tools, replies: Replies, clients: Mapping[str, tuple[str, str, str]]) -> list[Checks]:
    request = CheckRequest(
        answers={question: list(texts) for question, texts in replies.texts.items()},
        silent=sorted(replies.silent),
        clients=dict(clients),
    )
    with tools.open_sample() as sample:
        answer = run_sandboxed(
            _CHECK, payload=sample, arguments=msgspec.to_builtins(request), limits=_CHECK_LIMITS
        )
    return msgspec.convert(answer, list[Checks])


def _choose_sender(mail: MailReading) -> tuple[str, str, str] | None:
    """What SPF is about: the address that handed over, the envelope's sender, the greeting. None without."""
    client = choose_client(mail)
    if not client or not mail.return_path:
        return None
    greeting = next((hop.greeting for hop in reversed(mail.hops) if hop.address == client), "")
    return client, mail.return_path, greeting
