"""Measures what the sandbox holds back on this machine, by trying it from within."""

import os
import socket
from collections.abc import Callable
from contextlib import suppress
from typing import Any, BinaryIO

import msgspec

from stack.core.sandbox import landlock
from stack.core.sandbox.limits import SandboxLimits
from stack.core.sandbox.running import run_sandboxed

_LIMITS = SandboxLimits(cpu_s=5, wall_s=20)


class Isolation(msgspec.Struct, frozen=True, kw_only=True):
    """What code in the sandbox cannot do here, each tried.

    `landlock` is the version of it that the kernel has, 0 for none.
    """

    network: bool
    reading_files: bool
    writing_files: bool
    processes: bool
    signals: bool
    landlock: int = 0

    @property
    def open_doors(self) -> list[str]:
        """What it can do all the same, in words."""
        names = {
            "network": "open network connections",
            "reading_files": "read files that Stack's user may read",
            "writing_files": "write files",
            "processes": "start processes",
            "signals": "signal other processes",
        }
        return [words for name, words in names.items() if not getattr(self, name)]


def measure_isolation() -> Isolation:
    """Starts a sandbox; raises `Unavailable` where none starts."""
    doors = run_sandboxed("stack.core.sandbox.isolation:try_doors", payload=b"", limits=_LIMITS)
    return msgspec.convert(doors | {"landlock": landlock.find_version()}, Isolation)


def try_doors(_file: BinaryIO, _arguments: dict[str, Any]) -> dict[str, bool]:
    """Runs in the sandbox: True for each door that is closed."""
    # Not opened by Python's own `open`, which the next best of Landlock watches.
    return {
        "network": _is_refused(lambda: socket.socket().close()),
        "reading_files": _is_refused(lambda: os.close(os.open("/etc/passwd", os.O_RDONLY))),
        "writing_files": _is_refused(_write_file),
        "processes": _is_refused(_fork),
        "signals": _is_refused(lambda: os.kill(os.getppid(), 0)),
    }


def _is_refused(attempt: Callable[[], object]) -> bool:
    try:
        attempt()
    except OSError:
        return True
    return False


def _write_file() -> None:
    name = f"/tmp/stack-isolation-{os.getpid()}"  # noqa: S108 - never made where the sandbox holds
    os.close(os.open(name, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600))
    with suppress(OSError):
        os.unlink(name)  # noqa: PTH108 - as plain as an attacker's


def _fork() -> None:
    child = os.fork()
    if child == 0:
        os._exit(0)
    os.waitpid(child, 0)
