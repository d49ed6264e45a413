"""A second process that prepares the next batch while this one writes the last.

What passes between them is MessagePack with its length in front. One batch is under way at a time, so the two
never wait for each other while both write.
"""

import os
import select
import signal
import subprocess
import sys
from collections.abc import Sequence
from typing import IO

import msgspec

from stack.ingest.base import Record
from stack.ingest.preparing import Prepared, prepare_records

_LENGTH_BYTES = 8
_RECORDS = msgspec.msgpack.Decoder(list[Record])
_PREPARED = msgspec.msgpack.Decoder(Prepared)
_ENCODER = msgspec.msgpack.Encoder()
_END_WAIT_S = 5


class Helper:
    """The other process, seen from here. It ends when its input ends, so it never outlives this one."""

    def __init__(self) -> None:
        self._process = subprocess.Popen(
            [sys.executable, "-P", "-m", "stack.ingest.helper"], stdin=subprocess.PIPE, stdout=subprocess.PIPE
        )
        self._has_started = False

    @property
    def is_ready(self) -> bool:
        """Whether it has started, which takes half a second; never waits for it."""
        output = self._process.stdout
        if not self._has_started and output is not None and select.select([output], [], [], 0)[0]:
            self._has_started = _read_frame(output) is not None
        return self._has_started and self._process.poll() is None

    def submit(self, records: Sequence[Record]) -> bool:
        """Hands a batch over; False when the process is gone."""
        try:
            return self._process.stdin is not None and _write_frame(
                self._process.stdin, _ENCODER.encode(records)
            )
        except BrokenPipeError:
            return False

    def collect(self) -> Prepared | None:
        """What `prepare_records` makes of the batch handed over; None when the process died over it."""
        frame = _read_frame(self._process.stdout) if self._process.stdout is not None else None
        return None if frame is None else _PREPARED.decode(frame)

    def close(self) -> None:
        self._process.kill()
        self._process.communicate(timeout=_END_WAIT_S)


def can_help() -> bool:
    """Whether a second process has a core to run on."""
    return len(os.sched_getaffinity(0)) > 1 if hasattr(os, "sched_getaffinity") else (os.cpu_count() or 1) > 1


def _write_frame(pipe: IO[bytes], data: bytes) -> bool:
    pipe.write(len(data).to_bytes(_LENGTH_BYTES, "big"))
    pipe.write(data)
    pipe.flush()
    return True


def _read_frame(pipe: IO[bytes]) -> bytes | None:
    length = pipe.read(_LENGTH_BYTES)
    if len(length) < _LENGTH_BYTES:
        return None
    data = pipe.read(size := int.from_bytes(length, "big"))
    return data if len(data) == size else None


def _serve() -> None:
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # an interrupt is for the process that we work for
    _write_frame(sys.stdout.buffer, b"ready")
    while (frame := _read_frame(sys.stdin.buffer)) is not None:
        _write_frame(sys.stdout.buffer, _ENCODER.encode(prepare_records(_RECORDS.decode(frame))))


if __name__ == "__main__":
    _serve()
