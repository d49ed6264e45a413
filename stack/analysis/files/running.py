"""Has a file inspected in the sandbox, and makes do with what came where it ends early."""

from collections.abc import Callable
from dataclasses import replace
from threading import Event
from time import monotonic
from typing import BinaryIO, Final

import msgspec

from stack.analysis.files.results import PartResult, Progress, Request
from stack.core.sandbox.errors import Reason, SandboxRefused
from stack.core.sandbox.limits import SandboxLimits
from stack.core.sandbox.running import stream_sandboxed

_MIB: Final = 1024 * 1024
_TARGET: Final = "stack.analysis.files.inspecting:inspect_file"
# The file itself, up to 256 MB out of it, and what readers make of these. Address space, not memory in use.
_LIMITS: Final = SandboxLimits(
    memory_bytes=2048 * _MIB, cpu_s=60, wall_s=75, answer_bytes=48 * _MIB, payload_bytes=512 * _MIB
)
_MOST_ATTEMPTS: Final = 3
_RULE_THREADS: Final = 4
_LEAST_S: Final = 5.0
WALL_S: Final = 150.0


class Inspection(msgspec.Struct, frozen=True):
    """All parts, the file first. `remarks` say why there is not more."""

    parts: tuple[PartResult, ...]
    remarks: tuple[str, ...] = ()


def run_inspection(
    open_sample: Callable[[], BinaryIO], request: Request, *, stop: Event, limits: SandboxLimits = _LIMITS
) -> Inspection:
    """A reader that crashes or takes too much is left out of a further attempt; the best attempt counts."""
    until = monotonic() + WALL_S
    best, remarks = Inspection(()), []
    for _ in range(_MOST_ATTEMPTS):
        attempt = _Attempt(stop)
        refused = attempt.run(open_sample, request, limits)
        if attempt.count_read() >= sum(part.is_read for part in best.parts):
            best = Inspection(tuple(attempt.parts.values()))
        if refused is None:
            break
        remarks.append(f"{refused.detail}.".replace("..", "."))
        seconds = min(request.seconds / 2, until - monotonic())
        if not attempt.reader or refused.reason is Reason.PAYLOAD or seconds < _LEAST_S or stop.is_set():
            break
        request = msgspec.structs.replace(
            request, without=(*request.without, attempt.reader), seconds=seconds
        )
    return msgspec.structs.replace(best, remarks=tuple(dict.fromkeys(remarks)))


class _Attempt:
    """One process, and what it told before it ended. `reader` is who was at work at last."""

    def __init__(self, stop: Event) -> None:
        self.parts: dict[int, PartResult] = {}
        self.reader = ""
        self._stop = stop

    def count_read(self) -> int:
        return sum(part.is_read for part in self.parts.values())

    def run(
        self, open_sample: Callable[[], BinaryIO], request: Request, limits: SandboxLimits
    ) -> SandboxRefused | None:
        try:
            with open_sample() as sample:
                # Its time-outs need a thread.
                threads = _RULE_THREADS if request.rules else 0
                lines = stream_sandboxed(
                    _TARGET,
                    payload=sample,
                    arguments=msgspec.to_builtins(request),
                    limits=replace(limits, processes=threads),
                )
                for line in lines:
                    self._take(msgspec.convert(line, Progress))
                    if self._stop.is_set():
                        break
        except SandboxRefused as refused:
            return refused
        return None

    def _take(self, progress: Progress) -> None:
        self.reader = progress.reader
        if progress.part:
            self.parts[progress.part.index] = progress.part
