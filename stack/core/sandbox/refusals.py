"""Why no answer came, in words for whoever gave the input."""

import signal
from typing import Final

import msgspec

from stack.core.errors import Unavailable
from stack.core.sandbox.errors import Reason, SandboxRefused
from stack.core.sandbox.limits import SandboxLimits

_MIB: Final = 1024 * 1024
_SMALLER: Final = "Check that the file is what it says it is, or split it."


class Fault(msgspec.Struct, frozen=True):
    """What the process says about why it ended."""

    kind: str
    text: str = ""
    remedy: str = ""


def explain_fault(fault: Fault, *, limits: SandboxLimits) -> Exception:
    # Whoever wrote the file may have written this: it goes to terminals too.
    text = _keep_printable(fault.text)
    if fault.kind == "memory":
        return refuse(Reason.MEMORY, f"needed more than {say_size(limits.memory_bytes)} of memory")
    if fault.kind == "input":
        return SandboxRefused(text, reason=Reason.INPUT, remedy=_keep_printable(fault.remedy))
    if fault.kind == "setup":
        return Unavailable(
            f"The sandbox for foreign files does not start: {text}",
            remedy="“stack doctor” says what this machine gives.",
        )
    return SandboxRefused(f"The file could not be read: {text}", reason=Reason.FAILED)


def explain_end(code: int | None, *, limits: SandboxLimits) -> SandboxRefused:
    """Of a process that ended without a last line; `code` is None where it still runs."""
    if code == -signal.SIGXCPU:
        return refuse(Reason.CPU, f"took more than {limits.cpu_s} s of computing")
    if code == -signal.SIGKILL:
        return refuse(Reason.MEMORY, "was stopped by the machine, which ran out of memory or time")
    if code is not None and code < 0:
        return refuse(Reason.CRASHED, f"crashed its reader (signal {-code})")
    return refuse(Reason.CRASHED, "ended its reader without an answer")


def refuse(reason: Reason, what: str) -> SandboxRefused:
    return SandboxRefused(f"The file could not be read: it {what}", reason=reason, remedy=_SMALLER)


def say_size(size: int) -> str:
    return f"{size // _MIB:,} MB" if size >= _MIB else f"{size:,} bytes"


def _keep_printable(text: str) -> str:
    return "".join(character for character in text if character.isprintable())
