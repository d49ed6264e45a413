"""Locks this process in: first what it may use of the machine, then what it may touch."""

import contextlib
import ctypes
import os
import resource
import sys
from typing import Any

from stack.core.sandbox import auditing, landlock, seccomp

_PR_SET_PDEATHSIG, _PR_SET_NO_NEW_PRIVS = 1, 38
_SIGKILL = 9
_MOST_DESCRIPTORS = 64
_MOST_DESCRIPTORS_OF_NURSERY = 256
# Where shared libraries lie, what the loader and Python's codecs look up.
_SYSTEM_FOLDERS = (
    "/lib",
    "/lib64",
    "/usr/lib",
    "/usr/lib64",
    "/usr/local/lib",
    "/etc/ld.so.cache",
    "/dev/null",
)
_RANDOM = ("/dev/urandom", "/dev/random")
_LIBRARY_FOLDERS = ("site-packages", "dist-packages", "lib-dynload")


def limit_resources(setup: dict[str, Any]) -> None:
    """Memory, computing time, files; and an end with the process that asked."""
    if sys.platform == "linux":
        _control(_PR_SET_PDEATHSIG, _SIGKILL)
        if os.getppid() != setup["parent"]:
            os._exit(1)
    _lower(resource.RLIMIT_CORE, 0)
    _lower(resource.RLIMIT_FSIZE, setup["file_bytes"])
    _lower(resource.RLIMIT_NOFILE, _MOST_DESCRIPTORS)
    # At the soft limit a signal that says why, a second later the end.
    _lower(resource.RLIMIT_CPU, setup["cpu_s"], setup["cpu_s"] + 1)
    if sys.platform == "linux":
        # Elsewhere the limit is not kept, or counts what the system itself maps.
        _lower(resource.RLIMIT_AS, setup["memory_bytes"])
    if not setup["threads"]:
        _lower(resource.RLIMIT_NPROC, 0)


def confine_nursery(module: str) -> None:
    """What imports a reader and forks its processes may read libraries and do no more; theirs comes on top.

    Raises OSError where the kernel lacks any of it: then there are no nurseries.
    """
    _lower(resource.RLIMIT_CORE, 0)
    _lower(resource.RLIMIT_FSIZE, 0)
    _lower(resource.RLIMIT_NOFILE, _MOST_DESCRIPTORS_OF_NURSERY)
    _control(_PR_SET_NO_NEW_PRIVS, 1)
    if not landlock.restrict_files(readable=list_readable(module), writable=[]):
        raise OSError("the kernel has no Landlock")
    seccomp.filter_nursery()


def confine(setup: dict[str, Any]) -> None:
    """Closes the doors. Where the kernel lacks one, the next best is closed; `isolation` tells which."""
    scratch = setup["scratch"]
    if scratch:
        os.chdir(scratch)
        os.environ["TMPDIR"] = scratch
    readable, writable = list_readable(setup["target"]), [scratch] if scratch else []
    if sys.platform == "linux":
        _control(_PR_SET_NO_NEW_PRIVS, 1)
    has_landlock = _try_landlock(readable, writable)
    if not has_landlock:
        auditing.refuse_in_python(readable=readable, writable=writable)
    if seccomp.is_supported():
        with contextlib.suppress(OSError):
            seccomp.filter_system_calls(writes=bool(scratch), threads=bool(setup["threads"]))


def _try_landlock(readable: list[str], writable: list[str]) -> bool:
    try:
        return landlock.restrict_files(readable=readable, writable=writable)
    except OSError:
        # A container's own filter may know the call and refuse it.
        return False


def list_readable(target: str) -> list[str]:
    """The folders of Python and its libraries; of other folders on the path only the packages needed."""
    packages = {"stack", target.partition(":")[0].partition(".")[0]}
    folders = [*_SYSTEM_FOLDERS, *_RANDOM, sys.base_prefix + "/lib"]
    for entry in sys.path:
        if entry.startswith(sys.base_prefix) or entry.rpartition("/")[2] in _LIBRARY_FOLDERS:
            folders.append(entry)
        else:
            folders += [f"{entry}/{package}" for package in packages]
    return folders


def _lower(name: int, soft: int, hard: int | None = None) -> None:
    """Never raises a limit that the machine has set lower."""
    most = resource.getrlimit(name)[1]
    wanted = (soft, soft if hard is None else hard)
    lowered = tuple(each if most == resource.RLIM_INFINITY else min(each, most) for each in wanted)
    resource.setrlimit(name, (lowered[0], lowered[1]))


def _control(option: int, value: int) -> None:
    if ctypes.CDLL(None, use_errno=True).prctl(option, value, 0, 0, 0):
        raise OSError(ctypes.get_errno(), f"prctl {option} is refused")
