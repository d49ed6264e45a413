"""One `stack serve` per data folder: a lock that dies with its holder, and a note of who holds it."""

import fcntl
import json
import os
from dataclasses import asdict, dataclass, field
from pathlib import Path

from stack.core.errors import Unavailable

_NAME = "serve.lock"


@dataclass(frozen=True, slots=True)
class Serving:
    """The running server of a data folder; `children` are process ids by role (`web`, `runner`)."""

    pid: int
    address: str
    children: dict[str, int] = field(default_factory=dict)


class ServeLock:
    """Held by the supervisor for as long as it lives; the file's text says where it serves."""

    def __init__(self, folder: Path) -> None:
        self._path = folder / _NAME
        self._descriptor = os.open(self._path, os.O_CREAT | os.O_RDWR, 0o600)
        try:
            fcntl.flock(self._descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            os.close(self._descriptor)
            raise _describe_holder(folder) from None

    def publish(self, serving: Serving) -> None:
        text = json.dumps(asdict(serving)).encode()
        os.pwrite(self._descriptor, text, 0)
        os.ftruncate(self._descriptor, len(text))

    def release(self) -> None:
        os.ftruncate(self._descriptor, 0)
        os.close(self._descriptor)


def find_serving(folder: Path) -> Serving | None:
    """The server that holds the data folder now, if any."""
    try:
        descriptor = os.open(folder / _NAME, os.O_RDWR)
    except OSError:
        return None
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        text = os.pread(descriptor, 65536, 0)
        return Serving(**json.loads(text)) if text else Serving(pid=0, address="")
    finally:
        os.close(descriptor)
    return None


def is_alive(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return True


def _describe_holder(folder: Path) -> Unavailable:
    serving = find_serving(folder)
    who = f"process {serving.pid} at {serving.address}" if serving and serving.pid else "another process"
    return Unavailable(
        f"{folder}: {who} serves this data folder already",
        remedy="Open that address, stop that process, or set STACK_DATA to another folder.",
    )
