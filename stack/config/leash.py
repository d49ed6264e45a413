"""Ties a process to the one that started it: when that one is gone, however it went, this one stops too."""

import os
import signal
import threading
import time

_INTERVAL = 0.5
_GRACE = 3.0


def watch_parent(pid: int) -> None:
    """Stop this process within seconds after the process `pid`, its parent, has ended.

    A poll of `getppid` works on every POSIX system and after a `kill -9` of the parent; a signal on the
    parent's death exists on Linux only and is lost at the next fork.
    """
    threading.Thread(target=_watch, args=(pid,), name="leash", daemon=True).start()


def _watch(pid: int) -> None:
    while os.getppid() == pid:
        time.sleep(_INTERVAL)
    os.kill(os.getpid(), signal.SIGTERM)
    time.sleep(_GRACE)
    os._exit(1)
