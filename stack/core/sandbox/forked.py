"""A process that a nursery has forked, as its caller sees it: its answer, its end, and how to bring it about.

All that is known of it comes over a line of its own: first a descriptor of the process, by which it can be
killed and nothing else in its stead, at last its exit code. A line that ends without one: it is lost.
"""

import os
import select
import signal
import socket
from contextlib import suppress
from time import monotonic

from stack.core.sandbox.lines import STARTED, receive
from stack.core.sandbox.processes import ProcessLost

_SURE_S = 5.0


class ForkedProcess:
    """`answer` is read by the caller; it and `line` are closed by `end`."""

    def __init__(self, *, answer: int, line: socket.socket) -> None:
        self.answer = answer
        self._line = line
        self._process: int | None = None
        self._code: int | None = None
        self.is_lost = False

    def wait(self, seconds: float) -> int | None:
        """Its exit code, None where it still runs after these seconds. Raises `ProcessLost`."""
        self._listen(seconds)
        if self.is_lost:
            raise ProcessLost
        return self._code

    def end(self) -> bool:
        """Kills it if it still runs. False where nobody can tell: then its nursery has to go."""
        try:
            self._listen(0)
            return self._is_known_to_be_over() or self._kill()
        finally:
            self.close()

    def close(self) -> None:
        """Leaves it to itself: where it was never started, and where it is another process's."""
        self._line.close()
        os.close(self.answer)
        if self._process is not None:
            os.close(self._process)

    def _is_known_to_be_over(self) -> bool:
        return self._code is not None or self.is_lost

    def _kill(self) -> bool:
        if self._process is not None:
            with suppress(ProcessLookupError):
                signal.pidfd_send_signal(self._process, signal.SIGKILL)
            # The descriptor can be read when the process is no more.
            return _is_ready(self._process, _SURE_S)
        # Not forked yet, or the news of it are on the way: the nursery sees that nobody is waiting.
        self._line.shutdown(socket.SHUT_WR)
        self._listen(_SURE_S)
        return self._is_known_to_be_over()

    def _listen(self, seconds: float) -> None:
        until = monotonic() + seconds
        while not self._is_known_to_be_over():
            if not _is_ready(self._line.fileno(), max(0.0, until - monotonic())):
                return
            self._take_message()

    def _take_message(self) -> None:
        text, given = receive(self._line)
        if given:
            self._process = given[0]
        if not text:
            self.is_lost = True
        elif text != STARTED:
            self._code = int(text)


def _is_ready(descriptor: int, seconds: float) -> bool:
    poll = select.poll()
    poll.register(descriptor, select.POLLIN)
    return bool(poll.poll(seconds * 1000))
