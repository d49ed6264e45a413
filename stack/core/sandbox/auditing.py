"""Where a kernel has no Landlock: Python's own events say what is opened, and an exception stops it.

This holds whatever is written in Python. Code of a library in C that an attacker has taken over goes past it,
and meets the filter of system calls where there is one.
"""

import os
import sys

_REFUSED = frozenset(
    (
        "os.chmod",
        "os.chown",
        "os.exec",
        "os.fork",
        "os.forkpty",
        "os.kill",
        "os.killpg",
        "os.link",
        "os.mkdir",
        "os.posix_spawn",
        "os.putenv",
        "os.remove",
        "os.rename",
        "os.rmdir",
        "os.spawn",
        "os.symlink",
        "os.system",
        "os.truncate",
        "pty.spawn",
        "socket.__new__",
        "socket.connect",
        "socket.getaddrinfo",
        "subprocess.Popen",
    )
)
_WRITES = os.O_WRONLY | os.O_RDWR | os.O_CREAT | os.O_TRUNC | os.O_APPEND


def refuse_in_python(*, readable: list[str], writable: list[str]) -> None:
    """From here on Python code of this process opens only these files, and starts and connects nothing."""
    folders = tuple(os.path.realpath(path) for path in readable)
    own = tuple(os.path.realpath(path) for path in writable)
    changes = frozenset(("os.mkdir", "os.remove", "os.rename", "os.rmdir"))

    def watch(event: str, arguments: tuple[object, ...]) -> None:
        if event == "open":
            _check_open(arguments, folders, own)
        elif event in _REFUSED and not (event in changes and _is_in(arguments[0], own)):
            raise PermissionError(f"{event} is not allowed in the sandbox")

    sys.addaudithook(watch)


def _check_open(arguments: tuple[object, ...], folders: tuple[str, ...], own: tuple[str, ...]) -> None:
    path, _, flags = arguments
    if isinstance(path, int) or path is None:
        return
    if _is_in(path, own) or (not (isinstance(flags, int) and flags & _WRITES) and _is_in(path, folders)):
        return
    raise PermissionError("opening this file is not allowed in the sandbox")


def _is_in(path: object, folders: tuple[str, ...]) -> bool:
    if not isinstance(path, str | bytes):
        return False
    real = os.path.realpath(os.fsdecode(path))
    return any(real == folder or real.startswith(folder + os.sep) for folder in folders)
